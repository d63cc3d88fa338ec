//! How the kernel keeps time: `adjtimex` (2), and the clock sources in `/sys`.
#![expect(unsafe_code, reason = "no library wraps adjtimex, which only fills in a record here")]

use std::path::Path;

use rustix::time::{ClockId, clock_gettime};

use crate::{CapabilityError, sysfs};

/// Sources that are told at most.
const MOST: usize = 16;

/// How the kernel keeps time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClockState {
    /// Somebody steers the clock, and it is near the true time.
    pub synchronised: bool,
    /// What is still to be corrected, in seconds.
    pub offset: f64,
    /// What the clock is probably off by, in seconds.
    pub estimated_error: f64,
    /// And could be at most.
    pub greatest_error: f64,
    /// The share by which it is made faster.
    pub frequency_adjustment: f64,
    /// Seconds that atomic time is ahead; 0 where nobody told.
    pub tai_offset: i32,
    /// The bits of `adjtimex`.
    pub status: u32,
    /// Of the loop that steers it.
    pub time_constant: u64,
    /// Time since boot that the machine slept.
    pub suspended_micros: u64,
    /// What it counts by.
    pub source: String,
    /// What it could count by.
    pub sources: Vec<String>,
}

pub(super) fn read(root: &Path) -> Result<ClockState, CapabilityError> {
    let folder = root.join("sys/devices/system/clocksource/clocksource0");
    let source = sysfs::text(&folder.join("current_clocksource")).unwrap_or_default();
    let available = sysfs::text(&folder.join("available_clocksource")).unwrap_or_default();
    let sources = available.split(' ').filter(|name| !name.is_empty()).take(MOST).map(str::to_owned).collect();
    // A recorded machine has no clock that could be asked.
    let state = if root == Path::new("/") { adjtimex()? } else { ClockState::default() };
    if root != Path::new("/") && source.is_empty() {
        return Err(CapabilityError::NotPresent(format!("{}: has no clock", folder.display())));
    }
    Ok(ClockState { source, sources, ..state })
}

fn adjtimex() -> Result<ClockState, CapabilityError> {
    // SAFETY: the record consists of numbers, of which all zeros are a valid one.
    let mut told: libc::timex = unsafe { std::mem::zeroed() };
    // SAFETY: `told` is a record of the right kind, and lives until the call is over. Its `modes` are 0: nothing is changed.
    let state = unsafe { libc::adjtimex(&raw mut told) };
    if state < 0 {
        let error = std::io::Error::last_os_error();
        // Sandboxes forbid the call.
        return Err(CapabilityError::NotPresent(format!("the kernel does not tell of its clock: {error}")));
    }
    let suspended = seconds(ClockId::Boottime) - seconds(ClockId::Monotonic);
    Ok(ClockState { suspended_micros: (suspended.max(0.0) * 1e6).round() as u64, ..told_of(&told, state) })
}

fn seconds(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// In units of the manual: microseconds, unless a bit says that the offset is in nanoseconds; the frequency in parts per million
/// times 2^16.
fn told_of(told: &libc::timex, state: i32) -> ClockState {
    let offset = told.offset as f64 / if told.status & libc::STA_NANO == 0 { 1e6 } else { 1e9 };
    ClockState {
        synchronised: state != libc::TIME_ERROR && told.status & libc::STA_UNSYNC == 0,
        offset,
        estimated_error: told.esterror as f64 / 1e6,
        greatest_error: told.maxerror as f64 / 1e6,
        frequency_adjustment: told.freq as f64 / 65_536.0 / 1e6,
        tai_offset: told.tai,
        status: told.status.cast_unsigned(),
        time_constant: u64::try_from(told.constant).unwrap_or_default(),
        ..ClockState::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_those_of_the_manual() {
        // SAFETY: as above.
        let mut told: libc::timex = unsafe { std::mem::zeroed() };
        (told.offset, told.esterror, told.maxerror, told.freq, told.tai) = (-1500, 16, 2_000_000, -65_536, 37);
        let state = told_of(&told, libc::TIME_OK);
        assert!(state.synchronised);
        assert_eq!((state.offset, state.estimated_error, state.greatest_error), (-0.0015, 0.000_016, 2.0));
        assert_eq!((state.frequency_adjustment, state.tai_offset), (-1e-6, 37));
        told.status = libc::STA_NANO | libc::STA_UNSYNC;
        let state = told_of(&told, libc::TIME_OK);
        assert_eq!((state.synchronised, state.offset), (false, -0.000_001_5));
        assert!(!told_of(&told, libc::TIME_ERROR).synchronised);
    }

    #[test]
    fn this_machines_clock_tells_of_itself() {
        let state = read(Path::new("/")).unwrap();
        assert!(state.greatest_error >= 0.0 && state.estimated_error >= 0.0, "{state:?}");
        assert!(state.sources.is_empty() || state.sources.contains(&state.source), "{state:?}");
    }
}
