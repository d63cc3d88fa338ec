//! The data folder: where the host keeps what it writes, and the lock that says who works on it.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use rustix::fs::{FlockOperation, flock};

use crate::cli::Place;

/// The folder that `--data` names, else `/var/lib/autobot` where it may be written, else the user's data folder.
pub(crate) fn folder(explicit: Option<&Path>) -> Result<PathBuf> {
    if let Some(folder) = explicit {
        return Ok(folder.to_path_buf());
    }
    let system = Path::new("/var/lib/autobot");
    if (system.is_dir() && writable(system)) || rustix::process::geteuid().is_root() {
        return Ok(system.to_path_buf());
    }
    let user = std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".local/share")));
    match user {
        Some(folder) => Ok(folder.join("autobot")),
        None => {
            bail!("there is no place for the data: neither /var/lib/autobot nor HOME; name a folder with --data DIR")
        }
    }
}

/// The store's file: where the configuration says, else in the data folder.
pub(crate) fn database(place: &Place) -> Result<PathBuf> {
    let config = autobot_config::find(place.config.as_deref()).load().map(|loaded| loaded.config).unwrap_or_default();
    match config.store.path {
        Some(path) => Ok(path),
        None => Ok(folder(place.data.as_deref())?.join("autobot.db")),
    }
}

fn writable(folder: &Path) -> bool {
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok()
}

/// The lock on a data folder, held for as long as this value lives. The kernel lets it go when the process dies.
#[derive(Debug)]
pub(crate) struct Lock(File);

impl Lock {
    /// Makes the folder if need be, and takes it.
    pub(crate) fn take(folder: &Path) -> Result<Self> {
        let unusable = || format!("the data folder {} cannot be used; name another with --data DIR", folder.display());
        fs::create_dir_all(folder).with_context(unusable)?;
        let path = folder.join("lock");
        let mut file =
            File::options().create(true).truncate(false).read(true).write(true).open(&path).with_context(unusable)?;
        if let Err(error) = flock(&file, FlockOperation::NonBlockingLockExclusive) {
            if error != rustix::io::Errno::WOULDBLOCK {
                return Err(error).with_context(unusable);
            }
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            bail!(
                "another autobot-host ({}) works on {}; stop it, or give this one a folder of its own with --data DIR",
                holder.lines().next().unwrap_or("starting"),
                folder.display()
            );
        }
        let mut lock = Self(file);
        lock.note(&format!("process {}", std::process::id())).with_context(unusable)?;
        Ok(lock)
    }

    fn note(&mut self, text: &str) -> std::io::Result<()> {
        self.0.set_len(0)?;
        self.0.rewind()?;
        writeln!(self.0, "{text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_worked_on_by_one_host_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take(folder.path()).unwrap();
        let refusal = Lock::take(folder.path()).unwrap_err().to_string();
        assert!(refusal.contains(&format!("process {}", std::process::id())), "{refusal}");
        drop(first);
        Lock::take(folder.path()).unwrap();
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_one_sentence() {
        let error = Lock::take(Path::new("/proc/nowhere")).unwrap_err();
        assert!(format!("{error:#}").starts_with("the data folder /proc/nowhere cannot be used"), "{error:#}");
    }
}
