//! The newest batch of each plugin instance: what `/metrics` shows.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use autobot_model::{Batch, BatchSink, Timestamp};
use parking_lot::Mutex;

/// A batch older than this is history, not the present: Prometheus' own lookback.
const LOOKBACK: Duration = Duration::from_secs(300);

/// Keeps the newest batch of each instance. As many batches as there are instances, no more.
#[derive(Debug, Default)]
pub struct Latest(Mutex<BTreeMap<Arc<str>, Arc<Batch>>>);

impl Latest {
    /// The batches that are still the present at `now`, by instance; the others are forgotten.
    pub(crate) fn at(&self, now: Timestamp) -> Vec<Arc<Batch>> {
        let mut batches = self.0.lock();
        batches.retain(|_, batch| now.since(batch.time) <= LOOKBACK);
        batches.values().cloned().collect()
    }
}

impl BatchSink for Latest {
    fn accept(&self, batch: Arc<Batch>) {
        self.0.lock().insert(batch.instance.clone(), batch);
    }
}
