//! The cheapest way into the kernel and back.

use std::hint::black_box;
use std::time::{Duration, Instant};

use super::{Failure, Measure};

/// Calls between two looks at the clock.
const BATCH: u64 = 1_000;

pub(super) struct SystemCall;

impl Measure for SystemCall {
    /// Nanoseconds a call. rustix enters the kernel by the instruction itself; nothing caches the answer of getppid, and
    /// no vDSO answers it.
    fn repeat(&mut self, slice: Duration) -> Result<f64, Failure> {
        let start = Instant::now();
        let mut calls = 0_u64;
        loop {
            for _ in 0..BATCH {
                black_box(rustix::process::getppid());
            }
            calls += BATCH;
            let elapsed = start.elapsed();
            if elapsed >= slice {
                return Ok(elapsed.as_secs_f64() * 1e9 / calls as f64);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_takes_longer_than_a_function_and_shorter_than_a_disk() {
        let nanos = SystemCall.repeat(Duration::from_millis(5)).unwrap();
        assert!(nanos > 5.0 && nanos < 50_000.0, "{nanos} ns");
    }
}
