//! The keeper: a thread that does what takes long, so that the writer never waits for it: it compresses, merges small chunks, makes
//! buckets, moves the write-ahead log into the database, and forces it to the disk. What it makes the writer writes.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use autobot_model::{Clock, ReadError};
use parking_lot::Mutex;
use rusqlite::Connection;

use crate::catalog::Catalog;
use crate::desk::{Desk, FoldJob, Product};
use crate::fold::fold;
use crate::read::Readers;
use crate::tidy;

/// Between two looks at what could be merged and rolled.
const TIDYING: Duration = Duration::from_secs(60);
/// So much is in the log before it is moved into the database: about a thousand pages, as SQLite's own default.
const LOG: u64 = 2 << 20;

pub(crate) struct Keeper {
    /// Moves the log; nothing else is done with it.
    pub(crate) connection: Connection,
    pub(crate) readers: Arc<Readers>,
    pub(crate) wal: PathBuf,
    pub(crate) sync: Duration,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) desk: Arc<Desk>,
}

impl Keeper {
    /// Works until it is told to end.
    pub(crate) fn run(self) {
        let (mut synced, mut tidied) = (self.clock.monotonic(), self.clock.monotonic());
        loop {
            let (job, tidy, closing) = self.desk.order(self.sync.min(TIDYING));
            if closing {
                return;
            }
            if let Some(job) = job {
                self.fold(job);
            }
            let now = self.clock.monotonic();
            if now.saturating_sub(synced) >= self.sync {
                self.sync();
                synced = now;
            }
            if self.desk.unchecked.load(Ordering::Relaxed) > LOG {
                self.checkpoint();
            }
            if (tidy || now.saturating_sub(tidied) >= TIDYING) && self.desk.trouble.lock().is_none() {
                tidied = now;
                // What was made but is not written yet would be made again.
                self.desk.drained();
                match tidy::round(&self.readers, &self.desk) {
                    Ok(true) => {
                        self.desk.progress(|progress| progress.rounds += 1);
                        self.desk.order_tidying();
                    }
                    Ok(false) => self.desk.progress(|progress| {
                        (progress.rounds, progress.idle_rounds) = (progress.rounds + 1, progress.idle_rounds + 1)
                    }),
                    Err(error) => self.complain(&error),
                }
            }
        }
    }

    fn complain(&self, error: &ReadError) {
        tracing::warn!(%error, "chunks could not be merged or rolled up; that is tried again in a minute");
        self.desk.progress(|progress| progress.failures += 1);
    }

    fn fold(&self, job: FoldJob) {
        let mut until = Vec::with_capacity(job.instances.len());
        for batches in &job.instances {
            let Some(last) = batches.last() else { continue };
            let made = fold(&self.catalog, batches, &mut |row| self.desk.make(Product::Chunk(job.number, row)));
            if let Err(error) = made {
                self.desk.make(Product::Unfoldable(error.to_string()));
                return;
            }
            until.push((last.instance.clone(), last.time));
        }
        self.desk.make(Product::Folded(job.number, until));
    }

    /// Forces the write-ahead log to the disk: SQLite itself does so only when it moves it.
    fn sync(&self) {
        let result = match File::open(&self.wal).and_then(|wal| wal.sync_data()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
        let log = self.wal.display();
        note(&self.desk.unsynced, result, |error| {
            format!(
                "degraded: {log} could not be forced to the disk ({error}); a power cut now costs more than it should"
            )
        });
    }

    /// Moves the log into the database, as far as readers allow.
    fn checkpoint(&self) {
        self.desk.unchecked.store(0, Ordering::Relaxed);
        let result = self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        let log = self.wal.display();
        note(&self.desk.unmoved, result, |error| {
            format!("degraded: {log} could not be moved into the database ({error}); it grows until it can")
        });
    }
}

/// Says what went wrong when it begins, and that it is over.
fn note<E>(slot: &Mutex<Option<String>>, result: Result<(), E>, sentence: impl FnOnce(E) -> String) {
    let mut slot = slot.lock();
    match (result, slot.is_some()) {
        (Ok(()), false) => {}
        (Ok(()), true) => {
            tracing::info!("what is written is forced to the disk again");
            *slot = None;
        }
        (Err(error), known) => {
            let sentence = sentence(error);
            if !known {
                tracing::error!("{sentence}");
            }
            *slot = Some(sentence);
        }
    }
}
