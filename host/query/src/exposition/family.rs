//! The types of families, and the names that each may give its samples.

use autobot_model::Kind;

/// As the formats have them: one more than the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Type {
    Gauge,
    Counter,
    Histogram,
    GaugeHistogram,
    Summary,
    Info,
    Stateset,
    #[default]
    Unknown,
}

impl From<Kind> for Type {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Gauge => Self::Gauge,
            Kind::Counter => Self::Counter,
            Kind::Histogram => Self::Histogram,
            Kind::Summary => Self::Summary,
            Kind::Info => Self::Info,
            Kind::Stateset => Self::Stateset,
            Kind::Unknown => Self::Unknown,
        }
    }
}

impl Type {
    pub(crate) fn of_word(word: &str) -> Option<Self> {
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

    /// The model's word. Buckets of a gauge go up and down, so they are gauges.
    pub(crate) const fn kind(self) -> Kind {
        match self {
            Self::Gauge | Self::GaugeHistogram => Kind::Gauge,
            Self::Counter => Kind::Counter,
            Self::Histogram => Kind::Histogram,
            Self::Summary => Kind::Summary,
            Self::Info => Kind::Info,
            Self::Stateset => Kind::Stateset,
            Self::Unknown => Kind::Unknown,
        }
    }

    /// What OpenMetrics lets a sample's name have behind the family's.
    pub(crate) const fn suffixes(self) -> &'static [&'static str] {
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
    pub(crate) fn inner_label<'a>(self, family: &'a str, suffix: &str) -> Option<&'a str> {
        match (self, suffix) {
            (Self::Histogram | Self::GaugeHistogram, "_bucket") => Some("le"),
            (Self::Summary, "") => Some("quantile"),
            (Self::Stateset, _) => Some(family),
            _ => None,
        }
    }
}
