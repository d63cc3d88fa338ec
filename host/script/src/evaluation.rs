//! All series at one moment, as the rules of one tick see them. What several rules select is read once.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use autobot_model::{Matcher, ReadLimit, SeriesReader, TimeRange, Timestamp};

use crate::select::Selection;
use crate::{RuleSet, Series};

/// How old a sample may be to count as the value of now: PromQL's lookback.
const LOOKBACK: Duration = Duration::from_secs(300);

/// How much the selection of one rule may give.
pub(crate) const LIMIT: ReadLimit = ReadLimit { samples: 20_000_000, series: 10_000 };

type Selected = Result<Arc<[Series]>, String>;

/// One moment. Made anew for each tick; rules may be judged against it from several threads.
pub struct Evaluation {
    reader: Arc<dyn SeriesReader>,
    at: Timestamp,
    pub(crate) thresholds: Arc<BTreeMap<String, f64>>,
    /// How far back the rules of the set look, by selection.
    windows: Arc<HashMap<String, Duration>>,
    /// By the text of the selection. Bounded by the rules of the set and the metrics they name.
    selected: Mutex<HashMap<String, Arc<OnceLock<Selected>>>>,
}

impl fmt::Debug for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "evaluation at {}", self.at)
    }
}

impl Evaluation {
    /// The series that `reader` has at `at`, for the rules of `set`.
    pub fn new(reader: Arc<dyn SeriesReader>, at: Timestamp, set: &RuleSet) -> Arc<Self> {
        let (thresholds, windows) = (Arc::clone(&set.thresholds), Arc::clone(&set.windows));
        Arc::new(Self { reader, at, thresholds, windows, selected: Mutex::default() })
    }

    /// The moment.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// The series or rows of a selection that have a value now.
    pub(crate) fn select(&self, selection: &Selection) -> Selected {
        let cell = {
            let mut all = self.selected.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(cell) = all.get(selection.text()) {
                Arc::clone(cell)
            } else {
                Arc::clone(all.entry(selection.text().to_owned()).or_default())
            }
        };
        // Read outside the lock: a slow selection holds up only those who want the same.
        cell.get_or_init(|| match selection {
            Selection::Series { text, matchers } => self.read(text, matchers),
            Selection::Query { query, .. } => query.rows(&*self.reader, self.at),
        })
        .clone()
    }

    fn read(&self, text: &str, matchers: &[Matcher]) -> Selected {
        let length = self.windows.get(text).copied().unwrap_or_default().max(LOOKBACK);
        let range = TimeRange { start: self.at - length, end: self.at };
        let all = Arc::new(self.reader.read(matchers, range, LIMIT).map_err(|error| error.to_string())?);
        Ok((0..all.len()).filter_map(|index| Series::current(&all, index, range, LOOKBACK, &self.reader)).collect())
    }
}

/// The time that one rule may take for all of its series.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    pub(crate) deadline: Instant,
}

impl Budget {
    /// So much from now on.
    pub fn start(length: Duration) -> Self {
        Self { deadline: Instant::now() + length }
    }
}
