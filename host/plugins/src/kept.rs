//! The last versions of each plugin file that ran well, so that one of them can be put back.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::cache;

/// Versions kept of each file: the one that runs and the one before.
const VERSIONS: usize = 2;

/// Keeps `bytes`, which have the SHA-256 `hash` and ran well as `name`.
pub(crate) fn keep(folder: &Path, name: &str, hash: &str, bytes: &[u8]) -> io::Result<()> {
    let folder = folder.join(name);
    let path = folder.join(format!("{hash}.wasm"));
    if path.exists() {
        // The time of last good use decides which version is the last.
        return fs::File::options().append(true).open(path)?.set_modified(now());
    }
    fs::create_dir_all(&folder)?;
    let beside = path.with_extension("part");
    fs::write(&beside, bytes)?;
    fs::rename(&beside, &path)?;
    for (_, old) in versions(&folder)?.into_iter().skip(VERSIONS) {
        fs::remove_file(old)?;
    }
    Ok(())
}

/// The newest kept version of `name` that is not the one with the SHA-256 `current`: its hash and bytes. A file that was
/// damaged since is passed over.
pub(crate) fn before(folder: &Path, name: &str, current: &str) -> Option<(String, Vec<u8>)> {
    versions(&folder.join(name)).ok()?.into_iter().find_map(|(_, path)| {
        let hash = path.file_stem()?.to_str()?.to_owned();
        let bytes = fs::read(&path).ok()?;
        (hash != current && cache::hash(&bytes) == hash).then_some((hash, bytes))
    })
}

/// The kept files, the newest first.
fn versions(folder: &Path) -> io::Result<Vec<(SystemTime, PathBuf)>> {
    let mut files: Vec<(SystemTime, PathBuf)> = fs::read_dir(folder)?
        .filter_map(Result::ok)
        .filter(|entry| entry.path().extension().is_some_and(|end| end == "wasm"))
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    files.sort_by(|left, right| right.cmp(left));
    Ok(files)
}

#[expect(clippy::disallowed_methods, reason = "a file's time is compared with other files' times only")]
fn now() -> SystemTime {
    SystemTime::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_before_is_the_last_other_one_that_ran() {
        let folder = tempfile::tempdir().unwrap();
        let keep = |bytes: &[u8]| keep(folder.path(), "x", &cache::hash(bytes), bytes).unwrap();
        let before = |bytes: &[u8]| before(folder.path(), "x", &cache::hash(bytes)).map(|(_, bytes)| bytes);
        assert_eq!(before(b"one"), None);
        for version in [&b"one"[..], b"two", b"three"] {
            keep(version);
        }
        assert_eq!(before(b"three"), Some(b"two".to_vec()));
        assert_eq!(before(b"never ran"), Some(b"three".to_vec()));
        keep(b"two");
        assert_eq!(before(b"never ran"), Some(b"two".to_vec()), "the last that ran well");
        assert_eq!(fs::read_dir(folder.path().join("x")).unwrap().count(), VERSIONS);
        let damaged = folder.path().join("x").join(format!("{}.wasm", cache::hash(b"two")));
        fs::write(damaged, "tw").unwrap();
        assert_eq!(before(b"never ran"), Some(b"three".to_vec()));
    }
}
