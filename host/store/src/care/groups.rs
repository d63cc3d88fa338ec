//! Which group each series is in, where series and chunks do not agree: chunks carry a checksum over which series they hold, but
//! neither the row of a series nor that of a chunk does over the number of its group.

use std::collections::{BTreeMap, HashMap};

use rusqlite::Connection;

use crate::chunk::{Chunk, Unwritable, Writer};

/// Numbers above this are damage: a store counts up from 0.
const HIGHEST: i64 = 1 << 31;

/// What was said of series' groups so far.
#[derive(Debug, Default)]
pub(super) struct Groups {
    votes: HashMap<i64, Vec<(i64, u32)>>,
    next: i64,
    /// Whether any series was said to be in two groups.
    disputed: bool,
}

impl Groups {
    /// A series or a chunk says that these series are in that group.
    pub(super) fn vote(&mut self, ids: &[i64], group: i64) {
        if !(0..HIGHEST).contains(&group) {
            self.disputed = true;
            return;
        }
        self.next = self.next.max(group + 1);
        for id in ids {
            let votes = self.votes.entry(*id).or_default();
            match votes.iter_mut().find(|(other, _)| *other == group) {
                Some((_, count)) => *count = count.saturating_add(1),
                None => {
                    self.disputed |= !votes.is_empty();
                    votes.push((group, 1));
                }
            }
        }
    }

    /// The group that most said; of equals the first that was said.
    pub(super) fn of(&self, id: i64) -> Option<i64> {
        let votes = self.votes.get(&id)?;
        let most = votes.iter().map(|(_, count)| *count).max()?;
        votes.iter().find(|(_, count)| *count == most).map(|(group, _)| *group)
    }

    /// Puts every chunk into the group of its series; one whose series are in several is taken apart.
    pub(super) fn settle(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if !self.disputed {
            return Ok(());
        }
        let keys: Vec<(i64, i64)> = connection
            .prepare("SELECT k, grp FROM chunk")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        for (key, group) in keys {
            let data: Vec<u8> = connection.query_row("SELECT data FROM chunk WHERE k = ?1", [key], |row| row.get(0))?;
            let Ok(chunk) = Chunk::parse(&data) else { continue };
            let mut parts: BTreeMap<i64, Vec<u64>> = BTreeMap::new();
            for column in chunk.keys() {
                let id = i64::try_from(column).unwrap_or(i64::MAX);
                let own = match self.of(id) {
                    Some(own) => own,
                    None => {
                        let own = self.next;
                        self.vote(&[id], own);
                        own
                    }
                };
                parts.entry(own).or_default().push(column);
            }
            if parts.len() == 1 && parts.contains_key(&group) {
                continue;
            }
            if let (1, Some(own)) = (parts.len(), parts.keys().next()) {
                connection.execute("UPDATE chunk SET grp = ?2 WHERE k = ?1", (key, own))?;
                continue;
            }
            for (own, columns) in parts {
                let part =
                    part(&chunk, &columns).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
                connection.execute(
                    "INSERT INTO chunk(k, grp, first_ms, last_ms, rows, data)
                     SELECT (SELECT max(k) + 1 FROM chunk), ?2, first_ms, last_ms, rows, ?3 FROM chunk WHERE k = ?1",
                    (key, own, part),
                )?;
            }
            connection.execute("DELETE FROM chunk WHERE k = ?1", [key])?;
        }
        Ok(())
    }
}

fn part(chunk: &Chunk<'_>, columns: &[u64]) -> Result<Vec<u8>, Unwritable> {
    let mut writer = Writer::new(&chunk.times);
    for column in columns {
        // What is here was decoded before it was taken over.
        if let Ok(Some((rows, values))) = chunk.column(*column) {
            writer.column(*column, &rows, &values)?;
        }
    }
    writer.finish()
}
