//! What a run found, as plain data that is kept for years: fields are only added, and [`SCHEMA_VERSION`] counts up when
//! one changes its meaning.

use autobot_model::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Better, Component, Environment, Grade, Suite, TargetKind, Unit};

/// The version of [`Run`]'s shape, in its field `schema`.
pub const SCHEMA_VERSION: u32 = 1;

/// One run of a suite.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// [`SCHEMA_VERSION`] of the program that wrote it.
    pub schema: u32,
    /// Names the run: suite and start.
    pub id: String,
    /// The suite.
    pub suite: Suite,
    /// Whether it was a quick look.
    pub quick: bool,
    /// What `only` said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<String>,
    /// What decided offsets and contents.
    pub seed: u64,
    /// When it began.
    pub started_ms: Timestamp,
    /// How long it took.
    pub elapsed_ms: u64,
    /// Where it ran.
    pub environment: Environment,
    /// A result for each test that was asked for, in the table's order.
    pub results: Vec<TestResult>,
    /// A score for each component that was asked for.
    pub components: Vec<ComponentScore>,
    /// 0 to 100; nothing when no test has a score.
    pub score: Option<f64>,
    /// The score as a grade.
    pub grade: Option<Grade>,
    /// Tests with a score over tests of the suite, 0 to 1: how much of the suite stands behind the score.
    pub completeness: f64,
    /// Whether it was ended before its end.
    pub cancelled: bool,
    /// What makes the figures doubtful, for people.
    pub warnings: Vec<String>,
}

/// A component's part of the score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComponentScore {
    /// Which.
    pub component: Component,
    /// 0 to 100; nothing when none of its tests has a score.
    pub score: Option<f64>,
    /// The score as a grade.
    pub grade: Option<Grade>,
    /// Tests that have a score.
    pub scored: usize,
    /// Tests that were asked for.
    pub tests: usize,
}

/// What came of one test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestResult {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its component.
    pub component: Component,
    /// Unit of its value.
    pub unit: Unit,
    /// Which way is better.
    pub better: Better,
    /// What came of it.
    pub outcome: Outcome,
}

impl TestResult {
    /// What was measured, when it was.
    pub fn measurement(&self) -> Option<&Measurement> {
        match &self.outcome {
            Outcome::Measured(measurement) => Some(measurement),
            Outcome::Failed { .. } | Outcome::Skipped { .. } => None,
        }
    }

    /// Its score, when it has one.
    pub fn score(&self) -> Option<f64> {
        self.measurement().and_then(|measurement| measurement.score)
    }
}

/// The three ways a test ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// There is a value.
    Measured(Box<Measurement>),
    /// It could not run, or broke off.
    Failed {
        /// Why, for people.
        reason: String,
    },
    /// It was not tried, or not to its end.
    Skipped {
        /// Why, for people.
        reason: String,
    },
}

/// What was measured. Values are in the test's unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// The median of the repeats, outliers kept.
    pub value: f64,
    /// The 95 % interval of that median, lower bound; nothing with fewer than six repeats.
    pub low: Option<f64>,
    /// Upper bound.
    pub high: Option<f64>,
    /// Whether the interval is within 2 % of the value on either side, so that measuring on would tell little more.
    pub settled: bool,
    /// Every repeat, in the order of time.
    pub repeats: Vec<f64>,
    /// Places in `repeats` that are far from the rest (more than three scaled MADs).
    pub outliers: Vec<usize>,
    /// Arithmetic mean of the repeats.
    pub mean: f64,
    /// Standard deviation of the repeats; 0 with one.
    pub deviation: f64,
    /// Repeats thrown away as warm-up.
    pub warm_up: usize,
    /// Time measured, warm-up included, setup not.
    pub elapsed_ms: u64,
    /// Processors that others kept busy meanwhile, where the kernel says.
    pub others_busy: Option<f64>,
    /// Latencies of single operations, where the test has such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
    /// Further figures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Detail>,
    /// What one should know of how it was measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What the value was held against.
    pub target: Option<TargetUsed>,
    /// 0 to 100; nothing without a target.
    pub score: Option<f64>,
}

impl Measurement {
    /// Half the interval's width over the value: the 'plus or minus', as a ratio.
    pub fn half_width(&self) -> Option<f64> {
        let interval = autobot_stats::Interval { low: self.low?, high: self.high? };
        Some(interval.relative_half_width(self.value))
    }
}

/// A distribution of latencies, in microseconds, from a histogram of three significant digits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the percentiles")]
pub struct Latency {
    /// Operations.
    pub count: u64,
    /// Arithmetic mean.
    pub mean_us: f64,
    pub p50_us: f64,
    pub p90_us: f64,
    pub p95_us: f64,
    pub p99_us: f64,
    pub p999_us: f64,
    /// The slowest.
    pub max_us: f64,
}

/// One further figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detail {
    /// What it is.
    pub name: String,
    /// The figure.
    pub value: f64,
    /// Its unit, empty for a ratio.
    pub unit: String,
}

impl Detail {
    pub(crate) fn new(name: &str, value: f64, unit: &str) -> Self {
        Self { name: name.to_owned(), value: rounded(value), unit: unit.to_owned() }
    }
}

/// Nine significant digits: more than any measurement has, and few enough that every reader of JSON gets back exactly
/// the number that was written.
pub(crate) fn rounded(value: f64) -> f64 {
    format!("{value:.8e}").parse().unwrap_or(value)
}

/// What a value was held against.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetUsed {
    /// In the test's unit, multiplied by the processors where the target is per processor.
    pub value: f64,
    /// A goal, or a known machine.
    pub kind: TargetKind,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rounded_number_survives_json_exactly() {
        for value in [0.1 + 0.2, 3_984.269_618_991_427, 1.0 / 3.0, 1e-9 / 7.0, 1e12 / 7.0, 0.0] {
            let kept = rounded(value);
            assert!((kept - value).abs() <= 1e-8 * value, "{value}");
            let text = serde_json::to_string(&kept).unwrap();
            assert_eq!(serde_json::from_str::<f64>(&text).unwrap().to_bits(), kept.to_bits(), "{text}");
        }
    }
}
