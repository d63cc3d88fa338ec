//! The writer: a thread of its own with the only connection that writes.
//!
//! Batches come by a bounded queue; each wake is one transaction. What the keeper made is written between ticks, in transactions of a
//! few milliseconds. What cannot be written (a full disk, a read-only folder) stays in the window; the writer says so, tries again
//! with growing pauses, and then everything that is not on disk yet is folded.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use autobot_model::{Batch, Clock, Timestamp};
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

use crate::catalog::Catalog;
use crate::desk::{Desk, FoldJob, Product};
use crate::fold::{self, Row};
use crate::options::StoreOptions;
use crate::retention::{self, Bounds};
use crate::tail::TailWriter;
use crate::window::HotWindow;
use crate::write;

/// The tail is folded when an instance has so many ticks in it, when it has grown for so long, or when it is large: with many series the
/// ticks would be too few to compress well, so there are two bounds.
const FOLD_TICKS: usize = 900;
const FOLD_AGE: Duration = Duration::from_secs(6 * 3600);
const FOLD_SAMPLES: usize = 1_000_000;
const FEW_TICKS: usize = 120;
/// While a fold is under way, the tail takes no more than so many ticks.
const FULL_TICKS: usize = 4 * FOLD_TICKS;
const MOST_SAMPLES: usize = 8_000_000;
/// Between two looks at what is too old.
const RETENTION: Duration = Duration::from_secs(60);
/// One transaction with what the keeper made takes about so long at most.
const SLICE: Duration = Duration::from_millis(4);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
const IDLE: Duration = Duration::from_secs(1);

pub(crate) struct Writer {
    pub(crate) connection: Connection,
    pub(crate) options: StoreOptions,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) window: Arc<HotWindow>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) desk: Arc<Desk>,
    pub(crate) tail: TailWriter,
    /// The number of the last fold that is whole.
    pub(crate) folded: i64,
    /// The number of the last fold that was begun. No two have the same: what the keeper made for one that failed may still be
    /// on its way.
    pub(crate) begun: i64,
    /// The window holds what is in no chunk and not in this tail either.
    pub(crate) broken: bool,
    /// Samples that came since then.
    pub(crate) held: u64,
    pub(crate) folding: Option<Folding>,
    /// Rows that the tail took up before the last fold.
    pub(crate) slots: u32,
}

/// A fold under way.
pub(crate) struct Folding {
    number: i64,
    /// Chunks of it that are written.
    chunks: i64,
    /// Whether somebody asked for it, and waits.
    wanted: bool,
}

impl Writer {
    /// Works until the desk is closed and empty.
    pub(crate) fn run(mut self) {
        let mut failures = 0_u32;
        let (mut begun, mut retained) = (self.clock.monotonic(), Duration::ZERO);
        let (mut more, mut wanted, mut pause) = (false, false, None);
        loop {
            let found = match pause.take() {
                None => {
                    // Whoever brings in more than can be folded waits, by the queue's length.
                    let full = self.folding.is_some() && !self.broken && self.tail.ticks() >= FULL_TICKS;
                    self.desk.wait(if more { Duration::ZERO } else { IDLE }, full)
                }
                Some(pause) => self.desk.pause(pause),
            };
            self.broken |= found.overflown;
            self.held += found.skipped;
            let now = self.clock.monotonic();
            wanted |= found.fold;
            let result = self.work(&found.batches, &mut wanted, &mut begun, failures > 0);
            match result {
                Ok(()) => {
                    let healed = failures > 0 && !self.broken;
                    if healed {
                        tracing::info!("the store is written again");
                        *self.desk.trouble.lock() = None;
                        failures = 0;
                    }
                }
                Err(error) => {
                    failures = failures.saturating_add(1);
                    pause = Some(Duration::from_millis(250 << failures.min(6)).min(LONGEST_PAUSE));
                    (self.broken, self.folding) = (true, None);
                    let sentence = self.sentence(&error);
                    if failures == 1 {
                        tracing::error!("{sentence}");
                    }
                    // The sentence first: whoever sees that it failed asks why.
                    *self.desk.trouble.lock() = Some(sentence);
                    self.desk.progress(|progress| progress.failures += 1);
                }
            }
            if found.closing {
                break;
            }
            if failures == 0 && (more || now.saturating_sub(retained) >= RETENTION) {
                more = self.retain();
                retained = now;
            }
        }
        self.end();
    }

    fn work(
        &mut self,
        batches: &[Arc<Batch>],
        wanted: &mut bool,
        begun: &mut Duration,
        failing: bool,
    ) -> rusqlite::Result<()> {
        let now = self.clock.monotonic();
        if self.broken {
            self.held += samples(batches);
        }
        if failing {
            self.probe()?;
        }
        if !self.broken && !batches.is_empty() {
            if let Err(error) = self.append(batches) {
                self.held += samples(batches);
                return Err(error);
            }
            self.note(samples(batches), self.clock.monotonic().saturating_sub(now));
        }
        let old = self.tail.samples() > 0 && now.saturating_sub(*begun) > FOLD_AGE;
        let (samples, ticks) = (self.tail.samples(), self.tail.ticks());
        let large = samples > MOST_SAMPLES || (samples > FOLD_SAMPLES && ticks >= FEW_TICKS);
        let due = self.broken || old || large || ticks >= FOLD_TICKS;
        if self.folding.is_none() && (due || *wanted) {
            self.begin_fold(std::mem::take(wanted))?;
            *begun = now;
        }
        self.products()
    }

    /// A write as small as can be: while it fails, nothing larger need be tried.
    fn probe(&mut self) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        write::meta(&transaction, "probe", self.clock.now().0)?;
        transaction.commit()
    }

    /// Batches to the tail.
    fn append(&mut self, batches: &[Arc<Batch>]) -> rusqlite::Result<()> {
        let fresh = self.catalog.take_fresh();
        let slots = self.tail.append(batches);
        let result = transact(&mut self.connection, |transaction| {
            write::fresh(transaction, &fresh)?;
            write::slots(transaction, &slots)
        });
        match result {
            Ok(()) => self.desk.note_written(slots.iter().map(|slot| slot.data.len()).sum()),
            Err(_) => self.catalog.put_back(fresh),
        }
        result
    }

    /// Hands all that is in no chunk to the keeper.
    fn begin_fold(&mut self, wanted: bool) -> rusqlite::Result<()> {
        let number = self.next_fold()?;
        self.folding = Some(Folding { number, chunks: 0, wanted });
        self.desk.order_fold(FoldJob { number, instances: self.window.unfolded() });
        Ok(())
    }

    /// The number of a new fold; what one that did not end left behind is gone then.
    fn next_fold(&mut self) -> rusqlite::Result<i64> {
        let after = self.folded + 1;
        transact(&mut self.connection, |transaction| write::drop_unfolded(transaction, after))?;
        self.begun = self.begun.max(self.folded) + 1;
        Ok(self.begun)
    }

    /// Writes what the keeper made: as much as fits into one slice.
    fn products(&mut self) -> rusqlite::Result<()> {
        let begun = std::time::Instant::now();
        while begun.elapsed() < SLICE {
            match self.desk.product() {
                None => return Ok(()),
                Some(Product::Chunk(number, row)) => {
                    if let Some(chunks) = self.folding.as_mut().filter(|folding| folding.number == number) {
                        let key = number << 20 | chunks.chunks;
                        chunks.chunks += 1;
                        self.chunk(key, &row)?;
                    }
                }
                Some(Product::Folded(number, until)) => {
                    if self.folding.as_ref().is_some_and(|folding| folding.number == number) {
                        self.publish(number, &until)?;
                    }
                }
                Some(Product::Unfoldable(reason)) => {
                    self.folding = None;
                    self.desk.progress(|progress| progress.failures += 1);
                    tracing::error!(%reason, "what is in the hot tail could not be compressed; it stays there");
                }
                Some(Product::Imported(row)) => {
                    // Keys below all others: folds count upwards.
                    let lowest: i64 =
                        self.connection
                            .query_row("SELECT min(0, coalesce(min(k), 0)) FROM chunk", [], |row| row.get(0))?;
                    self.chunk(lowest - 1, &row)?;
                    self.desk.progress(|progress| progress.imports += 1);
                }
                Some(Product::Merged { keys, row }) => {
                    let done = transact(&mut self.connection, |transaction| write::merged(transaction, &keys, &row))?;
                    self.desk.note_written(if done { row.data.len() } else { 0 });
                }
                Some(Product::Rolled { group, key, data, until }) => {
                    transact(&mut self.connection, |transaction| write::rolled(transaction, group, key, &data, until))?;
                    self.desk.note_written(data.len());
                }
            }
        }
        Ok(())
    }

    fn chunk(&mut self, key: i64, row: &Row) -> rusqlite::Result<()> {
        let moved = self.catalog.take_moved(row.group);
        let day = write::day(row.last);
        let seen = self.catalog.unseen_on(&row.ids, day);
        let fresh = self.catalog.take_fresh();
        let result = transact(&mut self.connection, |transaction| {
            write::fresh(transaction, &fresh)?;
            write::moved(transaction, row.group, &moved)?;
            write::seen(transaction, &seen, day)?;
            write::chunk(transaction, key, row)
        });
        match result {
            Ok(()) => {
                self.catalog.saw(&seen, day);
                self.desk.note_written(row.data.len());
            }
            Err(_) => {
                self.catalog.move_back(row.group, moved);
                self.catalog.put_back(fresh);
            }
        }
        result
    }

    /// All chunks of a fold are there: a new generation of the tail begins, with what came meanwhile.
    fn publish(&mut self, number: i64, until: &[(Arc<str>, Timestamp)]) -> rusqlite::Result<()> {
        // What is queued is in the window too.
        self.held += self.desk.drop_batches();
        let newer = self.window.after(until);
        let mut next = TailWriter::new(self.tail.generation().wrapping_add(1));
        let slots = next.append(&newer);
        let fresh = self.catalog.take_fresh();
        let result = transact(&mut self.connection, |transaction| {
            write::fresh(transaction, &fresh)?;
            write::meta(transaction, "fold", number)?;
            write::slots(transaction, &slots)
        });
        if let Err(error) = result {
            self.catalog.put_back(fresh);
            return Err(error);
        }
        self.slots = self.tail.sequence();
        let wanted = self.folding.as_ref().is_some_and(|folding| folding.wanted);
        (self.tail, self.folded, self.folding, self.broken) = (next, number, None, false);
        for (instance, time) in until {
            self.window.folded(instance, *time);
        }
        self.desk.note_written(slots.iter().map(|slot| slot.data.len()).sum());
        self.desk.samples.fetch_add(std::mem::take(&mut self.held), Ordering::Relaxed);
        self.desk.progress(|progress| progress.wanted_folds += u64::from(wanted));
        self.desk.order_tidying();
        Ok(())
    }

    fn note(&self, samples: u64, took: Duration) {
        self.desk.samples.fetch_add(samples, Ordering::Relaxed);
        self.desk.commits.fetch_add(1, Ordering::Relaxed);
        self.desk.last_commit_micros.store(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// One step of retention; says whether there is more to do.
    fn retain(&mut self) -> bool {
        let StoreOptions { retention, max_size, .. } = self.options;
        let slots = self.tail.sequence().max(self.slots).saturating_mul(2);
        let bounds = Bounds { now: self.clock.now(), retention, max_size, slots };
        retention::step(&self.connection, &self.catalog, &self.window, bounds).unwrap_or_else(|error| {
            tracing::warn!(%error, "old samples could not be removed; that is tried again in a minute");
            false
        })
    }

    /// The last deeds: what is not in the tail is folded here and now.
    fn end(mut self) {
        if self.broken
            && let Err(error) = self.fold_here()
        {
            tracing::error!(%error, "the host ends while the store cannot be written: what was measured since then is lost");
        }
        let last = transact(&mut self.connection, |transaction| write::meta(transaction, "clean", 1))
            .and_then(|()| self.connection.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);"));
        if let Err(error) = last {
            tracing::warn!(%error, "the store was closed without its last checkpoint; what was written is not lost by that");
        }
    }

    fn fold_here(&mut self) -> rusqlite::Result<()> {
        let number = self.next_fold()?;
        let mut rows = Vec::new();
        let mut until = Vec::new();
        for batches in self.window.unfolded() {
            let made = fold::fold(&self.catalog, &batches, &mut |row| {
                rows.push(row);
                true
            });
            made.map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
            until.extend(batches.last().map(|last| (last.instance.clone(), last.time)));
        }
        for (at, row) in rows.iter().enumerate() {
            self.chunk(number << 20 | at as i64, row)?;
        }
        self.publish(number, &until)
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
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                format!(
                    "degraded: {path} cannot be written: another program holds it; samples stay in memory until it lets go"
                )
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

fn samples(batches: &[Arc<Batch>]) -> u64 {
    batches.iter().map(|batch| batch.values().len() as u64).sum()
}

fn transact<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let result = work(&transaction)?;
    transaction.commit()?;
    Ok(result)
}
