//! A new file of all that can be read of a damaged one.
//!
//! Chunks and the hot tail carry checksums: what is taken over of them is what was written, bit for bit. Names, labels and
//! descriptions carry none: they are taken over as they can be read. Buckets are left out; the store makes them anew from samples.

mod chunks;

use std::collections::btree_map::{BTreeMap, Entry};
use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use autobot_model::{Clock, Family, Labels, SeriesKey, Timestamp};
use rusqlite::{Connection, Transaction};
use serde::Serialize;

use super::check;
use super::files::{Draft, must_be_a_file, must_be_alone, open_to_read, real};
use super::groups::Groups;
use super::moment::Moment;
use super::pages::{self, Kind, Row};
use super::{CareError, salvage};
use crate::tail::{self, TailWriter};
use crate::{schema, write};

/// Numbers of series above this are damage: a store counts up from 0.
pub(super) const HIGHEST: i64 = 1 << 31;
/// Versions of the schema above this are damage, not a newer program.
const HIGHEST_VERSION: i64 = 1_000;
/// The name of series whose own is lost; the label `number` tells them apart.
const NAMELESS: &str = "autobot_lost_series";

/// What was saved, and what was lost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Repaired {
    /// The store's file, which is new.
    pub path: PathBuf,
    /// Where the damaged one is now.
    pub aside: PathBuf,
    /// Families of metrics that were saved.
    pub families: u64,
    /// Series that were saved with their name.
    pub series: u64,
    /// Series of which only the number is left: their samples are under `autobot_lost_series` now.
    pub nameless: u64,
    /// Chunks that were saved.
    pub chunks: u64,
    /// Chunks among them that no tree leads to any more: they were found page by page. Some may have been deleted before.
    pub scattered: u64,
    /// Samples in them.
    pub samples: u64,
    /// Batches of the hot tail that were saved.
    pub batches: u64,
    /// Chunks that are known to be lost; the first thousand.
    pub lost: Vec<Lost>,
    /// Chunks that are known to be lost besides.
    pub more: u64,
    /// Stretches of the chunks' table that could not be reached: what was in them is not known, but for what `lost` says.
    pub stretches: u64,
    /// Whether something of the hot tail, the newest samples, was lost.
    pub tail_damaged: bool,
}

/// A chunk that is lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// Its key in the table.
    pub key: i64,
    /// The moment of its first sample, where that is known.
    pub first_ms: Option<Timestamp>,
    /// The moment of its last sample, where that is known.
    pub last_ms: Option<Timestamp>,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.first_ms, self.last_ms) {
            (Some(first), Some(last)) => write!(f, "chunk {} ({} to {})", self.key, Moment(first), Moment(last)),
            _ => write!(f, "chunk {} (its time is not known)", self.key),
        }
    }
}

impl fmt::Display for Repaired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { series, chunks, samples, batches, nameless, .. } = self;
        let (path, aside) = (self.path.display(), self.aside.display());
        write!(
            f,
            "{path} holds what could be read of {aside}: {series} series, {chunks} chunks with {samples} samples, {batches} batches of the hot tail"
        )?;
        if *nameless > 0 {
            write!(f, "; {nameless} series lost their name, and are called {NAMELESS}")?;
        }
        match self.lost.len() as u64 + self.more {
            0 => f.write_str("; no chunk is known to be lost")?,
            1 => f.write_str("; 1 chunk is lost")?,
            count => write!(f, "; {count} chunks are lost")?,
        }
        if self.stretches > 0 {
            f.write_str("; parts of the table of chunks could not be reached")?;
        }
        if self.tail_damaged {
            f.write_str("; of the newest samples some may be lost")?;
        }
        Ok(())
    }
}

/// Makes a new file of all that can be read of the store's file, which nobody else may have open, and puts it in its place. The old
/// one is kept beside it as `.damaged-` and the time in milliseconds. A sound file loses nothing by it.
///
/// # Errors
/// A file that is not there, of a newer or the first version, or open elsewhere; a folder that cannot be written; too little room. The
/// damaged file is then as it was.
pub fn repair(path: &Path, clock: &Arc<dyn Clock>) -> Result<Repaired, CareError> {
    must_be_a_file(path)?;
    let path = &real(path);
    must_be_alone(path)?;
    let old = open_to_read(path)?;
    must_be_ours(&old, path)?;
    let draft = Draft::beside(path, "repairing")?;
    let mut repaired = Repaired { path: path.to_owned(), ..Repaired::default() };
    let written = (|| -> rusqlite::Result<()> {
        let mut new = Connection::open(draft.path())?;
        schema::prepare(&new)?;
        new.execute_batch("PRAGMA wal_autocheckpoint=1000")?;
        let transaction = new.transaction()?;
        schema::migrate(&transaction)?;
        transaction.commit()?;
        carry_over(&old, path, &mut new, &mut repaired)?;
        new.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        new.close().map_err(|(_, error)| error)
    })();
    written.map_err(CareError::sqlite("write what was saved of", path))?;
    drop(old);
    let checked = check::check(draft.path())?;
    if let Some(finding) = checked.findings.first() {
        let reason = format!("what was saved is not sound: {finding}");
        return Err(CareError::Store { deed: "repair", path: path.to_owned(), reason });
    }
    draft.sync()?;
    let aside = draft.replace(path, &format!(".damaged-{}", clock.now().0))?;
    repaired.aside = aside.unwrap_or_default();
    Ok(repaired)
}

/// Only what another version wrote is refused; that nothing can be read of it is what repairs are for.
fn must_be_ours(connection: &Connection, path: &Path) -> Result<(), CareError> {
    // A table whose definition is damaged must not keep the others from being read.
    drop(connection.execute_batch("PRAGMA writable_schema=ON; PRAGMA cell_size_check=ON"));
    let (path, known) = (path.to_owned(), schema::VERSION);
    match schema::version(connection) {
        Ok(found) if (known + 1..HIGHEST_VERSION).contains(&found) => Err(CareError::Newer { path, found, known }),
        Ok(1) if connection.prepare("SELECT grp FROM chunk").is_err() => {
            Err(CareError::Older { path, found: 1, known })
        }
        _ => Ok(()),
    }
}

fn carry_over(old: &Connection, path: &Path, new: &mut Connection, repaired: &mut Repaired) -> rusqlite::Result<()> {
    let (names, mut groups) = read_series(old, path);
    let transaction = new.transaction()?;
    write_families(old, &transaction, repaired)?;
    let seen = chunks::copy(old, path, &transaction, &mut groups, repaired)?;
    groups.settle(&transaction)?;
    let hot = copy_tail(old, path, &transaction, repaired)?;
    let numbers: BTreeSet<i64> = names.keys().chain(seen.keys()).copied().chain(hot).collect();
    let mut taken = HashSet::new();
    let mut insert =
        transaction.prepare("INSERT INTO series(id, name, labels, grp, seen) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for id in numbers {
        // A damaged label can make two series look the same: then the second one has lost its name.
        let key = match names.get(&id).filter(|key| !taken.contains(*key)) {
            Some(key) => {
                repaired.series += 1;
                key.clone()
            }
            None => {
                repaired.nameless += 1;
                SeriesKey { name: NAMELESS.into(), labels: Labels::new([("number", id.to_string())]) }
            }
        };
        let labels = serde_json::to_string(&key.labels)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        insert.execute((id, &*key.name, labels, groups.of(id), seen.get(&id).copied().unwrap_or(0)))?;
        taken.insert(key);
    }
    drop(insert);
    let fold: Option<i64> = transaction.query_row("SELECT max(k) >> 20 FROM chunk", [], |row| row.get(0))?;
    write::meta(&transaction, "fold", fold.unwrap_or(0))?;
    write::meta(&transaction, "clean", 1)?;
    transaction.commit()
}

fn read_series(old: &Connection, path: &Path) -> (BTreeMap<i64, SeriesKey>, Groups) {
    let (mut names, mut groups) = (BTreeMap::new(), Groups::default());
    let keys = salvage::keys(old, "series", "id");
    let mut one = old.prepare("SELECT id, name, labels, grp FROM series NOT INDEXED WHERE id = ?1").ok();
    for id in keys.found {
        let read = one.as_mut().and_then(|one| {
            one.query_row([id], |row| Ok((check::key(row), row.get::<_, Option<i64>>(3).ok().flatten()))).ok()
        });
        let Some((key, group)) = read.filter(|_| (0..HIGHEST).contains(&id)) else { continue };
        group.into_iter().for_each(|group| groups.vote(&[id], group));
        names.extend(key.map(|key| (id, key)));
    }
    if keys.stretches > 0 {
        scattered(path, Kind::Series, &mut |row| {
            let Row::Series { id, name, labels, group } = row else { return };
            if let Some(key) = check::key_of(name, &labels).filter(|_| (0..HIGHEST).contains(&id))
                && let Entry::Vacant(place) = names.entry(id)
            {
                place.insert(key);
                group.into_iter().for_each(|group| groups.vote(&[id], group));
            }
        });
    }
    (names, groups)
}

/// Rows that no tree leads to any more. That the file cannot be read to its end is no reason to give up what was read.
pub(super) fn scattered(path: &Path, kind: Kind, with: &mut dyn FnMut(Row)) {
    if let Err(error) = pages::each(path, kind, with) {
        tracing::warn!(%error, file = %path.display(), "the damaged database could not be read to its end");
    }
}

fn write_families(old: &Connection, new: &Transaction<'_>, repaired: &mut Repaired) -> rusqlite::Result<()> {
    for (name, document) in salvage::families(old) {
        if serde_json::from_str::<Family>(&document).is_ok_and(|family| family.name == name) {
            new.execute("INSERT INTO family(name, document) VALUES (?1, ?2)", (name, document))?;
            repaired.families += 1;
        }
    }
    Ok(())
}

/// Copies the hot tail up to where it is whole; gives its series.
fn copy_tail(
    old: &Connection,
    path: &Path,
    new: &Transaction<'_>,
    repaired: &mut Repaired,
) -> rusqlite::Result<BTreeSet<i64>> {
    let salvage::Keys { found, stretches } = salvage::keys(old, "hot", "slot");
    let mut one = old.prepare("SELECT data FROM hot NOT INDEXED WHERE slot = ?1").ok();
    let mut damaged = stretches > 0;
    let mut slots: Vec<Vec<u8>> = Vec::new();
    for number in found {
        match one.as_mut().and_then(|one| one.query_row([number], |row| row.get(0)).ok()) {
            Some(data) => slots.push(data),
            None => damaged = true,
        }
    }
    if damaged {
        scattered(path, Kind::Slot, &mut |row| {
            slots.extend(if let Row::Slot { data } = row { Some(data) } else { None })
        });
    }
    // Of a slot that was found twice the one that holds more is the newer one.
    let mut newest: BTreeMap<(u32, u32), Vec<u8>> = BTreeMap::new();
    for data in slots {
        match tail::place(&data) {
            Some(place) => match newest.entry(place) {
                Entry::Vacant(free) => drop(free.insert(data)),
                Entry::Occupied(mut known) if tail::used(&data) > tail::used(known.get()) => drop(known.insert(data)),
                Entry::Occupied(_) => {}
            },
            None => damaged = true,
        }
    }
    let replayed = tail::replay(newest.into_values());
    repaired.tail_damaged = damaged || replayed.damaged;
    // Of instances and series that count so high nothing was ever registered.
    let sound = |batch: &autobot_model::Batch| batch.layout().ids().iter().all(|id| i64::from(id.0) < HIGHEST);
    let batches: Vec<_> = replayed.batches.into_iter().filter(sound).map(Arc::new).collect();
    repaired.batches = batches.len() as u64;
    let mut writer = TailWriter::new(replayed.writer.generation());
    write::slots(new, &writer.append(&batches))?;
    Ok(batches.iter().flat_map(|batch| batch.layout().ids()).map(|id| i64::from(id.0)).collect())
}
