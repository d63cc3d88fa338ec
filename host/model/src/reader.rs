//! How series are read, wherever they are kept: the hot window, the store, another engine.

use std::sync::Arc;

use crate::{Family, Matcher, SeriesId, SeriesKey, TimeRange, Timestamp};

/// One series and its samples within a range, in the order of time. Two columns of the same length.
#[derive(Clone, Debug)]
pub struct SeriesSamples {
    /// Its number.
    pub id: SeriesId,
    /// Name and labels.
    pub key: Arc<SeriesKey>,
    /// Moments, strictly growing.
    pub times: Vec<Timestamp>,
    /// Values; [`crate::STALE`] where the series ended.
    pub values: Vec<f64>,
}

/// How much one read may give back.
#[derive(Clone, Copy, Debug)]
pub struct ReadLimit {
    /// Samples of all series together.
    pub samples: usize,
    /// Series.
    pub series: usize,
}

impl Default for ReadLimit {
    /// 50 million samples, as Prometheus' `--query.max-samples`, and 100,000 series.
    fn default() -> Self {
        Self { samples: 50_000_000, series: 100_000 }
    }
}

/// Why a read gave nothing. The text is for people.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// More than the limit allows.
    #[error("the selection has more than {limit} {what}; select fewer series or a shorter time")]
    TooMuch {
        /// `samples` or `series`.
        what: &'static str,
        /// The limit that was met.
        limit: usize,
    },
    /// The storage could not be read.
    #[error("the store could not be read: {0}")]
    Storage(String),
}

/// Reads series. Calls may block on a disk: async code calls from a blocking thread.
pub trait SeriesReader: Send + Sync {
    /// Every series that all matchers select, with its samples within `range`; a series without any is left out.
    /// Sorted by number.
    fn read(&self, matchers: &[Matcher], range: TimeRange, limit: ReadLimit) -> Result<Vec<SeriesSamples>, ReadError>;

    /// The series that all matchers select and that may have samples within `range`.
    fn series(&self, matchers: &[Matcher], range: TimeRange) -> Result<Vec<Arc<SeriesKey>>, ReadError>;

    /// Families known, by name.
    fn families(&self) -> Vec<Arc<Family>>;

    /// The moment of the newest sample, if there is any.
    fn newest(&self) -> Option<Timestamp>;
}
