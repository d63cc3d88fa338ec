//! Test files: how they are named, and what happens to those that a killed run left.

use std::fs::{self, OpenOptions};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

const PREFIX: &str = "autobot-bench-";
const SUFFIX: &str = ".tmp";

/// A name that no other run uses.
pub(super) fn name(process: u32, number: u64) -> String {
    format!("{PREFIX}{process}-{number:016x}{SUFFIX}")
}

/// Whether `name` is exactly of the shape that [`name`] gives: nothing else is ever removed.
fn is_ours(name: &str) -> bool {
    let Some((process, number)) =
        name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX)).and_then(|middle| middle.split_once('-'))
    else {
        return false;
    };
    process.parse::<u32>().is_ok() && number.len() == 16 && number.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Removes test files in `dir` whose run is gone, and says how many. A running one holds a lock on its file, which ends
/// with the process however that ends; process numbers, which are reused, decide nothing.
pub(crate) fn remove(dir: &Path) -> std::io::Result<usize> {
    let mut removed = 0;
    for entry in fs::read_dir(dir)?.flatten() {
        let regular = entry.file_type().is_ok_and(|kind| kind.is_file());
        if !regular || !entry.file_name().to_str().is_some_and(is_ours) {
            continue;
        }
        let Ok(file) = OpenOptions::new().read(true).open(entry.path()) else { continue };
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() && fs::remove_file(entry.path()).is_ok() {
            removed += 1;
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;

    #[test]
    fn files_of_dead_runs_go_and_everything_else_stays() {
        let dir = tempfile::tempdir().unwrap();
        let others = ["autobot-bench-notes.tmp", "autobot-bench-1-12.tmp", "autobot-bench-.tmp", "data.db"];
        for name in others {
            File::create(dir.path().join(name)).unwrap();
        }
        let running = File::create(dir.path().join(name(1, 1))).unwrap();
        flock(&running, FlockOperation::LockExclusive).unwrap();
        File::create(dir.path().join(name(u32::MAX, u64::MAX))).unwrap();
        fs::create_dir(dir.path().join(name(1, 2))).unwrap();
        assert_eq!(remove(dir.path()).unwrap(), 1);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), others.len() + 2);
        drop(running);
        assert_eq!(remove(dir.path()).unwrap(), 1);
        assert!(remove(Path::new("/nowhere")).is_err());
    }
}
