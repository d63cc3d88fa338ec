//! The file that disk tests read and write.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use autobot_stats::Random;
use rustix::fs::{Advice, FlockOperation, OFlags, fadvise, flock, statvfs};

use crate::RunOptions;

use super::buffer::AlignedBuffer;
use super::{Failure, leftovers};

/// What the file is written in.
const BLOCK: usize = 1 << 20;
/// A device so slow that not even this is written in time is not measured.
const SMALLEST: u64 = 4 << 20;

/// A file full of bytes that do not compress. It is removed with this value.
#[derive(Debug)]
pub(super) struct TestFile {
    path: PathBuf,
    /// Past the page cache, where the file system allows it.
    direct: Option<File>,
    /// Through the page cache. Holds the lock by which other runs see that this file is in use.
    cached: File,
    size: u64,
    notes: Vec<String>,
}

impl TestFile {
    /// Writes the file, if there is room for it.
    pub(super) fn create(options: &RunOptions) -> Result<Self, Failure> {
        let size = options.file_bytes().next_multiple_of(BLOCK as u64).max(SMALLEST);
        check_space(&options.dir, size)?;
        let mut random = Random::new(options.seed);
        let started = options.clock.now().0.unsigned_abs();
        let path = options.dir.join(leftovers::name(std::process::id(), random.bits() ^ started));
        let failed = |what: &str| Failure::io(format!("{}: {what}", path.display()));
        let cached = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .map_err(failed("the test file cannot be created"))?;
        let mut file = Self { path: path.clone(), direct: None, cached, size, notes: Vec::new() };
        flock(&file.cached, FlockOperation::NonBlockingLockExclusive)
            .map_err(|cause| failed("the test file cannot be locked")(cause.into()))?;
        file.direct = open_direct(&path);
        file.fill(options, &mut random).map_err(|failure| match failure {
            Failure::Reason(reason) => Failure::Reason(format!("{}: {reason}", path.display())),
            Failure::Interrupted => Failure::Interrupted,
        })?;
        Ok(file)
    }

    fn fill(&mut self, options: &RunOptions, random: &mut Random) -> Result<(), Failure> {
        let mut block = AlignedBuffer::random(BLOCK, random);
        let start = Instant::now();
        let patience = (options.limit() * 2).max(Duration::from_secs(2));
        let mut written = 0;
        while written < self.size {
            if options.cancelled() {
                return Err(Failure::Interrupted);
            }
            if start.elapsed() > patience && written >= SMALLEST {
                self.notes.push(format!(
                    "the disk is slow: the test file has {} MiB instead of {}",
                    written >> 20,
                    self.size >> 20
                ));
                self.size = written;
                break;
            }
            block.mark(written);
            let target = self.direct.as_ref().unwrap_or(&self.cached);
            match target.write_all_at(block.bytes(), written) {
                Ok(()) => written += BLOCK as u64,
                // Some file systems accept O_DIRECT at opening and refuse it at the first write.
                Err(cause) if self.direct.is_some() && cause.kind() == ErrorKind::InvalidInput => self.direct = None,
                Err(cause) => return Err(Failure::io("the test file cannot be written")(cause)),
            }
        }
        if self.direct.is_none() {
            self.notes.push(
                "the file system refuses O_DIRECT: writes end with fdatasync, reads begin with an emptied cache"
                    .to_owned(),
            );
        }
        self.cached.sync_all().map_err(Failure::io("the test file cannot be written to the disk"))
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }

    /// Past the page cache where possible.
    pub(super) fn raw(&self) -> &File {
        self.direct.as_ref().unwrap_or(&self.cached)
    }

    /// Through the page cache.
    pub(super) fn cached(&self) -> &File {
        &self.cached
    }

    pub(super) fn is_direct(&self) -> bool {
        self.direct.is_some()
    }

    /// As on a file system that refuses O_DIRECT.
    #[cfg(test)]
    pub(super) fn without_direct(mut self) -> Self {
        self.direct = None;
        self
    }

    /// Where there is no O_DIRECT: drops the file's pages, so that a read reaches the device.
    pub(super) fn forget_pages(&self) -> Result<(), Failure> {
        if self.is_direct() {
            return Ok(());
        }
        fadvise(&self.cached, 0, None, Advice::DontNeed)
            .map_err(|cause| Failure::io("the page cache cannot be emptied")(cause.into()))
    }
}

impl Drop for TestFile {
    fn drop(&mut self) {
        // Nothing can be done here about a file that stays; the next run in this folder tries again.
        let _ = fs::remove_file(&self.path);
    }
}

fn open_direct(path: &Path) -> Option<File> {
    let flags = i32::try_from(OFlags::DIRECT.bits()).ok()?;
    OpenOptions::new().read(true).write(true).custom_flags(flags).open(path).ok()
}

/// Refuses when the file would leave less than the margin: 5 % of the file system, but 1 GiB at least and 16 at most.
fn check_space(dir: &Path, size: u64) -> Result<(), Failure> {
    let system = statvfs(dir)
        .map_err(|cause| Failure::io(format!("{}: the free space is not known", dir.display()))(cause.into()))?;
    let free = system.f_bavail.saturating_mul(system.f_frsize);
    let margin = margin(system.f_blocks.saturating_mul(system.f_frsize));
    if free >= size.saturating_add(margin) {
        return Ok(());
    }
    Err(Failure::Reason(format!(
        "{} has {} MiB free; the test file needs {} MiB and must leave {} MiB to others",
        dir.display(),
        free >> 20,
        size >> 20,
        margin >> 20
    )))
}

fn margin(total: u64) -> u64 {
    (total / 20).clamp(1 << 30, 16 << 30)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Sizes, Suite};
    use std::sync::atomic::Ordering;

    fn options(dir: &Path, file: u64) -> RunOptions {
        RunOptions { sizes: Sizes { file: Some(file), array: None }, ..RunOptions::new(Suite::System, dir) }
    }

    #[test]
    fn the_file_is_full_and_goes_with_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let file = TestFile::create(&options(dir.path(), 4 << 20)).unwrap();
        assert_eq!(file.cached().metadata().unwrap().len(), 4 << 20);
        let mut bytes = vec![0; 4096];
        file.cached().read_exact_at(&mut bytes, (4 << 20) - 4096).unwrap();
        assert!(bytes.iter().filter(|byte| **byte == 0).count() < 100);
        drop(file);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_file_that_would_fill_the_disk_is_refused_with_the_numbers() {
        let dir = tempfile::tempdir().unwrap();
        let reason = TestFile::create(&options(dir.path(), 1 << 60)).unwrap_err().to_string();
        assert!(reason.contains("MiB free; the test file needs 1099511627776 MiB"), "{reason}");
        for (total, kept) in [(0, 1 << 30), (100 << 30, 5 << 30), (1 << 50, 16 << 30)] {
            assert_eq!(margin(total), kept);
        }
    }

    #[test]
    fn an_interrupted_or_failed_setup_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let options = options(dir.path(), 64 << 20);
        options.cancel.store(true, Ordering::Relaxed);
        assert!(matches!(TestFile::create(&options), Err(Failure::Interrupted)));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        assert!(TestFile::create(&self::options(Path::new("/proc"), 4 << 20)).is_err());
    }
}
