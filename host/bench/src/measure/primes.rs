//! Integer and floating-point work: the event of `sysbench cpu`.

use std::hint::black_box;
use std::num::NonZeroU64;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use super::divide::remainder;
use super::{Failure, Measure, Threads, processors};

/// sysbench's default of `--cpu-max-prime`.
const LIMIT: u64 = 10_000;
const TWO: NonZeroU64 = NonZeroU64::MIN.saturating_add(1);
const THREE: NonZeroU64 = NonZeroU64::MIN.saturating_add(2);

pub(super) struct Primes {
    threads: usize,
}

impl Primes {
    pub(super) fn new(threads: Threads) -> Self {
        let threads = match threads {
            Threads::One => 1,
            Threads::All => processors(),
        };
        Self { threads }
    }
}

impl Measure for Primes {
    /// Events per second, summed over the threads, each by its own time.
    fn repeat(&mut self, slice: Duration) -> Result<f64, Failure> {
        let barrier = Barrier::new(self.threads);
        let work = || {
            barrier.wait();
            let start = Instant::now();
            let mut events = 0_u64;
            loop {
                black_box(event(black_box(LIMIT)));
                events += 1;
                let elapsed = start.elapsed();
                if elapsed >= slice {
                    return events as f64 / elapsed.as_secs_f64();
                }
            }
        };
        // Always threads of their own: a thread of the caller may be bound to a processor.
        thread::scope(|scope| {
            let workers: Vec<_> = (0..self.threads).map(|_| scope.spawn(work)).collect();
            workers.into_iter().map(|worker| worker.join().map_err(|_| died())).sum()
        })
    }
}

pub(super) fn died() -> Failure {
    Failure::Reason("a thread of the measurement died".to_owned())
}

/// Counts the primes from 3 below `limit` by trial division. The divisor is compared as a floating-point number with the
/// root, as sysbench 1.0 does: that conversion belongs to the work. Its first division, by 2, is a test of a bit.
#[inline(never)]
fn event(limit: u64) -> u64 {
    let mut primes = 0;
    for candidate in 3..limit {
        let root = float(candidate).sqrt();
        let mut divisor = TWO;
        if root >= 2.0 {
            if candidate.is_multiple_of(2) {
                continue;
            }
            divisor = THREE;
            while float(divisor.get()) <= root && remainder(candidate, divisor) != 0 {
                divisor = divisor.saturating_add(1);
            }
        }
        primes += u64::from(float(divisor.get()) > root);
    }
    primes
}

/// By way of the signed number, because that conversion is one instruction.
#[inline(always)]
fn float(number: u64) -> f64 {
    number.cast_signed() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_finds_every_prime() {
        // There are 1,229 primes below 10,000; the work begins at 3.
        assert_eq!(event(LIMIT), 1_228);
    }

    #[test]
    fn two_threads_do_more_than_none() {
        let rate = Primes { threads: 2 }.repeat(Duration::from_millis(5)).unwrap();
        assert!(rate > 10.0 && rate < 1e6, "{rate} events/s");
    }
}
