//! What goes over the wire, as `docs/reference/api.md` describes it.

use autobot_model::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What a client says. Unknown fields are refused, so that a misspelt word is noticed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FromClient {
    /// The whole set of subscriptions from now on.
    pub(super) subscribe: Option<Vec<Subscribe>>,
    /// Answered by a `pong` of the same number.
    pub(super) ping: Option<u64>,
}

/// One query under a name of the client's choice.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Subscribe {
    pub(super) id: String,
    pub(super) query: String,
}

/// A series of a subscription and the number that stands for it in ticks.
#[derive(Debug, Serialize)]
pub(super) struct NewSeries {
    pub(super) i: u32,
    pub(super) labels: Map<String, Value>,
}

/// What the host says; the sequence number is added when it is sent.
#[derive(Debug)]
pub(super) enum ToClient {
    Hello {
        version: String,
        now: Timestamp,
        started: Timestamp,
    },
    Series {
        id: String,
        series: Vec<NewSeries>,
    },
    Tick {
        time: Timestamp,
        values: Map<String, Value>,
    },
    /// A document with its own fields: `alerts`, `rules`, `plugins`.
    Document {
        kind: &'static str,
        document: Value,
    },
    Missed {
        frames: u64,
    },
    Error {
        id: Option<String>,
        error: String,
    },
    Pong {
        n: u64,
    },
}

impl ToClient {
    pub(super) fn into_text(self, seq: u64) -> String {
        let mut frame = match self {
            Self::Hello { version, now, started } => {
                json!({ "type": "hello", "version": version, "now_ms": now, "started_ms": started })
            }
            Self::Series { id, series } => json!({ "type": "series", "id": id, "series": series }),
            Self::Tick { time, values } => json!({ "type": "tick", "t": time, "values": values }),
            Self::Document { kind, document } => {
                let mut frame = json!({ "type": kind });
                if let (Some(frame), Value::Object(fields)) = (frame.as_object_mut(), document) {
                    frame.extend(fields);
                }
                frame
            }
            Self::Missed { frames } => json!({ "type": "missed", "frames": frames }),
            Self::Error { id, error } => json!({ "type": "error", "id": id, "error": error }),
            Self::Pong { n } => json!({ "type": "pong", "n": n }),
        };
        frame["seq"] = seq.into();
        frame.to_string()
    }
}

/// JSON has no infinities and no NaN: they are written as the strings that Prometheus uses.
pub(super) fn number(value: f64) -> Value {
    match value {
        v if v.is_nan() => "NaN".into(),
        f64::INFINITY => "+Inf".into(),
        f64::NEG_INFINITY => "-Inf".into(),
        v => v.into(),
    }
}
