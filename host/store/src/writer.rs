//! The writer: a thread of its own with the only connection that writes.
//!
//! Batches come by a bounded queue; each wake is one transaction. What cannot be written (a full disk, a read-only folder) stays in
//! the window; the writer says so, tries again with growing pauses, and then folds everything that is not on disk yet.

use std::collections::VecDeque;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use autobot_model::{Batch, Clock};
use parking_lot::{Condvar, Mutex};
use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use crate::catalog::{Catalog, Fresh};
use crate::options::StoreOptions;
use crate::tail::{Slot, TailWriter};
use crate::window::HotWindow;
use crate::{fold, retention};

/// Batches that wait to be written; more would only be later, and they are in the window anyway.
const QUEUE: usize = 256;
/// The tail is folded when it holds so many samples, or has grown for so long.
const FOLD_SAMPLES: usize = 500_000;
const FOLD_AGE: Duration = Duration::from_secs(3600);
/// Between two looks at what is too old.
const RETENTION: Duration = Duration::from_secs(60);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// The state that says that all is well.
pub(crate) const WRITING: &str = "writing";

/// What writer and others share.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    inbox: Mutex<Inbox>,
    wake: Condvar,
    pub(crate) commits: AtomicU64,
    pub(crate) samples: AtomicU64,
    pub(crate) last_commit_micros: AtomicU64,
    /// `None` while all is well.
    pub(crate) trouble: Mutex<Option<String>>,
}

#[derive(Debug, Default)]
struct Inbox {
    batches: VecDeque<Arc<Batch>>,
    /// Some batches were not queued: the next transaction folds all that is in the window.
    overflown: bool,
    closing: bool,
}

impl Desk {
    pub(crate) fn put(&self, batch: Arc<Batch>) {
        let mut inbox = self.inbox.lock();
        if inbox.batches.len() >= QUEUE {
            inbox.batches.clear();
            inbox.overflown = true;
        }
        inbox.batches.push_back(batch);
        self.wake.notify_one();
    }

    pub(crate) fn queued(&self) -> usize {
        self.inbox.lock().batches.len()
    }

    pub(crate) fn close(&self) {
        self.inbox.lock().closing = true;
        self.wake.notify_one();
    }
}

pub(crate) struct Writer {
    pub(crate) connection: Connection,
    pub(crate) wal: PathBuf,
    pub(crate) options: StoreOptions,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) window: Arc<HotWindow>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) desk: Arc<Desk>,
    pub(crate) tail: TailWriter,
    /// The window holds what is in no group and not in this tail either.
    pub(crate) must_fold: bool,
}

impl Writer {
    /// Works until the desk is closed and empty.
    pub(crate) fn run(mut self) {
        let mut failures = 0_u32;
        let (mut begun, mut synced, mut retained) = (self.clock.monotonic(), self.clock.monotonic(), Duration::ZERO);
        loop {
            let (batches, closing) = self.take(failures);
            let now = self.clock.monotonic();
            let old = self.tail.samples() > 0 && now.saturating_sub(begun) > FOLD_AGE;
            self.must_fold |= old || self.tail.samples() > FOLD_SAMPLES;
            if !batches.is_empty() || failures > 0 {
                let folds = self.must_fold;
                match self.commit(&batches) {
                    Ok(()) => {
                        let took = self.clock.monotonic().saturating_sub(now);
                        self.note(&batches, took);
                        if folds {
                            begun = now;
                        }
                        if failures > 0 {
                            tracing::info!("the store is written again");
                            *self.desk.trouble.lock() = None;
                        }
                        failures = 0;
                    }
                    Err(error) => {
                        failures = failures.saturating_add(1);
                        self.must_fold = true;
                        let sentence = self.sentence(&error);
                        if failures == 1 {
                            tracing::error!("{sentence}");
                        }
                        *self.desk.trouble.lock() = Some(sentence);
                    }
                }
            }
            if failures == 0 {
                if now.saturating_sub(synced) >= self.options.sync {
                    self.sync();
                    synced = now;
                }
                if now.saturating_sub(retained) >= RETENTION {
                    self.retain();
                    retained = now;
                }
            }
            if closing && (failures == 0 || batches.is_empty()) {
                break;
            }
        }
        if failures > 0 {
            tracing::error!("the host ends while the store cannot be written: what was measured since then is lost");
        }
        if let Err(error) = self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA optimize;") {
            tracing::warn!(%error, "the store was closed without its last checkpoint; what was written is not lost by that");
        }
    }

    /// Waits for batches; not longer than until the next sync, or until the next new try after a failure.
    fn take(&mut self, failures: u32) -> (Vec<Arc<Batch>>, bool) {
        let mut inbox = self.desk.inbox.lock();
        if failures > 0 {
            let pause = Duration::from_millis(250 << failures.min(6)).min(LONGEST_PAUSE);
            if !inbox.closing {
                self.desk.wake.wait_while_for(&mut inbox, |inbox| !inbox.closing, pause);
            }
        } else if inbox.batches.is_empty() && !inbox.closing {
            self.desk.wake.wait_for(&mut inbox, self.options.sync);
        }
        self.must_fold |= std::mem::take(&mut inbox.overflown);
        (inbox.batches.drain(..).collect(), inbox.closing)
    }

    fn commit(&mut self, batches: &[Arc<Batch>]) -> rusqlite::Result<()> {
        let fresh = self.catalog.take_fresh();
        let result = if self.must_fold { self.fold(&fresh) } else { self.append(&fresh, batches) };
        match result {
            Ok(()) => self.must_fold = false,
            Err(_) => self.catalog.put_back(fresh),
        }
        result
    }

    /// Batches to the tail.
    fn append(&mut self, fresh: &Fresh, batches: &[Arc<Batch>]) -> rusqlite::Result<()> {
        let slots = self.tail.append(batches);
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        write_fresh(&transaction, fresh)?;
        write_slots(&transaction, &slots)?;
        transaction.commit()
    }

    /// All that is in no column group to column groups, and a new generation of the tail.
    fn fold(&mut self, fresh: &Fresh) -> rusqlite::Result<()> {
        let unfolded = self.window.unfolded();
        let mut next = TailWriter::new(self.tail.generation().wrapping_add(1));
        let first = next.append(&[]);
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        write_fresh(&transaction, fresh)?;
        {
            let highest: i64 = transaction.query_row("SELECT coalesce(max(k), -1) FROM chunk", [], |row| row.get(0))?;
            let mut key = highest;
            let mut insert =
                transaction.prepare_cached("INSERT INTO chunk(k, first_ms, last_ms, data) VALUES (?1, ?2, ?3, ?4)")?;
            let start = unfolded.iter().flatten().map(|batch| batch.time.0).min().unwrap_or(0);
            for batches in &unfolded {
                let groups =
                    fold::fold(batches).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
                for group in groups {
                    // Keys grow even when the clock was set back.
                    key = (key + 1).max((start.max(0) / 1000) << 16);
                    insert.execute((key, group.first.0, group.last.0, group.data))?;
                }
            }
        }
        write_slots(&transaction, &first)?;
        transaction.commit()?;
        self.tail = next;
        for batches in &unfolded {
            if let Some(last) = batches.last() {
                self.window.folded(&last.instance, last.time);
            }
        }
        Ok(())
    }

    fn note(&self, batches: &[Arc<Batch>], took: Duration) {
        let samples: usize = batches.iter().map(|batch| batch.values().len()).sum();
        self.desk.samples.fetch_add(samples as u64, Ordering::Relaxed);
        self.desk.commits.fetch_add(1, Ordering::Relaxed);
        self.desk.last_commit_micros.store(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Forces the write-ahead log to the disk: SQLite itself does so only at checkpoints.
    fn sync(&self) {
        match File::open(&self.wal).and_then(|wal| wal.sync_data()) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                tracing::warn!(%error, "the store's log could not be forced to the disk; a power cut may cost more than it should")
            }
        }
    }

    fn retain(&self) {
        let now = self.clock.now();
        loop {
            match retention::step(&self.connection, now, self.options.retention, self.options.max_size) {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(%error, "old samples could not be removed; that is tried again in a minute");
                    return;
                }
            }
        }
    }

    fn sentence(&self, error: &rusqlite::Error) -> String {
        let path = self.options.path.display();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => {
                format!("degraded: the disk with {path} is full; samples stay in memory until there is room")
            }
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                format!("degraded: {path} cannot be written ({error}); samples stay in memory until it can")
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                format!(
                    "degraded: {path} is damaged ({error}); start the host again, and it is set aside for a new one"
                )
            }
            _ => format!("degraded: {path} cannot be written: {error}; samples stay in memory until it can"),
        }
    }
}

fn write_fresh(connection: &Connection, fresh: &Fresh) -> rusqlite::Result<()> {
    let failed = |error: serde_json::Error| rusqlite::Error::ToSqlConversionFailure(Box::new(error));
    let mut family = connection.prepare_cached("INSERT OR REPLACE INTO family(name, document) VALUES (?1, ?2)")?;
    for one in &fresh.families {
        family.execute((&one.name, serde_json::to_string(&**one).map_err(failed)?))?;
    }
    let mut series =
        connection.prepare_cached("INSERT OR REPLACE INTO series(id, name, labels) VALUES (?1, ?2, ?3)")?;
    for (id, key) in &fresh.series {
        series.execute((id.0, &*key.name, serde_json::to_string(&key.labels).map_err(failed)?))?;
    }
    Ok(())
}

fn write_slots(connection: &Connection, slots: &[Slot]) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO hot(slot, data) VALUES (?1, ?2) ON CONFLICT(slot) DO UPDATE SET data = excluded.data",
    )?;
    for slot in slots {
        statement.execute((slot.number, &slot.data))?;
    }
    Ok(())
}
