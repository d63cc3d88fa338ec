//! When two answers are the same.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use autobot_query::json::number_text;
use serde_json::Value as Json;

/// Two numbers may be this far apart, as a part of the greater one: the engines add up in different orders.
const RELATIVE: f64 = 1e-9;
/// And this far where the difference is all that a sum has left.
const ABSOLUTE: f64 = 1e-11;

/// An answer of Prometheus' API, whoever gave it.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Scalar(f64),
    Text(String),
    /// A vector has one point per series, a matrix any number.
    Series {
        kind: String,
        series: Vec<Series>,
    },
    Error {
        kind: String,
        message: String,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub(crate) metric: BTreeMap<String, String>,
    pub(crate) points: Vec<(f64, f64)>,
}

impl Answer {
    pub(crate) fn read(json: &Json) -> Self {
        let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
        let number = |json: &Json| json.as_str().and_then(|text| text.parse().ok()).expect("a number as text");
        if json["status"] != "success" {
            return Self::Error { kind: text(&json["errorType"]), message: text(&json["error"]) };
        }
        let (kind, result) = (text(&json["data"]["resultType"]), &json["data"]["result"]);
        let point = |json: &Json| (json[0].as_f64().expect("a time"), number(&json[1]));
        match &*kind {
            "scalar" => Self::Scalar(number(&result[1])),
            "string" => Self::Text(text(&result[1])),
            _ => {
                let one = |json: &Json| Series {
                    metric: serde_json::from_value(json["metric"].clone()).expect("labels"),
                    points: match json["values"].as_array() {
                        Some(points) => points.iter().map(point).collect(),
                        None => vec![point(&json["value"])],
                    },
                };
                Self::Series { kind, series: result.as_array().expect("series").iter().map(one).collect() }
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Series { series, .. } if series.is_empty())
    }
}

/// Whether two answers say the same; else in which respect they do not. `in_order`: the order of the series was asked for.
pub(crate) fn differ(ours: &Answer, theirs: &Answer, in_order: bool) -> Option<&'static str> {
    match (ours, theirs) {
        (Answer::Error { .. }, Answer::Error { .. }) => None,
        (Answer::Error { .. }, _) => Some("only we refuse it"),
        (_, Answer::Error { .. }) => Some("only they refuse it"),
        (Answer::Scalar(a), Answer::Scalar(b)) => (!near(*a, *b)).then_some("the value"),
        (Answer::Text(a), Answer::Text(b)) => (a != b).then_some("the text"),
        (Answer::Series { kind: a, series: ours }, Answer::Series { kind: b, series: theirs }) if a == b => {
            if in_order && ours.len() == theirs.len() {
                // Of equal values either may come first.
                let same = ours.iter().zip(theirs).all(|(a, b)| near(a.points[0].1, b.points[0].1));
                if !same {
                    return Some("the order");
                }
            }
            let (ours, theirs) = (sorted(ours), sorted(theirs));
            if ours.iter().map(|series| &series.metric).ne(theirs.iter().map(|series| &series.metric)) {
                return Some("the series");
            }
            let times = |series: &'_ Series| series.points.iter().map(|(at, _)| at.to_bits()).collect::<Vec<_>>();
            if ours.iter().map(times).ne(theirs.iter().map(times)) {
                return Some("the times");
            }
            let same = values(&ours).zip(values(&theirs)).all(|(a, b)| near(a, b));
            (!same).then_some("the values")
        }
        _ => Some("the type of the result"),
    }
}

/// The values of both answers, two by two, if they have the same series and times.
pub(crate) fn pairs(ours: &Answer, theirs: &Answer) -> Option<Vec<(f64, f64)>> {
    match (differ(ours, theirs, false), ours, theirs) {
        (None | Some("the values"), Answer::Series { series: ours, .. }, Answer::Series { series: theirs, .. }) => {
            Some(values(&sorted(ours)).zip(values(&sorted(theirs))).collect())
        }
        (_, Answer::Scalar(ours), Answer::Scalar(theirs)) => Some(vec![(*ours, *theirs)]),
        _ => None,
    }
}

/// The first points in which two answers with the same series and times differ, a line each.
pub(crate) fn differing_points(ours: &Answer, theirs: &Answer) -> Option<String> {
    let (Answer::Series { series: ours, .. }, Answer::Series { series: theirs, .. }) = (ours, theirs) else {
        return None;
    };
    let mut text = String::new();
    for (ours, theirs) in sorted(ours).iter().zip(sorted(theirs)) {
        let mut points =
            ours.points.iter().zip(&theirs.points).filter(|((_, ours), (_, theirs))| !near(*ours, *theirs));
        if let Some(((at, ours_at), (_, theirs_at))) = points.next() {
            let (labels, ours, theirs) = (&ours.metric, number_text(*ours_at), number_text(*theirs_at));
            let _ = writeln!(text, "  {labels:?} at {at}: ours {ours}, theirs {theirs}");
        }
    }
    Some(text)
}

fn sorted(series: &[Series]) -> Vec<Series> {
    let mut sorted = series.to_vec();
    sorted.sort_by(|a, b| a.metric.cmp(&b.metric));
    sorted
}

fn values(series: &[Series]) -> impl Iterator<Item = f64> + '_ {
    series.iter().flat_map(|series| series.points.iter().map(|(_, value)| *value))
}

pub(crate) fn near(a: f64, b: f64) -> bool {
    if a.is_finite() && b.is_finite() {
        let apart = (a - b).abs();
        return apart <= ABSOLUTE || apart <= RELATIVE * a.abs().max(b.abs());
    }
    (a.is_nan() && b.is_nan()) || a == b
}

impl fmt::Display for Answer {
    /// The first lines of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar(value) => f.write_str(&number_text(*value)),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Error { kind, message } => write!(f, "{kind}: {message}"),
            Self::Series { kind, series } => {
                write!(f, "{kind} of {}", series.len())?;
                for one in sorted(series).iter().take(8) {
                    write!(f, "\n      {:?}", one.metric)?;
                    for (at, value) in one.points.iter().take(6) {
                        write!(f, " {}@{at}", number_text(*value))?;
                    }
                }
                Ok(())
            }
        }
    }
}

#[test]
fn answers_differ_in_what_they_differ_in() {
    let vector = |text: &str| {
        let series: Vec<Json> = text
            .split_whitespace()
            .map(|one| {
                let (host, value) = one.split_once('=').expect("host=value");
                serde_json::json!({ "metric": { "host": host }, "value": [7, value] })
            })
            .collect();
        let data = serde_json::json!({ "resultType": "vector", "result": series });
        Answer::read(&serde_json::json!({ "status": "success", "data": data }))
    };
    let error = Answer::Error { kind: "bad_data".into(), message: String::new() };
    for (ours, theirs, in_order, respect) in [
        ("a=1 b=2", "b=2 a=1", false, None),
        ("a=1 b=2", "b=2 a=1", true, Some("the order")),
        ("a=1 b=1", "b=1 a=1", true, None),
        ("a=NaN b=+Inf", "a=NaN b=+Inf", false, None),
        ("a=NaN", "a=+Inf", false, Some("the values")),
        ("a=-Inf", "a=+Inf", false, Some("the values")),
        ("a=0.3", "a=0.30000000000000004", false, None),
        ("a=1e9", "a=1000000002", false, Some("the values")),
        ("a=1", "b=1", false, Some("the series")),
        ("a=1", "a=1 b=1", false, Some("the series")),
    ] {
        assert_eq!(differ(&vector(ours), &vector(theirs), in_order), respect, "{ours} and {theirs}");
    }
    assert_eq!(differ(&error, &error, false), None);
    assert_eq!(differ(&error, &vector(""), false), Some("only we refuse it"));
    assert_eq!(differ(&vector(""), &error, false), Some("only they refuse it"));
    assert_eq!(differ(&vector("a=1"), &Answer::Scalar(1.0), false), Some("the type of the result"));
}
