//! Opening: a new file, a good one, one whose host was killed, one that is damaged.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use autobot_model::{Clock, Family, Labels, SeriesId, SeriesKey};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};

use crate::catalog::{Catalog, GroupId, Kept};
use crate::desk::Desk;
use crate::error::StoreError;
use crate::schema;
use crate::store::beside;
use crate::tail::{self, Replayed};
use crate::write;

/// What was found when a store was opened; to be logged.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The file.
    pub path: PathBuf,
    /// Whether it was made now.
    pub new: bool,
    /// Series that it knows.
    pub series: usize,
    /// Batches that were in the hot tail.
    pub replayed: usize,
    /// Where a damaged file was put.
    pub set_aside: Option<PathBuf>,
    /// Whether the end of the hot tail was damaged and left out.
    pub tail_damaged: bool,
    /// Whether whoever had it open before did not close it.
    pub unclean: bool,
}

impl fmt::Display for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(aside) = &self.set_aside {
            write!(f, "the damaged database was set aside as {}; ", aside.display())?;
        }
        if self.tail_damaged {
            f.write_str("the end of the hot tail was damaged and is left out; ")?;
        }
        let path = self.path.display();
        if self.new {
            write!(f, "store {path} is new")
        } else {
            write!(f, "store {path}: {} series, {} batches in the hot tail", self.series, self.replayed)
        }
    }
}

/// A database that is ready for its writer.
pub(crate) struct Database {
    pub(crate) connection: Connection,
    pub(crate) catalog: Catalog,
    pub(crate) replayed: Replayed,
    /// The last fold that is whole.
    pub(crate) folded: i64,
    pub(crate) opened: Opened,
}

/// Opens or makes the database; a damaged one is set aside for a new one.
pub(crate) fn open(path: &Path, clock: &Arc<dyn Clock>) -> Result<Database, StoreError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| unusable(path, &error.to_string()))?;
    }
    let new = !path.exists();
    // To SQLite, a disk that fails to read is the same as damage. So it is tried again before a sound file is set aside for that.
    let loaded = match load(path, new) {
        Err(StoreError::Sqlite(error)) if is_damage(&error) => load(path, new),
        other => other,
    };
    match loaded {
        Err(StoreError::Sqlite(error)) if is_damage(&error) => begin_anew(path, &error, clock.now().0),
        Err(StoreError::Sqlite(error)) => Err(failed(path, &error)),
        other => other,
    }
}

/// A new database in the place of a damaged one; where none can be made either, it is the disk, and all stays as it was.
fn begin_anew(path: &Path, damage: &rusqlite::Error, now: i64) -> Result<Database, StoreError> {
    let aside = beside(path, &format!(".damaged-{now}"));
    let could_not = |error| unusable(path, &format!("it is damaged ({damage}), and could not be set aside: {error}"));
    move_files(path, &aside).map_err(could_not)?;
    tracing::error!(file = %path.display(), error = %damage, "the database is damaged");
    match load(path, true) {
        Ok(mut database) => {
            database.opened.set_aside = Some(aside);
            Ok(database)
        }
        Err(error) => {
            move_files(&aside, path).map_err(could_not)?;
            Err(match error {
                StoreError::Sqlite(error) => failed(path, &error),
                other => other,
            })
        }
    }
}

/// A database with the files beside it; whatever is in their place is gone.
fn move_files(from: &Path, to: &Path) -> std::io::Result<()> {
    for end in ["", "-wal", "-shm"] {
        let moved = match fs::rename(beside(from, end), beside(to, end)) {
            Err(error) if error.kind() == ErrorKind::NotFound => fs::remove_file(beside(to, end)),
            other => other,
        };
        match moved {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// What SQLite said, for people.
pub(crate) fn failed(path: &Path, error: &rusqlite::Error) -> StoreError {
    unusable(path, &reason(error))
}

fn unusable(path: &Path, reason: &str) -> StoreError {
    StoreError::Unusable { path: path.to_owned(), reason: reason.to_owned() }
}

fn reason(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "the disk is full; make room, or name another folder with --data".to_owned(),
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            format!(
                "it cannot be written ({error}); check owner and rights of it, of the files beside it and of its folder, \
                 or name another folder with --data"
            )
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            format!("another program holds it ({error}); end that, or name another folder with --data")
        }
        _ => error.to_string(),
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
        || matches!(
            error,
            rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
        )
}

fn load(path: &Path, new: bool) -> Result<Database, StoreError> {
    let mut connection = Connection::open(path)?;
    schema::prepare(&connection)?;
    let found = schema::version(&connection)?;
    if found > schema::VERSION {
        return Err(StoreError::Newer { path: path.to_owned(), found, known: schema::VERSION });
    }
    if found < schema::VERSION {
        if found > 0 {
            back_up(&connection, path, found)?;
        }
        let transaction = connection.transaction()?;
        schema::migrate(&transaction)?;
        transaction.commit()?;
    }
    let clean: i64 = meta(&connection, "clean")?.unwrap_or(1);
    let folded = meta(&connection, "fold")?.unwrap_or(0);
    // A read-only file is found here, not at the first sample.
    write::meta(&connection, "clean", 0)?;
    write::drop_unfolded(&connection, folded + 1)?;
    let catalog = catalog(&connection)?;
    let rows: Vec<Vec<u8>> =
        connection.prepare("SELECT data FROM hot")?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let replayed = tail::replay(rows);
    let opened = Opened {
        path: path.to_owned(),
        new,
        series: catalog.len(),
        replayed: replayed.batches.len(),
        set_aside: None,
        tail_damaged: replayed.damaged,
        unclean: clean == 0,
    };
    Ok(Database { connection, catalog, replayed, folded, opened })
}

/// Looks the whole file over, beside the writer, after an end without goodbye.
pub(crate) fn look_over(path: &Path, desk: &Desk) {
    let verdict = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .and_then(|connection| connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0)));
    match verdict {
        Ok(verdict) if verdict == "ok" => {
            tracing::info!("the store was not closed the last time; it was looked over, and is sound")
        }
        Ok(verdict) => {
            let sentence = format!(
                "degraded: {} is damaged ({verdict}); what can be read is served. Stop the host and run `autobot-host store repair`",
                path.display()
            );
            tracing::error!("{sentence}");
            *desk.trouble.lock() = Some(sentence);
        }
        Err(error) => tracing::warn!(%error, "the store was not closed the last time, and could not be looked over"),
    }
}

pub(crate) fn meta(connection: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    connection.query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get(0)).optional()
}

/// A whole copy before a migration, beside the file.
fn back_up(connection: &Connection, path: &Path, version: i64) -> rusqlite::Result<()> {
    let mut copy = path.as_os_str().to_owned();
    copy.push(format!(".before-{}", version + 1));
    connection.execute("VACUUM INTO ?1", [copy.to_string_lossy()]).map(drop)
}

pub(crate) fn catalog(connection: &Connection) -> rusqlite::Result<Catalog> {
    let document = |column: usize, error: serde_json::Error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
    };
    let mut series = connection.prepare("SELECT id, name, labels, grp, seen FROM series")?;
    let series: Vec<Kept> = series
        .query_map([], |row| {
            let (name, text): (String, String) = (row.get(1)?, row.get(2)?);
            let labels: BTreeMap<String, String> = serde_json::from_str(&text).map_err(|error| document(2, error))?;
            Ok(Kept {
                id: SeriesId(row.get(0)?),
                key: SeriesKey { name: name.into(), labels: Labels::new(labels) },
                group: row.get::<_, Option<u32>>(3)?.map(GroupId),
                seen: row.get(4)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    let mut families = connection.prepare("SELECT document FROM family")?;
    let families: Vec<Family> = families
        .query_map([], |row| serde_json::from_str(&row.get::<_, String>(0)?).map_err(|error| document(0, error)))?
        .collect::<Result<_, _>>()?;
    Ok(Catalog::load(series, families))
}
