//! What one query may use up, and the sentence for each limit that is met.

use std::cell::Cell;
use std::time::{Duration, Instant};

use autobot_model::{ReadError, ReadLimit};

use super::LOOKBACK;
use crate::error::{ErrorKind, QueryError};

/// What one query may use up.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Samples read by the whole query, and series of one selector.
    pub read: ReadLimit,
    /// Moments of a range query; Prometheus allows 11,000.
    pub steps: usize,
    /// Moments at which the expression within a subquery is evaluated.
    pub subquery_steps: usize,
    /// Values of a result and of everything that it is made of: series × moments.
    pub points: usize,
    /// Bytes of series that were selected or made on the way, all together.
    pub memory: usize,
    /// Wall time.
    pub time: Duration,
    /// How far back an instant selector looks for a series' last sample.
    pub lookback: Duration,
}

impl Default for Limits {
    /// 50 million samples, 100,000 series, 11,000 steps, a million steps of a subquery, 20 million values, 512 MiB, a minute; [`LOOKBACK`].
    fn default() -> Self {
        Self {
            read: ReadLimit::default(),
            steps: 11_000,
            subquery_steps: 1_000_000,
            points: 20_000_000,
            memory: 512 << 20,
            time: Duration::from_secs(60),
            lookback: LOOKBACK,
        }
    }
}

/// What a query has used up so far.
#[derive(Debug)]
pub(crate) struct Budget {
    limits: Limits,
    samples: Cell<usize>,
    bytes: Cell<usize>,
    deadline: Instant,
}

/// A row's name, labels and columns beside its values, about.
const ROW: usize = 128;

impl Budget {
    pub(crate) fn new(limits: Limits) -> Self {
        // A time so long that no clock reaches it is none.
        let now = Instant::now();
        let deadline = now.checked_add(limits.time).unwrap_or(now + Duration::from_secs(86_400));
        Self { limits, samples: Cell::new(0), bytes: Cell::new(0), deadline }
    }

    /// What a read may still give back.
    pub(crate) fn left(&self) -> ReadLimit {
        ReadLimit {
            samples: self.limits.read.samples.saturating_sub(self.samples.get()),
            series: self.limits.read.series,
        }
    }

    /// Counts samples that were read.
    pub(crate) fn read(&self, samples: usize) {
        self.samples.set(self.samples.get().saturating_add(samples));
    }

    /// An error of the reader; the limit of samples is the query's, not what was left of it.
    pub(crate) fn refused(&self, error: ReadError) -> QueryError {
        match error {
            ReadError::TooMuch { what: "samples", .. } => QueryError::execution(format!(
                "the query reads more than {} samples; select fewer series or a shorter time",
                self.limits.read.samples
            )),
            other => other.into(),
        }
    }

    /// Allows `rows` series with `steps` values each, or says which limit they exceed.
    pub(crate) fn rows(&self, rows: usize, steps: usize) -> Result<(), QueryError> {
        if rows.saturating_mul(steps) > self.limits.points {
            return Err(QueryError::execution(format!(
                "{rows} series at {steps} moments are more than {} values; select fewer series, or ask for a longer step or a shorter time",
                self.limits.points
            )));
        }
        Ok(())
    }

    /// Counts one more series with `values` values among what is kept.
    pub(crate) fn keep(&self, values: usize) -> Result<(), QueryError> {
        let bytes = values.saturating_mul(size_of::<Option<f64>>()).saturating_add(ROW);
        self.bytes.set(self.bytes.get().saturating_add(bytes));
        if self.bytes.get() > self.limits.memory {
            return Err(QueryError::execution(format!(
                "the query needs more than {} MiB of memory; select fewer series, or ask for a longer step or a shorter time",
                self.limits.memory >> 20
            )));
        }
        Ok(())
    }

    /// Allows a subquery of so many moments.
    pub(crate) fn subquery(&self, steps: usize) -> Result<(), QueryError> {
        if steps > self.limits.subquery_steps {
            return Err(QueryError::execution(format!(
                "the subquery has more than {} steps; give it a longer step or a shorter range",
                self.limits.subquery_steps
            )));
        }
        Ok(())
    }

    /// Fails once the query's time is over.
    pub(crate) fn in_time(&self) -> Result<(), QueryError> {
        if Instant::now() <= self.deadline {
            return Ok(());
        }
        let message = format!(
            "the query took longer than {:?}; select fewer series, or ask for a longer step or a shorter time",
            self.limits.time
        );
        Err(QueryError { kind: ErrorKind::Timeout, message })
    }
}
