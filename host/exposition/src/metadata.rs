//! What the lines of an OpenMetrics body must have to do with each other: families in one piece and told apart, their metadata
//! first and once, `# EOF` last. The rules within a family are in `rules.rs`.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use crate::error::{Fault, shown};
use crate::family::Type;
use crate::labels::LabelView;
use crate::number::Moment;
use crate::openmetrics::Places;
use crate::rules::{At, FamilyRules};
use crate::unit::fits;

/// Where a body stands.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) ended: bool,
    /// How many names and metrics are remembered at most.
    most: usize,
    hasher: RandomState,
    /// Hashes of all names that families before the open one may give their samples.
    taken: HashSet<u64>,
    /// Metrics of families that are closed.
    metrics: usize,
    open: Option<Family>,
}

/// The family that is being read.
#[derive(Debug)]
struct Family {
    name: String,
    kind: Option<Type>,
    unit: Option<String>,
    help: bool,
    /// From its first sample on.
    rules: Option<FamilyRules>,
}

impl Body {
    pub(super) fn new(most: usize) -> Self {
        Self { ended: false, most, hasher: RandomState::new(), taken: HashSet::new(), metrics: 0, open: None }
    }

    pub(super) fn end(&mut self) -> Result<(), Box<Fault>> {
        self.close()?;
        self.ended = true;
        Ok(())
    }

    pub(super) fn set_type(&mut self, name: &str, kind: Type) -> Result<(), Box<Fault>> {
        let family = self.metadata_of(name)?;
        if family.kind.replace(kind).is_some() {
            return Err(twice("TYPE", name));
        }
        unit_of_type(family, 0)
    }

    pub(super) fn set_help(&mut self, name: &str) -> Result<(), Box<Fault>> {
        let family = self.metadata_of(name)?;
        if std::mem::replace(&mut family.help, true) {
            return Err(twice("HELP", name));
        }
        Ok(())
    }

    pub(super) fn set_unit(&mut self, name: &str, unit: &str, at: usize) -> Result<(), Box<Fault>> {
        let family = self.metadata_of(name)?;
        if family.unit.replace(unit.to_owned()).is_some() {
            return Err(twice("UNIT", name));
        }
        if !unit.is_empty() && !fits(name, unit) {
            let message = format!("the unit `{}` is not the end of the name `{}`", shown(unit), shown(name));
            return Err(Fault::new(at, message, "a name ends with its unit behind an underscore: `wait_seconds`"));
        }
        unit_of_type(family, at)
    }

    pub(super) fn sample(
        &mut self,
        name: &str,
        labels: LabelView<'_>,
        value: f64,
        time: Option<Moment>,
        places: &Places,
    ) -> Result<(), Box<Fault>> {
        let part = self.open.as_ref().and_then(|family| part_of(family, name));
        let suffix = match part {
            Some(suffix) => suffix,
            None => {
                self.misspelt(name)?;
                self.close()?;
                self.begin(name)?;
                ""
            }
        };
        let Some(family) = &mut self.open else { return Ok(()) };
        let kind = family.kind.unwrap_or_default();
        if family.rules.is_none() {
            claim(&mut self.taken, &self.hasher, &family.name, kind)?;
        }
        let rules = family.rules.get_or_insert_with(|| FamilyRules::new(kind, self.hasher.clone()));
        if let Some(at) = places.exemplar
            && !matches!(
                (kind, suffix),
                (Type::Histogram | Type::GaugeHistogram, "_bucket") | (Type::Counter, "_total")
            )
        {
            let message = format!("an exemplar at `{}`", shown(name));
            return Err(Fault::new(at, message, "only buckets and counters have exemplars; remove it"));
        }
        rules.sample(&family.name, suffix, labels.iter(), value, time).map_err(|breach| {
            let at = match breach.at {
                At::Name => places.name.start as usize,
                At::Labels => places.labels,
                At::Value => places.value,
                At::Time => places.time + 1,
            };
            Fault::new(at, breach.message, breach.help)
        })?;
        if self.metrics.saturating_add(rules.metrics()).saturating_add(self.taken.len()) > self.most {
            let message = format!("more than {} families and metrics in one text", self.most);
            return Err(Fault::new(0, message, "part it into several"));
        }
        Ok(())
    }

    /// The family that a line of metadata is of: the open one, or a new one.
    fn metadata_of(&mut self, name: &str) -> Result<&mut Family, Box<Fault>> {
        if self.open.as_ref().is_none_or(|family| family.name != name) {
            self.close()?;
            return self.begin(name);
        }
        match &mut self.open {
            Some(family) if family.rules.is_none() => Ok(family),
            _ => {
                let message = format!("metadata of `{}` behind its samples", shown(name));
                Err(Fault::new(0, message, "TYPE, HELP and UNIT stand before the first sample of a family"))
            }
        }
    }

    fn begin(&mut self, name: &str) -> Result<&mut Family, Box<Fault>> {
        if self.taken.contains(&self.hasher.hash_one(name)) {
            return Err(clash(name));
        }
        let family = Family { name: name.to_owned(), kind: None, unit: None, help: false, rules: None };
        Ok(self.open.insert(family))
    }

    fn close(&mut self) -> Result<(), Box<Fault>> {
        let Some(family) = self.open.take() else { return Ok(()) };
        match family.rules {
            None => claim(&mut self.taken, &self.hasher, &family.name, family.kind.unwrap_or_default()),
            Some(mut rules) => {
                self.metrics = self.metrics.saturating_add(rules.metrics());
                let fault = |message, help| Fault::new(0, format!("{message}, in the family before this line"), help);
                rules.close(&family.name).map_err(|breach| fault(breach.message, breach.help))
            }
        }
    }

    /// A sample named as the open family is, where its type wants a suffix.
    fn misspelt(&self, name: &str) -> Result<(), Box<Fault>> {
        let Some(family) = self.open.as_ref().filter(|family| family.name == name) else { return Ok(()) };
        let suffixes = family.kind.unwrap_or_default().suffixes().join(", ");
        let message = format!("a sample `{}` without what its type adds to the name", shown(name));
        Err(Fault::new(0, message, format!("names of its samples end in {suffixes}")))
    }
}

/// What stands behind the family's name in a sample's, if the sample is of the family.
fn part_of(family: &Family, sample: &str) -> Option<&'static str> {
    let rest = sample.strip_prefix(family.name.as_str())?;
    family.kind.unwrap_or_default().suffixes().iter().copied().find(|suffix| *suffix == rest)
}

/// Takes all names that samples of the family may have, and its own.
fn claim(taken: &mut HashSet<u64>, hasher: &RandomState, name: &str, kind: Type) -> Result<(), Box<Fault>> {
    let mut full = String::with_capacity(name.len() + 8);
    for suffix in [""].iter().chain(kind.suffixes().iter().filter(|suffix| !suffix.is_empty())) {
        full.clear();
        full.push_str(name);
        full.push_str(suffix);
        if !taken.insert(hasher.hash_one(full.as_str())) {
            return Err(clash(&full));
        }
    }
    Ok(())
}

fn clash(name: &str) -> Box<Fault> {
    let message = format!("the name `{}` belongs to a family that was given before", shown(name));
    Fault::new(0, message, "all lines of a family stand together, and no two families have samples of one name")
}

fn twice(what: &str, name: &str) -> Box<Fault> {
    Fault::new(0, format!("a second {what} of `{}`", shown(name)), "remove one of them")
}

fn unit_of_type(family: &Family, at: usize) -> Result<(), Box<Fault>> {
    if let Some(kind @ (Type::Info | Type::Stateset)) = family.kind
        && family.unit.as_ref().is_some_and(|unit| !unit.is_empty())
    {
        let message = format!("a unit at `{}`, which is of type {}", shown(&family.name), kind.as_str());
        return Err(Fault::new(at, message, "info and stateset have none; remove the line `# UNIT`"));
    }
    Ok(())
}
