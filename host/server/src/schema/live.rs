//! The frames of the live stream.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Alert, Labels, Plugin, Recording, Rule, RuleFile};

/// What the host says on the live stream; `seq` grows by one with each frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Frame {
    /// The first frame of a stream.
    Hello {
        /// Number of the frame.
        seq: u64,
        /// Version of the program.
        version: String,
        /// The host's clock.
        now_ms: i64,
        /// When the host was started.
        started_ms: i64,
    },
    /// New series of a subscription, before their first values.
    Series {
        /// Number of the frame.
        seq: u64,
        /// The subscription.
        id: String,
        /// The series.
        series: Vec<NumberedSeries>,
    },
    /// Values of one moment.
    Tick {
        /// Number of the frame.
        seq: u64,
        /// The moment.
        t: i64,
        /// By subscription: number of the series, and its value. A series without a value now is left out.
        values: BTreeMap<String, Vec<(u32, WireValue)>>,
    },
    /// The alerts, after `hello` and on each change.
    Alerts {
        /// Number of the frame.
        seq: u64,
        /// As in `GET /api/autobot/v1/alerts`.
        alerts: Vec<Alert>,
    },
    /// The rules, after `hello` and on each change.
    Rules {
        /// Number of the frame.
        seq: u64,
        /// As in `GET /api/autobot/v1/rules`; so below.
        generation: u64,
        /// The moment of the last load.
        loaded_ms: i64,
        /// How often rules without a grid of their own are judged.
        interval_ms: u64,
        /// Every file and what is to be said about it.
        files: Vec<RuleFile>,
        /// Every rule in force.
        rules: Vec<Rule>,
        /// Every query whose result is kept as series.
        #[serde(default)]
        recording: Vec<Recording>,
    },
    /// The plugins, after `hello` and on each change.
    Plugins {
        /// Number of the frame.
        seq: u64,
        /// As in `GET /api/autobot/v1/plugins`.
        plugins: Vec<Plugin>,
    },
    /// This client was too slow: read the history anew.
    Missed {
        /// Number of the frame.
        seq: u64,
        /// Frames that were left out.
        frames: u64,
    },
    /// A subscription or a frame was refused.
    Error {
        /// Number of the frame.
        seq: u64,
        /// The subscription; null when the frame as a whole is meant.
        #[schema(required)]
        id: Option<String>,
        /// Why.
        error: String,
    },
    /// The answer to a `ping`.
    Pong {
        /// Number of the frame.
        seq: u64,
        /// The number of the `ping`.
        n: u64,
    },
}

/// A series and the number that stands for it in ticks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NumberedSeries {
    /// Its number.
    pub i: u32,
    /// Its labels, the metric's name among them as `__name__`.
    pub labels: Labels,
}

/// A value as it travels: JSON has no NaN and no infinity, so they are the strings `NaN`, `+Inf` and `-Inf`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum WireValue {
    /// A finite number.
    Number(f64),
    /// One that is not finite.
    Word(String),
}
