//! What a run tells while it goes on.

use std::time::Duration;

use autobot_stats::Interval;

use crate::{Test, TestResult};

/// One event. Everything is borrowed: the listener copies what it keeps.
#[derive(Debug)]
pub enum Progress<'a> {
    /// A test begins; setting up may take a while.
    Started {
        /// Its place, from 0.
        index: usize,
        /// How many there are.
        of: usize,
        /// Its row.
        test: &'static Test,
    },
    /// One more repeat is done.
    Repeat {
        /// The test's place, from 0.
        index: usize,
        /// Its row.
        test: &'static Test,
        /// What is known until now.
        estimate: Estimate,
    },
    /// A test is over, one way or another.
    Finished {
        /// Its place, from 0.
        index: usize,
        /// Its row.
        test: &'static Test,
        /// What came of it.
        result: &'a TestResult,
    },
}

/// What is known of a test that still runs.
#[derive(Clone, Copy, Debug)]
pub struct Estimate {
    /// Repeats done, warm-up not counted.
    pub repeats: usize,
    /// The median until now, in the test's unit.
    pub median: f64,
    /// Its 95 % interval; six repeats are needed for one.
    pub interval: Option<Interval>,
    /// How long the test measures already.
    pub elapsed: Duration,
    /// How long it may.
    pub limit: Duration,
}
