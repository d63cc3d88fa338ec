//! Reading a damaged database: which rows can still be reached, whatever part of its trees is gone.
//!
//! A walk along a table ends at the first page that makes no sense. What lies behind is reached from the other end, and what lies
//! between two such pages by searching for keys within: each search takes another way down the tree. The searches are bounded, so that
//! a file of rubble costs seconds.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use autobot_model::Timestamp;
use rusqlite::{Connection, Statement};

/// Searches within one table.
const SEARCHES: usize = 4_000;
/// Keys of one table: more than any store has, and what a tree that leads in circles could give.
const MOST: usize = 1 << 24;
/// A gap wider than this has no end that is known: what is near its beginning is searched more closely.
const WIDE: u64 = 1 << 32;

/// The keys of a table that can be reached, and how many stretches of it cannot.
#[derive(Debug, Default)]
pub(super) struct Keys {
    pub(super) found: BTreeSet<i64>,
    pub(super) stretches: u64,
}

/// Which rows of a table can be reached by its integer key.
pub(super) fn keys(connection: &Connection, table: &str, key: &str) -> Keys {
    let mut keys = Keys::default();
    let walk = |order: &str| {
        let range = format!("{key} BETWEEN ?1 AND ?2 ORDER BY {key} {order}");
        connection.prepare(&format!("SELECT {key} FROM {table} NOT INDEXED WHERE {range}"))
    };
    let (Ok(mut up), Ok(mut down)) = (walk("ASC"), walk("DESC")) else {
        keys.stretches = 1;
        return keys;
    };
    let mut gaps = VecDeque::from([(i64::MIN, i64::MAX)]);
    let mut lost: Vec<(i64, i64)> = Vec::new();
    let mut searches = 0;
    while let Some((low, high)) = gaps.pop_front() {
        if searches == SEARCHES || keys.found.len() >= MOST {
            lost.push((low, high));
            continue;
        }
        searches += 1;
        let reached = match along(&mut up, low, high, true, &mut keys.found) {
            End::Reached => continue,
            End::Broken(last) => last,
        };
        let low = reached.map_or(Some(low), |last| last.checked_add(1));
        let Some(low) = low.filter(|low| *low <= high) else { continue };
        let reached = match along(&mut down, low, high, false, &mut keys.found) {
            End::Reached => continue,
            End::Broken(last) => last,
        };
        let high = reached.map_or(Some(high), |last| last.checked_sub(1));
        let Some(high) = high.filter(|high| low <= *high) else { continue };
        if low == high {
            lost.push((low, high));
        } else {
            split(low, high, &mut gaps);
        }
    }
    lost.sort_unstable();
    let mut before: Option<i64> = None;
    for (low, high) in lost {
        keys.stretches += u64::from(before.and_then(|before| before.checked_add(1)) != Some(low));
        before = Some(high);
    }
    keys
}

/// Parts of a gap: halves, or of one without a known end, parts that double in width.
fn split(low: i64, high: i64, gaps: &mut VecDeque<(i64, i64)>) {
    let width = high.abs_diff(low);
    if width <= WIDE {
        let middle = low.midpoint(high).clamp(low, high - 1);
        gaps.extend([(low, middle), (middle + 1, high)]);
        return;
    }
    let mut from = low;
    let mut length = 1_u64;
    while length < width {
        let until = low.saturating_add_unsigned(length).min(high);
        if from <= until {
            gaps.push_back((from, until));
        }
        from = until.saturating_add(1);
        length = length.saturating_mul(2);
    }
    if from <= high {
        gaps.push_back((from, high));
    }
}

/// How a walk ended.
enum End {
    /// Where it should.
    Reached,
    /// Behind this key, if it found any.
    Broken(Option<i64>),
}

fn along(walk: &mut Statement<'_>, low: i64, high: i64, up: bool, found: &mut BTreeSet<i64>) -> End {
    let mut last: Option<i64> = None;
    let Ok(mut rows) = walk.query((low, high)) else { return End::Broken(None) };
    loop {
        let key = match rows.next() {
            Ok(Some(row)) => row.get::<_, i64>(0).ok(),
            Ok(None) => return End::Reached,
            Err(_) => None,
        };
        // In a damaged tree keys may come in any order; only those that come in theirs are believed.
        let fits = |key: &i64| {
            (low..=high).contains(key) && last.is_none_or(|last| if up { *key > last } else { *key < last })
        };
        match key.filter(fits) {
            Some(key) if found.len() < MOST => {
                found.insert(key);
                last = Some(key);
            }
            _ => return End::Broken(last),
        }
    }
}

/// First and last moment of chunks as the index knows them: of some that cannot be read any more, this is all that is left.
pub(super) fn chunks_in_index(connection: &Connection) -> BTreeMap<i64, (Timestamp, Timestamp)> {
    let mut found = BTreeMap::new();
    for order in ["ASC", "DESC"] {
        let sql = format!(
            "SELECT k, first_ms, last_ms FROM chunk INDEXED BY chunk_place ORDER BY grp {order}, last_ms {order}, first_ms {order}"
        );
        let mut all = || -> rusqlite::Result<()> {
            let mut statement = connection.prepare(&sql)?;
            let mut rows = statement.query([])?;
            // Walked from both ends; twice the most that there can be is a circle.
            let mut left = MOST;
            while let Some(row) = rows.next()? {
                found.insert(row.get(0)?, (Timestamp(row.get(1)?), Timestamp(row.get(2)?)));
                left -= 1;
                if left == 0 {
                    break;
                }
            }
            Ok(())
        };
        if all().is_ok() {
            break;
        }
    }
    found
}

/// All texts of a table with a key of its own, from both ends.
pub(super) fn families(connection: &Connection) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for order in ["ASC", "DESC"] {
        let sql = format!("SELECT name, document FROM family ORDER BY name {order}");
        let mut all = || -> rusqlite::Result<()> {
            let mut statement = connection.prepare(&sql)?;
            let mut rows = statement.query([])?;
            let mut left = MOST;
            while let Some(row) = rows.next()? {
                if let (Ok(name), Ok(document)) = (row.get(0), row.get(1)) {
                    found.insert(name, document);
                }
                left -= 1;
                if left == 0 {
                    break;
                }
            }
            Ok(())
        };
        if all().is_ok() {
            break;
        }
    }
    found
}
