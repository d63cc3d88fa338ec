//! Figures, as one table for people and as lines of JSON for whatever draws them.

use std::fmt::Write as _;

use anyhow::Result;
use serde::Serialize;

use crate::task::{Asked, Pace, Taken};

/// Whose figure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Store {
    Ours,
    Prometheus,
    Victoria,
}

impl Store {
    pub(crate) const ALL: [Self; 3] = [Self::Ours, Self::Prometheus, Self::Victoria];
}

/// One figure.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    pub(crate) set: String,
    pub(crate) what: String,
    pub(crate) store: Store,
    /// `None` where the store does not answer.
    pub(crate) value: Option<f64>,
    pub(crate) note: Option<String>,
}

/// All figures of a run, in their order.
#[derive(Debug, Default)]
pub(crate) struct Figures(pub(crate) Vec<Figure>);

pub(crate) const BYTES: &str = "bytes/sample, settled";
pub(crate) const TICK: &str = "a tick until acknowledged, median ms";
const AS_JSON: &str = ", answer written as JSON";
pub(crate) const RESIDENT: &str = "resident after queries, MiB";

impl Figures {
    pub(crate) fn get(&self, set: &str, what: &str, store: Store) -> Option<f64> {
        self.0.iter().find(|figure| figure.set == set && figure.what == what && figure.store == store)?.value
    }

    pub(crate) fn add(&mut self, set: &str, store: Store, pace: Pace, taken: &Taken, asked: &Asked) {
        let mut put = |what: &str, value: f64| {
            self.0.push(Figure { set: set.to_owned(), what: what.to_owned(), store, value: Some(value), note: None });
        };
        let samples = taken.samples.max(1) as f64;
        put("samples", samples);
        if taken.bytes > 0 && !matches!(pace, Pace::Second { .. }) {
            put(BYTES, taken.bytes.saturating_sub(taken.ahead) as f64 / samples);
            put("the same with what is written ahead and reused", taken.bytes as f64 / samples);
            put("MiB on disk", taken.bytes as f64 / f64::from(1 << 20));
        }
        // What VictoriaMetrics writes depends on the seconds that pass, not on what it takes.
        if store != Store::Victoria || matches!(pace, Pace::Second { .. }) {
            put("written to disk, bytes/sample", taken.written as f64 / samples);
        }
        if pace != Pace::Fast {
            put(TICK, taken.tick.median);
            put("p99 ms", taken.tick.p99);
            put("longest ms", taken.tick.max);
        }
        if !matches!(pace, Pace::Second { .. }) {
            put("taken, million samples/s", samples / taken.seconds / 1e6);
        }
        put("resident after taking, MiB", taken.resident_mib);
        if asked.answers.is_empty() {
            return;
        }
        for answer in &asked.answers {
            let failed = answer.error.is_some();
            let value = |value: f64| (!failed).then_some(value);
            let mut put = |what: String, value: Option<f64>, note: Option<String>| {
                self.0.push(Figure { set: set.to_owned(), what, store, value, note });
            };
            put(format!("{}, ms", answer.name), value(answer.ms), answer.error.clone());
            put(format!("{}, ms{AS_JSON}", answer.name), value(answer.json_ms), None);
            put(format!("{}, points", answer.name), value(answer.points as f64), None);
            put(format!("{}, sum of points", answer.name), value(answer.sum), None);
        }
        for (what, value) in [(RESIDENT, asked.resident_mib), ("most resident, MiB", asked.peak_mib)] {
            let (set, what) = (set.to_owned(), what.to_owned());
            self.0.push(Figure { set, what, store, value: Some(value), note: None });
        }
    }

    /// Markdown. Sums and points stand only where ours and Prometheus differ in them, JSON where it costs something.
    pub(crate) fn table(&self) -> String {
        let mut out = String::from(
            "| set | | ours | Prometheus | VictoriaMetrics | ours / VM |\n|---|---|---:|---:|---:|---:|\n",
        );
        let mut seen: Vec<(&str, &str)> = Vec::new();
        let mut last = "";
        for figure in &self.0 {
            let key = (figure.set.as_str(), figure.what.as_str());
            let told = figure.what.ends_with("points") && self.agree(&figure.set, &figure.what)
                || figure.what.ends_with(AS_JSON) && self.json_is_cheap(&figure.set, &figure.what);
            if seen.contains(&key) || told {
                continue;
            }
            seen.push(key);
            let set = if figure.set == last { "" } else { &figure.set };
            last = &figure.set;
            let values = Store::ALL.map(|store| self.get(&figure.set, &figure.what, store));
            let ratio = match values {
                [Some(ours), _, Some(theirs)] if theirs > 0.0 => format!("{:.2}", ours / theirs),
                _ => String::new(),
            };
            let [ours, prometheus, victoria] = values.map(shown);
            let _ = writeln!(out, "| {set} | {} | {ours} | {prometheus} | {victoria} | {ratio} |", figure.what);
        }
        for figure in &self.0 {
            if let Some(note) = &figure.note {
                let _ = writeln!(out, "\n{} {:?}, {}: {note}", figure.set, figure.store, figure.what);
            }
        }
        out
    }

    /// Whether ours and Prometheus answer nearly the same. Its windows are closed at both ends until version 3, ours open at the left, so
    /// some hold a sample more. VictoriaMetrics means another thing by `rate`.
    fn agree(&self, set: &str, what: &str) -> bool {
        let [ours, prometheus] = [Store::Ours, Store::Prometheus].map(|store| self.get(set, what, store));
        match (ours, prometheus) {
            (Some(ours), Some(theirs)) => (ours - theirs).abs() <= 0.01 * ours.abs().max(theirs.abs()),
            _ => true,
        }
    }

    /// Whether our answer costs little more as JSON.
    fn json_is_cheap(&self, set: &str, what: &str) -> bool {
        let plain = what.trim_end_matches(AS_JSON);
        match (self.get(set, what, Store::Ours), self.get(set, plain, Store::Ours)) {
            (Some(json), Some(plain)) => json <= plain * 1.05,
            _ => true,
        }
    }

    pub(crate) fn lines(&self) -> Result<String> {
        let mut out = String::new();
        for figure in &self.0 {
            writeln!(out, "{}", serde_json::to_string(figure)?)?;
        }
        Ok(out)
    }
}

fn shown(value: Option<f64>) -> String {
    match value {
        None => "-".to_owned(),
        Some(value) if value >= 100.0 => format!("{value:.0}"),
        Some(value) if value >= 10.0 => format!("{value:.1}"),
        Some(value) => format!("{value:.2}"),
    }
}
