//! The functions of Prometheus 3, and what they take.

/// The type of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Scalar,
    Vector,
    Matrix,
    Text,
}

impl Type {
    pub(crate) const fn shown(self) -> &'static str {
        match self {
            Self::Scalar => "a scalar",
            Self::Vector => "an instant vector",
            Self::Matrix => "a range vector",
            Self::Text => "a string",
        }
    }
}

/// Name, types of the arguments, how many of the last ones may be left out (255: the last one may be repeated), result.
pub(crate) struct Signature {
    pub(crate) name: &'static str,
    pub(crate) takes: &'static [Type],
    pub(crate) optional: u8,
    pub(crate) gives: Type,
}

pub(crate) const REPEATED: u8 = 255;

const fn f(name: &'static str, takes: &'static [Type], optional: u8, gives: Type) -> Signature {
    Signature { name, takes, optional, gives }
}

use Type::{Matrix as M, Scalar as S, Text as T, Vector as V};

#[rustfmt::skip]
pub(crate) const FUNCTIONS: [Signature; 81] = [
    f("abs", &[V], 0, V), f("absent", &[V], 0, V), f("absent_over_time", &[M], 0, V), f("acos", &[V], 0, V), f("acosh", &[V], 0, V),
    f("asin", &[V], 0, V), f("asinh", &[V], 0, V), f("atan", &[V], 0, V), f("atanh", &[V], 0, V), f("avg_over_time", &[M], 0, V),
    f("ceil", &[V], 0, V), f("changes", &[M], 0, V), f("clamp", &[V, S, S], 0, V), f("clamp_max", &[V, S], 0, V), f("clamp_min", &[V, S], 0, V),
    f("cos", &[V], 0, V), f("cosh", &[V], 0, V), f("count_over_time", &[M], 0, V), f("day_of_month", &[V], 1, V), f("day_of_week", &[V], 1, V),
    f("day_of_year", &[V], 1, V), f("days_in_month", &[V], 1, V), f("deg", &[V], 0, V), f("delta", &[M], 0, V), f("deriv", &[M], 0, V),
    f("double_exponential_smoothing", &[M, S, S], 0, V), f("exp", &[V], 0, V), f("first_over_time", &[M], 0, V), f("floor", &[V], 0, V),
    f("histogram_avg", &[V], 0, V), f("histogram_count", &[V], 0, V), f("histogram_fraction", &[S, S, V], 0, V), f("histogram_quantile", &[S, V], 0, V),
    f("histogram_stddev", &[V], 0, V), f("histogram_stdvar", &[V], 0, V), f("histogram_sum", &[V], 0, V), f("hour", &[V], 1, V), f("idelta", &[M], 0, V),
    f("increase", &[M], 0, V), f("info", &[V, V], 1, V), f("irate", &[M], 0, V), f("label_join", &[V, T, T, T], REPEATED, V),
    f("label_replace", &[V, T, T, T, T], 0, V), f("last_over_time", &[M], 0, V), f("ln", &[V], 0, V), f("log10", &[V], 0, V), f("log2", &[V], 0, V),
    f("mad_over_time", &[M], 0, V), f("max_over_time", &[M], 0, V), f("min_over_time", &[M], 0, V), f("minute", &[V], 1, V), f("month", &[V], 1, V),
    f("pi", &[], 0, S), f("predict_linear", &[M, S], 0, V), f("present_over_time", &[M], 0, V), f("quantile_over_time", &[S, M], 0, V), f("rad", &[V], 0, V),
    f("rate", &[M], 0, V), f("resets", &[M], 0, V), f("round", &[V, S], 1, V), f("scalar", &[V], 0, S), f("sgn", &[V], 0, V), f("sin", &[V], 0, V),
    f("sinh", &[V], 0, V), f("sort", &[V], 0, V), f("sort_by_label", &[V, T], REPEATED, V), f("sort_by_label_desc", &[V, T], REPEATED, V),
    f("sort_desc", &[V], 0, V), f("sqrt", &[V], 0, V), f("stddev_over_time", &[M], 0, V), f("stdvar_over_time", &[M], 0, V), f("sum_over_time", &[M], 0, V),
    f("tan", &[V], 0, V), f("tanh", &[V], 0, V), f("time", &[], 0, S), f("timestamp", &[V], 0, V), f("ts_of_last_over_time", &[M], 0, V),
    f("vector", &[S], 0, V), f("year", &[V], 1, V), f("ts_of_max_over_time", &[M], 0, V), f("ts_of_min_over_time", &[M], 0, V),
];

pub(crate) fn function(name: &str) -> Option<&'static Signature> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

/// Aggregations, and the type of their parameter if they take one.
pub(crate) const AGGREGATIONS: [(&str, Option<Type>); 14] = [
    ("sum", None),
    ("avg", None),
    ("min", None),
    ("max", None),
    ("count", None),
    ("group", None),
    ("stddev", None),
    ("stdvar", None),
    ("topk", Some(S)),
    ("bottomk", Some(S)),
    ("quantile", Some(S)),
    ("count_values", Some(T)),
    ("limitk", Some(S)),
    ("limit_ratio", Some(S)),
];

pub(crate) fn aggregation(name: &str) -> Option<(&'static str, Option<Type>)> {
    AGGREGATIONS.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name))
}

/// The known name that is nearest to a misspelt one, if any is near.
pub(crate) fn nearest(name: &str) -> Option<&'static str> {
    let known = FUNCTIONS.iter().map(|function| function.name).chain(AGGREGATIONS.iter().map(|(name, _)| *name));
    known
        .map(|known| (distance(name, known), known))
        .min()
        .filter(|(far, known)| *far <= known.len().div_ceil(3))
        .map(|(_, known)| known)
}

/// Levenshtein's distance, by bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.bytes().enumerate() {
            let cost = (diagonal + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], cost);
        }
    }
    row[b.len()]
}
