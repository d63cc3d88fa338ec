//! The text formats as a specification: what is taken, what is refused and in which words.

mod bad;
mod damage;
mod good;
mod openmetrics;
mod prometheus;
mod refused;

use autobot_exposition::{Format, Limits, Reader, Record, TextError};

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
                let time = sample.time.map(|time| format!(" @{}", time)).unwrap_or_default();
                format!("{}{labels} = {}{time}", sample.name, sample.value)
            }
        });
    }
    Ok(records)
}

/// Texts and what is read from them, or why not: to be compared with an `expect!`.
fn all(format: Format, texts: &[&str]) -> String {
    let one = |text: &&str| {
        let said = match read(format, text) {
            Ok(records) => records.iter().map(|record| format!("    {}\n", record.escape_debug())).collect(),
            Err(error) => format!("    refused: {error}\n"),
        };
        format!("{}\n{said}", text.escape_debug().to_string().replace("\\\"", "\"").replace("\\\\", "\\"))
    };
    texts.iter().map(one).collect()
}
