//! Benchmarks: tests as a table, measurements by the methods of the field's own tools, statistics, scores, reports.
//!
//! The command line calls [`list`] and [`run`]; a [`Run`] is plain data that is kept, compared and drawn by others.
//! The code blocks: call it from a thread of its own. It opens no database, starts no process, and leaves no file
//! behind: what a killed run left is removed by the next one in the same folder.
//!
//! What each test measures, and how scores are made, is in `docs/benchmarks.md`.

mod busy;
mod environment;
mod error;
mod measure;
mod options;
mod progress;
pub mod report;
mod result;
mod runner;
mod sampling;
mod score;
mod suite;
mod table;
mod targets;
mod targets_file;
mod test;

pub use environment::{Environment, Pressure};
pub use error::BenchError;
pub use options::{RunOptions, Sizes};
pub use progress::{Estimate, Progress};
pub use result::{ComponentScore, Detail, Latency, Measurement, Outcome, Run, SCHEMA_VERSION, TargetUsed, TestResult};
pub use runner::run;
pub use score::{Grade, component_scores, overall_score, score};
pub use suite::Suite;
pub use table::list;
pub use targets::{Target, TargetKind, Targets};
pub use targets_file::{Problem, TargetsError};
pub use test::{Better, Component, Test, Unit};
