//! Who else used the processors while a test ran.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// Ticks of `/proc/stat` in a second: the kernel's ABI has 100 on every architecture that we run on.
const TICKS: f64 = 100.0;

/// A stretch of time over which others' work is counted: what the machine worked, less what this process did.
#[derive(Debug)]
pub(crate) struct Watch {
    root: PathBuf,
    start: Instant,
    machine: Option<f64>,
    own: f64,
}

impl Watch {
    pub(crate) fn start(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        Self { start: Instant::now(), machine: machine_seconds(&root), own: own_seconds(), root }
    }

    /// Processors that others kept busy on average, stolen time included; nothing for too short a stretch.
    pub(crate) fn others(&self) -> Option<f64> {
        let elapsed = self.start.elapsed();
        if elapsed < Duration::from_millis(200) {
            return None;
        }
        let machine = machine_seconds(&self.root)? - self.machine?;
        Some(((machine - (own_seconds() - self.own)) / elapsed.as_secs_f64()).max(0.0))
    }
}

fn own_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Seconds that all processors worked for anybody: all but idle and waiting for disks. Guests count within user time.
fn machine_seconds(root: &std::path::Path) -> Option<f64> {
    let stat = fs::read_to_string(root.join("proc/stat")).ok()?;
    let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let ticks: Vec<f64> = line.split_whitespace().map_while(|word| word.parse().ok()).collect();
    let [user, nice, system, _idle, _iowait, irq, softirq, rest @ ..] = ticks.as_slice() else { return None };
    Some((user + nice + system + irq + softirq + rest.first().unwrap_or(&0.0)) / TICKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_of_the_machine_is_all_but_idle_and_waiting() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("proc")).unwrap();
        fs::write(root.path().join("proc/stat"), "cpu  100 20 30 9999 888 4 6 40 7 0\ncpu0 1 2\n").unwrap();
        assert_eq!(machine_seconds(root.path()), Some(2.0));
        fs::write(root.path().join("proc/stat"), "cpu 1 2\n").unwrap();
        assert_eq!(machine_seconds(root.path()), None);
        assert_eq!(Watch::start("/nowhere").others(), None);
    }
}
