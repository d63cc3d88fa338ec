//! A byte that goes to and fro between two threads.

use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::thread;
use std::time::{Duration, Instant};

use rustix::thread::{CpuSet, sched_setaffinity};

use super::latency::Latencies;
use super::primes::died;
use super::{Failure, Findings, Measure, Placement, machine};

pub(super) struct PingPong {
    /// The processor that both threads are bound to.
    processor: Option<usize>,
    latencies: Latencies,
}

impl PingPong {
    pub(super) fn new(placement: Placement) -> Result<Self, Failure> {
        let processor = match placement {
            Placement::Free => None,
            // The last one: the first serves most interrupts.
            Placement::OneProcessor => Some(machine::allowed().last().copied().ok_or_else(|| {
                Failure::Reason("the kernel does not say on which processors this process may run".to_owned())
            })?),
        };
        Ok(Self { processor, latencies: Latencies::new()? })
    }
}

impl Measure for PingPong {
    /// Microseconds a switch: half of a round trip.
    fn repeat(&mut self, slice: Duration) -> Result<f64, Failure> {
        let open = || pipe().map_err(Failure::io("a pipe cannot be opened"));
        let ((near_read, far_write), (far_read, near_write)) = (open()?, open()?);
        let processor = self.processor;
        let latencies = &mut self.latencies;
        // Each side owns its ends: when one stops or fails, the other reads the end of the pipe and stops too.
        thread::scope(|scope| {
            let far = scope.spawn(move || bind(processor).and_then(|()| echo(far_read, far_write)));
            let near =
                scope.spawn(move || bind(processor).and_then(|()| serve(near_read, near_write, slice, latencies)));
            let near = near.join().map_err(|_| died())?;
            far.join().map_err(|_| died())??;
            near
        })
    }

    fn forget(&mut self) {
        self.latencies.clear();
    }

    fn findings(&mut self) -> Result<Findings, Failure> {
        Ok(Findings { latency: self.latencies.summary(), ..Findings::default() })
    }
}

fn bind(processor: Option<usize>) -> Result<(), Failure> {
    let Some(processor) = processor else { return Ok(()) };
    let mut set = CpuSet::new();
    set.set(processor);
    sched_setaffinity(None, &set)
        .map_err(|cause| Failure::Reason(format!("a thread cannot be bound to processor {processor}: {cause}")))
}

fn echo(mut from: PipeReader, mut to: PipeWriter) -> Result<(), Failure> {
    let mut byte = [0];
    while from.read(&mut byte).map_err(Failure::io("the far side cannot read"))? == 1 {
        to.write_all(&byte).map_err(Failure::io("the far side cannot write"))?;
    }
    Ok(())
}

fn serve(mut from: PipeReader, mut to: PipeWriter, slice: Duration, latencies: &mut Latencies) -> Result<f64, Failure> {
    let mut byte = [0];
    let mut trip = || {
        to.write_all(&byte).and_then(|()| from.read_exact(&mut byte)).map_err(Failure::io("the byte did not come back"))
    };
    // The first trips start the far thread.
    for _ in 0..10 {
        trip()?;
    }
    let start = Instant::now();
    let mut last = start;
    let mut trips = 0_u32;
    loop {
        trip()?;
        trips += 1;
        let now = Instant::now();
        latencies.record((now - last) / 2);
        last = now;
        let elapsed = now - start;
        if elapsed >= slice {
            return Ok(elapsed.as_secs_f64() * 1e6 / (2.0 * f64::from(trips)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_takes_microseconds_and_its_latencies_are_kept() {
        for placement in [Placement::OneProcessor, Placement::Free] {
            let mut measure = PingPong::new(placement).unwrap();
            let micros = measure.repeat(Duration::from_millis(10)).unwrap();
            assert!(micros > 0.2 && micros < 10_000.0, "{placement:?}: {micros} us");
            assert!(measure.findings().unwrap().latency.unwrap().count > 0);
        }
    }

    #[test]
    fn a_processor_that_is_not_there_is_a_failure_with_a_reason() {
        let mut measure = PingPong { processor: Some(1_000), latencies: Latencies::new().unwrap() };
        let reason = measure.repeat(Duration::from_millis(1)).unwrap_err().to_string();
        assert!(reason.starts_with("a thread cannot be bound to processor 1000: "), "{reason}");
    }
}
