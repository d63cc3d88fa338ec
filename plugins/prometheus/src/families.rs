//! Families as the host is told of them, and the handles that it gives to their series.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use autobot_exposition::{Catalogue, Format, Limits, Reader, Record, Type};
use autobot_plugin_sdk::emit::{self, Declaration};
use autobot_plugin_sdk::{Error, Kind};

use crate::relabel::{self, Labels, NAME};
use crate::series::{Reason, Series, State};

/// Bytes of a help text.
const HELP_BYTES: usize = 300;
/// Series of one call, where the host did not take all at once.
const PORTION: usize = 100;

/// What is declared and registered. Bounded by what the host lets a plugin have.
#[derive(Debug, Default)]
pub(crate) struct Families {
    /// Names of labels, by the family's name.
    declared: HashMap<String, BTreeSet<String>>,
    /// Handles that some series of some target has.
    handles: HashSet<u32>,
    /// Handles from before the settings were changed.
    left_over: Vec<u32>,
}

thread_local!(static KEPT: RefCell<Families> = RefCell::default());

/// What became of a scrape's new series.
#[derive(Debug, Default)]
pub(crate) struct Registered {
    pub(crate) added: usize,
    /// The first refusal of the host.
    pub(crate) refused: Option<String>,
}

impl Families {
    /// What the instance was given so far. The host keeps it when settings change, and a plugin's own state begins anew.
    pub(crate) fn resume(begins: bool) -> Self {
        let mut families = KEPT.take();
        if begins {
            families.left_over = families.handles.iter().copied().collect();
        }
        families
    }

    /// Until the next collect.
    pub(crate) fn keep(self) {
        KEPT.set(self);
    }

    /// Handles that nobody has any more.
    pub(crate) fn take_left_over(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.left_over)
    }

    /// Ends series. Those of handles that are void already end no second time.
    pub(crate) fn end(&mut self, handles: &[u32]) -> Result<(), Error> {
        for handle in handles {
            self.handles.remove(handle);
        }
        if handles.is_empty() { Ok(()) } else { emit::retire(handles) }
    }

    /// Declares and registers what is new in `series`, of whose families `body` tells; `most` of them at most. The handles of `gone`
    /// end, but for those of series that go on under other spellings.
    pub(crate) fn register(
        &mut self,
        series: &mut Series,
        (format, body): (Format, &[u8]),
        mut gone: Vec<u32>,
        own: &[&str],
        most: usize,
    ) -> Result<Registered, Error> {
        let mut registered = Registered::default();
        let mut room = most.saturating_sub(self.handles.len().saturating_sub(gone.len()));
        let mut wanted = Vec::new();
        for (at, entry) in series.entries.iter_mut().enumerate() {
            let State::New(labels) = &entry.state else { continue };
            if own.contains(&relabel::get(labels, NAME)) {
                entry.state = State::Left(Reason::Refused);
            } else if room == 0 {
                entry.state = State::Left(Reason::Limit);
            } else {
                room -= 1;
                wanted.push(at);
            }
        }
        if !wanted.is_empty() {
            self.declare(series, &mut wanted, &catalogue(format, body), &mut registered);
            for portion in self.portions(series, &wanted, &mut gone, &mut registered)? {
                self.settle(series, portion, &mut gone, &mut registered);
            }
        }
        self.end(&gone)?;
        Ok(registered)
    }

    /// Declares the families of the wanted series; takes out those whose families the host refuses.
    fn declare(
        &mut self,
        series: &mut Series,
        wanted: &mut Vec<usize>,
        known: &Catalogue,
        registered: &mut Registered,
    ) {
        let mut families: BTreeMap<String, (usize, BTreeSet<String>)> = BTreeMap::new();
        for at in wanted.iter() {
            let State::New(labels) = &series.entries[*at].state else { continue };
            let (_, names) =
                families.entry(relabel::get(labels, NAME).to_owned()).or_insert_with(|| (*at, BTreeSet::new()));
            names.extend(labels.iter().filter(|(name, _)| name != NAME).map(|(name, _)| name.clone()));
        }
        let mut new = Vec::new();
        for (name, (first, mut labels)) in families {
            if let Some(declared) = self.declared.get(&name) {
                if labels.is_subset(declared) {
                    continue;
                }
                labels.extend(declared.iter().cloned());
            }
            new.push((declaration(&name, &series.entries[first].name, &labels, known), labels));
        }
        let all: Vec<Declaration> = new.iter().map(|(family, _)| family.clone()).collect();
        let at_once = all.is_empty() || emit::declare(&all).is_ok();
        let mut refused = HashSet::new();
        for (family, labels) in new {
            match if at_once { Ok(()) } else { emit::declare(std::slice::from_ref(&family)) } {
                Ok(()) => drop(self.declared.insert(family.name, labels)),
                Err(error) => {
                    registered.refused.get_or_insert_with(|| crate::sentence(&error).to_owned());
                    refused.insert(family.name);
                }
            }
        }
        wanted.retain(|at| {
            let entry = &mut series.entries[*at];
            let State::New(labels) = &entry.state else { return false };
            let name = relabel::get(labels, NAME);
            // A family that could not be widened still takes those that have no more labels than it.
            let fits = self.declared.get(name).is_some_and(|declared| {
                !refused.contains(name) || labels.iter().all(|(name, _)| name == NAME || declared.contains(name))
            });
            if !fits {
                entry.state = State::Left(Reason::Refused);
            }
            fits
        });
    }

    /// Handles of the wanted series: of all at once, or of as many portions as the host takes.
    fn portions(
        &mut self,
        series: &mut Series,
        wanted: &[usize],
        gone: &mut Vec<u32>,
        registered: &mut Registered,
    ) -> Result<Vec<Vec<(usize, u32)>>, Error> {
        let ask = |series: &Series, portion: &[usize]| -> Result<Vec<(usize, u32)>, Error> {
            let all: Vec<emit::Series> =
                portion.iter().filter_map(|at| as_series(&series.entries[*at].state)).collect();
            Ok(portion.iter().copied().zip(emit::register(&all)?).collect())
        };
        match ask(series, wanted) {
            Ok(all) => return Ok(vec![all]),
            // What went away may have taken their room.
            Err(_) => self.end(&std::mem::take(gone))?,
        }
        let mut portions = Vec::new();
        for portion in wanted.chunks(PORTION) {
            match ask(series, portion) {
                Ok(some) => portions.push(some),
                Err(error) => {
                    registered.refused.get_or_insert_with(|| crate::sentence(&error).to_owned());
                    for at in portion {
                        series.entries[*at].state = State::Left(Reason::Refused);
                    }
                }
            }
        }
        Ok(portions)
    }

    fn settle(
        &mut self,
        series: &mut Series,
        portion: Vec<(usize, u32)>,
        gone: &mut Vec<u32>,
        registered: &mut Registered,
    ) {
        for (at, handle) in portion {
            let entry = &mut series.entries[at];
            let went_on = gone.iter().position(|gone| *gone == handle);
            if let Some(place) = went_on {
                gone.swap_remove(place);
            }
            if went_on.is_some() || self.handles.insert(handle) {
                registered.added += 1;
                entry.state = State::Known(handle);
            } else {
                entry.state = State::Left(Reason::Duplicate);
            }
        }
    }
}

fn as_series(state: &State) -> Option<emit::Series> {
    let State::New(labels) = state else { return None };
    let family = relabel::get(labels, NAME).to_owned();
    let labels: Labels = labels.iter().filter(|(name, _)| name != NAME).cloned().collect();
    Some(emit::Series { family, labels })
}

/// What the body says of families; asked for only when there is something new.
fn catalogue(format: Format, body: &[u8]) -> Catalogue {
    let mut catalogue = Catalogue::new(10_000);
    let mut reader = Reader::new(format, body, Limits::default());
    // It was read before, so nothing is refused now.
    while let Ok(Some(record)) = reader.record() {
        if !matches!(record, Record::Sample(_)) {
            catalogue.take(&record);
        }
    }
    catalogue
}

/// A family of the host has the name of its series, so each part of a histogram is one.
fn declaration(name: &str, original: &str, labels: &BTreeSet<String>, known: &Catalogue) -> Declaration {
    let described = known.family(original);
    let kind = match described.kind {
        // The host knows no other counters.
        Type::Counter if !name.ends_with("_total") => Kind::Unknown,
        Type::Counter => Kind::Counter,
        Type::Gauge | Type::GaugeHistogram => Kind::Gauge,
        Type::Histogram => Kind::Histogram,
        Type::Summary => Kind::Summary,
        Type::Info => Kind::Info,
        Type::Stateset => Kind::Stateset,
        Type::Unknown => Kind::Unknown,
    };
    // Parts count; only their sums are in the unit.
    let counts = matches!(described.kind, Type::Histogram | Type::Summary)
        && (original.ends_with("_bucket") || original.ends_with("_count"));
    let mut help = described.help.to_owned();
    help.truncate(help.floor_char_boundary(HELP_BYTES));
    let unit = if counts { "1" } else { described.unit };
    Declaration { name: name.to_owned(), unit: unit.to_owned(), kind, help, labels: labels.iter().cloned().collect() }
}
