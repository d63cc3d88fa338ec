//! What can keep a store's file from being cared for.

use std::io;
use std::path::{Path, PathBuf};

/// Why it was not done. The text is for people; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum CareError {
    /// There is no such file.
    #[error("there is no database {}", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A folder stands where a file is wanted.
    #[error("{} is a folder, not a database; name the file in it", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// It is a file, but not one of ours.
    #[error("{} is no database of autobot-host: {reason}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// How that was seen.
        reason: String,
    },
    /// A newer version of the program wrote it.
    #[error("the database {} was written by a newer autobot-host (its schema is version {found}, this one knows {known}); use that one", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// An older version of the program wrote it, and no host has opened it since.
    #[error("the database {} is of an older autobot-host (its schema is version {found}, this one knows {known}); start the host with it once, which brings it up to date", path.display())]
    Older {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// Something is there already that must not be written over.
    #[error("{} exists already; name another file, or move that one away", path.display())]
    Exists {
        /// What is there.
        path: PathBuf,
    },
    /// A copy is to be put in its own place.
    #[error("{} is the store's file itself, not a copy of it", path.display())]
    Same {
        /// The file.
        path: PathBuf,
    },
    /// Somebody else has it open.
    #[error("the database {} is open elsewhere; stop the host, and whatever reads the file, first", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// What is needed whole is not.
    #[error("{} is damaged ({reason}); {advice}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found first.
        reason: String,
        /// What to do.
        advice: &'static str,
    },
    /// A file could not be read, written, or moved.
    #[error("could not {deed} {}: {source}", path.display())]
    File {
        /// What was tried.
        deed: &'static str,
        /// Where.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// SQLite failed.
    #[error("could not {deed} {}: {source}", path.display())]
    Sqlite {
        /// What was tried.
        deed: &'static str,
        /// Where.
        path: PathBuf,
        /// Why it failed.
        source: rusqlite::Error,
    },
    /// The store would not do its part.
    #[error("could not {deed} {}: {reason}", path.display())]
    Store {
        /// What was tried.
        deed: &'static str,
        /// Where.
        path: PathBuf,
        /// The store's own sentence.
        reason: String,
    },
}

impl CareError {
    pub(super) fn file(deed: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { deed, path: path.to_owned(), source }
    }

    pub(super) fn sqlite(deed: &'static str, path: &Path) -> impl FnOnce(rusqlite::Error) -> Self {
        move |source| Self::Sqlite { deed, path: path.to_owned(), source }
    }
}
