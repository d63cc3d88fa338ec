//! Files of drivers that are asked at each look: kept open, as far as there are descriptors to spare.
//!
//! Opening, reading and closing costs four times what reading a file costs that is open (`benches/hardware.rs`). A
//! descriptor of a device that was taken out answers `ENODEV` for ever: whoever meets that looks for the devices anew.

use std::cell::Cell;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use rustix::io::Errno;
use rustix::process::{Resource, getrlimit};

/// Descriptors that are kept for one kind of files, at most.
const MOST_KEPT: u64 = 256;
/// A number and a line end are shorter.
const LONGEST: usize = 64;

/// How many descriptors may be kept: a part of what this process may have.
pub(super) fn spare() -> usize {
    let allowed = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from((allowed / 8).min(MOST_KEPT)).unwrap_or_default()
}

/// One file with one number.
pub(super) struct Kept {
    path: PathBuf,
    file: Option<File>,
    has_told: Cell<bool>,
}

impl Kept {
    /// Keeps the file open if one of the `spare` descriptors is left. A file that cannot be opened is tried at each look.
    pub(super) fn open(path: PathBuf, spare: &mut usize) -> Self {
        let file = if *spare > 0 { File::open(&path).ok() } else { None };
        *spare -= usize::from(file.is_some());
        Self { path, file, has_told: Cell::new(false) }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The number in it; drivers write voltages and temperatures below zero. `is_gone` becomes true when the file told one
    /// before and its device is there no more. Of one that never did (a socket without a sensor) nothing follows.
    pub(super) fn number(&self, is_gone: &mut bool) -> Option<i64> {
        self.parse(is_gone)
    }

    /// The number in it, where it is none below zero.
    pub(super) fn count(&self, is_gone: &mut bool) -> Option<u64> {
        self.parse(is_gone)
    }

    fn parse<T: std::str::FromStr>(&self, is_gone: &mut bool) -> Option<T> {
        let mut buffer = [0; LONGEST];
        match self.read(&mut buffer) {
            Ok(length) => {
                let text = std::str::from_utf8(buffer.get(..length)?).ok()?;
                let number = text.trim().parse().ok();
                self.has_told.set(self.has_told.get() || number.is_some());
                number
            }
            Err(error) => {
                let errno = Errno::from_io_error(&error);
                let left = matches!(errno, Some(Errno::NODEV | Errno::NOENT | Errno::NXIO | Errno::STALE));
                *is_gone |= left && self.has_told.get();
                None
            }
        }
    }

    fn read(&self, buffer: &mut [u8; LONGEST]) -> io::Result<usize> {
        let Some(file) = &self.file else { return File::open(&self.path)?.read_at(buffer, 0) };
        // An ordinary file that was removed, or replaced by another, does not say so itself.
        if rustix::fs::fstat(file)?.st_nlink == 0 {
            return Err(Errno::NOENT.into());
        }
        file.read_at(buffer, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_is_read_anew_each_time_and_known_to_be_gone_once_it_told_something() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("temp1_input");
        for mut spare in [1, 0] {
            fs::write(&path, "41000\n").unwrap();
            let file = Kept::open(path.clone(), &mut spare);
            let look = || {
                let mut is_gone = false;
                (file.number(&mut is_gone), is_gone)
            };
            assert_eq!((spare, look()), (0, (Some(41_000), false)));
            for (content, number) in [("-5\n", Some(-5)), ("", None), ("4 1", None), ("\u{0}", None), ("7", Some(7))] {
                fs::write(&path, content).unwrap();
                assert_eq!(look(), (number, false), "{content:?}");
            }
            fs::remove_file(&path).unwrap();
            assert_eq!(look(), (None, true));
        }
        let never = Kept::open(path, &mut 1);
        let mut is_gone = false;
        assert_eq!((never.count(&mut is_gone), is_gone), (None, false));
    }
}
