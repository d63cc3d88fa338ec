//! CSV, a sample a row: `time,name,labels,value`.

use std::fmt::Write as _;
use std::io::{self, BufRead, Read};
use std::sync::Arc;

use autobot_model::{Labels, STALE, SeriesKey, SeriesSamples, Timestamp, is_label_name, is_stale};
use csv::{ErrorKind, ReaderBuilder, StringRecord};

use super::gather::Gather;
use super::json_lines::Pairs;
use super::{ImportError, Imported, MOST_LABELS, fault_of};
use crate::exposition::number::{number, seconds, write_number};
use crate::exposition::{Catalogue, TextError, shown};
use crate::moment::{rfc3339, write_rfc3339};

/// The head of what is written.
pub(super) const HEAD: [&str; 4] = ["time", "name", "labels", "value"];

/// Bytes of a row. A quote that is not closed takes the rest of the file for one field; this is where that ends.
const LONGEST_ROW: usize = 1 << 20;

/// Numbers below this are seconds since 1970 (up to the year 5138), others milliseconds (from 1973 on, up to the year 5138).
const SECONDS_BELOW: i64 = 100_000_000_000;

/// A stream that fails when more is read than a row may hold.
struct Bounded<R> {
    inner: R,
    left: usize,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(read).ok_or_else(|| io::Error::from(io::ErrorKind::FileTooLarge))?;
        Ok(read)
    }
}

/// Which field of a row is what.
struct Columns {
    time: usize,
    name: usize,
    value: usize,
    labels: Option<usize>,
    /// Every other column is a label of its name.
    others: Vec<(usize, String)>,
}

pub(super) fn read<E>(
    from: impl BufRead,
    each: &mut dyn FnMut(Imported<'_>) -> Result<(), E>,
) -> Result<u64, ImportError<E>> {
    let unknown = Catalogue::new(0);
    let mut rows = ReaderBuilder::new().has_headers(false).from_reader(Bounded { inner: from, left: LONGEST_ROW });
    let mut row = StringRecord::new();
    let mut gather = Gather::new(each);
    if !next(&mut rows, &mut row)? {
        return gather.finish();
    }
    let columns = head(&row)?;
    // The fields that the series at hand was made of.
    let mut last = StringRecord::new();
    while next(&mut rows, &mut row)? {
        let line = line_of(&row);
        let field = |at: usize| row.get(at).unwrap_or_default();
        let names_series = |at: &usize| *at != columns.time && *at != columns.value;
        let same = gather.key().is_some() && (0..row.len()).filter(names_series).all(|at| row.get(at) == last.get(at));
        if !same {
            let key = key(&row, &columns)?;
            let family = Arc::new(unknown.family(&key.name));
            gather.begin(key, family)?;
            last.clone_from(&row);
        }
        let time = time(field(columns.time)).ok_or_else(|| {
            let help = "a time is RFC 3339 like 2026-01-02T03:04:05.678Z, or seconds or milliseconds since 1970";
            refuse(line, columns.time, format!("`{}` is no time", shown(field(columns.time))), help)
        })?;
        let text = field(columns.value);
        let value = if text == "stale" { Some(STALE) } else { number(text) };
        let value = value.ok_or_else(|| {
            let help = "a value is like 1, 0.5, 1e9, NaN, +Inf or -Inf, or `stale` where the series ended";
            refuse(line, columns.value, format!("`{}` is no value", shown(text)), help)
        })?;
        gather.push(time, value)?;
    }
    gather.finish()
}

fn next<R: Read, E>(rows: &mut csv::Reader<Bounded<R>>, row: &mut StringRecord) -> Result<bool, ImportError<E>> {
    rows.get_mut().left = LONGEST_ROW;
    let begun = rows.position().line();
    rows.read_record(row).map_err(|error| {
        let position = error.position().map_or(begun, csv::Position::line);
        let (column, message, help) = match error.into_kind() {
            ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => (
                1,
                format!("a row of more than {LONGEST_ROW} bytes begins here"),
                "look for a quote that is not closed: a quote within a field is written twice",
            ),
            ErrorKind::Io(error) => return ImportError::Io(error),
            ErrorKind::Utf8 { err, .. } => {
                (err.field().saturating_add(1), "a field that is not UTF-8".to_owned(), "convert the file to UTF-8")
            }
            ErrorKind::UnequalLengths { expected_len, len, .. } => (
                1,
                format!("{len} fields where the head has {expected_len}"),
                "a field with a comma within stands in quotes; a quote within is written twice",
            ),
            _ => (1, "a row that cannot be read".to_owned(), "rows are as RFC 4180 has them"),
        };
        ImportError::Text(TextError { line: position, column, message, help: help.to_owned() })
    })
}

fn line_of(row: &StringRecord) -> u64 {
    row.position().map_or(0, csv::Position::line)
}

/// `column` from 0.
fn refuse(line: u64, column: usize, message: impl Into<String>, help: impl Into<String>) -> TextError {
    TextError { line, column: column.saturating_add(1), message: message.into(), help: help.into() }
}

fn head(row: &StringRecord) -> Result<Columns, TextError> {
    const HELP: &str =
        "the first row names the columns: time, name and value; labels as JSON, or a column for each label";
    let names: Vec<&str> = row.iter().map(|name| name.trim_start_matches('\u{feff}').trim()).collect();
    let find = |wanted: &str| names.iter().position(|name| *name == wanted);
    let need = |wanted: &str| find(wanted).ok_or_else(|| refuse(1, 0, format!("no column `{wanted}`"), HELP));
    let (time, name, value) = (need("time")?, need("name")?, need("value")?);
    if names.len() > MOST_LABELS {
        return Err(refuse(1, MOST_LABELS, format!("more than {MOST_LABELS} columns"), HELP));
    }
    let mut others = Vec::new();
    for (at, column) in names.iter().enumerate() {
        if names[..at].contains(column) {
            return Err(refuse(1, at, format!("a second column `{}`", shown(column)), HELP));
        }
        if HEAD.contains(column) {
            continue;
        }
        if !is_label_name(column) || *column == "__name__" {
            return Err(refuse(1, at, format!("the column `{}` can be no label", shown(column)), HELP));
        }
        others.push((at, (*column).to_owned()));
    }
    Ok(Columns { time, name, value, labels: find("labels"), others })
}

fn key(row: &StringRecord, columns: &Columns) -> Result<SeriesKey, TextError> {
    let line = line_of(row);
    let mut pairs = match columns.labels.map(|at| (at, row.get(at).unwrap_or_default())) {
        Some((at, text)) if !text.is_empty() => {
            let read: Result<Pairs, _> = serde_json::from_str(text);
            read.map_err(|error| {
                let text = shown(text);
                let message =
                    format!("labels `{text}`: {}", error.to_string().split(" at line ").next().unwrap_or_default());
                refuse(
                    line,
                    at,
                    message,
                    "labels are JSON like {\"job\":\"x\"}, its quotes written twice within a field in quotes",
                )
            })?
        }
        _ => Pairs(Default::default()),
    };
    for (at, name) in &columns.others {
        let value = row.get(*at).unwrap_or_default();
        if !value.is_empty() && pairs.0.insert(name.clone(), value.to_owned()).is_some() {
            return Err(refuse(
                line,
                *at,
                format!("the label `{name}` stands twice"),
                "give it in its column or in labels",
            ));
        }
    }
    if pairs.0.contains_key("__name__") {
        return Err(refuse(
            line,
            columns.labels.unwrap_or(0),
            "a label `__name__`",
            "the name stands in the column `name`",
        ));
    }
    let key = SeriesKey { name: row.get(columns.name).unwrap_or_default().into(), labels: Labels::new(pairs.0) };
    match fault_of(&key) {
        Some(fault) => Err(refuse(line, columns.name, fault, "each row names its series")),
        None => Ok(key),
    }
}

fn time(text: &str) -> Option<Timestamp> {
    if let Some(time) = rfc3339(text) {
        return Some(time);
    }
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole).parse::<i64>().ok()?;
    match whole.checked_abs()? {
        size if size < SECONDS_BELOW => seconds(text)?.millis().map(Timestamp),
        size if size < SECONDS_BELOW.saturating_mul(1000) => text.parse().ok().map(Timestamp),
        _ => None,
    }
}

/// Writes a series, a row for each sample.
pub(super) fn write(to: &mut csv::Writer<impl io::Write>, series: &SeriesSamples) -> io::Result<()> {
    let labels: serde_json::Map<String, serde_json::Value> =
        series.key.labels.iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    let labels = serde_json::Value::Object(labels).to_string();
    let (mut moment, mut number) = (String::new(), String::new());
    for (time, value) in series.times.iter().zip(&series.values) {
        moment.clear();
        number.clear();
        if write_rfc3339(&mut moment, *time).is_none() {
            let message =
                format!("the time {} of {} is outside the years 0 to 9999, which CSV can write", time.0, series.key);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        // Writing into a String does not fail.
        let _ = if is_stale(*value) { number.write_str("stale") } else { write_number(&mut number, *value) };
        to.write_record([&*moment, &*series.key.name, &*labels, &*number]).map_err(io::Error::from)?;
    }
    Ok(())
}
