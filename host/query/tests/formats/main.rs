//! The text formats as a specification: what is taken, what is refused and in which words, what reads back, and what other people's
//! parsers say of it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../../../../host/exposition/tests/text/bad.rs"]
mod bad;
mod damage;
mod exchange;
#[path = "../../../../host/exposition/tests/text/good.rs"]
mod good;
mod oracle;
mod pages;
mod round_trip;
mod victoria;

use autobot_query::exposition::{Format, Limits, Reader, Record, TextError};

/// A line for each record of a body.
fn read(format: Format, text: &str) -> Result<Vec<String>, TextError> {
    let mut reader = Reader::new(format, text.as_bytes(), Limits::default());
    let mut records = Vec::new();
    while let Some(record) = reader.record()? {
        records.push(match record {
            Record::Type { family, kind } => format!("type {family} {}", kind.as_str()),
            Record::Help { family, text } => format!("help {family} {text}"),
            Record::Unit { family, unit } => format!("unit {family} {unit}"),
            Record::Sample(sample) => {
                let labels: String = sample.labels.iter().map(|(name, value)| format!(" {name}={value:?}")).collect();
                let time = sample.time.map(|time| format!(" @{time}")).unwrap_or_default();
                format!("{}{labels} = {}{time}", sample.name, sample.value)
            }
        });
    }
    Ok(records)
}
