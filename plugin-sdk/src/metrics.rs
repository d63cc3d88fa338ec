//! What a plugin measured: set by name, handed over as columns.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash, Hasher as _};

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
    /// Where a series of this hash is. Made when one is not where it was expected, so that thousands of new series cost what they
    /// are and not their square.
    places: Option<HashMap<u64, usize, BuildHasherDefault<DefaultHasher>>>,
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

/// Series that are compared one by one before their hashes are.
const NEAR: usize = 8;

fn hash<'a>(family: &Family, labels: impl Iterator<Item = &'a str>) -> u64 {
    let mut hasher = BuildHasherDefault::<DefaultHasher>::default().build_hasher();
    family.name.hash(&mut hasher);
    labels.for_each(|label| label.hash(&mut hasher));
    hasher.finish()
}

impl Metrics {
    pub(crate) const fn new() -> Self {
        Self { series: vec![], cursor: 0, set: vec![], values: vec![], handles: vec![], changed: false, places: None }
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

    /// Not where it was expected: something before it is new, gone, or elsewhere. Of what is gone there is mostly little, so the
    /// next few are looked at first.
    fn search(&mut self, family: &'static Family, labels: &[&str]) -> usize {
        self.changed = true;
        let found = |series: &Series| series.is(family, labels);
        let near = self.series.iter().enumerate().skip(self.cursor).take(NEAR).find(|(_, series)| found(series));
        if let Some((at, _)) = near {
            return at;
        }
        let Self { series, places, .. } = self;
        let places = places.get_or_insert_with(|| {
            let hashes = series.iter().map(|series| hash(series.family, series.labels.iter().map(|label| &**label)));
            hashes.enumerate().map(|(at, hash)| (hash, at)).collect()
        });
        let hash = hash(family, labels.iter().copied());
        match places.get(&hash).and_then(|&at| series.get(at).map(|series| (at, found(series)))) {
            Some((at, true)) => return at,
            // Two series of one hash: there is no telling without looking at all.
            Some((_, false)) => {
                if let Some(at) = series.iter().position(found) {
                    return at;
                }
            }
            None => {}
        }
        let labels = labels.iter().map(|&label| Box::from(label)).collect();
        series.push(Series { family, labels, handle: None, place: None });
        places.insert(hash, series.len() - 1);
        series.len() - 1
    }

    pub(crate) fn begin(&mut self) {
        self.cursor = 0;
        self.set.clear();
        self.values.clear();
        self.changed = false;
        self.places = None;
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
