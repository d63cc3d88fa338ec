//! How long a statement may run, and who may stop it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::SqlError;

/// Looked at now and then while a statement runs.
#[derive(Debug, Default)]
pub(super) struct Watch {
    stopped: AtomicBool,
    until: Mutex<Option<(Instant, Duration)>>,
}

impl Watch {
    /// A statement begins.
    pub(super) fn begin(&self, limit: Option<Duration>) {
        self.stopped.store(false, Ordering::Relaxed);
        // A limit beyond what can be written down is none.
        *self.until.lock() = limit.and_then(|limit| Some((Instant::now().checked_add(limit)?, limit)));
    }

    /// Why it must end now, if it must.
    pub(super) fn over(&self) -> Option<SqlError> {
        if self.stopped.load(Ordering::Relaxed) {
            return Some(SqlError::Stopped);
        }
        let (until, limit) = (*self.until.lock())?;
        (Instant::now() >= until).then_some(SqlError::TooLong { limit })
    }
}

/// Stops statements of one [`super::Sql`], from any thread.
#[derive(Clone, Debug)]
pub struct Interrupter(Arc<Watch>);

impl Interrupter {
    pub(super) fn new(watch: Arc<Watch>) -> Self {
        Self(watch)
    }

    /// Stops the statement that runs. One that begins later runs.
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::Relaxed);
    }
}
