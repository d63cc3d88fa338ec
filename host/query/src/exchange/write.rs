//! Series out, in any of the formats.

use std::collections::{BTreeMap, HashSet};
use std::hash::RandomState;
use std::io::{self, Write};
use std::sync::Arc;

use autobot_model::{Family, Kind, SeriesKey, SeriesSamples, Timestamp, is_stale};

use super::{Format, csv};
use crate::exposition::names::{Known, clashing, family_of, in_format, names_of};
use crate::exposition::number::Moment;
use crate::exposition::order::{in_family, in_one_metric};
use crate::exposition::{self, FamilyRules, Head, Type, head, sample_line, type_of, unit};

/// Writes series to a file or a stream.
#[derive(Debug)]
pub struct Writer<W: Write> {
    to: To<W>,
    families: Vec<Arc<Family>>,
    /// Those that OpenMetrics cannot have of their type beside the others.
    clashing: HashSet<String>,
    /// Names that families of OpenMetrics have taken so far; as many as there are families, and a few for each.
    taken: HashSet<String>,
    /// The line that is being made.
    line: String,
}

#[derive(Debug)]
enum To<W: Write> {
    Csv(Box<::csv::Writer<W>>),
    JsonLines(W),
    OpenMetrics(W),
}

impl<W: Write> Writer<W> {
    /// Begins a file. `families` is all that is known of the series that will come; those of others are unknown. Writes are small:
    /// give a buffered `to`.
    ///
    /// # Errors
    /// When the head cannot be written.
    pub fn new(format: Format, to: W, families: &[Arc<Family>]) -> io::Result<Self> {
        let to = match format {
            Format::Csv => {
                let mut rows = ::csv::Writer::from_writer(to);
                rows.write_record(csv::HEAD).map_err(io::Error::from)?;
                To::Csv(Box::new(rows))
            }
            Format::JsonLines => To::JsonLines(to),
            Format::OpenMetrics => To::OpenMetrics(to),
        };
        let known = known(families);
        // A family that is a part of another one, as moments of creation are, takes no name for itself.
        let own = |name: &str| family_of(name, &known, exposition::Format::OpenMetrics) == name;
        let named = families.iter().filter(|family| own(&family.name)).map(|family| (&*family.name, family.kind));
        let clashing = clashing(named).into_iter().map(str::to_owned).collect();
        Ok(Self { to, families: families.to_vec(), clashing, taken: HashSet::new(), line: String::new() })
    }

    /// Writes series. CSV and JSON lines take them in any portions; OpenMetrics wants all series of a family in one call, and writes
    /// no marks of a series' end, as it has no spelling for them.
    ///
    /// # Errors
    /// Those of the stream; `InvalidInput` for a family of OpenMetrics that comes again, and for a time that CSV cannot write.
    pub fn write(&mut self, series: &[SeriesSamples]) -> io::Result<()> {
        let Self { to, families, clashing, taken, line } = self;
        let known = known(families);
        match to {
            To::Csv(to) => series.iter().try_for_each(|series| csv::write(to, series)),
            To::JsonLines(to) => series.iter().try_for_each(|series| {
                let family = family_of(&series.key.name, &known, exposition::Format::Prometheus);
                super::json_lines::write(to, line, known.get(family).copied(), series)
            }),
            To::OpenMetrics(to) => {
                let mut by_family: BTreeMap<&str, Vec<&SeriesSamples>> = BTreeMap::new();
                for series in series {
                    let family = family_of(&series.key.name, &known, exposition::Format::OpenMetrics);
                    by_family.entry(family).or_default().push(series);
                }
                let mut out = OpenMetrics { to, taken, line, known: &known, clashing };
                by_family.into_iter().try_for_each(|(name, series)| out.family(name, series))
            }
        }
    }

    /// Ends the file, and gives back what it was written to.
    ///
    /// # Errors
    /// Those of the stream.
    pub fn finish(self) -> io::Result<W> {
        let mut to = match self.to {
            To::Csv(rows) => rows.into_inner().map_err(|error| error.into_error())?,
            To::JsonLines(to) => to,
            To::OpenMetrics(mut to) => {
                to.write_all(b"# EOF\n")?;
                to
            }
        };
        to.flush()?;
        Ok(to)
    }
}

fn known(families: &[Arc<Family>]) -> Known<'_> {
    families.iter().map(|family| (&*family.name, &**family)).collect()
}

struct OpenMetrics<'a, W> {
    to: &'a mut W,
    taken: &'a mut HashSet<String>,
    line: &'a mut String,
    known: &'a Known<'a>,
    /// Families that cannot be of their type beside the others.
    clashing: &'a HashSet<String>,
}

impl<W: Write> OpenMetrics<'_, W> {
    /// All series of the model's family `name`; as families of their own, of which nothing is claimed, when they break the rules of
    /// its type.
    fn family(&mut self, name: &str, mut series: Vec<&SeriesSamples>) -> io::Result<()> {
        let family = self.known.get(name).copied();
        let kind = family.map_or(Kind::Unknown, |family| family.kind);
        if let Some(shown) = in_format(name, kind, exposition::Format::OpenMetrics) {
            let kind = type_of(kind);
            series.sort_by(|a, b| in_family(kind, shown, &a.key, &b.key));
            if !self.clashing.contains(name) && holds(kind, shown, &series) {
                return self.print(shown, kind, family, &series);
            }
        }
        let mut by_name: BTreeMap<&str, Vec<&SeriesSamples>> = BTreeMap::new();
        for series in series {
            by_name.entry(&series.key.name).or_default().push(series);
        }
        for (own, mut series) in by_name {
            series.sort_by(|a, b| in_family(Type::Unknown, own, &a.key, &b.key));
            self.print(own, Type::Unknown, family.filter(|family| family.name == own), &series)?;
        }
        Ok(())
    }

    fn print(&mut self, name: &str, kind: Type, family: Option<&Family>, series: &[&SeriesSamples]) -> io::Result<()> {
        for taken in names_of(name, kind) {
            if !self.taken.insert(taken) {
                let message = format!(
                    "the family `{name}` came before, or its name is another one's; OpenMetrics wants all of a family at once"
                );
                return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
            }
        }
        self.line.clear();
        let (help, unit) = family.map_or(("", ""), |family| (&*family.help, unit::word(&family.unit)));
        head(self.line, exposition::Format::OpenMetrics, &Head { name, kind, help, unit });
        self.to.write_all(self.line.as_bytes())?;
        let Self { to, line, .. } = self;
        walk(kind, name, series, &mut |key, time, value| {
            line.clear();
            sample_line(line, exposition::Format::OpenMetrics, &key.name, &key.labels, value, time);
            to.write_all(line.as_bytes())
        })
    }
}

fn holds(kind: Type, name: &str, series: &[&SeriesSamples]) -> bool {
    let mut rules = FamilyRules::new(kind, RandomState::new());
    let kept = walk(kind, name, series, &mut |key, time, value| {
        let rest = key.name.strip_prefix(name).ok_or(())?;
        let suffix = kind.suffixes().iter().copied().find(|suffix| *suffix == rest).ok_or(())?;
        rules.sample(name, suffix, key.labels.iter(), value, Some(Moment::of_millis(time.0))).map_err(drop)
    });
    kept.is_ok() && rules.close(name).is_ok()
}

/// All samples in OpenMetrics' order: metric by metric, by time, the parts of one moment together. Marks of an end are left out.
fn walk<E>(
    kind: Type,
    name: &str,
    series: &[&SeriesSamples],
    each: &mut dyn FnMut(&SeriesKey, Timestamp, f64) -> Result<(), E>,
) -> Result<(), E> {
    for metric in series.chunk_by(|a, b| in_one_metric(kind, name, &a.key, &b.key)) {
        let mut next = vec![0_usize; metric.len()];
        loop {
            let now = metric.iter().zip(&next).filter_map(|(series, at)| series.times.get(*at)).min().copied();
            let Some(now) = now else { break };
            for (series, at) in metric.iter().zip(&mut next) {
                if series.times.get(*at) != Some(&now) {
                    continue;
                }
                if let Some(value) = series.values.get(*at).filter(|value| !is_stale(**value)) {
                    each(&series.key, now, *value)?;
                }
                *at = at.saturating_add(1);
            }
        }
    }
    Ok(())
}
