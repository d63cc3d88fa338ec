//! What is wrong with a store's file, and where.

use std::fmt;

use autobot_model::Timestamp;
use serde::Serialize;

use super::moment::Moment;
use crate::rollup;

/// One thing that is wrong. Its text is a sentence without its full stop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Where.
    pub place: Place,
    /// What: the sentence without its place.
    pub what: String,
}

/// A place within a store's file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Place {
    /// The file as SQLite sees it.
    File,
    /// A table as a whole.
    Table {
        /// Its name.
        name: String,
    },
    /// One chunk of samples.
    Chunk {
        /// Its key in the table.
        key: i64,
        /// The moment of its first sample, as its row says.
        first_ms: Timestamp,
        /// The moment of its last sample, as its row says.
        last_ms: Timestamp,
        /// The group of series that it belongs to, as its row says.
        group: i64,
        /// Series of that group.
        series: usize,
    },
    /// The buckets of a group and a day.
    Buckets {
        /// The row's key in the table.
        key: i64,
    },
    /// One row of the hot tail.
    Slot {
        /// Its number.
        number: i64,
    },
    /// One series.
    Series {
        /// Its number.
        number: i64,
    },
    /// One family of metrics.
    Family {
        /// Its name.
        name: String,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => f.write_str("the file"),
            Self::Table { name } => write!(f, "table {name}"),
            Self::Chunk { key, first_ms, last_ms, group, series } => {
                let (first, last) = (Moment(*first_ms), Moment(*last_ms));
                write!(f, "chunk {key} ({first} to {last}, group {group} of {series} series)")
            }
            Self::Buckets { key } => {
                let end = Moment(rollup::day_end(key >> 32));
                write!(f, "buckets {key} (group {}, the day up to {end})", key & 0xffff_ffff)
            }
            Self::Slot { number } => write!(f, "slot {number} of the hot tail"),
            Self::Series { number } => write!(f, "series {number}"),
            Self::Family { name } => write!(f, "family {name}"),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}
