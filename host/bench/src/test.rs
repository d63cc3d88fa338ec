//! What a test is: a row of the table.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Suite;
use crate::measure::Work;

/// One row: what is measured, in which unit, by which method.
#[derive(Debug)]
pub struct Test {
    /// `component.name`, the same for ever: results are compared by it, targets are found by it.
    pub id: &'static str,
    /// The suite it belongs to.
    pub suite: Suite,
    /// The part of the machine whose score it enters.
    pub component: Component,
    /// For people, a few words.
    pub title: &'static str,
    /// Of its value.
    pub unit: Unit,
    /// Which way is better.
    pub better: Better,
    /// What is measured, in a sentence.
    pub measures: &'static str,
    /// Whose method it is: the field's tool, with the command that answers the same question.
    pub method: &'static str,
    pub(crate) work: Work,
}

/// The part of the machine that a test judges; each has a score of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Component {
    /// Computing.
    Cpu,
    /// Main memory.
    Memory,
    /// The file system of the test folder, and the device under it.
    Disk,
    /// The operating system's own cost.
    Kernel,
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Disk => "disk",
            Self::Kernel => "kernel",
        })
    }
}

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// Rates and throughputs.
    Higher,
    /// Times and latencies.
    Lower,
}

/// The units that values have. Prefixes are decimal, as the field's tools have them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    /// Units of a defined work per second.
    #[serde(rename = "events/s")]
    EventsPerSecond,
    /// 10^9 bytes per second.
    #[serde(rename = "GB/s")]
    GigabytesPerSecond,
    /// 10^6 bytes per second.
    #[serde(rename = "MB/s")]
    MegabytesPerSecond,
    /// Input or output operations per second.
    #[serde(rename = "IOPS")]
    OperationsPerSecond,
    /// 10^-6 s.
    #[serde(rename = "us")]
    Microseconds,
    /// 10^-9 s.
    #[serde(rename = "ns")]
    Nanoseconds,
}

impl Unit {
    /// As it is written in files and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EventsPerSecond => "events/s",
            Self::GigabytesPerSecond => "GB/s",
            Self::MegabytesPerSecond => "MB/s",
            Self::OperationsPerSecond => "IOPS",
            Self::Microseconds => "us",
            Self::Nanoseconds => "ns",
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
