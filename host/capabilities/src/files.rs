//! Files that an operator granted, read and listed by globs. Read-only, regular files alone, bounded in number and size.
//!
//! What counts is where a file really is: links are followed first, then its place is held against the grant. The answer to
//! a pattern that the grant does not cover depends on the pattern alone, so it tells nothing of what exists.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use rustix::fs::{FileType, Mode, OFlags, fstat, open};

use crate::CapabilityError;

/// Entries of folders looked at for one call.
const MOST_ENTRIES: usize = 50_000;
/// Patterns of one call.
const MOST_PATTERNS: usize = 1_000;

/// A file's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileContent {
    /// Where it really is.
    pub path: String,
    /// Its first bytes.
    pub bytes: Vec<u8>,
    /// Whether there are more.
    pub truncated: bool,
    /// When it was changed last, in milliseconds since the Unix epoch; 0 where the file system does not say.
    pub modified_ms: u64,
}

/// The files of one grant.
#[derive(Clone, Debug)]
pub struct Files {
    granted: GlobSet,
}

impl Files {
    /// Files whose paths match one of `globs` (`*` within a folder's name, `**` through folders, `{a,b}`, `[a-z]`).
    ///
    /// # Errors
    /// A glob that is none.
    pub fn new(globs: &[String]) -> Result<Self, CapabilityError> {
        Ok(Self { granted: set(globs)? })
    }

    /// Every granted file that matches a pattern, in order, with at most `each` bytes of it and `most` of all together.
    ///
    /// # Errors
    /// `Denied` for a pattern that the grant does not cover, `Invalid` for one that is none, `TooLarge` beyond a bound. A
    /// file that cannot be read, or is gone meanwhile, is left out.
    pub fn read(&self, patterns: &[String], each: usize, most: usize) -> Result<Vec<FileContent>, CapabilityError> {
        let mut contents = Vec::new();
        let mut total = 0;
        for path in self.matching(patterns)? {
            let Some(content) = self.content(&path, each) else { continue };
            total += content.bytes.len() + content.path.len();
            if total > most {
                return Err(CapabilityError::TooLarge(format!("the files together have more than {most} bytes")));
            }
            contents.push(content);
        }
        Ok(contents)
    }

    /// The paths of every granted file that matches a pattern, in order, at most `most` bytes of them.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn list(&self, patterns: &[String], most: usize) -> Result<Vec<String>, CapabilityError> {
        let found = self.matching(patterns)?;
        let paths: Vec<String> = found.iter().filter_map(|path| self.real(path)).map(|(_, path)| path).collect();
        if paths.iter().map(String::len).sum::<usize>() > most {
            return Err(CapabilityError::TooLarge(format!("the paths together have more than {most} bytes")));
        }
        Ok(paths)
    }

    /// What the patterns find, each once, in order.
    fn matching(&self, patterns: &[String]) -> Result<Vec<PathBuf>, CapabilityError> {
        if patterns.len() > MOST_PATTERNS {
            return Err(CapabilityError::TooLarge(format!("more than {MOST_PATTERNS} patterns in one call")));
        }
        let (mut found, mut entries) = (Vec::new(), 0);
        for pattern in patterns {
            let path = Path::new(pattern);
            if !path.is_absolute() || path.components().any(|part| part == Component::ParentDir) {
                return Err(CapabilityError::Invalid(format!("`{pattern}` is not an absolute path without `..`")));
            }
            let before = found.len();
            let wanted = set(std::slice::from_ref(pattern))?;
            walk(&base(path), &wanted, &mut found, &mut entries)?;
            let covered = found[before..].iter().any(|path| self.real(path).is_some());
            if !covered && !self.granted.is_match(path) {
                return Err(CapabilityError::Denied(pattern.clone()));
            }
        }
        found.sort();
        found.dedup();
        Ok(found)
    }

    /// The file behind `path` if it is a regular one and the grant covers the place where it really is. It is opened without
    /// touching its content, so that a device or a pipe feels nothing.
    fn real(&self, path: &Path) -> Option<(File, String)> {
        let handle = open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).ok()?;
        if FileType::from_raw_mode(fstat(&handle).ok()?.st_mode) != FileType::RegularFile {
            return None;
        }
        let handle = File::from(handle);
        let place = fs::read_link(behind(&handle)).ok()?;
        self.granted.is_match(&place).then_some((handle, place.into_os_string().into_string().ok()?))
    }

    fn content(&self, path: &Path, each: usize) -> Option<FileContent> {
        let (handle, path) = self.real(path)?;
        // The very file that was looked at, whatever its path leads to by now.
        let file = File::open(behind(&handle)).ok()?;
        let modified = file.metadata().ok()?.modified().ok();
        let since = modified.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        let mut bytes = Vec::new();
        file.take(each as u64 + 1).read_to_end(&mut bytes).ok()?;
        let truncated = bytes.len() > each;
        bytes.truncate(each);
        let modified_ms = since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX));
        Some(FileContent { path, bytes, truncated, modified_ms })
    }
}

fn behind(handle: &File) -> String {
    use std::os::fd::AsRawFd as _;
    format!("/proc/self/fd/{}", handle.as_raw_fd())
}

fn set(globs: &[String]) -> Result<GlobSet, CapabilityError> {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        // A `*` that crosses folders would grant more than it seems to.
        let built = GlobBuilder::new(glob).literal_separator(true).build();
        set.add(built.map_err(|error| CapabilityError::Invalid(format!("`{glob}`: {}", error.kind())))?);
    }
    set.build().map_err(|error| CapabilityError::Invalid(error.to_string()))
}

/// The folder, or file, that a pattern's fixed part names.
fn base(pattern: &Path) -> PathBuf {
    pattern
        .components()
        .take_while(|part| !part.as_os_str().to_string_lossy().contains(['*', '?', '[', '{', '\\']))
        .collect()
}

/// Looks through `place` for files. Links to folders are not followed: they could lead in circles.
fn walk(place: &Path, wanted: &GlobSet, found: &mut Vec<PathBuf>, entries: &mut usize) -> Result<(), CapabilityError> {
    let mut places = vec![place.to_path_buf()];
    while let Some(place) = places.pop() {
        *entries += 1;
        if *entries > MOST_ENTRIES {
            return Err(CapabilityError::TooLarge(format!(
                "the patterns look through more than {MOST_ENTRIES} files; name the folders more closely"
            )));
        }
        if wanted.is_match(&place) {
            found.push(place.clone());
        }
        let is_folder = fs::symlink_metadata(&place).is_ok_and(|found| found.is_dir());
        if !is_folder {
            continue;
        }
        let Ok(inside) = fs::read_dir(&place) else { continue };
        for entry in inside.filter_map(Result::ok).take(MOST_ENTRIES) {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => places.push(entry.path()),
                Ok(_) => {
                    *entries += 1;
                    let path = entry.path();
                    if wanted.is_match(&path) {
                        found.push(path);
                    }
                }
                Err(_) => {}
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use tempfile::TempDir;

    fn tree() -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for (path, text) in
            [("open/a.txt", "alpha"), ("open/b.log", "beta"), ("open/deep/c.txt", "gamma"), ("shut/key", "secret")]
        {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), text).unwrap();
        }
        symlink(root.join("shut/key"), root.join("open/link.txt")).unwrap();
        symlink(root.join("open/a.txt"), root.join("shut/out")).unwrap();
        symlink(root.join("open"), root.join("open/circle")).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, root.join("open/pipe.txt"), FileType::Fifo, Mode::RWXU, 0).unwrap();
        (folder, root)
    }

    fn at(root: &Path, globs: &[&str]) -> Vec<String> {
        globs.iter().map(|glob| root.join(glob).display().to_string()).collect()
    }

    #[test]
    fn what_is_granted_is_read_wherever_a_link_leads_from() {
        let (_folder, root) = tree();
        let files = Files::new(&at(&root, &["open/**"])).unwrap();
        let list = |globs: &[&str]| files.list(&at(&root, globs), 10_000);
        // Neither the link to what is not granted, nor the pipe, nor the circle.
        assert_eq!(list(&["open/*.txt"]), Ok(at(&root, &["open/a.txt"])));
        assert_eq!(
            list(&["open/**/*.txt", "open/*.log"]),
            Ok(at(&root, &["open/a.txt", "open/b.log", "open/deep/c.txt"]))
        );
        assert_eq!(list(&["shut/out"]), Ok(at(&root, &["open/a.txt"])), "the place where it really is counts");
        assert_eq!(list(&["open/nothing"]), Ok(vec![]));
        let read = files.read(&at(&root, &["open/a.txt"]), 3, 10_000).unwrap();
        assert_eq!((read[0].bytes.as_slice(), read[0].truncated), (&b"alp"[..], true));
        assert!(read[0].modified_ms > 1_500_000_000_000);
        assert!(!files.read(&at(&root, &["open/a.txt"]), 5, 10_000).unwrap()[0].truncated);
    }

    #[test]
    fn what_is_not_granted_is_denied_whether_it_exists_or_not() {
        let (_folder, root) = tree();
        let files = Files::new(&at(&root, &["open/*"])).unwrap();
        for pattern in ["shut/key", "shut/nothing", "shut/k*", "open/deep/c.txt", "open/deep/d.txt"] {
            let denied = at(&root, &[pattern]);
            assert_eq!(files.list(&denied, 10_000), Err(CapabilityError::Denied(denied[0].clone())), "{pattern}");
        }
        assert_eq!(files.list(&at(&root, &["open/link.txt"]), 10_000), Ok(vec![]), "a link does not lead out");
        for wrong in ["open/a.txt", "/tmp/../etc/passwd", "/tmp/[", ""] {
            assert!(matches!(files.list(&[wrong.to_owned()], 10_000), Err(CapabilityError::Invalid(_))), "{wrong}");
        }
    }

    #[test]
    fn bounds_are_told() {
        let (_folder, root) = tree();
        let files = Files::new(&at(&root, &["**"])).unwrap();
        assert!(matches!(files.read(&at(&root, &["open/*"]), 100, 20), Err(CapabilityError::TooLarge(_))));
        assert!(matches!(files.list(&at(&root, &["open/*"]), 20), Err(CapabilityError::TooLarge(_))));
        assert!(matches!(files.list(&vec!["/x".to_owned(); MOST_PATTERNS + 1], 20), Err(CapabilityError::TooLarge(_))));
        assert!(matches!(Files::new(&["/[".to_owned()]), Err(CapabilityError::Invalid(_))));
    }
}
