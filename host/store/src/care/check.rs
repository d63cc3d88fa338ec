//! Whether everything in a store's file is what was written.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};

use autobot_model::{Family, Labels, SeriesKey, Timestamp};
use rusqlite::Connection;
use serde::Serialize;

use super::CareError;
use super::files::{is_damage, must_be_current, open_to_read};
use super::finding::{Finding, Place};
use crate::chunk::Chunk;
use crate::{open, rollup, tail};

/// Findings that are kept; more are counted.
const KEPT: usize = 1_000;
/// Sentences that SQLite itself may give.
const FROM_SQLITE: i64 = 100;

/// What a look at everything found.
#[derive(Clone, Debug, Serialize)]
pub struct Checked {
    /// The file.
    pub path: PathBuf,
    /// Series looked at.
    pub series: u64,
    /// Chunks decoded, all columns of them.
    pub chunks: u64,
    /// Samples in them.
    pub samples: u64,
    /// Rows of buckets decoded.
    pub buckets: u64,
    /// Rows of the hot tail looked at.
    pub slots: u64,
    /// What is wrong; the first thousand.
    pub findings: Vec<Finding>,
    /// What is wrong besides.
    pub more: u64,
}

impl Checked {
    /// Whether all is as it was written.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    fn note(&mut self, place: Place, what: impl Into<String>) {
        if self.findings.len() < KEPT {
            self.findings.push(Finding { place, what: what.into() });
        } else {
            self.more += 1;
        }
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, series, chunks, samples, buckets, slots, findings, more } = self;
        let path = path.display();
        write!(
            f,
            "{path}: {series} series, {chunks} chunks with {samples} samples, {buckets} rows of buckets and {slots} slots were looked at; "
        )?;
        match findings.len() as u64 + more {
            0 => f.write_str("all is sound"),
            1 => f.write_str("1 thing is wrong"),
            count => write!(f, "{count} things are wrong"),
        }
    }
}

/// Looks at everything: SQLite's own check, every chunk and every column in it, every bucket, the hot tail, every series. Only reads,
/// and works beside a running host.
///
/// # Errors
/// A file that is not there, cannot be opened, is not ours, or of another version. That it is damaged is no error but a finding.
pub fn check(path: &Path) -> Result<Checked, CareError> {
    let connection = open_to_read(path)?;
    let mut checked = Checked {
        path: path.to_owned(),
        series: 0,
        chunks: 0,
        samples: 0,
        buckets: 0,
        slots: 0,
        findings: Vec::new(),
        more: 0,
    };
    // One moment of the database for all that follows; on a damaged one every statement says so.
    let begun = connection.execute_batch("BEGIN");
    match begun.map_err(CareError::sqlite("read", path)).and_then(|()| must_be_current(&connection, path)) {
        Err(CareError::Sqlite { source, .. }) if is_damage(&source) => {
            checked.note(Place::File, source.to_string());
        }
        Err(CareError::Damaged { reason, .. }) => checked.note(Place::File, reason),
        other => other?,
    }
    check_file(&connection, &mut checked);
    let known = check_series(&connection, &mut checked);
    check_families(&connection, &mut checked);
    check_chunks(&connection, &known, &mut checked);
    check_buckets(&connection, &mut checked);
    check_tail(&connection, &known, &mut checked);
    Ok(checked)
}

/// Goes over the rows of a table; where it cannot be read on, that is a finding.
fn each_row(
    connection: &Connection,
    checked: &mut Checked,
    table: &str,
    sql: &str,
    mut each: impl FnMut(&rusqlite::Row<'_>, &mut Checked) -> rusqlite::Result<()>,
) {
    let mut seen = 0_u64;
    let mut all = || -> rusqlite::Result<()> {
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            seen += 1;
            each(row, checked)?;
        }
        Ok(())
    };
    if let Err(error) = all() {
        checked.note(Place::Table { name: table.to_owned() }, format!("it cannot be read past {seen} rows: {error}"));
    }
}

fn check_file(connection: &Connection, checked: &mut Checked) {
    let sql = format!("PRAGMA integrity_check({FROM_SQLITE})");
    each_row(connection, checked, "sqlite_schema", &sql, |row, checked| {
        match row.get::<_, String>(0)? {
            verdict if verdict == "ok" => {}
            verdict => checked.note(Place::File, verdict.trim().replace('\n', "; ")),
        }
        Ok(())
    });
}

/// The groups of the series, by number.
struct Known {
    groups: HashMap<i64, Option<i64>>,
    members: BTreeMap<i64, usize>,
}

fn check_series(connection: &Connection, checked: &mut Checked) -> Known {
    let mut known = Known { groups: HashMap::new(), members: BTreeMap::new() };
    let mut keys: HashMap<SeriesKey, i64> = HashMap::new();
    each_row(connection, checked, "series", "SELECT id, name, labels, grp FROM series", |row, checked| {
        let number: i64 = row.get(0)?;
        let place = || Place::Series { number };
        checked.series += 1;
        let group = row.get::<_, Option<i64>>(3);
        if u32::try_from(number).is_err() || matches!(&group, Ok(Some(group)) if u32::try_from(*group).is_err()) {
            checked.note(place(), "its number or that of its group is out of range");
        }
        let group = group.unwrap_or_default();
        known.groups.insert(number, group);
        if let Some(group) = group {
            *known.members.entry(group).or_default() += 1;
        }
        let Some(key) = key(row) else {
            checked.note(place(), "its name or its labels cannot be read");
            return Ok(());
        };
        if let Some(other) = keys.get(&key) {
            checked.note(place(), format!("it has the name and labels of series {other}: {key}"));
        }
        keys.insert(key, number);
        Ok(())
    });
    known
}

/// Name and labels of a row whose columns 1 and 2 they are.
pub(super) fn key(row: &rusqlite::Row<'_>) -> Option<SeriesKey> {
    key_of(row.get(1).ok()?, &row.get::<_, String>(2).ok()?)
}

/// Name and labels, these as JSON.
pub(super) fn key_of(name: String, labels: &str) -> Option<SeriesKey> {
    let labels: BTreeMap<String, String> = serde_json::from_str(labels).ok()?;
    (!name.is_empty()).then(|| SeriesKey { name: name.into(), labels: Labels::new(labels) })
}

fn check_families(connection: &Connection, checked: &mut Checked) {
    each_row(connection, checked, "family", "SELECT name, document FROM family", |row, checked| {
        let name: String = row.get(0)?;
        let document: String = row.get(1)?;
        if serde_json::from_str::<Family>(&document).ok().is_none_or(|family| family.name != name) {
            checked.note(Place::Family { name }, "its description cannot be read");
        }
        Ok(())
    });
}

fn check_chunks(connection: &Connection, known: &Known, checked: &mut Checked) {
    let folded = open::meta(connection, "fold").ok().flatten().unwrap_or(0);
    let sql = "SELECT k, grp, first_ms, last_ms, rows, data FROM chunk NOT INDEXED ORDER BY k";
    each_row(connection, checked, "chunk", sql, |row, checked| {
        let (key, group): (i64, i64) = (row.get(0)?, row.get(1)?);
        let (first, last) = (Timestamp(row.get(2)?), Timestamp(row.get(3)?));
        let series = known.members.get(&group).copied().unwrap_or(0);
        let place = || Place::Chunk { key, first_ms: first, last_ms: last, group, series };
        checked.chunks += 1;
        // A fold under way has the number after the last whole one.
        if key < 0 || key >> 20 > folded.saturating_add(1) {
            checked.note(place(), format!("its key belongs to no fold; the last whole one is {folded}"));
        }
        let Some(content) = row.get_ref(5)?.as_blob().ok().and_then(Content::of) else {
            checked.note(place(), "its bytes are not what was written; its samples are left out of every answer");
            return Ok(());
        };
        checked.samples += content.samples;
        if (content.first, content.last, content.rows) != (first, last, row.get(4)?) {
            checked.note(place(), "its row does not say what it holds: times or their count differ");
        }
        let unknown = content.ids.iter().filter(|id| !known.groups.contains_key(*id)).count();
        if unknown > 0 {
            checked.note(place(), format!("{unknown} of its {} series are not known", content.ids.len()));
        }
        let elsewhere = |id: &&i64| known.groups.get(*id).is_some_and(|own| *own != Some(group));
        let elsewhere = content.ids.iter().filter(elsewhere).count();
        if elsewhere > 0 {
            checked.note(place(), format!("{elsewhere} of its {} series belong to another group", content.ids.len()));
        }
        Ok(())
    });
}

/// What a chunk holds that was decoded whole.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) rows: i64,
    pub(super) samples: u64,
    pub(super) ids: Vec<i64>,
}

impl Content {
    /// `None` where anything of it is not what was written.
    pub(super) fn of(data: &[u8]) -> Option<Self> {
        let chunk = Chunk::parse(data).ok()?;
        if !chunk.times.is_sorted_by(|a, b| a < b) {
            return None;
        }
        let mut content = Self {
            first: *chunk.times.first()?,
            last: *chunk.times.last()?,
            rows: i64::try_from(chunk.times.len()).ok()?,
            samples: 0,
            ids: Vec::new(),
        };
        for key in chunk.keys() {
            let (rows, values) = chunk.column(key).ok()??;
            let within = rows.iter().last().is_some_and(|last| last < chunk.times.len());
            if !within || rows.len() != values.len() {
                return None;
            }
            content.samples += values.len() as u64;
            content.ids.push(i64::from(u32::try_from(key).ok()?));
        }
        Some(content)
    }
}

fn check_buckets(connection: &Connection, checked: &mut Checked) {
    each_row(connection, checked, "rollup", "SELECT k, data FROM rollup", |row, checked| {
        let key: i64 = row.get(0)?;
        checked.buckets += 1;
        if !row.get_ref(1)?.as_blob().is_ok_and(|data| buckets_are_sound(key, data)) {
            let what = "its bytes are not what was written; long windows are answered from samples instead";
            checked.note(Place::Buckets { key }, what);
        }
        Ok(())
    });
}

fn buckets_are_sound(key: i64, data: &[u8]) -> bool {
    let Ok(row) = Chunk::parse(data) else { return false };
    let of_day = |end: &Timestamp| rollup::day_of(*end) == key >> 32;
    row.times.iter().all(of_day)
        && rollup::series(&row).into_iter().all(|id| rollup::day(&row, id, Timestamp::MAX).is_ok())
}

fn check_tail(connection: &Connection, known: &Known, checked: &mut Checked) {
    let mut slots = Vec::new();
    let mut damaged = false;
    each_row(connection, checked, "hot", "SELECT slot, data FROM hot ORDER BY slot", |row, checked| {
        let number: i64 = row.get(0)?;
        checked.slots += 1;
        match row.get_ref(1)?.as_blob() {
            Ok(data) if tail::place(data).is_some() => slots.push(data.to_vec()),
            _ => {
                damaged = true;
                checked.note(Place::Slot { number }, "its bytes are not what was written");
            }
        }
        Ok(())
    });
    let replayed = tail::replay(slots);
    let place = || Place::Table { name: "hot".to_owned() };
    if replayed.damaged && !damaged {
        checked.note(place(), "its slots do not make one whole; what follows the break is lost");
    }
    let unknown = replayed.batches.iter().flat_map(|batch| batch.layout().ids());
    let unknown = unknown.filter(|id| !known.groups.contains_key(&i64::from(id.0))).count();
    if unknown > 0 {
        checked.note(place(), format!("{unknown} of its samples are of series that are not known"));
    }
}
