//! A statement that was understood, and its rows.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Rows, Statement};

use super::source::Source;
use super::watch::Watch;
use super::{SqlError, Value};

/// A statement that was understood.
#[derive(Debug)]
pub struct Query<'a> {
    statement: Statement<'a>,
    columns: Vec<String>,
    source: &'a Arc<Source>,
    watch: &'a Arc<Watch>,
}

impl<'a> Query<'a> {
    pub(super) fn new(statement: Statement<'a>, source: &'a Arc<Source>, watch: &'a Arc<Watch>) -> Self {
        let columns = statement.column_names().into_iter().map(str::to_owned).collect();
        Self { statement, columns, source, watch }
    }

    /// The names of its columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Runs it, for `limit` at most: rows come as they are found, all of one moment of the store.
    ///
    /// # Errors
    /// A file that cannot be read, a statement that wants parameters.
    pub fn rows(&mut self, limit: Option<Duration>) -> Result<Answer<'_>, SqlError> {
        if self.statement.parameter_count() > 0 {
            let reason = "the statement has parameters, and there are no values for them".to_owned();
            return Err(SqlError::Wrong { reason, place: None });
        }
        self.watch.begin(limit);
        self.source.begin().map_err(|error| SqlError::from_sqlite(&error))?;
        let (width, source, watch) = (self.columns.len(), self.source, self.watch);
        match self.statement.query([]) {
            Ok(rows) => Ok(Answer { rows, width, source, watch, done: false }),
            Err(error) => {
                source.end();
                Err(SqlError::from_sqlite(&error))
            }
        }
    }
}

/// The rows of a statement, as they are found. It holds the log of the store's file in place: take them without long pauses.
pub struct Answer<'a> {
    rows: Rows<'a>,
    width: usize,
    source: &'a Arc<Source>,
    watch: &'a Arc<Watch>,
    done: bool,
}

impl std::fmt::Debug for Answer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").field("width", &self.width).field("done", &self.done).finish_non_exhaustive()
    }
}

impl Answer<'_> {
    /// Chunks that were found damaged so far: their samples are missing.
    pub fn damaged_chunks(&self) -> usize {
        self.source.damaged()
    }

    fn row(&mut self) -> rusqlite::Result<Option<Vec<Value>>> {
        let Some(row) = self.rows.next()? else { return Ok(None) };
        (0..self.width).map(|column| Ok(Value::of(row.get_ref(column)?))).collect::<Result<_, _>>().map(Some)
    }
}

impl Iterator for Answer<'_> {
    type Item = Result<Vec<Value>, SqlError>;

    /// The next row; after an error there is none.
    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let next = self.row();
        self.done = !matches!(next, Ok(Some(_)));
        next.map_err(|error| self.watch.over().unwrap_or_else(|| SqlError::from_sqlite(&error))).transpose()
    }
}

impl Drop for Answer<'_> {
    fn drop(&mut self) {
        self.source.end();
    }
}
