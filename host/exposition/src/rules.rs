//! The rules of OpenMetrics for the samples of one family: metrics in one piece, times that grow, and what each type demands. The
//! reader refuses what breaks them; the writer does not claim a type whose rules its samples break.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use crate::error::shown;
use crate::family::Type;
use crate::number::{Moment, number, write_number};

/// A rule that was broken.
#[derive(Debug)]
pub struct Breach {
    pub(super) at: At,
    pub(super) message: String,
    pub(super) help: &'static str,
}

/// Which part of the sample broke it.
#[derive(Clone, Copy, Debug)]
pub(super) enum At {
    Name,
    Labels,
    Value,
    Time,
}

fn breach(at: At, message: impl Into<String>, help: &'static str) -> Breach {
    Breach { at, message: message.into(), help }
}

/// What is remembered of a family while its samples pass.
#[derive(Debug)]
pub struct FamilyRules {
    kind: Type,
    hasher: RandomState,
    /// Hashes of the label sets of its metrics.
    groups: HashSet<u64>,
    /// The metric that is being given, and its time.
    group: Option<(u64, Option<Moment>)>,
    /// Series of that metric at that time.
    series: HashSet<u64>,
    histogram: Point,
}

/// The parts of a histogram at one time.
#[derive(Debug, Default)]
struct Point {
    /// Bound and value of the last bucket.
    bucket: Option<(f64, f64)>,
    count: Option<f64>,
    sum: Option<f64>,
    negative_bound: bool,
}

impl FamilyRules {
    /// Of a family of this type, before its first sample.
    pub fn new(kind: Type, hasher: RandomState) -> Self {
        let (groups, series) = (HashSet::new(), HashSet::new());
        Self { kind, hasher, groups, group: None, series, histogram: Point::default() }
    }

    /// How many metrics and series are remembered.
    pub(super) fn metrics(&self) -> usize {
        self.groups.len().saturating_add(self.series.len())
    }

    /// The next sample: its name is that of the family and `suffix`.
    pub fn sample<'l>(
        &mut self,
        family: &str,
        suffix: &'static str,
        labels: impl Iterator<Item = (&'l str, &'l str)>,
        value: f64,
        time: Option<Moment>,
    ) -> Result<(), Breach> {
        let inner = self.kind.inner_label(family, suffix);
        let mut inner_value = None;
        // Sums, so that the order of labels does not matter.
        let (mut series, mut group) = (self.hasher.hash_one(suffix), 0_u64);
        for (name, value) in labels {
            let hash = self.hasher.hash_one((name, value));
            series = series.wrapping_add(hash);
            if inner == Some(name) {
                inner_value = Some(value);
            } else if self.kind != Type::Info {
                group = group.wrapping_add(hash);
            }
        }
        self.place(family, group, series, time)?;
        self.value(family, suffix, value)?;
        match (self.kind, suffix) {
            (Type::Histogram | Type::GaugeHistogram, _) => self.histogram_part(family, suffix, inner_value, value),
            (Type::Summary, "") => quantile(family, inner_value, value),
            (Type::Stateset, _) if inner_value.is_none() => Err(breach(
                At::Labels,
                format!("no label `{}` at a stateset", shown(family)),
                "the state stands in a label that is named as the family is",
            )),
            _ => Ok(()),
        }
    }

    /// Ends the family.
    pub fn close(&mut self, family: &str) -> Result<(), Breach> {
        self.end_point(family)
    }

    /// Metrics stand in one piece, their times do not go back, and no series stands twice at one time.
    fn place(&mut self, family: &str, group: u64, series: u64, time: Option<Moment>) -> Result<(), Breach> {
        let same = match self.group {
            Some((known, then)) if known == group => {
                if then.is_some() != time.is_some() {
                    return Err(breach(
                        At::Time,
                        format!("times at some samples of one metric of `{}` only", shown(family)),
                        "give all samples of a metric a time, or none",
                    ));
                }
                if self.kind != Type::Info && time < then {
                    return Err(breach(
                        At::Time,
                        format!("a time of `{}` before that of the sample above", shown(family)),
                        "samples of one metric stand in the order of their times",
                    ));
                }
                time == then
            }
            _ => {
                if !self.groups.insert(group) {
                    return Err(breach(
                        At::Labels,
                        format!("a metric of `{}` goes on after another one began", shown(family)),
                        "samples that differ in le, quantile or state alone stand together",
                    ));
                }
                false
            }
        };
        if !same {
            self.end_point(family)?;
            self.series.clear();
            self.group = Some((group, time));
        }
        if !self.series.insert(series) {
            return Err(breach(
                At::Name,
                format!(
                    "a series of `{}` stands twice{}",
                    shown(family),
                    if time.is_some() { " at one time" } else { "" }
                ),
                "remove one of them",
            ));
        }
        Ok(())
    }

    fn value(&self, family: &str, suffix: &str, value: f64) -> Result<(), Breach> {
        let counts = matches!(suffix, "_total" | "_sum" | "_count" | "_bucket" | "_gcount" | "_gsum");
        let bad = |what: &str, help| {
            Err(breach(At::Value, format!("{} at `{}{suffix}`, {what}", spelt(value), shown(family)), help))
        };
        match self.kind {
            _ if counts && value.is_nan() => bad("which counts", "what counts is a number; leave the sample out"),
            _ if counts && suffix != "_gsum" && value < 0.0 => {
                bad("which counts", "what counts is not negative; what goes down is a gauge")
            }
            Type::Stateset if value != 0.0 && value != 1.0 => bad("a stateset", "states are 0 or 1"),
            Type::Info if value != 1.0 => bad("an info", "an info is always 1"),
            Type::Histogram | Type::GaugeHistogram | Type::Summary
                if matches!(suffix, "_bucket" | "_count" | "_gcount")
                    && (value.fract() != 0.0 || value.is_infinite()) =>
            {
                bad("a count of events", "counts of events are whole numbers")
            }
            _ => Ok(()),
        }
    }

    fn histogram_part(&mut self, family: &str, suffix: &str, le: Option<&str>, value: f64) -> Result<(), Breach> {
        let point = &mut self.histogram;
        match suffix {
            "_bucket" => {
                let Some(bound) = le.and_then(number).filter(|bound| !bound.is_nan()) else {
                    let message =
                        format!("the bound le=`{}` of a bucket of `{}`", shown(le.unwrap_or("")), shown(family));
                    return Err(breach(At::Labels, message, "each bucket has a label le with a number or +Inf"));
                };
                if let Some((last, count)) = point.bucket {
                    if bound <= last {
                        let message =
                            format!("the bound {} of `{}` behind {}", spelt(bound), shown(family), spelt(last));
                        return Err(breach(At::Labels, message, "buckets stand in the order of their bounds"));
                    }
                    if value < count {
                        let message = format!(
                            "the bucket up to {} of `{}` holds {value}, fewer than {count} up to {}",
                            spelt(bound),
                            shown(family),
                            spelt(last)
                        );
                        return Err(breach(At::Value, message, "buckets count all that is not above their bound"));
                    }
                }
                point.negative_bound |= bound < 0.0;
                point.bucket = Some((bound, value));
            }
            "_count" | "_gcount" => point.count = Some(value),
            "_sum" | "_gsum" => point.sum = Some(value),
            _ => {}
        }
        Ok(())
    }

    /// What holds of a histogram's parts together.
    fn end_point(&mut self, family: &str) -> Result<(), Breach> {
        let point = std::mem::take(&mut self.histogram);
        if self.group.is_none() || !matches!(self.kind, Type::Histogram | Type::GaugeHistogram) {
            return Ok(());
        }
        let family = shown(family);
        let bad = |message, help| Err(breach(At::Name, message, help));
        let Some((f64::INFINITY, all)) = point.bucket else {
            return bad(
                format!("a histogram of `{family}` without the bucket le=\"+Inf\""),
                "it is the last bucket, and counts all",
            );
        };
        match (point.count, point.sum) {
            (Some(count), _) if count != all => bad(
                format!("a histogram of `{family}` counts {count} and {all} up to +Inf"),
                "both count all events; they are equal",
            ),
            (Some(_), None) | (None, Some(_)) => {
                bad(format!("a histogram of `{family}` with only one of count and sum"), "give both, or neither")
            }
            (_, Some(_)) if point.negative_bound && self.kind == Type::Histogram => bad(
                format!("a histogram of `{family}` with a bound below zero and a sum"),
                "a sum that can fall is no counter; leave sum and count out",
            ),
            (_, Some(sum)) if sum < 0.0 && !point.negative_bound => bad(
                format!("the sum {sum} of `{family}`, which has no bound below zero"),
                "look at where it is summed up",
            ),
            _ => Ok(()),
        }
    }
}

/// A value as the formats spell it.
fn spelt(value: f64) -> String {
    let mut text = String::new();
    // Writing into a String does not fail.
    let _ = write_number(&mut text, value);
    text
}

fn quantile(family: &str, text: Option<&str>, value: f64) -> Result<(), Breach> {
    if !text.and_then(number).is_some_and(|quantile| (0.0..=1.0).contains(&quantile)) {
        let message = format!("quantile=`{}` of `{}`", shown(text.unwrap_or("")), shown(family));
        return Err(breach(At::Labels, message, "a summary's sample has a label quantile from 0 to 1"));
    }
    if value < 0.0 {
        let message = format!("the quantile {value} of `{}`", shown(family));
        return Err(breach(At::Value, message, "quantiles of a summary are not negative"));
    }
    Ok(())
}
