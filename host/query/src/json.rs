//! Prometheus' HTTP API: parameters in, results out.

use std::time::Duration;

use autobot_model::Timestamp;
use serde_json::{Map, Value as Json, json};

use crate::error::QueryError;
use crate::lex;
use crate::moment::rfc3339;
use crate::value::{Answer, RangeSeries, Value};

/// A moment as the API writes it: seconds with a fraction, or RFC 3339.
///
/// # Errors
/// A text that is neither, with the name of the parameter.
pub fn time(parameter: &str, text: &str) -> Result<Timestamp, QueryError> {
    if let Ok(seconds) = text.parse::<f64>()
        && seconds.is_finite()
        && seconds.abs() < 9e15
    {
        return Ok(Timestamp((seconds * 1e3).round() as i64));
    }
    rfc3339(text)
        .ok_or_else(|| QueryError::bad(format!("`{parameter}={text}` is no time; give seconds since 1970 or RFC 3339")))
}

/// A step or a time-out: seconds with a fraction, or a duration like `5m`.
///
/// # Errors
/// A text that is neither, or a duration that is not positive.
pub fn duration(parameter: &str, text: &str) -> Result<Duration, QueryError> {
    let seconds =
        text.parse::<f64>().ok().filter(|seconds| *seconds > 0.0 && *seconds < 1e10).map(Duration::from_secs_f64);
    seconds.or_else(|| lex::duration(text)).filter(|duration| duration.as_millis() > 0).ok_or_else(|| {
        QueryError::bad(format!("`{parameter}={text}` is no duration; give seconds, or a form like 30s or 5m"))
    })
}

/// The answer to an instant query, with its warnings and infos.
pub fn answer(answer: &Answer<Value>, at: Timestamp) -> Json {
    noted(result(&answer.value, at), &answer.warnings, &answer.infos)
}

/// The answer to a range query, with its warnings and infos.
pub fn range_answer(answer: &Answer<Vec<RangeSeries>>) -> Json {
    noted(range_result(&answer.value), &answer.warnings, &answer.infos)
}

fn noted(mut json: Json, warnings: &[String], infos: &[String]) -> Json {
    for (name, texts) in [("warnings", warnings), ("infos", infos)] {
        if let (Json::Object(fields), false) = (&mut json, texts.is_empty()) {
            fields.insert(name.to_owned(), texts.into());
        }
    }
    json
}

/// The answer to a query that has a result.
pub fn result(value: &Value, at: Timestamp) -> Json {
    let (kind, result) = match value {
        Value::Scalar(number) => ("scalar", json!([at.seconds(), number_text(*number)])),
        Value::Text(text) => ("string", json!([at.seconds(), text])),
        Value::Vector(samples) => {
            let one = |sample: &crate::InstantSample| json!({ "metric": metric(sample.name.as_deref(), &sample.labels), "value": [sample.time.seconds(), number_text(sample.value)] });
            ("vector", samples.iter().map(one).collect())
        }
        Value::Matrix(series) => ("matrix", matrix(series)),
    };
    success(json!({ "resultType": kind, "result": result }))
}

/// The answer to a range query.
pub fn range_result(series: &[RangeSeries]) -> Json {
    success(json!({ "resultType": "matrix", "result": matrix(series) }))
}

/// `{"status": "success", "data": ...}`.
pub fn success(data: Json) -> Json {
    json!({ "status": "success", "data": data })
}

/// `{"status": "error", ...}`, to be sent with the error kind's status.
pub fn failure(error: &QueryError) -> Json {
    json!({ "status": "error", "errorType": error.kind.as_str(), "error": error.message })
}

fn matrix(series: &[RangeSeries]) -> Json {
    let one = |series: &RangeSeries| {
        let values: Vec<Json> = series
            .times
            .iter()
            .zip(&series.values)
            .map(|(time, value)| json!([time.seconds(), number_text(*value)]))
            .collect();
        json!({ "metric": metric(series.name.as_deref(), &series.labels), "values": values })
    };
    series.iter().map(one).collect()
}

/// A label set as the API writes it, the metric's name among them as `__name__`.
pub fn metric(name: Option<&str>, labels: &autobot_model::Labels) -> Json {
    let mut metric = Map::new();
    if let Some(name) = name {
        metric.insert("__name__".to_owned(), name.into());
    }
    metric.extend(labels.iter().map(|(name, value)| (name.to_owned(), value.into())));
    Json::Object(metric)
}

/// Prometheus' spelling of a number: `+Inf`, `-Inf`, `NaN`, else the shortest that reads back the same, with an exponent below 1e-6 and
/// from 1e21 on.
pub fn number_text(value: f64) -> String {
    match value {
        v if v.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        v if v != 0.0 && (v.abs() >= 1e21 || v.abs() < 1e-6) => with_exponent(v),
        v => format!("{v}"),
    }
}

/// `1e-07`: the exponent has a sign and two digits at least.
pub(crate) fn with_exponent(value: f64) -> String {
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) => {
            let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
            format!("{mantissa}e{sign}{digits:0>2}")
        }
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_or_rfc_3339() {
        for (text, millis) in [
            ("0", 0),
            ("1767323045.678", 1_767_323_045_678),
            ("1970-01-01T00:00:00Z", 0),
            ("2026-01-02T03:04:05.678Z", 1_767_323_045_678),
            ("2026-01-02T04:04:05+01:00", 1_767_323_045_000),
            ("2000-02-29T12:00:00Z", 951_825_600_000),
        ] {
            assert_eq!(time("time", text), Ok(Timestamp(millis)), "{text}");
        }
        for text in ["", "now", "2026-13-02T03:04:05Z", "2026-01-02", "NaN", "1e300", "2026-01-02T03:04:05é"] {
            assert!(time("time", text).is_err(), "{text}");
        }
    }

    #[test]
    fn steps_are_seconds_or_durations() {
        for (text, millis) in [("15", 15_000), ("0.5", 500), ("1h30m", 5_400_000), ("250ms", 250)] {
            assert_eq!(duration("step", text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["0", "-1", "", "5 m", "0s", "m5"] {
            assert!(duration("step", text).is_err(), "{text}");
        }
    }

    #[test]
    fn warnings_and_infos_stand_beside_the_data_where_there_are_any() {
        let mut answer = Answer { value: Value::Scalar(1.0), warnings: Vec::new(), infos: Vec::new() };
        let plain = r#"{"data":{"result":[0.0,"1"],"resultType":"scalar"},"status":"success"}"#;
        assert_eq!(super::answer(&answer, Timestamp(0)).to_string(), plain);
        answer.warnings.push("w".to_owned());
        answer.infos.push("i".to_owned());
        let noted = plain
            .replace(r#","status""#, r#","infos":["i"],"status""#)
            .replace(r#""success"}"#, r#""success","warnings":["w"]}"#);
        assert_eq!(super::answer(&answer, Timestamp(0)).to_string(), noted);
    }

    #[test]
    fn numbers_are_spelt_as_prometheus_spells_them() {
        for (value, text) in [
            (1.0, "1"),
            (0.1, "0.1"),
            (f64::INFINITY, "+Inf"),
            (f64::NAN, "NaN"),
            (1e21, "1e+21"),
            (-0.5, "-0.5"),
            (1.5e-7, "1.5e-07"),
            (1e-6, "0.000001"),
            (1e20, "100000000000000000000"),
        ] {
            assert_eq!(number_text(value), text);
        }
    }
}
