//! What is asked of each store, and what came of it: plain data, so that a child process can be given the one and tell the other.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use autobot_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::data::{Size, Stream};
use crate::record::Recording;

/// A set of data.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Set {
    pub(crate) name: String,
    pub(crate) recording: PathBuf,
    /// A bootstrap of this size, or the recording itself.
    pub(crate) size: Option<Size>,
    pub(crate) end: Timestamp,
}

impl Set {
    pub(crate) fn stream(&self) -> Result<Stream> {
        let recording = Recording::read(&self.recording)?;
        Ok(match self.size {
            Some(size) => Stream::drawn(&recording, size),
            None => Stream::recorded(&recording, self.end),
        })
    }
}

/// How fast ticks are handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Pace {
    /// As fast as they are taken.
    Fast,
    /// Each after the one before is acknowledged.
    Ticked,
    /// One a second, so many of them, after so many that are handed over at once: a host that has run for a while.
    Second { after: usize, ticks: usize },
}

impl Pace {
    /// How many ticks of so many there are.
    pub(crate) fn ticks(self, all: usize) -> usize {
        match self {
            Self::Second { after, ticks } => all.min(after + ticks),
            Self::Fast | Self::Ticked => all,
        }
    }

    /// When a tick is due, if it is.
    pub(crate) fn due(self, tick: usize) -> Option<Duration> {
        match self {
            Self::Second { after, .. } => tick.checked_sub(after).map(|tick| Duration::from_secs(tick as u64)),
            Self::Fast | Self::Ticked => None,
        }
    }
}

/// A query, asked of all stores in the same words.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Query {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    /// Seconds; 0 asks at `end` alone.
    pub(crate) step: usize,
    /// Requests into which the time is cut: servers bound the steps of one.
    pub(crate) parts: usize,
}

impl Query {
    /// The requests' ends.
    pub(crate) fn cuts(&self) -> Vec<(Timestamp, Timestamp)> {
        let (parts, step) = (self.parts.max(1) as i64, self.step as i64 * 1000);
        let each = (self.end.0 - self.start.0) / parts;
        let cut = |part: i64| {
            (
                Timestamp(self.start.0 + part * each),
                Timestamp(self.start.0 + (part + 1) * each - if parts > 1 { step } else { 0 }),
            )
        };
        (0..parts).map(cut).collect()
    }
}

/// Times in milliseconds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

impl Spread {
    pub(crate) fn of(mut times: Vec<f64>) -> Self {
        times.sort_by(f64::total_cmp);
        let at = |share: f64| {
            times.get(((times.len().saturating_sub(1)) as f64 * share).round() as usize).copied().unwrap_or(0.0)
        };
        Self { median: at(0.5), p99: at(0.99), max: at(1.0) }
    }
}

/// What taking a set cost.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Taken {
    pub(crate) samples: usize,
    /// From the first sample to the last one acknowledged.
    pub(crate) seconds: f64,
    /// Of a tick until it was acknowledged; with [`Pace::Fast`], of what was sent at once.
    pub(crate) tick: Spread,
    /// Bytes that the process dirtied for the disk (`write_bytes` of proc_pid_io(5)). With [`Pace::Second`] from the second tick on: over
    /// so short a time, names would be most of it.
    pub(crate) written: u64,
    /// Bytes of the data once all is settled: merged, compacted, folded.
    pub(crate) bytes: u64,
    /// Of these, bytes of what is written ahead and is reused.
    pub(crate) ahead: u64,
    /// Ours has the stream's maker within.
    pub(crate) resident_mib: f64,
}

/// How a query went.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Answered {
    pub(crate) name: String,
    /// The best of seven.
    pub(crate) ms: f64,
    /// The same with the answer written as JSON; a server's time always has that.
    pub(crate) json_ms: f64,
    pub(crate) points: usize,
    /// All values together: stores that agree have the same.
    pub(crate) sum: f64,
    pub(crate) error: Option<String>,
}

/// All queries, and what the process held after them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) answers: Vec<Answered>,
    pub(crate) resident_mib: f64,
    pub(crate) peak_mib: f64,
}

/// Points of an answer of Prometheus' HTTP API and the sum of their values.
pub(crate) fn weigh(answer: &serde_json::Value) -> (usize, f64) {
    let (mut points, mut sum) = (0, 0.0);
    for series in answer.pointer("/data/result").and_then(|result| result.as_array()).into_iter().flatten() {
        let many = series.get("values").and_then(|values| values.as_array());
        for pair in many.into_iter().flatten().chain(series.get("value")) {
            let value = pair.get(1).and_then(|value| value.as_str()).and_then(|value| value.parse::<f64>().ok());
            points += 1;
            sum += value.filter(|value| value.is_finite()).unwrap_or(0.0);
        }
    }
    (points, sum)
}
