//! What is to be run, where and for how long.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use autobot_model::{Clock, SystemClock};

use crate::Suite;

/// How one run is to go.
#[derive(Clone)]
pub struct RunOptions {
    /// Which tests.
    pub suite: Suite,
    /// A look instead of a judgement: at most 3 s a test instead of 20, a smaller test file.
    pub quick: bool,
    /// Only tests whose id contains this text, or fits it where it has `*` or `?`.
    pub only: Option<String>,
    /// The longest time that a test may measure; the setup comes on top. `None`: 20 s, 3 s when `quick`.
    pub duration: Option<Duration>,
    /// The folder for test files: the file system that the disk tests judge.
    pub dir: PathBuf,
    /// Decides offsets and contents.
    pub seed: u64,
    /// Set it to end the run within a fraction of a second; what was measured until then is kept.
    pub cancel: Arc<AtomicBool>,
    /// How much disk and memory the tests take.
    pub sizes: Sizes,
    /// Says when the run was.
    pub clock: Arc<dyn Clock>,
}

/// How much disk and memory the tests take. `None` lets the machine decide.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sizes {
    /// Bytes of the test file. Otherwise 1 GiB, 256 MiB when `quick`.
    pub file: Option<u64>,
    /// Bytes of each of STREAM's three arrays. Otherwise four times the last-level caches.
    pub array: Option<u64>,
}

impl RunOptions {
    /// The suite at full length, with files in `dir`.
    pub fn new(suite: Suite, dir: impl Into<PathBuf>) -> Self {
        Self {
            suite,
            quick: false,
            only: None,
            duration: None,
            dir: dir.into(),
            seed: 1,
            cancel: Arc::new(AtomicBool::new(false)),
            sizes: Sizes::default(),
            clock: Arc::new(SystemClock::new()),
        }
    }

    /// The longest time that a test may measure.
    pub fn limit(&self) -> Duration {
        self.duration.unwrap_or(Duration::from_secs(if self.quick { 3 } else { 20 }))
    }

    pub(crate) fn file_bytes(&self) -> u64 {
        self.sizes.file.unwrap_or(if self.quick { 256 << 20 } else { 1 << 30 })
    }

    pub(crate) fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }

    /// Whether `only` lets the test of this id through.
    pub(crate) fn wants(&self, id: &str) -> bool {
        match self.only.as_deref() {
            None | Some("") => true,
            Some(pattern) if pattern.contains(['*', '?']) => fits(pattern.as_bytes(), id.as_bytes()),
            Some(part) => id.contains(part),
        }
    }
}

/// Whether all of `text` fits `pattern`: `*` stands for any bytes, `?` for one. Goes back to the last `*` only, so the
/// work is bounded by the product of the lengths.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == b'?' || text.get(t) == Some(c) => {
                p += 1;
                t += 1;
            }
            _ => match &mut star {
                Some((place, from)) => {
                    *from += 1;
                    (p, t) = (*place + 1, *from);
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_part_or_a_glob() {
        for (pattern, id, wanted) in [
            ("", "cpu.single", true),
            ("disk", "disk.fsync", true),
            ("fsync", "disk.fsync", true),
            ("disk", "cpu.single", false),
            ("cpu.*", "cpu.all", true),
            ("*.all", "cpu.all", true),
            ("*read", "disk.sequential_read", true),
            ("disk.*read", "disk.random_read", true),
            ("d?sk.fsync", "disk.fsync", true),
            ("*a*b*c", "aXbXbXc", true),
            ("*a*b*c", "aXcXb", false),
            ("cpu*", "disk.cpu", false),
        ] {
            let options = RunOptions { only: Some(pattern.into()), ..RunOptions::new(Suite::System, "/tmp") };
            assert_eq!(options.wants(id), wanted, "{pattern} on {id}");
        }
    }
}
