//! Why a statement gave no answer.

use std::time::Duration;

use crate::care::CareError;

/// Why there is no answer. The text is for people.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] CareError),
    /// The statement would do something else than read.
    #[error("SQL over the store only reads: {what}")]
    Refused {
        /// What it would do.
        what: String,
    },
    /// There is no statement, but perhaps a comment.
    #[error("there is no statement that gives rows; begin with SELECT")]
    Empty,
    /// More than one statement.
    #[error("there is more than one statement; run them one by one")]
    Several,
    /// The statement is wrong, or failed.
    #[error("{reason}{}", place.map(|place| format!(", at character {place}")).unwrap_or_default())]
    Wrong {
        /// What SQLite says.
        reason: String,
        /// The character of the statement that it is about, counted from 1.
        place: Option<usize>,
    },
    /// It ran too long.
    #[error("the statement ran longer than {} s and was stopped; ask for fewer series or a shorter time, or allow it more", limit.as_secs_f64())]
    TooLong {
        /// How long it might run.
        limit: Duration,
    },
    /// Somebody stopped it.
    #[error("the statement was stopped")]
    Stopped,
}

impl SqlError {
    pub(super) fn from_sqlite(error: &rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::MultipleStatement => Self::Several,
            rusqlite::Error::SqlInputError { msg, sql, offset, .. } => {
                let before = usize::try_from(*offset).ok().and_then(|offset| sql.get(..offset));
                Self::Wrong { reason: msg.clone(), place: before.map(|before| before.chars().count() + 1) }
            }
            rusqlite::Error::SqliteFailure(_, Some(reason)) => Self::Wrong { reason: reason.clone(), place: None },
            other => Self::Wrong { reason: other.to_string(), place: None },
        }
    }
}
