//! How series are read, wherever they are kept: the hot window, the store, another engine.

use std::sync::Arc;
use std::time::Duration;

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

/// What is kept of the samples of one series within one bucket of time, so that long windows need not read them one by one. Marks of a
/// series' end are not among them; `ended` says that one stands behind the last sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// Samples; a bucket without any is not kept.
    pub count: u32,
    /// The first sample.
    pub first: (Timestamp, f64),
    /// The last sample.
    pub last: (Timestamp, f64),
    /// The least value; NaN only where all are.
    pub min: f64,
    /// The greatest value; NaN only where all are.
    pub max: f64,
    /// All values together.
    pub sum: f64,
    /// The values from which the series fell to a lower one, together: what a counter that began anew had counted before.
    pub dropped: f64,
    /// Whether the series ended within the bucket, behind its last sample.
    pub ended: bool,
}

/// What of buckets a question needs. Their counts, and whether the series ended, are always there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BucketParts(u8);

impl BucketParts {
    /// Counts alone.
    pub const NONE: Self = Self(0);
    /// The first sample.
    pub const FIRST: Self = Self(1);
    /// The last sample.
    pub const LAST: Self = Self(1 << 1);
    /// The least value.
    pub const MIN: Self = Self(1 << 2);
    /// The greatest value.
    pub const MAX: Self = Self(1 << 3);
    /// All values together.
    pub const SUM: Self = Self(1 << 4);
    /// The values from which the series fell.
    pub const DROPPED: Self = Self(1 << 5);
    /// Everything.
    pub const ALL: Self = Self((1 << 6) - 1);

    /// These and those.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These but not those.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether all of `other` are among these.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// One series by buckets, in the order of time. Two columns of the same length.
#[derive(Clone, Debug)]
pub struct SeriesBuckets {
    /// Its number.
    pub id: SeriesId,
    /// Name and labels.
    pub key: Arc<SeriesKey>,
    /// Where each bucket ends; it holds what is after `end - width`, up to `end`, and ends are multiples of the width.
    pub ends: Vec<Timestamp>,
    /// The buckets that hold anything.
    pub buckets: Vec<Bucket>,
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

    /// As [`SeriesReader::read`], one series after the other in any order, so that not all samples are in memory at once. What was
    /// handed over before an error is not the whole.
    fn visit(
        &self,
        matchers: &[Matcher],
        range: TimeRange,
        limit: ReadLimit,
        each: &mut dyn FnMut(SeriesSamples),
    ) -> Result<(), ReadError> {
        self.read(matchers, range, limit)?.into_iter().for_each(each);
        Ok(())
    }

    /// The width of the buckets that [`SeriesReader::visit_buckets`] gives; `None` where it gives none.
    fn bucket_width(&self) -> Option<Duration> {
        None
    }

    /// As [`SeriesReader::visit`], by buckets: of all that end after `range.start` and not after `range.end`, which are multiples of
    /// the width. What is not among `parts` may hold anything. The limit counts buckets instead of samples. Answers are as exact as those
    /// from samples, but for the rounding of sums.
    fn visit_buckets(
        &self,
        _matchers: &[Matcher],
        _range: TimeRange,
        _parts: BucketParts,
        _limit: ReadLimit,
        _each: &mut dyn FnMut(SeriesBuckets),
    ) -> Result<(), ReadError> {
        Err(ReadError::Storage("it keeps no buckets".to_owned()))
    }

    /// What is known to be missing within a range, because the storage lost it, as sentences.
    fn losses(&self, _range: TimeRange) -> Vec<String> {
        Vec::new()
    }

    /// The series that all matchers select and that may have samples within `range`.
    fn series(&self, matchers: &[Matcher], range: TimeRange) -> Result<Vec<Arc<SeriesKey>>, ReadError>;

    /// Families known, by name.
    fn families(&self) -> Vec<Arc<Family>>;

    /// The moment of the newest sample, if there is any.
    fn newest(&self) -> Option<Timestamp>;
}
