//! Every function of Prometheus 3, once: its name, what it takes and gives, what it is for, and what evaluates it. The reference in
//! `docs/promql.md` is made from this table.

use std::f64::consts::PI;

use crate::eval::functions::{date, histogram, info, labels, order, over_time, presence, rates, whole};
use crate::functions::Group::{
    Angles, Counters, Histograms, Labels, Mathematics, Native, Order, Presence, Rounding, Time, Windows,
};
use crate::functions::Type::{Matrix as M, Scalar as S, Text as T, Vector as V};
use crate::functions::Work::{Date, Value, Whole, Windows as OfWindows};
use crate::functions::{Group, REPEATED, Signature, Type, Work};

const fn f(
    name: &'static str,
    takes: &'static [Type],
    optional: u8,
    gives: Type,
    group: Group,
    note: &'static str,
    work: Work,
) -> Signature {
    Signature { name, takes, optional, gives, group, note, work }
}

#[rustfmt::skip]
pub(crate) static FUNCTIONS: [Signature; 87] = [
    f("rate", &[M], 0, V, Counters, "growth of a counter per second, extrapolated to the window's ends", OfWindows(rates::RATE)),
    f("increase", &[M], 0, V, Counters, "growth of a counter over the window, extrapolated to its ends", OfWindows(rates::INCREASE)),
    f("irate", &[M], 0, V, Counters, "growth of a counter per second between the last two samples", OfWindows(rates::IRATE)),
    f("resets", &[M], 0, V, Counters, "how often a counter began anew", OfWindows(rates::RESETS)),
    f("delta", &[M], 0, V, Windows, "last less first value of a gauge, extrapolated to the window's ends", OfWindows(rates::DELTA)),
    f("idelta", &[M], 0, V, Windows, "the last step of a gauge", OfWindows(rates::IDELTA)),
    f("changes", &[M], 0, V, Windows, "how often the value changed", OfWindows(rates::CHANGES)),
    f("avg_over_time", &[M], 0, V, Windows, "mean", OfWindows(over_time::AVERAGE)),
    f("sum_over_time", &[M], 0, V, Windows, "all values together", OfWindows(over_time::SUM)),
    f("count_over_time", &[M], 0, V, Windows, "how many samples", OfWindows(over_time::COUNT)),
    f("min_over_time", &[M], 0, V, Windows, "least value; NaN only where all are", OfWindows(over_time::MIN)),
    f("max_over_time", &[M], 0, V, Windows, "greatest value; NaN only where all are", OfWindows(over_time::MAX)),
    f("first_over_time", &[M], 0, V, Windows, "first value; keeps the metric's name", OfWindows(over_time::FIRST)),
    f("last_over_time", &[M], 0, V, Windows, "last value; keeps the metric's name", OfWindows(over_time::LAST)),
    f("stddev_over_time", &[M], 0, V, Windows, "standard deviation of the population", OfWindows(over_time::DEVIATION)),
    f("stdvar_over_time", &[M], 0, V, Windows, "variance of the population", OfWindows(over_time::VARIANCE)),
    f("quantile_over_time", &[S, M], 0, V, Windows, "the φ-quantile, between ranks by a straight line", OfWindows(over_time::QUANTILE)),
    f("mad_over_time", &[M], 0, V, Windows, "median of the distances from the median", OfWindows(over_time::MEDIAN_DEVIATION)),
    f("ts_of_first_over_time", &[M], 0, V, Windows, "moment of the first sample, in seconds", OfWindows(over_time::TIME_OF_FIRST)),
    f("ts_of_last_over_time", &[M], 0, V, Windows, "moment of the last sample, in seconds", OfWindows(over_time::TIME_OF_LAST)),
    f("ts_of_max_over_time", &[M], 0, V, Windows, "moment of the last greatest value, in seconds", OfWindows(over_time::TIME_OF_MAX)),
    f("ts_of_min_over_time", &[M], 0, V, Windows, "moment of the last least value, in seconds", OfWindows(over_time::TIME_OF_MIN)),
    f("deriv", &[M], 0, V, Windows, "slope per second of the least-squares line", OfWindows(rates::DERIVATIVE)),
    f("predict_linear", &[M, S], 0, V, Windows, "where that line is so many seconds after the moment of evaluation", OfWindows(rates::PREDICTION)),
    f("double_exponential_smoothing", &[M, S, S], 0, V, Windows, "value smoothed by level and trend (Holt); both factors between 0 and 1", OfWindows(rates::SMOOTHING)),
    f("absent", &[V], 0, V, Presence, "1 where the vector has no series, with the labels that the selector fixes", Whole(presence::absent)),
    f("absent_over_time", &[M], 0, V, Presence, "1 where no series has a sample in the window, with the labels that the selector fixes", Whole(presence::absent_over_time)),
    f("present_over_time", &[M], 0, V, Presence, "1 for each series with a sample in the window", OfWindows(over_time::PRESENT)),
    f("abs", &[V], 0, V, Rounding, "absolute value", Value(f64::abs)),
    f("ceil", &[V], 0, V, Rounding, "up to the next integer", Value(f64::ceil)),
    f("floor", &[V], 0, V, Rounding, "down to the next integer", Value(f64::floor)),
    f("round", &[V, S], 1, V, Rounding, "to the nearest multiple (of 1 where none is given), ties upwards", Whole(whole::round)),
    f("clamp", &[V, S, S], 0, V, Rounding, "within a least and a greatest value; nothing where the least is greater", Whole(whole::clamp)),
    f("clamp_min", &[V, S], 0, V, Rounding, "not below a least value", Whole(whole::clamp_min)),
    f("clamp_max", &[V, S], 0, V, Rounding, "not above a greatest value", Whole(whole::clamp_max)),
    f("sgn", &[V], 0, V, Rounding, "sign: 1, 0 or -1", Value(|v| if v > 0.0 { 1.0 } else if v < 0.0 { -1.0 } else { v })),
    f("exp", &[V], 0, V, Mathematics, "e to the value", Value(f64::exp)),
    f("ln", &[V], 0, V, Mathematics, "natural logarithm", Value(f64::ln)),
    f("log2", &[V], 0, V, Mathematics, "binary logarithm", Value(f64::log2)),
    f("log10", &[V], 0, V, Mathematics, "decimal logarithm", Value(f64::log10)),
    f("sqrt", &[V], 0, V, Mathematics, "square root", Value(f64::sqrt)),
    f("scalar", &[V], 0, S, Mathematics, "the one series' value; NaN where there is not exactly one", Whole(whole::scalar)),
    f("vector", &[S], 0, V, Mathematics, "a scalar as a series without labels", Whole(whole::vector)),
    f("sin", &[V], 0, V, Angles, "sine, in radians as all of these", Value(f64::sin)),
    f("cos", &[V], 0, V, Angles, "cosine", Value(f64::cos)),
    f("tan", &[V], 0, V, Angles, "tangent", Value(f64::tan)),
    f("asin", &[V], 0, V, Angles, "inverse sine", Value(f64::asin)),
    f("acos", &[V], 0, V, Angles, "inverse cosine", Value(f64::acos)),
    f("atan", &[V], 0, V, Angles, "inverse tangent", Value(f64::atan)),
    f("sinh", &[V], 0, V, Angles, "hyperbolic sine", Value(f64::sinh)),
    f("cosh", &[V], 0, V, Angles, "hyperbolic cosine", Value(f64::cosh)),
    f("tanh", &[V], 0, V, Angles, "hyperbolic tangent", Value(f64::tanh)),
    f("asinh", &[V], 0, V, Angles, "inverse hyperbolic sine", Value(f64::asinh)),
    f("acosh", &[V], 0, V, Angles, "inverse hyperbolic cosine", Value(f64::acosh)),
    f("atanh", &[V], 0, V, Angles, "inverse hyperbolic tangent", Value(f64::atanh)),
    f("deg", &[V], 0, V, Angles, "radians to degrees", Value(|v| v * 180.0 / PI)),
    f("rad", &[V], 0, V, Angles, "degrees to radians", Value(|v| v * PI / 180.0)),
    f("pi", &[], 0, S, Angles, "3.14159...", Whole(whole::pi)),
    f("time", &[], 0, S, Time, "moment of the evaluation, in seconds since 1970 as all moments", Whole(whole::time)),
    f("timestamp", &[V], 0, V, Time, "moment of each sample of a selector, else of the evaluation", Whole(whole::timestamp)),
    f("start", &[], 0, S, Time, "first moment of the query", Whole(whole::start)),
    f("end", &[], 0, S, Time, "last moment that the query asks for", Whole(whole::end)),
    f("range", &[], 0, S, Time, "seconds between the two", Whole(whole::range)),
    f("step", &[], 0, S, Time, "the query's step in seconds; 0 for a query of one moment", Whole(whole::step)),
    f("minute", &[V], 1, V, Time, "minute of the hour, 0 to 59; UTC as all of these", Date(date::minute)),
    f("hour", &[V], 1, V, Time, "hour of the day, 0 to 23", Date(date::hour)),
    f("day_of_week", &[V], 1, V, Time, "0 for Sunday to 6", Date(date::day_of_week)),
    f("day_of_month", &[V], 1, V, Time, "1 to 31", Date(date::day_of_month)),
    f("day_of_year", &[V], 1, V, Time, "1 to 366", Date(date::day_of_year)),
    f("days_in_month", &[V], 1, V, Time, "28 to 31", Date(date::days_in_month)),
    f("month", &[V], 1, V, Time, "1 to 12", Date(date::month)),
    f("year", &[V], 1, V, Time, "the year", Date(date::year)),
    f("label_replace", &[V, T, T, T, T], 0, V, Labels, "sets a label (2nd) from a template (3rd) where another one (4th) matches a pattern (5th)", Whole(labels::replace)),
    f("label_join", &[V, T, T, T], REPEATED, V, Labels, "sets a label (2nd) to others (4th on) joined by a text (3rd)", Whole(labels::join)),
    f("info", &[V, V], 1, V, Labels, "adds labels of the info series (`target_info`, or as the selector says) with the same `instance` and `job`", Whole(info::info)),
    f("sort", &[V], 0, V, Order, "by value, NaN last; order counts in queries of one moment only", Whole(order::ascending)),
    f("sort_desc", &[V], 0, V, Order, "by value downwards, NaN last", Whole(order::descending)),
    f("sort_by_label", &[V, T], REPEATED, V, Order, "by labels, numbers within them as numbers", Whole(order::by_label)),
    f("sort_by_label_desc", &[V, T], REPEATED, V, Order, "by labels downwards", Whole(order::by_label_descending)),
    f("histogram_quantile", &[S, V], 0, V, Histograms, "the φ-quantile of a classic histogram (series by `le`)", Whole(histogram::quantile)),
    f("histogram_quantiles", &[V, T, S, S], REPEATED, V, Histograms, "several of them, told apart by a label of that name", Whole(histogram::quantiles)),
    f("histogram_fraction", &[S, S, V], 0, V, Histograms, "part of a classic histogram's observations between two values", Whole(histogram::fraction)),
    f("histogram_avg", &[V], 0, V, Native, "mean of a native histogram", Whole(histogram::native)),
    f("histogram_count", &[V], 0, V, Native, "observations of a native histogram", Whole(histogram::native)),
    f("histogram_sum", &[V], 0, V, Native, "sum of a native histogram", Whole(histogram::native)),
    f("histogram_stddev", &[V], 0, V, Native, "standard deviation of a native histogram", Whole(histogram::native)),
    f("histogram_stdvar", &[V], 0, V, Native, "variance of a native histogram", Whole(histogram::native)),
];

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use autobot_model::Timestamp;

    use super::*;
    use crate::ast::BinaryOp;
    use crate::functions::AGGREGATIONS;
    use crate::testing::MemoryReader;
    use crate::{Engine, Value, parse};

    fn written(of: Type) -> &'static str {
        match of {
            S => "0.5",
            V => "m_bucket",
            M => "m_bucket[5m]",
            T => "\"x\"",
        }
    }

    /// How many values a query gives, evaluated at one moment and over a range.
    fn values(query: &str) -> (usize, usize) {
        let mut reader = MemoryReader::default();
        reader.add("m_bucket{le=\"1\"}", (0..20).map(|at| (at * 10_000, at as f64)));
        reader.add("m_bucket{le=\"+Inf\"}", (0..20).map(|at| (at * 10_000, 2.0 * at as f64)));
        let expr = parse(query).unwrap_or_else(|error| panic!("{query}: {error}"));
        let engine = Engine::default();
        let (start, end) = (Timestamp(100_000), Timestamp(190_000));
        let once = match engine.instant(&reader, &expr, end).unwrap_or_else(|error| panic!("{query}: {error}")) {
            Value::Vector(samples) => samples.len(),
            _ => 1,
        };
        let range = engine.range(&reader, &expr, start, end, Duration::from_secs(30));
        (once, range.unwrap_or_else(|error| panic!("{query}: {error}")).iter().map(|series| series.values.len()).sum())
    }

    #[test]
    fn every_function_is_evaluated_with_as_few_and_as_many_arguments_as_it_takes() {
        for function in &FUNCTIONS {
            let most = function.takes.len() + usize::from(function.optional == REPEATED);
            let least =
                function.takes.len() - if function.optional == REPEATED { 1 } else { usize::from(function.optional) };
            for count in least..=most {
                let argument = |at: usize| match (function.name, at) {
                    ("info", 1) => "{x=~\".*\"}",
                    ("histogram_quantiles", 3) => "0.6",
                    ("histogram_quantiles", 4) => "0.7",
                    _ => written(function.takes[at.min(function.takes.len() - 1)]),
                };
                let arguments: Vec<&str> = (0..count).map(argument).collect();
                let query = format!("{}({})", function.name, arguments.join(", "));
                let (once, range) = values(&query);
                let gives_none = function.group == Native || function.name.starts_with("absent");
                assert_eq!((once == 0, range == 0), (gives_none, gives_none), "{query}");
            }
        }
    }

    #[test]
    fn every_function_takes_what_it_takes_according_to_another_parser() {
        for function in &FUNCTIONS {
            for count in 0..=function.takes.len() + 2 {
                let argument = |at: usize| match function.takes.get(at).or(function.takes.last()) {
                    Some(V) if at == 1 => "{x=\"y\"}",
                    Some(of) => written(*of),
                    None => "1",
                };
                let arguments: Vec<&str> = (0..count).map(argument).collect();
                let query = format!("{}({})", function.name, arguments.join(", "));
                let (ours, theirs) = (parse(&query), promql_parser::parser::parse(&query));
                assert_eq!(ours.is_ok(), theirs.is_ok(), "{query}: {:?} {:?}", ours.err(), theirs.err());
            }
        }
    }

    #[test]
    fn every_name_stands_once_and_every_group_has_some() {
        let mut names: Vec<&str> = FUNCTIONS.iter().map(|function| function.name).collect();
        names.extend(AGGREGATIONS.iter().map(|(name, ..)| *name));
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        for group in Group::ALL {
            assert!(FUNCTIONS.iter().any(|function| function.group == group), "{group:?}");
        }
    }

    #[test]
    fn every_aggregation_is_evaluated() {
        for (name, parameter, _) in AGGREGATIONS {
            let parameter = match parameter {
                Some(T) => "\"x\", ",
                Some(_) => "1, ",
                None => "",
            };
            for grouping in ["", " by (le)", " without (le)"] {
                let query = format!("{name}{grouping} ({parameter}m_bucket)");
                let (once, range) = values(&query);
                assert!(once > 0 && range > 0, "{query}");
            }
        }
    }

    #[test]
    fn every_operator_is_evaluated() {
        for op in BinaryOp::ALL {
            let word = op.as_str();
            let bool_word = if op.is_comparison() { "bool " } else { "" };
            values(&format!("m_bucket {word} {bool_word}m_bucket"));
            values(&format!("m_bucket {word} on(le) m_bucket"));
            if !op.is_set() {
                values(&format!("m_bucket {word} {bool_word}1"));
                values(&format!("1 {word} {bool_word}m_bucket"));
                values(&format!("1 {word} {bool_word}2"));
                values(&format!("m_bucket {word} on(le) group_left m_bucket"));
            }
        }
    }
}
