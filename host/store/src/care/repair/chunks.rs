//! The chunks of a damaged file that are what was written.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use autobot_model::Timestamp;
use rusqlite::{Connection, Statement, Transaction};

use super::super::check::Content;
use super::super::groups::Groups;
use super::super::pages::{Kind, Row};
use super::super::salvage;
use super::{HIGHEST, Lost, Repaired, scattered};
use crate::write;

/// Losses that are listed; more are counted.
const LISTED: usize = 1_000;
/// Numbers of folds above this are damage: one a second would take a century.
const HIGHEST_FOLD: i64 = 1 << 32;

/// The day of each series' last sample.
type Seen = HashMap<i64, i64>;

/// Copies the chunks that are what was written; gives their series, and the day of each one's last sample.
pub(super) fn copy(
    old: &Connection,
    path: &Path,
    new: &Transaction<'_>,
    groups: &mut Groups,
    repaired: &mut Repaired,
) -> rusqlite::Result<Seen> {
    let salvage::Keys { found, stretches } = salvage::keys(old, "chunk", "k");
    repaired.stretches = stretches;
    let known = salvage::chunks_in_index(old);
    let mut one = old.prepare("SELECT grp, data FROM chunk NOT INDEXED WHERE k = ?1").ok();
    let insert =
        new.prepare("INSERT INTO chunk(k, grp, first_ms, last_ms, rows, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    let mut saved = Saved { insert, groups, repaired, seen: Seen::new(), keys: BTreeSet::new(), astray: Vec::new() };
    let mut missing = BTreeSet::new();
    for key in found.into_iter().chain(known.keys().copied()).collect::<BTreeSet<i64>>() {
        let read = one.as_mut().and_then(|one| {
            one.query_row([key], |row| Ok((row.get::<_, i64>(0).unwrap_or(-1), row.get::<_, Vec<u8>>(1)?))).ok()
        });
        let taken = match read {
            Some((group, data)) => saved.take(key, group, data)?,
            None => false,
        };
        if !taken {
            missing.insert(key);
        }
    }
    if stretches > 0 || !missing.is_empty() {
        saved.look_everywhere(path, &mut missing)?;
    }
    saved.bring_home(new)?;
    let Saved { seen, repaired, .. } = saved;
    for key in missing {
        let time: Option<&(Timestamp, Timestamp)> = known.get(&key);
        if repaired.lost.len() < LISTED {
            let (first_ms, last_ms) = (time.map(|time| time.0), time.map(|time| time.1));
            repaired.lost.push(Lost { key, first_ms, last_ms });
        } else {
            repaired.more += 1;
        }
    }
    Ok(seen)
}

struct Saved<'a> {
    insert: Statement<'a>,
    groups: &'a mut Groups,
    repaired: &'a mut Repaired,
    seen: Seen,
    keys: BTreeSet<i64>,
    /// Those whose key is another's, or none that a store gives.
    astray: Vec<(i64, Content, Vec<u8>)>,
}

impl Saved<'_> {
    /// Takes a chunk over, if it is what was written.
    fn take(&mut self, key: i64, group: i64, data: Vec<u8>) -> rusqlite::Result<bool> {
        // A series that counts so high was never registered.
        let content = Content::of(&data).filter(|content| content.ids.iter().all(|id| *id < HIGHEST));
        let Some(content) = content else { return Ok(false) };
        self.groups.vote(&content.ids, group);
        let day = write::day(content.last);
        for id in &content.ids {
            let last = self.seen.entry(*id).or_insert(day);
            *last = day.max(*last);
        }
        self.repaired.chunks += 1;
        self.repaired.samples += content.samples;
        if (0..HIGHEST_FOLD << 20).contains(&key) && self.keys.insert(key) {
            self.insert.execute((key, group, content.first.0, content.last.0, content.rows, data))?;
        } else {
            self.astray.push((group, content, data));
        }
        Ok(true)
    }

    /// Takes over what no tree leads to any more. Of two chunks with one key, one was put in the place of several with the other one
    /// among them: both are taken, as nobody knows which one it was, and what both hold is the same.
    fn look_everywhere(&mut self, path: &Path, missing: &mut BTreeSet<i64>) -> rusqlite::Result<()> {
        let reached = self.keys.clone();
        let mut taken: HashSet<(i64, u32)> = HashSet::new();
        let mut result = Ok(());
        scattered(path, Kind::Chunk, &mut |row| {
            let Row::Chunk { key, group, data } = row else { return };
            if result.is_err() || reached.contains(&key) || !taken.insert((key, crc32fast::hash(&data))) {
                return;
            }
            match self.take(key, group, data) {
                Ok(true) => {
                    self.repaired.scattered += 1;
                    missing.remove(&key);
                }
                Ok(false) => {}
                Err(error) => result = Err(error),
            }
        });
        result
    }

    /// Gives keys to those that have none.
    fn bring_home(&mut self, new: &Connection) -> rusqlite::Result<()> {
        for (group, content, data) in std::mem::take(&mut self.astray) {
            let free: i64 = new.query_row("SELECT coalesce(max(k), 0) + 1 FROM chunk", [], |row| row.get(0))?;
            self.insert.execute((free, group, content.first.0, content.last.0, content.rows, data))?;
        }
        Ok(())
    }
}
