//! The types of families, and the names that each may give its samples.

/// How the values of a family behave, in the words of OpenMetrics. `untyped`, as Prometheus' own format says, is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Type {
    /// A value that goes up and down.
    Gauge,
    /// A total that only grows.
    Counter,
    /// Counts by upper bound, with a sum.
    Histogram,
    /// The same of what comes and goes: its buckets go up and down.
    GaugeHistogram,
    /// Quantiles computed at the source.
    Summary,
    /// Facts in labels, always 1.
    Info,
    /// One of several states, 1 for those that hold.
    Stateset,
    /// Not said.
    #[default]
    Unknown,
}

impl Type {
    /// The type that a word of OpenMetrics stands for.
    pub fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "gauge" => Self::Gauge,
            "counter" => Self::Counter,
            "histogram" => Self::Histogram,
            "gaugehistogram" => Self::GaugeHistogram,
            "summary" => Self::Summary,
            "info" => Self::Info,
            "stateset" => Self::Stateset,
            "unknown" => Self::Unknown,
            _ => return None,
        })
    }

    /// The word of OpenMetrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Counter => "counter",
            Self::Histogram => "histogram",
            Self::GaugeHistogram => "gaugehistogram",
            Self::Summary => "summary",
            Self::Info => "info",
            Self::Stateset => "stateset",
            Self::Unknown => "unknown",
        }
    }

    /// What OpenMetrics lets a sample's name have behind the family's.
    pub const fn suffixes(self) -> &'static [&'static str] {
        match self {
            Self::Gauge | Self::Stateset | Self::Unknown => &[""],
            Self::Counter => &["_total", "_created"],
            Self::Histogram => &["_bucket", "_count", "_sum", "_created"],
            Self::GaugeHistogram => &["_bucket", "_gcount", "_gsum"],
            Self::Summary => &["", "_count", "_sum", "_created"],
            Self::Info => &["_info"],
        }
    }

    /// The label that tells apart the samples of one metric, where a sample with that suffix has one.
    pub fn inner_label<'a>(self, family: &'a str, suffix: &str) -> Option<&'a str> {
        match (self, suffix) {
            (Self::Histogram | Self::GaugeHistogram, "_bucket") => Some("le"),
            (Self::Summary, "") => Some("quantile"),
            (Self::Stateset, _) => Some(family),
            _ => None,
        }
    }
}
