//! The series that a closure gets: its value now, its labels, and its past by windows.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use autobot_model::{Labels, Matcher, SeriesKey, SeriesReader, SeriesSamples, TimeRange, Timestamp, is_stale};

use crate::evaluation::LIMIT;
use crate::window::Window;

/// One series, or one row of a query's result, at the moment of an evaluation.
#[derive(Clone, Debug)]
pub struct Series(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    key: Arc<SeriesKey>,
    value: f64,
    time: Timestamp,
    at: Timestamp,
    history: History,
}

enum History {
    /// A row of a query: it has no past of its own.
    Row,
    /// Samples read already, from `from` on; what is older is read when it is asked for.
    Samples { all: Arc<Vec<SeriesSamples>>, index: usize, from: Timestamp, reader: Arc<dyn SeriesReader> },
}

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Row => "row",
            Self::Samples { .. } => "samples",
        })
    }
}

impl Series {
    /// A row of a query's result.
    pub(crate) fn row(key: Arc<SeriesKey>, value: f64, at: Timestamp) -> Self {
        Self(Arc::new(Inner { key, value, time: at, at, history: History::Row }))
    }

    /// The series `index` of a read, when it has a value at `at` that is not older than `lookback`.
    pub(crate) fn current(
        all: &Arc<Vec<SeriesSamples>>,
        index: usize,
        range: TimeRange,
        lookback: Duration,
        reader: &Arc<dyn SeriesReader>,
    ) -> Option<Self> {
        let samples = all.get(index)?;
        let (&time, &value) = (samples.times.last()?, samples.values.last()?);
        if is_stale(value) || time <= range.end - lookback {
            return None;
        }
        let history = History::Samples { all: Arc::clone(all), index, from: range.start, reader: Arc::clone(reader) };
        Some(Self(Arc::new(Inner { key: Arc::clone(&samples.key), value, time, at: range.end, history })))
    }

    /// Its newest value.
    pub fn value(&self) -> f64 {
        self.0.value
    }

    /// Its name, empty for a row of a query that has none, and its labels.
    pub fn key(&self) -> &Arc<SeriesKey> {
        &self.0.key
    }

    /// Its labels.
    pub fn labels(&self) -> &Labels {
        &self.0.key.labels
    }

    /// Time since its newest sample, in seconds.
    pub(crate) fn age(&self) -> f64 {
        self.0.at.since(self.0.time).as_secs_f64()
    }

    /// What `read` makes of the samples of the last `length`. `Ok(None)` when they give no answer.
    pub(crate) fn over(
        &self,
        length: Duration,
        read: impl FnOnce(&Window<'_>) -> Option<f64>,
    ) -> Result<Option<f64>, String> {
        let History::Samples { all, index, from, reader } = &self.0.history else {
            return Err("a row of `query:` has no past of its own; put the window into the query, as in \
                        `avg_over_time(metric[5m])`"
                .into());
        };
        let (start, end) = (self.0.at - length, self.0.at);
        if start >= *from {
            return Ok(all.get(*index).and_then(|samples| read(&cut(&samples.times, &samples.values, start, end))));
        }
        let key = &self.0.key;
        let labels = key.labels.iter().map(|(name, value)| Matcher::equal(name, value));
        let matchers: Vec<Matcher> = std::iter::once(Matcher::equal("__name__", &*key.name)).chain(labels).collect();
        let found = reader.read(&matchers, TimeRange { start, end }, LIMIT).map_err(|error| error.to_string())?;
        // The matchers also select series with more labels.
        let samples = found.iter().find(|samples| samples.key == *key);
        Ok(samples.and_then(|samples| read(&cut(&samples.times, &samples.values, start, end))))
    }
}

/// The samples within `(start, end]`, as PromQL cuts a range, without the markers of a series' end.
fn cut<'a>(times: &'a [Timestamp], values: &'a [f64], start: Timestamp, end: Timestamp) -> Window<'a> {
    let first = times.partition_point(|time| *time <= start);
    let last = times.partition_point(|time| *time <= end).max(first);
    let (times, values) = (&times[first..last], &values[first..last]);
    if values.iter().any(|value| is_stale(*value)) {
        let kept = || times.iter().zip(values).filter(|(_, value)| !is_stale(**value));
        let (times, values) = (kept().map(|(time, _)| *time).collect(), kept().map(|(_, value)| *value).collect());
        return Window { start, end, times: Cow::Owned(times), values: Cow::Owned(values) };
    }
    Window { start, end, times: Cow::Borrowed(times), values: Cow::Borrowed(values) }
}
