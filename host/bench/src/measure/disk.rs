//! Sequential and random input and output, and fsync, by the methods of fio's `psync` engine at depth one.

use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

use autobot_stats::Random;

use super::buffer::AlignedBuffer;
use super::file::TestFile;
use super::latency::Latencies;
use super::{Detail, Direction, Failure, Findings, Measure};

/// What the three have in common: a file, a block of it, and how long each operation took.
struct Access<'a> {
    file: &'a TestFile,
    block: AlignedBuffer,
    blocks: u64,
    latencies: Latencies,
    done: u64,
}

impl<'a> Access<'a> {
    fn new(file: &'a TestFile, block: usize, seed: u64) -> Result<Self, Failure> {
        Ok(Self {
            file,
            block: AlignedBuffer::random(block, &mut Random::new(seed)),
            blocks: (file.size() / block as u64).max(1),
            latencies: Latencies::new()?,
            done: 0,
        })
    }

    fn len(&self) -> u64 {
        self.block.bytes().len() as u64
    }

    fn read(&mut self, place: u64) -> Result<(), Failure> {
        let offset = place * self.len();
        self.file
            .raw()
            .read_exact_at(self.block.bytes_mut(), offset)
            .map_err(Failure::io("the test file cannot be read"))
    }

    fn write(&mut self, cached: bool) -> Result<(), Failure> {
        let offset = self.done % self.blocks * self.len();
        self.block.mark(self.done);
        self.done += 1;
        let file = if cached { self.file.cached() } else { self.file.raw() };
        file.write_all_at(self.block.bytes(), offset).map_err(Failure::io("the test file cannot be written"))
    }

    fn sync(&self) -> Result<(), Failure> {
        self.file.cached().sync_data().map_err(Failure::io("the test file cannot be written to the disk"))
    }

    fn forget(&mut self) {
        self.latencies.clear();
    }

    fn findings(&self, details: Vec<Detail>) -> Findings {
        let mut details = details;
        details.push(Detail::new("test file", self.file.size() as f64 / f64::from(1 << 20), "MiB"));
        details.push(Detail::new("O_DIRECT", f64::from(u8::from(self.file.is_direct())), ""));
        Findings { latency: self.latencies.summary(), details, notes: self.file.notes() }
    }
}

/// One block after another, from the start again at the end.
pub(super) struct Sequential<'a> {
    access: Access<'a>,
    direction: Direction,
}

impl<'a> Sequential<'a> {
    pub(super) fn new(file: &'a TestFile, direction: Direction, block: usize, seed: u64) -> Result<Self, Failure> {
        Ok(Self { access: Access::new(file, block, seed)?, direction })
    }
}

impl Measure for Sequential<'_> {
    /// MB/s.
    fn repeat(&mut self, slice: Duration) -> Result<f64, Failure> {
        let access = &mut self.access;
        if self.direction == Direction::Read {
            access.file.forget_pages()?;
        }
        let start = Instant::now();
        let mut last = start;
        let mut bytes = 0;
        loop {
            match self.direction {
                Direction::Write => access.write(false)?,
                Direction::Read => {
                    let place = access.done % access.blocks;
                    access.done += 1;
                    access.read(place)?;
                }
            }
            bytes += access.len();
            let now = Instant::now();
            access.latencies.record(now - last);
            last = now;
            if now - start >= slice {
                break;
            }
        }
        if self.direction == Direction::Write && !access.file.is_direct() {
            access.sync()?;
        }
        Ok(bytes as f64 / start.elapsed().as_secs_f64() / 1e6)
    }

    fn forget(&mut self) {
        self.access.forget();
    }

    fn findings(&mut self) -> Result<Findings, Failure> {
        Ok(self.access.findings(Vec::new()))
    }
}

/// Blocks at random places; a place may come twice, as with fio's `--norandommap`.
pub(super) struct RandomRead<'a> {
    access: Access<'a>,
    random: Random,
}

impl<'a> RandomRead<'a> {
    pub(super) fn new(file: &'a TestFile, block: usize, seed: u64) -> Result<Self, Failure> {
        Ok(Self { access: Access::new(file, block, seed)?, random: Random::new(seed) })
    }
}

impl Measure for RandomRead<'_> {
    /// Operations per second.
    fn repeat(&mut self, slice: Duration) -> Result<f64, Failure> {
        self.access.file.forget_pages()?;
        let start = Instant::now();
        let mut last = start;
        let mut reads = 0_u64;
        loop {
            let place = self.random.below(self.access.blocks);
            self.access.read(place)?;
            reads += 1;
            let now = Instant::now();
            self.access.latencies.record(now - last);
            last = now;
            if now - start >= slice {
                return Ok(reads as f64 / (now - start).as_secs_f64());
            }
        }
    }

    fn forget(&mut self) {
        self.access.forget();
    }

    fn findings(&mut self) -> Result<Findings, Failure> {
        Ok(self.access.findings(Vec::new()))
    }
}

/// A block through the page cache, then fsync; only the fsync is timed.
pub(super) struct Fsync<'a> {
    access: Access<'a>,
    syncs: u64,
    elapsed: Duration,
}

impl<'a> Fsync<'a> {
    /// Repeats hold at least so many, so that the median of one means something on a slow disk too.
    const FEWEST: usize = 5;

    pub(super) fn new(file: &'a TestFile, block: usize, seed: u64) -> Result<Self, Failure> {
        Ok(Self { access: Access::new(file, block, seed)?, syncs: 0, elapsed: Duration::ZERO })
    }
}

impl Measure for Fsync<'_> {
    /// Microseconds: the median of the repeat.
    fn repeat(&mut self, slice: Duration) -> Result<f64, Failure> {
        let start = Instant::now();
        let mut micros = Vec::new();
        while start.elapsed() < slice || micros.len() < Self::FEWEST {
            self.access.write(true)?;
            let before = Instant::now();
            self.access.file.cached().sync_all().map_err(Failure::io("fsync of the test file failed"))?;
            let latency = before.elapsed();
            self.access.latencies.record(latency);
            micros.push(latency.as_secs_f64() * 1e6);
        }
        self.syncs += micros.len() as u64;
        self.elapsed += start.elapsed();
        autobot_stats::median(&micros).ok_or_else(|| Failure::Reason("no fsync was timed".to_owned()))
    }

    fn forget(&mut self) {
        self.access.forget();
        (self.syncs, self.elapsed) = (0, Duration::ZERO);
    }

    fn findings(&mut self) -> Result<Findings, Failure> {
        let rate = self.syncs as f64 / self.elapsed.as_secs_f64().max(1e-9);
        Ok(self.access.findings(vec![Detail::new("write and fsync", rate, "1/s")]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RunOptions, Sizes, Suite};

    #[test]
    fn each_kind_of_access_works_with_and_without_o_direct() {
        let dir = tempfile::tempdir().unwrap();
        let sizes = Sizes { file: Some(4 << 20), array: None };
        let options = RunOptions { sizes, ..RunOptions::new(Suite::System, dir.path()) };
        let slice = Duration::from_millis(10);
        for direct in [true, false] {
            let file = TestFile::create(&options).unwrap();
            let file = if direct { file } else { file.without_direct() };
            let mut measures: Vec<Box<dyn Measure + '_>> = vec![
                Box::new(Sequential::new(&file, Direction::Write, 1 << 20, 1).unwrap()),
                Box::new(Sequential::new(&file, Direction::Read, 1 << 20, 1).unwrap()),
                Box::new(RandomRead::new(&file, 4096, 1).unwrap()),
                Box::new(Fsync::new(&file, 4096, 1).unwrap()),
            ];
            for measure in &mut measures {
                assert!(measure.repeat(slice).unwrap() > 0.0);
                let before = measure.findings().unwrap().latency.unwrap();
                assert!(before.count > 0 && before.p50_us > 0.0);
                measure.forget();
                assert_eq!(measure.findings().unwrap().latency, None);
            }
        }
    }
}
