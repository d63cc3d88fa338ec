//! Results as JSON text.

use std::io::Write as _;

use autobot_model::{Labels, Timestamp};

use crate::error::QueryError;
use crate::value::{RangeSeries, Value};

/// The members `resultType` and `result` of an answer's `data`, appended to `out` without the braces around them.
///
/// # Errors
/// An answer that would make `out` longer than `most` bytes.
pub fn result_into(out: &mut Vec<u8>, value: &Value, at: Timestamp, most: usize) -> Result<(), QueryError> {
    let kind = match value {
        Value::Scalar(_) => "scalar",
        Value::Text(_) => "string",
        Value::Vector(_) => "vector",
        Value::Matrix(_) => "matrix",
    };
    out.extend_from_slice(format!("\"resultType\":\"{kind}\",\"result\":").as_bytes());
    match value {
        Value::Scalar(number) => point_into(out, at, *number),
        Value::Text(text) => {
            out.push(b'[');
            time_into(out, at);
            out.push(b',');
            text_into(out, text);
            out.push(b']');
        }
        Value::Vector(samples) => list_into(out, samples, |out, sample| {
            out.extend_from_slice(b"{\"metric\":");
            metric_into(out, sample.name.as_deref(), &sample.labels);
            out.extend_from_slice(b",\"value\":");
            point_into(out, sample.time, sample.value);
            out.push(b'}');
            within(out, most)
        })?,
        Value::Matrix(series) => list_into(out, series, |out, series| {
            series_into(out, series);
            within(out, most)
        })?,
    }
    Ok(())
}

fn within(out: &[u8], most: usize) -> Result<(), QueryError> {
    if out.len() <= most {
        return Ok(());
    }
    Err(QueryError::execution(format!(
        "the answer is longer than {} MiB; ask for fewer series, a longer step or a shorter time",
        most >> 20
    )))
}

fn list_into<T>(
    out: &mut Vec<u8>,
    items: &[T],
    mut each: impl FnMut(&mut Vec<u8>, &T) -> Result<(), QueryError>,
) -> Result<(), QueryError> {
    out.push(b'[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        each(out, item)?;
    }
    out.push(b']');
    Ok(())
}

fn series_into(out: &mut Vec<u8>, series: &RangeSeries) {
    out.extend_from_slice(b"{\"metric\":");
    metric_into(out, series.name.as_deref(), &series.labels);
    out.extend_from_slice(b",\"values\":[");
    for (at, (time, value)) in series.times.iter().zip(&series.values).enumerate() {
        if at > 0 {
            out.push(b',');
        }
        point_into(out, *time, *value);
    }
    out.extend_from_slice(b"]}");
}

fn point_into(out: &mut Vec<u8>, time: Timestamp, value: f64) {
    out.push(b'[');
    time_into(out, time);
    out.extend_from_slice(b",\"");
    number_into(out, value);
    out.extend_from_slice(b"\"]");
}

/// A label set as the API writes it, the metric's name among the labels as `__name__`.
pub fn metric_into(out: &mut Vec<u8>, name: Option<&str>, labels: &Labels) {
    out.push(b'{');
    let name = name.filter(|name| !name.is_empty()).map(|name| ("__name__", name));
    for (at, (label, value)) in name.into_iter().chain(labels.iter()).enumerate() {
        if at > 0 {
            out.push(b',');
        }
        text_into(out, label);
        out.push(b':');
        text_into(out, value);
    }
    out.push(b'}');
}

/// A text in quotes, escaped.
pub fn text_into(out: &mut Vec<u8>, text: &str) {
    // Writing a text into memory cannot fail.
    let _ = serde_json::to_writer(out, text);
}

/// Seconds since the epoch, with three digits of a fraction unless it is a whole second.
pub fn time_into(out: &mut Vec<u8>, time: Timestamp) {
    let magnitude = time.0.unsigned_abs();
    let (sign, seconds, fraction) = (if time.0 < 0 { "-" } else { "" }, magnitude / 1000, magnitude % 1000);
    // Writing into memory cannot fail; so below.
    let _ = match fraction {
        0 => write!(out, "{sign}{seconds}"),
        fraction => write!(out, "{sign}{seconds}.{fraction:03}"),
    };
}

/// A number as Prometheus spells it, without quotes: `+Inf`, `-Inf`, `NaN`, else the shortest that reads back the same. As in
/// Prometheus' API (`util/jsonutil`), what is below 1e-6 or not below 1e21 has an exponent, in Go's spelling.
pub fn number_into(out: &mut Vec<u8>, value: f64) {
    /// Below this every integer is a double of its own.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let magnitude = value.abs();
    let _ = if value.is_nan() {
        write!(out, "NaN")
    } else if magnitude.is_infinite() {
        write!(out, "{}Inf", if value > 0.0 { '+' } else { '-' })
    } else if value != 0.0 && magnitude < EXACT && value.fract() == 0.0 {
        // The commonest case, and several times faster than as a fraction.
        write!(out, "{}", value as i64)
    } else if value != 0.0 && !(1e-6..1e21).contains(&magnitude) {
        write!(out, "{}", with_exponent(value))
    } else {
        write!(out, "{value}")
    };
}

/// `1e-07`: the exponent has a sign and two digits at least.
pub(crate) fn with_exponent(value: f64) -> String {
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
    format!("{digits}e{sign}{exponent:0>2}")
}

/// As [`number_into`], as a text of its own.
pub fn number_text(value: f64) -> String {
    let mut out = Vec::new();
    number_into(&mut out, value);
    String::from_utf8(out).unwrap_or_default()
}

/// `{"status":"error", ...}`, to be sent with the error kind's status.
pub fn failure(error: &QueryError) -> Vec<u8> {
    let mut out = format!("{{\"status\":\"error\",\"errorType\":\"{}\",\"error\":", error.kind.as_str()).into_bytes();
    text_into(&mut out, &error.message);
    out.push(b'}');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::InstantSample;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    fn check(value: &Value, expected: Expect) {
        let mut out = Vec::new();
        result_into(&mut out, value, Timestamp(1500), 1 << 20).unwrap();
        let text = String::from_utf8(out).unwrap();
        serde_json::from_str::<serde_json::Value>(&format!("{{{text}}}")).expect("JSON");
        expected.assert_eq(&text);
    }

    #[test]
    fn each_kind_of_result_has_the_shape_of_prometheus() {
        check(&Value::Scalar(2.5), expect![[r#""resultType":"scalar","result":[1.500,"2.5"]"#]]);
        check(&Value::Text("a\"b\n".to_owned()), expect![[r#""resultType":"string","result":[1.500,"a\"b\n"]"#]]);
        check(&Value::Vector(Vec::new()), expect![[r#""resultType":"vector","result":[]"#]]);
        let labels = Labels::new([("path", "C:\\"), ("ü", "\u{1}")]);
        let sample = |name| InstantSample { name, labels: labels.clone(), time: Timestamp(2000), value: f64::INFINITY };
        check(
            &Value::Vector(vec![sample(Some("up".into())), sample(None)]),
            expect![[
                r#""resultType":"vector","result":[{"metric":{"__name__":"up","path":"C:\\","ü":"\u0001"},"value":[2,"+Inf"]},{"metric":{"path":"C:\\","ü":"\u0001"},"value":[2,"+Inf"]}]"#
            ]],
        );
        let series = RangeSeries {
            name: None,
            labels: Labels::default(),
            times: vec![Timestamp(-7), Timestamp(60_000)],
            values: vec![0.1, f64::NAN],
        };
        check(
            &Value::Matrix(vec![series]),
            expect![[r#""resultType":"matrix","result":[{"metric":{},"values":[[-0.007,"0.1"],[60,"NaN"]]}]"#]],
        );
    }

    #[test]
    fn an_answer_beyond_its_limit_is_refused_before_it_is_whole() {
        let sample = |_| InstantSample::scalar(Timestamp(0), 1.0);
        let many = Value::Vector((0..100_000).map(sample).collect());
        let mut out = Vec::new();
        let error = result_into(&mut out, &many, Timestamp(0), 1 << 20).unwrap_err();
        expect!["the answer is longer than 1 MiB; ask for fewer series, a longer step or a shorter time"]
            .assert_eq(&error.to_string());
        assert!(out.len() < (1 << 20) + 100, "{}", out.len());
    }

    #[test]
    fn numbers_are_spelt_as_prometheus_spells_them() {
        for (value, text) in [
            (1.0, "1"),
            (0.0, "0"),
            (-0.0, "-0"),
            (0.1, "0.1"),
            (-0.5, "-0.5"),
            (1e-6, "0.000001"),
            (1.5e-7, "1.5e-07"),
            (5e-324, "5e-324"),
            (123_456_789_012.0, "123456789012"),
            (9_007_199_254_740_993.0, "9007199254740992"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (-1.797_693_134_862_315_7e308, "-1.7976931348623157e+308"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(number_text(value), text);
        }
    }

    proptest! {
        #[test]
        fn a_number_that_was_written_reads_back_as_itself(bits: u64) {
            let value = f64::from_bits(bits);
            prop_assume!(value.is_finite());
            prop_assert_eq!(number_text(value).parse::<f64>().unwrap().to_bits(), bits);
        }

        #[test]
        fn any_text_is_json(text: String) {
            let mut out = Vec::new();
            text_into(&mut out, &text);
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
    }
}
