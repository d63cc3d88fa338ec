//! Samples on their way in and out of files: CSV, JSON lines as VictoriaMetrics has them, OpenMetrics with times.
//!
//! [`Writer`] writes series as they are read from a store, [`read()`] hands a stream over in stretches of one series, with bounded
//! memory. What was written reads back bit by bit, but for NaNs, of which each format knows one, and for what `docs/formats.md`
//! says of OpenMetrics. Nothing here opens a file or knows a store.

mod csv;
mod error;
mod gather;
mod json_lines;
mod openmetrics;
mod write;

use std::io::BufRead;
use std::sync::Arc;

use autobot_model::{Family, SeriesKey, Timestamp};

pub use error::ImportError;
pub use write::Writer;

/// How samples stand in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `time,name,labels,value`, a sample a row.
    Csv,
    /// `{"metric":{...},"values":[...],"timestamps":[...]}`, a stretch of a series a line.
    JsonLines,
    /// OpenMetrics 1.0 with a time at each sample.
    OpenMetrics,
}

impl Format {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Csv, Self::JsonLines, Self::OpenMetrics];

    /// Its word on a command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
            Self::OpenMetrics => "openmetrics",
        }
    }

    /// The format of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == word)
    }

    /// What the end of a file's name says: `.csv`; `.jsonl`, `.ndjson`; `.om`, `.openmetrics`.
    pub fn of_file(name: &str) -> Option<Self> {
        match name.rsplit_once('.')?.1 {
            "csv" => Some(Self::Csv),
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            "om" | "openmetrics" => Some(Self::OpenMetrics),
            _ => None,
        }
    }
}

/// Samples of one series that stood together in the text, in its order. A series may come again.
#[derive(Clone, Copy, Debug)]
pub struct Imported<'a> {
    /// Name and labels. Names are as the text has them: not empty, but of any characters.
    pub key: &'a Arc<SeriesKey>,
    /// What the text says of its family; of unknown kind where it says nothing.
    pub family: &'a Arc<Family>,
    /// Moments, in the order of the text.
    pub times: &'a [Timestamp],
    /// Values, as many; [`autobot_model::STALE`] where the series ended.
    pub values: &'a [f64],
}

/// Reads samples, and gives `each` at most [`CHUNK`] of one series at a time; from JSON lines, what stands in one line. Memory is
/// bounded by the longest line that a format may have. Gives back the number of samples.
///
/// # Errors
/// What is not of the format, with its place; an error of the stream; an error of `each`, which ends the reading. Samples that were
/// handed over before are not taken back.
pub fn read<E>(
    format: Format,
    from: impl BufRead,
    each: &mut dyn FnMut(Imported<'_>) -> Result<(), E>,
) -> Result<u64, ImportError<E>> {
    match format {
        Format::Csv => csv::read(from, each),
        Format::JsonLines => json_lines::read(from, each),
        Format::OpenMetrics => openmetrics::read(from, each),
    }
}

/// How many samples are handed over at a time, and how many an exported line of JSON holds, as VictoriaMetrics' own exports can be
/// told to (`max_rows_per_line`).
pub const CHUNK: usize = 8_192;

/// Labels of a series, and bytes of a name.
const MOST_LABELS: usize = 128;
const LONGEST_NAME: usize = 512;

/// What is wrong with a series' key, if anything.
fn fault_of(key: &SeriesKey) -> Option<String> {
    let long = |name: &str| {
        (name.len() > LONGEST_NAME).then(|| format!("a name of {} bytes, more than {LONGEST_NAME}", name.len()))
    };
    if key.name.is_empty() {
        return Some("a series without a name".to_owned());
    }
    if key.labels.len() > MOST_LABELS {
        return Some(format!("{} labels, more than {MOST_LABELS}", key.labels.len()));
    }
    key.labels.iter().map(|(name, _)| name).chain([&*key.name]).find_map(long)
}
