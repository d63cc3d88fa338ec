//! Memory bandwidth: the triad of STREAM (McCalpin, "Memory Bandwidth and Machine Balance in Current High Performance
//! Computers", 1995).

use std::path::Path;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use crate::{Detail, RunOptions};

use super::primes::died;
use super::{Failure, Findings, Measure, cache_bytes, machine, processors};

/// What is assumed where the kernel does not tell the size of caches.
const UNKNOWN_CACHE: u64 = 64 << 20;
/// No array is larger: beyond it, the time to touch the pages is all that grows.
const LARGEST: u64 = 2 << 30;
const SCALAR: f64 = 3.0;

pub(super) struct Triad {
    arrays: [Vec<f64>; 3],
    threads: usize,
    /// How long the last pass took, once it is known.
    pass: Option<Duration>,
    best: f64,
    notes: Vec<String>,
}

impl Triad {
    pub(super) fn new(options: &RunOptions) -> Result<Self, Failure> {
        let (bytes, notes) = size(options, cache_bytes(Path::new("/")), machine::available_memory(Path::new("/")))?;
        let elements = usize::try_from(bytes / 8).map_err(|error| Failure::Reason(error.to_string()))?;
        let mut triad = Self {
            // Zeroed memory is not there before it is touched, so each thread's part lands near its processor.
            arrays: std::array::from_fn(|_| vec![0.0; elements]),
            threads: processors(),
            pass: None,
            best: 0.0,
            notes,
        };
        triad.touch();
        if options.cancelled() { Err(Failure::Interrupted) } else { Ok(triad) }
    }

    fn touch(&mut self) {
        let part = self.part();
        thread::scope(|scope| {
            for (array, value) in self.arrays.iter_mut().zip([0.0, 1.0, 2.0]) {
                for chunk in array.chunks_mut(part) {
                    scope.spawn(move || chunk.fill(value));
                }
            }
        });
    }

    /// Elements of one thread.
    fn part(&self) -> usize {
        self.arrays[0].len().div_ceil(self.threads).max(1)
    }

    /// `passes` times over all arrays; all threads begin a pass together, as OpenMP's do.
    fn run(&mut self, passes: u32) -> Result<Duration, Failure> {
        let part = self.part();
        let [a, b, c] = &mut self.arrays;
        let chunks = a.len().div_ceil(part);
        let barrier = Barrier::new(chunks);
        thread::scope(|scope| {
            let workers: Vec<_> = a
                .chunks_mut(part)
                .zip(b.chunks(part).zip(c.chunks(part)))
                .map(|(a, (b, c))| {
                    let barrier = &barrier;
                    scope.spawn(move || {
                        barrier.wait();
                        let start = Instant::now();
                        for _ in 0..passes {
                            kernel(a, b, c);
                            barrier.wait();
                        }
                        (start, Instant::now())
                    })
                })
                .collect();
            let mut span: Option<(Instant, Instant)> = None;
            for worker in workers {
                let (start, end) = worker.join().map_err(|_| died())?;
                span = Some(span.map_or((start, end), |(first, last)| (first.min(start), last.max(end))));
            }
            span.map(|(start, end)| end - start).ok_or_else(|| Failure::Reason("the arrays are empty".to_owned()))
        })
    }
}

impl Measure for Triad {
    /// GB/s, the 24 bytes of each element counted as STREAM does: what a cache reads before it writes is not.
    fn repeat(&mut self, slice: Duration) -> Result<f64, Failure> {
        let passes = self.pass.map_or(1.0, |pass| slice.as_secs_f64() / pass.as_secs_f64().max(1e-6));
        let passes = passes.clamp(1.0, 10_000.0) as u32;
        let elapsed = self.run(passes)?;
        self.pass = Some(elapsed / passes);
        let bytes = self.arrays[0].len() as f64 * 24.0 * f64::from(passes);
        let rate = bytes / elapsed.as_secs_f64().max(1e-9) / 1e9;
        self.best = self.best.max(rate);
        Ok(rate)
    }

    fn forget(&mut self) {
        self.best = 0.0;
    }

    fn findings(&mut self) -> Result<Findings, Failure> {
        if self.arrays[0].iter().any(|value| *value != 1.0 + SCALAR * 2.0) {
            return Err(Failure::Reason("the result is wrong: this machine computes or remembers falsely".to_owned()));
        }
        Ok(Findings {
            details: vec![
                Detail::new("best (what STREAM reports)", self.best, "GB/s"),
                Detail::new("array", self.arrays[0].len() as f64 * 8.0 / f64::from(1 << 20), "MiB"),
                Detail::new("threads", self.threads as f64, ""),
            ],
            notes: std::mem::take(&mut self.notes),
            ..Findings::default()
        })
    }
}

#[inline(never)]
fn kernel(a: &mut [f64], b: &[f64], c: &[f64]) {
    for (a, (b, c)) in a.iter_mut().zip(b.iter().zip(c)) {
        *a = *b + SCALAR * *c;
    }
}

/// Bytes of one array: four times the caches as STREAM's rules ask, but no more than an eighth of the free memory.
fn size(options: &RunOptions, caches: Option<u64>, free: Option<u64>) -> Result<(u64, Vec<String>), Failure> {
    let mib = |bytes: u64| bytes >> 20;
    let mut notes = Vec::new();
    let caches = caches.unwrap_or_else(|| {
        notes.push(format!("the size of the caches is not known; {} MiB assumed", mib(UNKNOWN_CACHE)));
        UNKNOWN_CACHE
    });
    let wanted = options.sizes.array.unwrap_or(caches.saturating_mul(4)).min(LARGEST);
    let bytes = wanted.min(free.unwrap_or(u64::MAX) / 8);
    if options.sizes.array.is_none() && bytes < caches {
        return Err(Failure::Reason(format!(
            "{} MiB of memory are free, too few for three arrays larger than the caches of {} MiB",
            mib(free.unwrap_or(0)),
            mib(caches)
        )));
    }
    if bytes < caches.saturating_mul(4) {
        notes.push(format!(
            "each array has {} MiB, less than four times the caches of {} MiB: part of it may stay in them",
            mib(bytes),
            mib(caches)
        ));
    }
    Ok((bytes, notes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Sizes, Suite};

    fn options(array: Option<u64>) -> RunOptions {
        RunOptions { sizes: Sizes { array, file: None }, ..RunOptions::new(Suite::System, "/tmp") }
    }

    #[test]
    fn arrays_exceed_the_caches_and_leave_memory_to_others() {
        const GIB: u64 = 1 << 30;
        for (caches, free, bytes, notes) in [
            (Some(32 << 20), Some(16 * GIB), 128 << 20, 0),
            (Some(GIB), Some(64 * GIB), 2 * GIB, 1),
            (Some(256 << 20), Some(4 * GIB), 512 << 20, 1),
            (None, Some(16 * GIB), 256 << 20, 1),
        ] {
            let (found, said) = size(&options(None), caches, free).unwrap();
            assert_eq!((found, said.len()), (bytes, notes), "{caches:?} {free:?}");
        }
        let refused = size(&options(None), Some(256 << 20), Some(GIB)).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "1024 MiB of memory are free, too few for three arrays larger than the caches of 256 MiB"
        );
    }

    #[test]
    fn a_pass_is_checked_and_gives_a_bandwidth() {
        let mut triad = Triad::new(&options(Some(2 << 20))).unwrap();
        for _ in 0..2 {
            let rate = triad.repeat(Duration::from_millis(5)).unwrap();
            assert!(rate > 0.05 && rate < 100_000.0, "{rate} GB/s");
        }
        assert_eq!(triad.findings().unwrap().details.len(), 3);
        triad.arrays[0][7] = 0.0;
        assert!(triad.findings().unwrap_err().to_string().starts_with("the result is wrong"));
    }
}
