//! What a plugin measured: set by name, handed over as columns.

use crate::{Error, Family, host};

/// The measurements of one `collect`. A series is registered when it is first set and retired when a `collect` no longer
/// sets it. As a plugin sets its series in much the same order each time, finding them costs one comparison.
#[derive(Debug)]
pub struct Metrics {
    /// In the order of the last `collect`, and behind them those that are new in this one.
    series: Vec<Series>,
    /// Where the next one is expected.
    cursor: usize,
    /// Those set in this `collect`, in their order.
    set: Vec<usize>,
    values: Vec<f64>,
    handles: Vec<u32>,
    /// Whether this `collect` set other series than the last, or in another order.
    changed: bool,
}

#[derive(Debug)]
struct Series {
    family: &'static Family,
    labels: Box<[Box<str>]>,
    handle: Option<u32>,
    /// Its place in `set`, when it was set in this `collect`.
    place: Option<usize>,
}

impl Series {
    fn is(&self, family: &Family, labels: &[&str]) -> bool {
        self.family.name == family.name
            && self.labels.len() == labels.len()
            && self.labels.iter().zip(labels).all(|(mine, other)| **mine == **other)
    }
}

impl Metrics {
    pub(crate) const fn new() -> Self {
        Self { series: vec![], cursor: 0, set: vec![], values: vec![], handles: vec![], changed: false }
    }

    /// Sets one series: the value of `family` for these values of its labels, in the family's order. NaN says that the
    /// series goes on but has no value this time. Of a series set twice the last value counts.
    pub fn set(&mut self, family: &'static Family, labels: &[&str], value: f64) {
        debug_assert_eq!(labels.len(), family.labels.len(), "{} has the labels {:?}", family.name, family.labels);
        let at = match self.series.get(self.cursor) {
            Some(expected) if expected.is(family, labels) => self.cursor,
            _ => self.search(family, labels),
        };
        self.cursor = at + 1;
        if let Some(place) = self.series[at].place {
            self.values[place] = value;
            return;
        }
        self.series[at].place = Some(self.set.len());
        self.set.push(at);
        self.values.push(value);
    }

    /// Not where it was expected: something before it is new, gone, or elsewhere.
    fn search(&mut self, family: &'static Family, labels: &[&str]) -> usize {
        self.changed = true;
        let after = self.cursor.min(self.series.len());
        let found = |series: &Series| series.is(family, labels);
        let later = self.series[after..].iter().position(found).map(|at| after + at);
        later.or_else(|| self.series[..after].iter().position(found)).unwrap_or_else(|| {
            let labels = labels.iter().map(|&label| Box::from(label)).collect();
            self.series.push(Series { family, labels, handle: None, place: None });
            self.series.len() - 1
        })
    }

    pub(crate) fn begin(&mut self) {
        self.cursor = 0;
        self.set.clear();
        self.values.clear();
        self.changed = false;
        for series in &mut self.series {
            series.place = None;
        }
    }

    /// Registers what is new, hands over the columns, retires what was not set.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        let unchanged = !self.changed && self.set.len() == self.series.len();
        let arranged = if unchanged { Ok(()) } else { self.rearrange() };
        host::emit_columns(&self.handles, &self.values).and(arranged)
    }

    /// Brings series and handles into the order of what was set. What the host refuses to register is left out of the
    /// columns and tried again at the next `collect`.
    fn rearrange(&mut self) -> Result<(), Error> {
        let gone = self.series.iter().filter(|series| series.place.is_none());
        let gone: Vec<u32> = gone.filter_map(|series| series.handle).collect();
        let mut all: Vec<Option<Series>> = self.series.drain(..).map(Some).collect();
        self.series.extend(self.set.iter().filter_map(|&at| all[at].take()));
        let retired = if gone.is_empty() { Ok(()) } else { host::retire(&gone) };
        let new: Vec<usize> = (0..self.series.len()).filter(|&at| self.series[at].handle.is_none()).collect();
        let registered = if new.is_empty() { Ok(()) } else { self.register(&new) };
        if registered.is_err() {
            let mut series = self.series.iter();
            self.values.retain(|_| series.next().is_some_and(|series| series.handle.is_some()));
            self.series.retain(|series| series.handle.is_some());
        }
        self.handles.clear();
        self.handles.extend(self.series.iter().filter_map(|series| series.handle));
        registered.and(retired)
    }

    fn register(&mut self, new: &[usize]) -> Result<(), Error> {
        let handles = host::register(new.iter().map(|&at| {
            let series = &self.series[at];
            let names = series.family.labels.iter().map(|&name| name.to_owned());
            let labels = names.zip(series.labels.iter().map(|value| String::from(&**value))).collect();
            host::Series { family: series.family.name.to_owned(), labels }
        }))?;
        if handles.len() != new.len() {
            return Err(Error::Failed(format!("asked for {} handles, got {}", new.len(), handles.len())));
        }
        for (&at, handle) in new.iter().zip(handles) {
            self.series[at].handle = Some(handle);
        }
        Ok(())
    }
}
