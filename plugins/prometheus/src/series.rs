//! The series of one target: which handle each has, which were left out and why, and which went away.
//!
//! What stands on a line before its value is the key of a series. Limits and rules are applied to a key when it is new; from then on a
//! scrape costs one comparison a line, as exporters name their series in the same order each time.

use std::collections::HashMap;
use std::rc::Rc;

use autobot_exposition::{Format, Limits, Reader, Record, Sample};

use crate::relabel::{self, Labels, NAME};
use crate::settings::Settings;

/// Bytes of a line; a longer one is of no exporter, and the target is refused.
const LINE_BYTES: usize = 65_536;

/// Why a series is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// A rule said so.
    Dropped,
    /// More labels than it may have, or longer ones.
    Labels,
    /// It is there already, in this answer or from another target.
    Duplicate,
    /// There are as many series as there may be.
    Limit,
    /// The host did not take it.
    Refused,
}

impl Reason {
    pub(crate) const ALL: [Self; 5] = [Self::Dropped, Self::Labels, Self::Duplicate, Self::Limit, Self::Refused];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Dropped => "dropped",
            Self::Labels => "labels",
            Self::Duplicate => "duplicate",
            Self::Limit => "limit",
            Self::Refused => "refused",
        }
    }
}

#[derive(Debug)]
pub(crate) enum State {
    /// To be registered, with the labels that it will have, its name among them.
    New(Labels),
    Known(u32),
    Left(Reason),
}

#[derive(Debug)]
pub(crate) struct Entry {
    key: Rc<[u8]>,
    /// The name that the exporter gives it, by which its family is found.
    pub(crate) name: Box<str>,
    pub(crate) state: State,
    pub(crate) value: f64,
    time: Option<i64>,
    /// The last scrape that had it.
    seen: u64,
}

/// All series of one target.
#[derive(Debug, Default)]
pub(crate) struct Series {
    pub(crate) entries: Vec<Entry>,
    index: HashMap<Rc<[u8]>, usize>,
    scrape: u64,
    key: Vec<u8>,
}

/// What one answer held.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Read {
    pub(crate) samples: usize,
    pub(crate) doubles: usize,
    /// Whether some are to be registered.
    pub(crate) new: bool,
    /// Whether some of the last scrape are missing.
    pub(crate) gone: bool,
}

impl Series {
    /// Reads a whole answer. Of a series that stands twice the newest sample counts, without times the first.
    ///
    /// # Errors
    /// What is not of the format, or more samples than a target may have. Then nothing of it may be used.
    pub(crate) fn read(
        &mut self,
        format: Format,
        body: &[u8],
        target: &str,
        settings: &Settings,
        rules: &[relabel::Compiled],
    ) -> Result<Read, String> {
        self.scrape = self.scrape.wrapping_add(1);
        let most = settings.sample_limit as usize;
        let before = self.entries.len();
        let (mut read, mut cursor, mut found) = (Read::default(), 0, 0_usize);
        let mut reader = Reader::new(format, body, Limits { line: LINE_BYTES, ..Limits::default() });
        while let Some(record) = reader.record().map_err(|error| error.to_string())? {
            let Record::Sample(sample) = record else { continue };
            read.samples += 1;
            if read.samples > most {
                return Err(format!(
                    "it has more than the {most} samples that `sample_limit` allows; drop some, or raise it"
                ));
            }
            self.key_of(&sample);
            let at = match self.entries.get(cursor) {
                Some(expected) if *expected.key == *self.key => cursor,
                _ => match self.index.get(&*self.key) {
                    Some(at) => *at,
                    None => {
                        read.new = true;
                        self.begin(&sample, state(&sample, target, settings, rules))
                    }
                },
            };
            cursor = at + 1;
            let entry = &mut self.entries[at];
            if entry.seen == self.scrape {
                read.doubles += 1;
                if sample.time <= entry.time {
                    continue;
                }
            } else {
                found += usize::from(at < before);
            }
            (entry.seen, entry.value, entry.time) = (self.scrape, sample.value, sample.time);
        }
        read.gone = found < before;
        Ok(read)
    }

    /// The bytes that tell the series from all others; none of them is UTF-8 but the texts themselves.
    fn key_of(&mut self, sample: &Sample<'_>) {
        self.key.clear();
        self.key.extend_from_slice(sample.name.as_bytes());
        for (name, value) in sample.labels.iter() {
            self.key.push(0xff);
            self.key.extend_from_slice(name.as_bytes());
            self.key.push(0xfe);
            self.key.extend_from_slice(value.as_bytes());
        }
    }

    fn begin(&mut self, sample: &Sample<'_>, state: State) -> usize {
        let key: Rc<[u8]> = self.key.as_slice().into();
        let at = self.entries.len();
        self.index.insert(key.clone(), at);
        let (name, seen) = (sample.name.into(), self.scrape.wrapping_sub(1));
        self.entries.push(Entry { key, name, state, value: sample.value, time: None, seen });
        at
    }

    /// Takes out what the last scrape did not have; gives the handles of it. What was left out because it was there already is
    /// looked at anew, as its double may be gone.
    pub(crate) fn take_gone(&mut self) -> Vec<u32> {
        let (mut gone, scrape) = (Vec::new(), self.scrape);
        self.entries.retain(|entry| {
            if let (State::Known(handle), true) = (&entry.state, entry.seen != scrape) {
                gone.push(*handle);
            }
            entry.seen == scrape && !matches!(entry.state, State::Left(Reason::Duplicate | Reason::Limit))
        });
        self.index = self.entries.iter().enumerate().map(|(at, entry)| (entry.key.clone(), at)).collect();
        gone
    }

    /// Forgets all; gives the handles of it.
    pub(crate) fn take_all(&mut self) -> Vec<u32> {
        self.index = HashMap::new();
        let handle = |entry: Entry| if let State::Known(handle) = entry.state { Some(handle) } else { None };
        std::mem::take(&mut self.entries).into_iter().filter_map(handle).collect()
    }

    /// How many have a handle.
    pub(crate) fn known(&self) -> usize {
        self.entries.iter().filter(|entry| matches!(entry.state, State::Known(_))).count()
    }
}

/// What becomes of a series that is new.
fn state(sample: &Sample<'_>, target: &str, settings: &Settings, rules: &[relabel::Compiled]) -> State {
    let most = settings.label_value_limit as usize;
    if sample.labels.len() > settings.label_limit as usize || sample.labels.iter().any(|(_, value)| value.len() > most)
    {
        return State::Left(Reason::Labels);
    }
    let mut labels: Labels = Vec::with_capacity(sample.labels.len().saturating_add(2));
    labels.push((NAME.to_owned(), sample.name.to_owned()));
    let own = sample.labels.get("target").is_some_and(|own| !own.is_empty());
    if !(own && settings.honor_labels) {
        labels.push(("target".to_owned(), target.to_owned()));
    }
    for (name, value) in sample.labels.iter().filter(|(_, value)| !value.is_empty()) {
        let name = match name {
            "target" if !settings.honor_labels => "exported_target".to_owned(),
            name => name.to_owned(),
        };
        labels.push((name, value.to_owned()));
    }
    if !relabel::apply(rules, &mut labels) {
        return State::Left(Reason::Dropped);
    }
    for (name, value) in &mut labels {
        if name == NAME {
            *value = plain(value, true);
        } else {
            *name = plain(name, false);
            // The host's own.
            if name == "machine" || name == "plugin" {
                name.insert_str(0, "exported_");
            }
        }
    }
    labels.retain(|(name, _)| name == NAME || !name.starts_with("__"));
    labels.sort();
    let twice = labels.windows(2).any(|pair| pair[0].0 == pair[1].0);
    if twice || labels.iter().any(|(_, value)| value.len() > most) {
        return State::Left(Reason::Labels);
    }
    State::New(labels)
}

/// The name with `_` for each character that names do not have here, as Prometheus' escaping `underscores` does it.
fn plain(name: &str, colons: bool) -> String {
    let fits = |(at, c): (usize, char)| {
        let fine = c.is_ascii_alphabetic() || c == '_' || (colons && c == ':') || (at > 0 && c.is_ascii_digit());
        if fine { c } else { '_' }
    };
    name.chars().enumerate().map(fits).collect()
}
