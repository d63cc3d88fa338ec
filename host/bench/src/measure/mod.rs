//! The measurements: what a row's work does, and what all of them have in common.
//!
//! A measurement is set up once and then asked for repeats of about a given length. It knows nothing of statistics,
//! targets or progress.

mod buffer;
mod disk;
mod divide;
mod file;
mod latency;
mod leftovers;
mod machine;
mod ping_pong;
mod primes;
mod system_call;
mod triad;

use std::time::Duration;

use crate::{Detail, Latency, RunOptions};

pub(crate) use leftovers::remove as remove_leftovers;
pub(crate) use machine::{cache_bytes, processors};

/// What a test does, with its numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Work {
    Primes { threads: Threads },
    Triad,
    Sequential { direction: Direction, block: usize },
    RandomRead { block: usize },
    Fsync { block: usize },
    PingPong { placement: Placement },
    SystemCall,
}

/// How many threads work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Threads {
    One,
    All,
}

/// Which way the bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Write,
    Read,
}

/// Where threads run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placement {
    OneProcessor,
    Free,
}

/// A measurement that is set up.
pub(crate) trait Measure {
    /// One repeat of about `slice`: the value, in the test's unit.
    fn repeat(&mut self, slice: Duration) -> Result<f64, Failure>;

    /// Forgets what was gathered beside the values: the warm-up is over.
    fn forget(&mut self) {}

    /// What else was found.
    fn findings(&mut self) -> Result<Findings, Failure> {
        Ok(Findings::default())
    }
}

/// What a measurement found beside its values.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) latency: Option<Latency>,
    pub(crate) details: Vec<Detail>,
    pub(crate) notes: Vec<String>,
}

/// Why there is no value.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("interrupted")]
    Interrupted,
    #[error("{0}")]
    Reason(String),
}

impl Failure {
    /// What was tried, and what the system said.
    pub(crate) fn io(what: impl std::fmt::Display) -> impl FnOnce(std::io::Error) -> Self {
        move |cause| Self::Reason(format!("{what}: {cause}"))
    }
}

/// What tests of one run share: the test file is written once for all disk tests, and goes with this.
pub(crate) struct Stage<'a> {
    pub(crate) options: &'a RunOptions,
    file: Option<file::TestFile>,
}

impl<'a> Stage<'a> {
    pub(crate) fn new(options: &'a RunOptions) -> Self {
        Self { options, file: None }
    }

    /// Sets up the measurement.
    pub(crate) fn prepare(&mut self, work: Work) -> Result<Box<dyn Measure + '_>, Failure> {
        let seed = self.options.seed;
        Ok(match work {
            Work::Primes { threads } => Box::new(primes::Primes::new(threads)),
            Work::Triad => Box::new(triad::Triad::new(self.options)?),
            Work::Sequential { direction, block } => {
                Box::new(disk::Sequential::new(self.file()?, direction, block, seed)?)
            }
            Work::RandomRead { block } => Box::new(disk::RandomRead::new(self.file()?, block, seed)?),
            Work::Fsync { block } => Box::new(disk::Fsync::new(self.file()?, block, seed)?),
            Work::PingPong { placement } => Box::new(ping_pong::PingPong::new(placement)?),
            Work::SystemCall => Box::new(system_call::SystemCall),
        })
    }

    fn file(&mut self) -> Result<&file::TestFile, Failure> {
        let file = match self.file.take() {
            Some(file) => file,
            None => file::TestFile::create(self.options)?,
        };
        Ok(self.file.insert(file))
    }
}
