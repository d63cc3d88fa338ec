//! A recording of a real exporter: what it showed, scrape by scrape. Everything that is measured begins with one.
//!
//! The file is text, compressed by zstd: a line of times, then a line for each series with its name, its kind and its values. Values
//! that are decimals of one exponent stand as differences of their mantissas, which keeps ten minutes of 500 series below 300 KB.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use autobot_model::{Clock as _, Kind, Labels, SeriesKey, SystemClock};

use crate::http;

const HEAD: &str = "autobot-recording 1";
/// Labels that say which machine was recorded rather than what; their values are not kept.
const PRIVATE: [&str; 11] = [
    "address",
    "broadcast",
    "domainname",
    "ifalias",
    "model",
    "nodename",
    "path",
    "release",
    "serial",
    "version",
    "wwn",
];
/// Values of one exponent: at most so many digits behind the point.
const MOST_DIGITS: u32 = 9;

/// One series of a recording.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) key: SeriesKey,
    pub(crate) kind: Kind,
    /// A value for each scrape.
    pub(crate) values: Vec<f64>,
}

/// What an exporter showed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recording {
    /// Moments of the scrapes, in milliseconds since the first.
    pub(crate) times: Vec<i64>,
    pub(crate) columns: Vec<Column>,
}

impl Recording {
    /// Scrapes `address` each second, `scrapes` times.
    pub(crate) fn scrape(address: &str, scrapes: usize) -> Result<Self> {
        let clock = SystemClock::new();
        let (begun, first) = (Instant::now(), clock.now().0);
        let mut pages = Pages::default();
        for scrape in 0..scrapes {
            let due = Duration::from_secs(scrape as u64);
            std::thread::sleep(due.saturating_sub(begun.elapsed()));
            let time = clock.now().0 - first;
            pages.add(time, &http::get(address, "/metrics")?)?;
            if scrape % 60 == 0 {
                eprintln!("  {scrape} of {scrapes} scrapes");
            }
        }
        Ok(pages.finish())
    }

    /// Reads what [`Recording::write`] wrote.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let packed = fs::read(path).with_context(|| format!("the recording {} cannot be read", path.display()))?;
        let text = String::from_utf8(zstd::stream::decode_all(packed.as_slice())?)?;
        Self::parse(&text).with_context(|| format!("{} is no recording", path.display()))
    }

    /// Writes the first `scrapes` scrapes.
    pub(crate) fn write(&self, path: &Path, scrapes: usize) -> Result<()> {
        let scrapes = scrapes.min(self.times.len());
        let mut text = format!("{HEAD}\n");
        let mut last = 0;
        for time in &self.times[..scrapes] {
            write!(text, "{} ", time - last)?;
            last = *time;
        }
        text.push('\n');
        for column in &self.columns {
            write!(text, "{}\t{}\t", column.key, column.kind.as_str())?;
            let values = &column.values[..scrapes];
            match Digits::of(values) {
                Some(digits) => {
                    write!(text, "{} ", digits.0)?;
                    let mut before = 0;
                    for value in values {
                        let mantissa = digits.mantissa(*value);
                        write!(text, "{} ", mantissa - before)?;
                        before = mantissa;
                    }
                }
                None => {
                    text.push_str("x ");
                    for value in values {
                        write!(text, "{value} ")?;
                    }
                }
            }
            text.push('\n');
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, zstd::stream::encode_all(text.as_bytes(), 19)?)
            .with_context(|| format!("the recording {} cannot be written", path.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        let mut lines = text.lines();
        ensure!(lines.next() == Some(HEAD), "its first line is not `{HEAD}`");
        let mut recording = Self::default();
        let mut time = 0;
        for step in lines.next().unwrap_or_default().split_whitespace() {
            time += step.parse::<i64>()?;
            recording.times.push(time);
        }
        for line in lines {
            let mut parts = line.split('\t');
            let (Some(key), Some(kind), Some(values)) = (parts.next(), parts.next(), parts.next()) else {
                bail!("a line without three parts: {line:.60}")
            };
            let mut words = values.split_whitespace();
            let coding = words.next().unwrap_or_default();
            let values: Vec<f64> = if coding == "x" {
                words.map(str::parse).collect::<Result<_, _>>()?
            } else {
                let digits = Digits(coding.parse()?);
                let mut mantissa = 0_i64;
                let mut next = |word: &str| -> Result<f64> {
                    mantissa += word.parse::<i64>()?;
                    Ok(digits.value(mantissa))
                };
                words.map(&mut next).collect::<Result<_>>()?
            };
            ensure!(values.len() == recording.times.len(), "{key} has {} values", values.len());
            recording.columns.push(Column { key: parse_key(key)?, kind: kind_of(kind), values });
        }
        Ok(recording)
    }

    /// Seconds from the first scrape to the last.
    pub(crate) fn seconds(&self) -> f64 {
        self.times.last().map_or(0.0, |last| *last as f64 / 1e3)
    }
}

/// Pages of an exporter on their way to be columns.
#[derive(Default)]
struct Pages {
    times: Vec<i64>,
    columns: Vec<Column>,
    known: HashMap<String, usize>,
    kinds: HashMap<String, Kind>,
}

impl Pages {
    fn add(&mut self, time: i64, page: &str) -> Result<()> {
        let scrape = self.times.len();
        self.times.push(time);
        for line in page.lines() {
            if let Some(said) = line.strip_prefix("# TYPE ") {
                let (name, kind) = said.split_once(' ').unwrap_or((said, ""));
                self.kinds.entry(name.to_owned()).or_insert_with(|| kind_of(kind));
            } else if let Some((series, value)) = line.rsplit_once(' ').filter(|_| !line.starts_with('#')) {
                let value: f64 = value.parse().with_context(|| format!("`{line}` ends with no number"))?;
                let column = match self.known.get(series) {
                    Some(column) => *column,
                    None => {
                        let key = parse_key(series)?;
                        let kind = self.kinds.get(&*key.name).copied().unwrap_or_default();
                        self.columns.push(Column { key, kind, values: vec![value; scrape] });
                        self.known.insert(series.to_owned(), self.columns.len() - 1);
                        self.columns.len() - 1
                    }
                };
                self.columns[column].values.push(value);
            }
        }
        // A series that this page does not show keeps its value: what is measured here are whole columns.
        for column in &mut self.columns {
            let last = column.values.last().copied().unwrap_or(0.0);
            column.values.resize(scrape + 1, last);
        }
        Ok(())
    }

    fn finish(self) -> Recording {
        Recording { times: self.times, columns: self.columns }
    }
}

fn kind_of(word: &str) -> Kind {
    [Kind::Gauge, Kind::Counter, Kind::Histogram, Kind::Summary]
        .into_iter()
        .find(|kind| kind.as_str() == word)
        .unwrap_or_default()
}

/// `name{label="value",...}` as exporters write it.
fn parse_key(text: &str) -> Result<SeriesKey> {
    let expr = autobot_query::parse(text).map_err(|error| anyhow::anyhow!("`{text}` is no series: {error}"))?;
    let autobot_query::ExprKind::Selector(selector) = expr.kind else { bail!("`{text}` is no series") };
    let name = selector.matchers.iter().find_map(autobot_model::Matcher::metric_name).unwrap_or_default();
    let label = |matcher: &autobot_model::Matcher| {
        let value = if PRIVATE.contains(&&*matcher.label) && !matcher.value.is_empty() { "-" } else { &*matcher.value };
        (matcher.label.to_string(), value.to_owned())
    };
    let labels = selector.matchers.iter().filter(|matcher| matcher.label != "__name__").map(label);
    Ok(SeriesKey { name: name.into(), labels: Labels::new(labels) })
}

/// How many digits all values of a column have behind the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digits(pub(crate) u32);

impl Digits {
    /// `None` where some value is no such decimal, or too large to be exact.
    pub(crate) fn of(values: &[f64]) -> Option<Self> {
        let exact = |digits: &Self| {
            let fits =
                |value: &f64| (value * digits.scale()).abs() < 9e15 && digits.value(digits.mantissa(*value)) == *value;
            values.iter().all(fits)
        };
        (0..=MOST_DIGITS).map(Self).find(exact)
    }

    fn scale(self) -> f64 {
        10_f64.powi(i32::try_from(self.0).unwrap_or(0))
    }

    pub(crate) fn mantissa(self, value: f64) -> i64 {
        (value * self.scale()).round() as i64
    }

    pub(crate) fn value(self, mantissa: i64) -> f64 {
        mantissa as f64 / self.scale()
    }
}
