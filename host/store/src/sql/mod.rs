//! SQL over a store, for reading: samples as a virtual table, series and metrics as views, and whatever plain tables are in the file.
//!
//! [`open`] opens the file beside whoever writes it. A statement that would write, attach another file, or load code is refused before
//! it runs. Samples are decoded as the statement asks for them, some columns of a chunk at a time; NaN is NULL (SQLite has no NaN), the
//! infinities are `Inf` and `-Inf`, and the marks of a series' end are left out.

mod answer;
mod error;
mod guard;
mod scan;
mod source;
mod table;
mod value;
mod watch;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::Connection;

pub use answer::{Answer, Query};
pub use error::SqlError;
pub use value::Value;
pub use watch::Interrupter;

use crate::care::open_current;
use source::Source;
use watch::Watch;

/// Steps of SQLite's machine between two looks at the time.
const STEPS: i32 = 4_000;
/// Beside the tables of the file. `main.series` has columns that are of no use to anybody but the store.
const VIEWS: &str = "
    CREATE TEMP VIEW series AS SELECT id AS series, name, labels FROM main.series;
    CREATE TEMP VIEW metrics AS SELECT name, document ->> 'kind' AS kind, document ->> 'unit' AS unit, document ->> 'help' AS help
    FROM main.family;
";

/// A store's file, open for statements that read.
#[derive(Debug)]
pub struct Sql {
    connection: Connection,
    source: Arc<Source>,
    watch: Arc<Watch>,
    refused: Arc<Mutex<Option<String>>>,
}

/// Opens a store's file for statements that read, beside whoever writes it.
///
/// # Errors
/// A file that is not there, not ours, of another version, or damaged.
pub fn open(path: &Path) -> Result<Sql, SqlError> {
    let connection = open_current(path)?;
    let watch = Arc::new(Watch::default());
    let source = Arc::new(Source::new(open_current(path)?, watch.clone()));
    let refused = Arc::new(Mutex::new(None));
    let prepared = || -> rusqlite::Result<()> {
        table::register(&connection, source.clone())?;
        connection.execute_batch(VIEWS)?;
        let watched = watch.clone();
        connection.progress_handler(STEPS, Some(move || watched.over().is_some()))?;
        guard::guard(&connection, refused.clone())
    };
    prepared().map_err(|error| SqlError::from_sqlite(&error))?;
    Ok(Sql { connection, source, watch, refused })
}

impl Sql {
    /// Understands a statement, without running it.
    ///
    /// # Errors
    /// One that is wrong, that would do more than read, or several at once.
    pub fn prepare(&mut self, sql: &str) -> Result<Query<'_>, SqlError> {
        *self.refused.lock() = None;
        let statement = self.connection.prepare(sql).map_err(|error| match self.refused.lock().take() {
            Some(what) => SqlError::Refused { what },
            None => SqlError::from_sqlite(&error),
        })?;
        if !statement.readonly() {
            return Err(SqlError::Refused { what: "this statement would write".to_owned() });
        }
        if statement.column_count() == 0 {
            return Err(SqlError::Empty);
        }
        Ok(Query::new(statement, &self.source, &self.watch))
    }

    /// Runs a statement and hands over its rows, as [`Sql::prepare`] and [`Query::rows`] do.
    ///
    /// # Errors
    /// As theirs, and those of the rows.
    pub fn all(&mut self, sql: &str, limit: Option<Duration>) -> Result<(Vec<String>, Vec<Vec<Value>>), SqlError> {
        let mut query = self.prepare(sql)?;
        let columns = query.columns().to_vec();
        let rows = query.rows(limit)?.collect::<Result<_, _>>()?;
        Ok((columns, rows))
    }

    /// Stops the statement that runs, from another thread.
    pub fn interrupter(&self) -> Interrupter {
        Interrupter::new(self.watch.clone())
    }
}
