//! A store's file without what is of no use in it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use autobot_model::Clock;
use rusqlite::{Connection, TransactionBehavior};
use serde::Serialize;

use super::CareError;
use super::backup::look_over;
use super::files::{must_be_alone, must_be_current, open_to_read, size_with_log};
use crate::{Store, StoreOptions, open, schema, tail};

/// Longer than anything is kept: what to forget is the host's affair.
const FOR_EVER: Duration = Duration::from_secs(100 * 366 * 86_400);

/// What was made smaller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Compacted {
    /// The store's file.
    pub path: PathBuf,
    /// Bytes of it and its log before.
    pub before: u64,
    /// Bytes of it and its log now.
    pub after: u64,
    /// Rows of the hot tail that were of no use any more.
    pub slots: u64,
    /// Chunks before.
    pub chunks_before: u64,
    /// Chunks now.
    pub chunks_after: u64,
}

impl fmt::Display for Compacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, before, after, slots, chunks_before, chunks_after } = self;
        let path = path.display();
        write!(
            f,
            "{path} has {after} bytes, and had {before}; of {chunks_before} chunks there are {chunks_after}, and {slots} slots of the hot tail are gone"
        )
    }
}

/// Folds the hot tail, merges small chunks, fills buckets, and gives back every page that holds nothing. Nobody else may have the file
/// open. Needs room on the disk for about twice the file.
///
/// # Errors
/// A file that is not there, not ours, of another version, open elsewhere, damaged, or that cannot be written. All samples are there
/// then as before.
pub fn compact(path: &Path, clock: &Arc<dyn Clock>) -> Result<Compacted, CareError> {
    let advice = "run `autobot-host store repair` first";
    let source = open_to_read(path)?;
    let found = look_over(&source, path, advice)?;
    must_be_current(&source, path)?;
    // What keeps the store from opening would have it begin a new file.
    open::catalog(&source).map_err(|error| CareError::Damaged {
        path: path.to_owned(),
        reason: error.to_string(),
        advice,
    })?;
    drop(source);
    must_be_alone(path)?;
    let before = size_with_log(path);
    settle(path, clock)?;
    let (slots, chunks) = shrink(path).map_err(CareError::sqlite("compact", path))?;
    Ok(Compacted {
        path: path.to_owned(),
        before,
        after: size_with_log(path),
        slots,
        chunks_before: found.chunks,
        chunks_after: chunks,
    })
}

fn settle(path: &Path, clock: &Arc<dyn Clock>) -> Result<(), CareError> {
    let failed = |reason: String| CareError::Store { deed: "settle", path: path.to_owned(), reason };
    let options = StoreOptions {
        path: path.to_owned(),
        retention: FOR_EVER,
        max_size: u64::MAX,
        sync: Duration::from_secs(10),
        window: Duration::ZERO,
    };
    let (store, opened) = Store::open(options, clock.clone()).map_err(|error| failed(error.to_string()))?;
    let settled = store.settle();
    store.close();
    if let Some(aside) = opened.set_aside {
        return Err(failed(format!("it was found damaged, and is now {}", aside.display())));
    }
    settled.map_err(failed)
}

/// Drops slots of generations that are over, and free pages; gives how many slots, and how many chunks there are.
fn shrink(path: &Path) -> rusqlite::Result<(u64, u64)> {
    let mut connection = Connection::open(path)?;
    schema::prepare(&connection)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let slots: Vec<(i64, Option<u32>)> = {
        let mut slots = transaction.prepare("SELECT slot, data FROM hot")?;
        let slot = |row: &rusqlite::Row<'_>| {
            Ok((row.get(0)?, tail::place(row.get_ref(1)?.as_blob()?).map(|(generation, _)| generation)))
        };
        slots.query_map([], slot)?.collect::<Result<_, _>>()?
    };
    let newest = slots.iter().filter_map(|(_, generation)| *generation).max();
    let mut dropped = 0;
    for (number, _) in slots.iter().filter(|(_, generation)| *generation != newest) {
        dropped += transaction.execute("DELETE FROM hot WHERE slot = ?1", [number])?;
    }
    transaction.commit()?;
    connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")?;
    let chunks: i64 = connection.query_row("SELECT count(*) FROM chunk", [], |row| row.get(0))?;
    connection.close().map_err(|(_, error)| error)?;
    Ok((dropped as u64, u64::try_from(chunks).unwrap_or(0)))
}
