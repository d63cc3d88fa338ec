//! What `INFO` says as plain numbers: which line becomes which family. A table for each of its sections.

mod memory;
mod persistence;
mod replication;
mod server;
mod stats;

use autobot_plugin_sdk::{Family, Metrics};

use crate::info::Info;
use crate::number;

/// Every series says of which server it is.
pub(crate) const TARGET: &[&str] = &["target"];

/// A line of `INFO` and the family that it becomes. A server that does not say it has no series of it.
#[derive(Debug)]
pub(crate) struct Field {
    /// Its name in `INFO`.
    pub(crate) key: &'static str,
    read: Read,
    pub(crate) family: Family,
}

/// How the value is to be read.
#[derive(Clone, Copy, Debug)]
enum Read {
    /// A number.
    Number,
    /// A number times this, as seconds.
    Seconds(f64),
    /// A percentage, as a ratio.
    Percent,
    /// A number; below 0 it says that there is none.
    IfAny,
    /// 1 when it is this word, else 0.
    Is(&'static str),
}

const fn gauge(key: &'static str, name: &'static str, unit: &'static str, help: &'static str) -> Field {
    Field { key, read: Read::Number, family: Family::gauge(name, unit, help).labels(TARGET) }
}

const fn counter(key: &'static str, name: &'static str, unit: &'static str, help: &'static str) -> Field {
    Field { key, read: Read::Number, family: Family::counter(name, unit, help).labels(TARGET) }
}

impl Field {
    const fn seconds(self, factor: f64) -> Self {
        Self { read: Read::Seconds(factor), ..self }
    }

    const fn percent(self) -> Self {
        Self { read: Read::Percent, ..self }
    }

    const fn if_any(self) -> Self {
        Self { read: Read::IfAny, ..self }
    }

    const fn is(self, word: &'static str) -> Self {
        Self { read: Read::Is(word), ..self }
    }

    fn value(&self, info: &Info<'_>) -> Option<f64> {
        match self.read {
            Read::Is(word) => info.text(self.key).map(|text| f64::from(u8::from(text == word))),
            Read::Number => info.number(self.key),
            Read::IfAny => info.number(self.key).filter(|number| *number >= 0.0),
            Read::Seconds(factor) => info.number(self.key).map(|number| number::seconds(number * factor)),
            Read::Percent => info.number(self.key).map(|number| number::ratio(number / 100.0)),
        }
    }
}

/// All sections.
pub(crate) const TABLES: [&[Field]; 5] =
    [server::FIELDS, memory::FIELDS, persistence::FIELDS, stats::FIELDS, replication::FIELDS];

/// How many families they are.
pub(crate) const COUNT: usize = {
    let (mut count, mut table) = (0, 0);
    while table < TABLES.len() {
        count += TABLES[table].len();
        table += 1;
    }
    count
};

pub(crate) fn collect(target: &str, info: &Info<'_>, metrics: &mut Metrics) {
    for field in TABLES.iter().copied().flatten() {
        if let Some(value) = field.value(info) {
            metrics.set(&field.family, &[target], value);
        }
    }
}
