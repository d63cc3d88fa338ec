//! A copy put back in the place of a store's file.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use autobot_model::Clock;
use rusqlite::{Connection, OpenFlags};
use serde::Serialize;

use super::CareError;
use super::backup::{copy, look_over};
use super::files::{Draft, must_be_alone, open_to_read, real, size};

/// What was put back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// The copy that it came from, which is as it was.
    pub backup: PathBuf,
    /// The store's file.
    pub path: PathBuf,
    /// Where the file that was there before is now.
    pub aside: Option<PathBuf>,
    /// Bytes of the store's file.
    pub bytes: u64,
    /// Series in it.
    pub series: u64,
    /// Chunks in it.
    pub chunks: u64,
}

impl fmt::Display for Restored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { backup, path, aside, bytes, series, chunks } = self;
        let (backup, path) = (backup.display(), path.display());
        write!(f, "{path} is what {backup} holds: {series} series, {chunks} chunks, {bytes} bytes")?;
        match aside {
            Some(aside) => write!(f, "; what was there before is {}", aside.display()),
            None => f.write_str("; nothing was there before"),
        }
    }
}

/// Puts a copy in the place of the store's file, which nobody else may have open. What was there is kept beside it as
/// `.before-restore-` and the time in milliseconds.
///
/// # Errors
/// A copy that is not there, not ours, newer, or damaged; a store's file that is open elsewhere; a folder that cannot be written. The
/// store's file is then as it was.
pub fn restore(backup: &Path, path: &Path, clock: &Arc<dyn Clock>) -> Result<Restored, CareError> {
    let source = open_to_read(backup)?;
    let found = look_over(&source, backup, "name another copy, or run `autobot-host store repair` on this one")?;
    if path.is_dir() {
        return Err(CareError::Folder { path: path.to_owned() });
    }
    let path = &real(path);
    if *path == real(backup) {
        return Err(CareError::Same { path: path.to_owned() });
    }
    if path.exists() {
        must_be_alone(path)?;
    }
    let draft = Draft::beside(path, "restoring")?;
    copy(&source, backup, &draft)?;
    let bytes = size(draft.path());
    move_log(path);
    let aside = draft.replace(path, &format!(".before-restore-{}", clock.now().0))?;
    let (backup, path) = (backup.to_owned(), path.to_owned());
    Ok(Restored { backup, path, aside, bytes, series: found.series, chunks: found.chunks })
}

/// Moves the log of a sound file into it, so that it can be set aside by one rename. One that is not sound keeps its log.
fn move_log(path: &Path) {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let moved = Connection::open_with_flags(path, flags)
        .and_then(|connection| connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())));
    if let Err(error) = moved {
        tracing::debug!(%error, "the log of the file that is set aside stays beside it");
    }
}
