//! What the host itself uses up.

use std::fs;

use parking_lot::Mutex;
use rustix::time::{ClockId, clock_gettime};

/// Processor seconds of this process since it began (`clock_gettime(2)`, `CLOCK_PROCESS_CPUTIME_ID`).
pub(super) fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Resident memory in bytes (`proc_pid_statm(5)`, second field, in pages).
pub(super) fn resident_bytes() -> Option<u64> {
    let text = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split(' ').nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

/// Open descriptors.
pub(super) fn open_files() -> Option<usize> {
    Some(fs::read_dir("/proc/self/fd").ok()?.count())
}

/// Share of one processor, from one asking to the next.
#[derive(Debug, Default)]
pub(super) struct CpuShare(Mutex<(f64, f64, f64)>);

impl CpuShare {
    /// The share between the two last moments that were noted; 0 before there are two.
    pub(super) fn get(&self) -> f64 {
        self.0.lock().2
    }

    /// Notes the processor time used by now (`monotonic`, in seconds).
    pub(super) fn note(&self, monotonic: f64) {
        let mut noted = self.0.lock();
        let cpu = cpu_seconds();
        let (before, used, _) = *noted;
        if monotonic > before {
            let share = if before > 0.0 { (cpu - used) / (monotonic - before) } else { 0.0 };
            *noted = (monotonic, cpu, share);
        }
    }
}
