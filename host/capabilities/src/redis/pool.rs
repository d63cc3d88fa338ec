//! Connections that are kept from one call to the next.

use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::connection::Connection;

/// Connections kept of one target, of all its databases. The one that waited longest goes for a new one.
const MOST_KEPT: usize = 16;

/// A database of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) target: String,
    pub(super) database: u32,
}

#[derive(Debug)]
pub(super) struct Pool {
    kept_for: Duration,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    /// The longest first; at most [`MOST_KEPT`] for each target.
    kept: Vec<Kept>,
    /// Whether a task is there that closes them in the end.
    is_swept: bool,
}

#[derive(Debug)]
struct Kept {
    key: Key,
    since: Instant,
    connection: Connection,
}

impl Pool {
    pub(super) fn new(kept_for: Duration) -> Arc<Self> {
        Arc::new(Self { kept_for, waiting: Mutex::default() })
    }

    /// The connection that was used last, if there is one that did not wait too long.
    pub(super) fn take(&self, key: &Key) -> Option<Connection> {
        let kept = &mut self.waiting.lock().kept;
        let at = kept.iter().rposition(|one| one.key == *key && one.since.elapsed() < self.kept_for)?;
        Some(kept.remove(at).connection)
    }

    /// Keeps `connection` for a while.
    pub(super) fn keep(self: &Arc<Self>, key: Key, connection: Connection) {
        let Waiting { kept, is_swept } = &mut *self.waiting.lock();
        let of_target = kept.iter().filter(|one| one.key.target == key.target).count();
        if of_target >= MOST_KEPT
            && let Some(oldest) = kept.iter().position(|one| one.key.target == key.target)
        {
            kept.remove(oldest);
        }
        kept.push(Kept { key, since: Instant::now(), connection });
        if !std::mem::replace(is_swept, true) {
            tokio::spawn(Self::sweep(Arc::downgrade(self), self.kept_for));
        }
    }

    /// Closes those that nobody wants, even when nobody asks for any. Ends when none is kept, or with the pool.
    async fn sweep(pool: Weak<Self>, kept_for: Duration) {
        let mut next = Instant::now() + kept_for;
        loop {
            tokio::time::sleep_until(next).await;
            let Some(pool) = pool.upgrade() else { return };
            let mut waiting = pool.waiting.lock();
            waiting.kept.retain(|one| one.since.elapsed() < kept_for);
            match waiting.kept.first() {
                Some(oldest) => next = oldest.since + kept_for,
                None => {
                    waiting.is_swept = false;
                    return;
                }
            }
        }
    }
}
