//! What can keep a store from being opened.

use std::path::PathBuf;

/// Why there is no store. The text is for people.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file or its folder cannot be used.
    #[error("the database {} cannot be used: {reason}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A newer version of the program wrote it.
    #[error("the database {} was written by a newer autobot-host (its schema is version {found}, this one knows {known}); start the newer one, or name another folder with --data", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// SQLite failed.
    #[error("the database failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
}
