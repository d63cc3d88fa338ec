//! A copy of a store's file, of one moment, while a host writes it.

use std::fmt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

use super::CareError;
use super::files::{Draft, must_be_free, open_to_read, size, version};

/// What was copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BackedUp {
    /// The store's file.
    pub from: PathBuf,
    /// The copy.
    pub to: PathBuf,
    /// Bytes of the copy.
    pub bytes: u64,
    /// Series in it.
    pub series: u64,
    /// Chunks in it.
    pub chunks: u64,
}

impl fmt::Display for BackedUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, bytes, series, chunks } = self;
        let (from, to) = (from.display(), to.display());
        write!(
            f,
            "{from} was copied to {to}: {series} series, {chunks} chunks, {bytes} bytes; the copy was opened, and is sound"
        )
    }
}

/// Copies the store's file as it is at one moment, while a host may write it: all that was committed, without free pages and without
/// a log. The copy gets its name when it is whole, looked over, and on the disk.
///
/// # Errors
/// A file that is not there, not ours, newer, or damaged; a target that exists or cannot be written.
pub fn backup(from: &Path, to: &Path) -> Result<BackedUp, CareError> {
    must_be_free(to)?;
    let source = open_to_read(from)?;
    let found = look_over(&source, from, "run `autobot-host store repair`")?;
    let draft = Draft::beside(to, "partial")?;
    copy(&source, from, &draft)?;
    let bytes = size(draft.path());
    draft.publish(to)?;
    Ok(BackedUp { from: from.to_owned(), to: to.to_owned(), bytes, series: found.series, chunks: found.chunks })
}

/// What stands in a database that was looked over.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) series: u64,
    pub(super) chunks: u64,
}

/// Is it a store of a version that we know, and does SQLite find it sound?
pub(super) fn look_over(connection: &Connection, path: &Path, advice: &'static str) -> Result<Found, CareError> {
    let damaged = |reason: String| CareError::Damaged { path: path.to_owned(), reason, advice };
    match version(connection, path) {
        Err(CareError::Sqlite { source, .. }) => return Err(damaged(source.to_string())),
        Err(CareError::Damaged { reason, .. }) => return Err(damaged(reason)),
        other => other?,
    };
    let looked = || -> rusqlite::Result<(String, i64, i64)> {
        let verdict = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        let count = |table| connection.query_row(table, [], |row| row.get(0));
        Ok((verdict, count("SELECT count(*) FROM series")?, count("SELECT count(*) FROM chunk")?))
    };
    match looked() {
        Ok((verdict, series, chunks)) if verdict == "ok" => {
            let unsigned = |number| u64::try_from(number).unwrap_or(0);
            Ok(Found { series: unsigned(series), chunks: unsigned(chunks) })
        }
        Ok((verdict, ..)) => Err(damaged(verdict.trim().replace('\n', "; "))),
        Err(error) => Err(damaged(error.to_string())),
    }
}

/// Copies a database as one file, looks the copy over, and forces it to the disk.
pub(super) fn copy(source: &Connection, from: &Path, draft: &Draft) -> Result<Found, CareError> {
    let target = std::path::absolute(draft.path()).map_err(CareError::file("find", draft.path()))?;
    let Some(name) = target.to_str() else {
        let source = std::io::Error::new(std::io::ErrorKind::InvalidFilename, "its name is not UTF-8");
        return Err(CareError::File { deed: "write", path: target, source });
    };
    source.execute("VACUUM INTO ?1", [name]).map_err(CareError::sqlite("copy", from))?;
    let connection = Connection::open(draft.path()).map_err(CareError::sqlite("open the copy", draft.path()))?;
    let found = look_over(&connection, draft.path(), "try again, or look at the disk that it is on")?;
    // Its host did not end, but it is whole: nobody need look it over once more.
    let closed = || -> rusqlite::Result<()> {
        let meta = "SELECT 1 FROM sqlite_schema WHERE name = 'meta'";
        if connection.query_row(meta, [], |_| Ok(())).optional()?.is_some() {
            connection.execute("UPDATE meta SET value = 1 WHERE name = 'clean'", [])?;
        }
        Ok(())
    };
    closed().map_err(CareError::sqlite("write the copy", draft.path()))?;
    connection.close().map_err(|(_, error)| CareError::sqlite("close the copy", draft.path())(error))?;
    draft.sync()?;
    Ok(found)
}
