//! The body of `/metrics` in either format, and the lines that exports share with it.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::hash::RandomState;
use std::sync::Arc;

use autobot_model::{Family, Kind, Labels, SeriesKey, Timestamp, is_label_name, is_metric_name, quote_into};

use super::names::{Known, clashing, family_of, in_format, plain, plain_name};
use super::number::{Moment, canonical, number, write_number, write_seconds};
use super::order::in_family;
use super::unit::{fits, word};
use super::{FamilyRules, Format, Type, type_of};

/// One value to be shown.
#[derive(Clone, Debug)]
pub struct Exposed {
    /// Name and labels.
    pub key: Arc<SeriesKey>,
    /// When it was measured.
    pub time: Timestamp,
    /// What was measured.
    pub value: f64,
}

/// A sample with names that the format has.
struct Shown<'a> {
    key: Cow<'a, SeriesKey>,
    time: Timestamp,
    value: f64,
}

/// The lines of one family.
struct Block<'a> {
    kind: Type,
    family: Option<&'a Family>,
    samples: Vec<&'a Shown<'a>>,
}

/// Writes all values, by family, in an order that is the same each time. What comes out is valid whatever goes in: a series without
/// a family is `unknown`, and so are the series of a family that breaks the rules of its type (a counter that is NaN, a histogram
/// without its last bucket) or whose name another one has, each under its own name. Of a series that stands twice, the newest
/// value counts. Names that the formats do not have get underscores.
pub fn write(format: Format, families: &[Arc<Family>], samples: &[Exposed]) -> String {
    let families: Vec<Cow<'_, Family>> = families.iter().map(|family| plain_family(family)).collect();
    let known: Known<'_> = families.iter().map(|family| (&*family.name, &**family)).collect();
    let shown: Vec<Shown<'_>> = samples
        .iter()
        .map(|sample| {
            let key = plain(&sample.key).map_or(Cow::Borrowed(&*sample.key), Cow::Owned);
            Shown { key, time: sample.time, value: sample.value }
        })
        .collect();
    let mut by_family: BTreeMap<String, Vec<Shown<'_>>> = BTreeMap::new();
    for sample in shown {
        let family = family_of(&sample.key.name, &known, format);
        match by_family.get_mut(family) {
            Some(samples) => samples.push(sample),
            None => drop(by_family.insert(family.to_owned(), vec![sample])),
        }
    }
    let kind_of = |name: &str| known.get(name).map_or(Kind::Unknown, |family| family.kind);
    let clashing = match format {
        Format::OpenMetrics => clashing(by_family.keys().map(|name| (name.as_str(), kind_of(name)))),
        Format::Prometheus => HashSet::new(),
    };
    let mut blocks = BTreeMap::new();
    for (name, samples) in &by_family {
        let family = known.get(name.as_str()).copied();
        let mut samples: Vec<&Shown<'_>> = samples.iter().collect();
        let kind = type_of(kind_of(name));
        if let Some(shown) = in_format(name, kind_of(name), format).filter(|_| !clashing.contains(name.as_str())) {
            sort(&mut samples, kind, shown);
            if holds(kind, shown, &samples, format) {
                blocks.insert(shown, Block { kind, family, samples });
                continue;
            }
        }
        // Each series name as a family of its own, of which nothing is claimed.
        samples.sort_by(|a, b| a.key.name.cmp(&b.key.name));
        for own in samples.chunk_by(|a, b| a.key.name == b.key.name) {
            let mut samples = own.to_vec();
            let Some(name) = own.first().map(|sample| &*sample.key.name) else { continue };
            sort(&mut samples, Type::Unknown, name);
            let family = family.filter(|family| family.name == name);
            blocks.insert(name, Block { kind: Type::Unknown, family, samples });
        }
    }
    let mut out = String::with_capacity(samples.len().saturating_mul(96));
    for (name, block) in &blocks {
        print(&mut out, format, name, block);
    }
    if format == Format::OpenMetrics {
        out.push_str("# EOF\n");
    }
    out
}

fn plain_family(family: &Family) -> Cow<'_, Family> {
    match plain_name(&family.name, is_metric_name) {
        Cow::Borrowed(_) => Cow::Borrowed(family),
        Cow::Owned(name) => Cow::Owned(Family { name, ..family.clone() }),
    }
}

/// Into the format's order, the newest of those that stand twice.
fn sort(samples: &mut Vec<&Shown<'_>>, kind: Type, name: &str) {
    samples.sort_by(|a, b| in_family(kind, name, &a.key, &b.key).then(b.time.cmp(&a.time)));
    samples.dedup_by(|later, kept| later.key == kept.key);
}

/// Whether the samples keep the rules of the type. Prometheus' own format has few: names, and bounds that are numbers.
fn holds(kind: Type, name: &str, samples: &[&Shown<'_>], format: Format) -> bool {
    let suffix = |sample: &Shown<'_>| {
        let rest = sample.key.name.strip_prefix(name)?;
        kind.suffixes().iter().copied().find(|suffix| *suffix == rest)
    };
    if format == Format::OpenMetrics {
        let mut rules = FamilyRules::new(kind, RandomState::new());
        let mut kept = |sample: &&Shown<'_>| {
            let time = Some(Moment::of_millis(sample.time.0));
            rules.sample(name, suffix(sample)?, sample.key.labels.iter(), sample.value, time).ok()
        };
        return samples.iter().all(|sample| kept(sample).is_some()) && rules.close(name).is_ok();
    }
    let bound_is_number = |sample: &&Shown<'_>| match kind.inner_label(name, suffix(sample)?) {
        Some(inner) => sample.key.labels.get(inner).and_then(number).map(drop),
        None => Some(()),
    };
    !matches!(kind, Type::Histogram | Type::Summary) || samples.iter().all(|sample| bound_is_number(sample).is_some())
}

fn print(out: &mut String, format: Format, name: &str, block: &Block<'_>) {
    let (help, unit) = block.family.map_or(("", ""), |family| (&*family.help, word(&family.unit)));
    head(out, format, &Head { name, kind: block.kind, help, unit });
    for sample in &block.samples {
        let suffix = sample.key.name.strip_prefix(name).unwrap_or_default();
        let bound = match block.kind {
            Type::Histogram | Type::Summary if format == Format::OpenMetrics => block.kind.inner_label(name, suffix),
            _ => None,
        };
        let labels = match bound.and_then(|bound| Some((bound, sample.key.labels.get(bound).and_then(number)?))) {
            Some((bound, value)) => Cow::Owned(sample.key.labels.with(bound, &canonical(value))),
            None => Cow::Borrowed(&sample.key.labels),
        };
        sample_line(out, format, &sample.key.name, &labels, sample.value, sample.time);
    }
}

/// What stands above the samples of a family.
pub(crate) struct Head<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: Type,
    /// Empty where there is none.
    pub(crate) help: &'a str,
    /// The word at the end of names; empty where there is none.
    pub(crate) unit: &'a str,
}

/// Writes the lines of metadata. The unit is left out where the name does not end with it, or the type has none.
pub(crate) fn head(out: &mut String, format: Format, head: &Head<'_>) {
    let Head { kind, unit, .. } = *head;
    let kind_word = match (format, kind) {
        (Format::Prometheus, Type::Unknown) => "untyped",
        (Format::Prometheus, Type::Info | Type::Stateset) => "gauge",
        _ => kind.as_str(),
    };
    let mut name = Cow::Borrowed(head.name);
    if !is_metric_name(head.name) {
        name = Cow::Owned(String::new());
        // Writing into a String does not fail.
        let _ = quote_into(name.to_mut(), head.name);
    }
    if !head.help.is_empty() {
        let _ = write!(out, "# HELP {name} ");
        for c in head.help.chars() {
            match c {
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '"' if format == Format::OpenMetrics => out.push_str("\\\""),
                c => out.push(c),
            }
        }
        out.push('\n');
    }
    let _ = writeln!(out, "# TYPE {name} {kind_word}");
    let has_unit = !unit.is_empty() && !matches!(kind, Type::Info | Type::Stateset) && fits(head.name, unit);
    if format == Format::OpenMetrics && has_unit {
        let _ = writeln!(out, "# UNIT {name} {unit}");
    }
}

/// Writes one sample with its time. A name that the formats do not have stands in quotes, as Prometheus 3 reads it.
pub(crate) fn sample_line(out: &mut String, format: Format, name: &str, labels: &Labels, value: f64, time: Timestamp) {
    let quoted = !is_metric_name(name);
    if !quoted {
        out.push_str(name);
    }
    if quoted || !labels.is_empty() {
        out.push('{');
        // Writing into a String does not fail.
        if quoted {
            let _ = quote_into(out, name);
        }
        for (at, (name, value)) in labels.iter().enumerate() {
            if quoted || at > 0 {
                out.push(',');
            }
            if is_label_name(name) {
                out.push_str(name);
            } else {
                let _ = quote_into(out, name);
            }
            out.push('=');
            let _ = quote_into(out, value);
        }
        out.push('}');
    }
    out.push(' ');
    let _ = write_number(out, value);
    out.push(' ');
    let _ = match format {
        Format::OpenMetrics => write_seconds(out, time.0),
        Format::Prometheus => write!(out, "{}", time.0),
    };
    out.push('\n');
}
