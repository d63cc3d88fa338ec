//! Series, families and how a series gets its number.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Labels;

/// As Prometheus and OpenMetrics use the words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A value that goes up and down.
    Gauge,
    /// A total that only grows, until what it counts starts anew.
    Counter,
    /// Counts by upper bound, with a sum.
    Histogram,
    /// Quantiles computed at the source.
    Summary,
    /// Facts in labels, always 1.
    Info,
    /// One of several states, 1 for the current one.
    Stateset,
    /// Not said.
    #[default]
    Unknown,
}

impl Kind {
    /// The word that the text formats and the API use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Counter => "counter",
            Self::Histogram => "histogram",
            Self::Summary => "summary",
            Self::Info => "info",
            Self::Stateset => "stateset",
            Self::Unknown => "unknown",
        }
    }
}

/// What all series of one name have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Family {
    /// Name of the metric, a counter's with its `_total`.
    pub name: String,
    /// UCUM, base units: `s`, `By`, `1` (ratios are 0-1), `Cel`, `W`, `J`, `Hz`.
    pub unit: String,
    /// How its values behave.
    pub kind: Kind,
    /// One sentence for people.
    pub help: String,
    /// Names of the labels that its series carry, beside `machine`, `plugin` and `target`.
    pub labels: Vec<String>,
}

/// A series' name and labels: its identity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct SeriesKey {
    /// Name of its metric.
    pub name: Arc<str>,
    /// All labels, `machine` and `plugin` among them.
    pub labels: Labels,
}

impl SeriesKey {
    /// The label of that name; `__name__` is the metric's name. A label that is not there reads as empty.
    pub fn label(&self, name: &str) -> &str {
        if name == "__name__" { &self.name } else { self.labels.get(name).unwrap_or_default() }
    }
}

impl fmt::Display for SeriesKey {
    /// `up{machine="main"}`; without braces when there is no label.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.labels.is_empty() { f.write_str(&self.name) } else { write!(f, "{}{}", self.name, self.labels) }
    }
}

/// The number that stands for a series within one data folder, from its first sample until retention forgets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SeriesId(pub u32);

/// Gives each series its number. The same key gets the same number, over restarts too.
pub trait SeriesRegistry: Send + Sync {
    /// The number of the series `key` of `family`; a new one when it is not known yet. Does not block on I/O: a new
    /// number becomes durable with the first sample written under it.
    fn register(&self, key: SeriesKey, family: &Arc<Family>) -> SeriesId;
    /// The number of the series `key`, if it is known. Makes none.
    fn find(&self, key: &SeriesKey) -> Option<SeriesId>;
    /// What stands behind a number, if it is known.
    fn resolve(&self, id: SeriesId) -> Option<Arc<SeriesKey>>;
}
