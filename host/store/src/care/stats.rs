//! What a store's file holds.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use autobot_model::Timestamp;
use rusqlite::Connection;
use serde::Serialize;

use super::CareError;
use super::files::{must_be_current, open_to_read, real, size};
use crate::chunk::Chunk;
use crate::store::beside;
use crate::{open, tail};

/// Names and groups that are listed.
const LISTED: usize = 10;

/// What a store's file holds, all of one moment.
#[derive(Clone, Debug, Serialize)]
pub struct FileStats {
    /// The file.
    pub path: PathBuf,
    /// Bytes of the database without its log.
    pub bytes: u64,
    /// Bytes of the write-ahead log.
    pub log_bytes: u64,
    /// Bytes of one page.
    pub page_bytes: u64,
    /// Pages of the database.
    pub pages: u64,
    /// Pages that hold nothing: what `compact` gives back at least.
    pub free_pages: u64,
    /// Series that have a name.
    pub series: u64,
    /// Families of metrics.
    pub families: u64,
    /// Groups of series whose samples are in the same chunks.
    pub groups: u64,
    /// Chunks of samples.
    pub chunks: u64,
    /// Chunks that cannot be read; they are in no other figure but `chunks` and the bytes.
    pub damaged_chunks: u64,
    /// Rows of all chunks: moments of a group of series.
    pub rows: u64,
    /// Samples in chunks, the marks of series' ends among them. What two chunks hold of one moment counts twice.
    pub samples: u64,
    /// Batches in the hot tail.
    pub tail_batches: u64,
    /// Samples in the hot tail.
    pub tail_samples: u64,
    /// The moment of the first sample.
    pub first_ms: Option<Timestamp>,
    /// The moment of the last sample.
    pub last_ms: Option<Timestamp>,
    /// What each table takes, with its indexes; the largest first.
    pub tables: Vec<TableStats>,
    /// Bytes of chunks, without their tables' pages, per sample in them.
    pub chunk_bytes_per_sample: Option<f64>,
    /// Bytes of database and log per sample.
    pub bytes_per_sample: Option<f64>,
    /// The ten names of metrics that have most series.
    pub names: Vec<NameStats>,
    /// The ten groups whose chunks take most bytes.
    pub largest_groups: Vec<GroupStats>,
}

/// What a table takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TableStats {
    /// Its name.
    pub name: String,
    /// Bytes of its pages and those of its indexes.
    pub bytes: u64,
}

/// Series of one name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NameStats {
    /// The metric's name.
    pub name: String,
    /// How many series have it.
    pub series: u64,
}

/// What the chunks of a group hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupStats {
    /// Its number.
    pub group: i64,
    /// Series that are in it.
    pub series: u64,
    /// Its chunks.
    pub chunks: u64,
    /// Samples in them.
    pub samples: u64,
    /// Bytes of them.
    pub bytes: u64,
}

/// What the store's file holds. Only reads, and works beside a running host; every chunk is looked into, none is decoded whole.
///
/// # Errors
/// A file that is not there, not ours, of another version, or whose tables cannot be read.
pub fn stats(path: &Path) -> Result<FileStats, CareError> {
    let mut connection = open_to_read(path)?;
    // One moment of the database for all that follows.
    let transaction = connection.transaction().map_err(CareError::sqlite("read", path))?;
    must_be_current(&transaction, path)?;
    gather(&transaction, path).map_err(CareError::sqlite("read", path))
}

fn gather(connection: &Connection, path: &Path) -> rusqlite::Result<FileStats> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map(unsigned);
    let (bytes, log_bytes) = (size(path), size(&beside(&real(path), "-wal")));
    let mut stats = FileStats {
        path: path.to_owned(),
        bytes,
        log_bytes,
        page_bytes: number("SELECT page_size FROM pragma_page_size")?,
        pages: number("SELECT page_count FROM pragma_page_count")?,
        free_pages: number("SELECT freelist_count FROM pragma_freelist_count")?,
        series: number("SELECT count(*) FROM series")?,
        families: number("SELECT count(*) FROM family")?,
        groups: number("SELECT count(DISTINCT grp) FROM series WHERE grp IS NOT NULL")?,
        chunks: 0,
        damaged_chunks: 0,
        rows: 0,
        samples: 0,
        tail_batches: 0,
        tail_samples: 0,
        first_ms: None,
        last_ms: None,
        tables: tables(connection)?,
        chunk_bytes_per_sample: None,
        bytes_per_sample: None,
        names: names(connection)?,
        largest_groups: Vec::new(),
    };
    let groups = chunks(connection, &mut stats)?;
    tail(connection, &mut stats)?;
    let in_chunks: u64 = groups.values().map(|group| group.bytes).sum();
    let per = |bytes: u64, samples: u64| (samples > 0).then(|| bytes as f64 / samples as f64);
    stats.chunk_bytes_per_sample = per(in_chunks, stats.samples);
    stats.bytes_per_sample = per(bytes.saturating_add(log_bytes), stats.samples.saturating_add(stats.tail_samples));
    stats.largest_groups = groups.into_values().collect();
    stats.largest_groups.sort_by_key(|group| (std::cmp::Reverse(group.bytes), group.group));
    stats.largest_groups.truncate(LISTED);
    Ok(stats)
}

/// Counts what is in chunks that are whole folds' (a reader leaves out others), by group.
fn chunks(connection: &Connection, stats: &mut FileStats) -> rusqlite::Result<BTreeMap<i64, GroupStats>> {
    let mut members = connection.prepare("SELECT grp, count(*) FROM series WHERE grp IS NOT NULL GROUP BY grp")?;
    let members: HashMap<i64, u64> =
        members.query_map([], |row| Ok((row.get(0)?, unsigned(row.get(1)?))))?.collect::<Result<_, _>>()?;
    let folded = open::meta(connection, "fold")?.unwrap_or(0);
    let mut groups: BTreeMap<i64, GroupStats> = BTreeMap::new();
    let mut all = connection.prepare("SELECT grp, data FROM chunk WHERE k >> 20 <= ?1")?;
    let mut rows = all.query([folded])?;
    while let Some(row) = rows.next()? {
        let (group, data) = (row.get(0)?, row.get_ref(1)?.as_blob()?);
        stats.chunks += 1;
        let series = members.get(&group).copied().unwrap_or(0);
        let entry = groups.entry(group).or_insert(GroupStats { group, series, chunks: 0, samples: 0, bytes: 0 });
        entry.chunks += 1;
        entry.bytes = entry.bytes.saturating_add(data.len() as u64);
        let Ok(chunk) = Chunk::parse(data) else {
            stats.damaged_chunks += 1;
            continue;
        };
        let samples: u64 = chunk.counts().map(|(_, count)| count as u64).sum();
        entry.samples = entry.samples.saturating_add(samples);
        stats.samples = stats.samples.saturating_add(samples);
        stats.rows = stats.rows.saturating_add(chunk.times.len() as u64);
        chunk.times.first().iter().chain(chunk.times.last().iter()).for_each(|time| widen(stats, **time));
    }
    Ok(groups)
}

fn tail(connection: &Connection, stats: &mut FileStats) -> rusqlite::Result<()> {
    let mut slots = connection.prepare("SELECT data FROM hot")?;
    let slots: Vec<Vec<u8>> = slots.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for batch in tail::replay(slots).batches {
        stats.tail_batches += 1;
        stats.tail_samples = stats.tail_samples.saturating_add(batch.values().len() as u64);
        widen(stats, batch.time);
    }
    Ok(())
}

fn widen(stats: &mut FileStats, time: Timestamp) {
    stats.first_ms = Some(stats.first_ms.map_or(time, |first| first.min(time)));
    stats.last_ms = Some(stats.last_ms.map_or(time, |last| last.max(time)));
}

fn tables(connection: &Connection) -> rusqlite::Result<Vec<TableStats>> {
    let mut pages = connection.prepare(
        "SELECT coalesce(s.tbl_name, d.name), sum(d.pgsize) AS bytes FROM dbstat d LEFT JOIN sqlite_schema s ON s.name = d.name
         WHERE d.aggregate = TRUE GROUP BY 1 ORDER BY bytes DESC, 1",
    )?;
    let table = |row: &rusqlite::Row<'_>| Ok(TableStats { name: row.get(0)?, bytes: unsigned(row.get(1)?) });
    pages.query_map([], table)?.collect()
}

fn names(connection: &Connection) -> rusqlite::Result<Vec<NameStats>> {
    let mut names =
        connection.prepare("SELECT name, count(*) AS n FROM series GROUP BY name ORDER BY n DESC, name LIMIT ?1")?;
    let name = |row: &rusqlite::Row<'_>| Ok(NameStats { name: row.get(0)?, series: unsigned(row.get(1)?) });
    names.query_map([LISTED as i64], name)?.collect()
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
