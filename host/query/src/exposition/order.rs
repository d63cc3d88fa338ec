//! The order in which both formats want the samples of a family: the parts of one metric together, its buckets by their bounds.

use std::cmp::Ordering;

use autobot_model::SeriesKey;

use super::Type;
use super::number::number;

/// The label that tells apart the parts of one metric, where this series of the family has one.
fn inner<'a>(kind: Type, family: &'a str, key: &SeriesKey) -> Option<&'a str> {
    kind.inner_label(family, key.name.strip_prefix(family).unwrap_or_default())
}

fn outer<'a>(key: &'a SeriesKey, inner: Option<&str>) -> impl Iterator<Item = (&'a str, &'a str)> {
    key.labels.iter().filter(move |(name, _)| inner != Some(*name))
}

/// Whether both are parts of one metric.
pub(crate) fn in_one_metric(kind: Type, family: &str, a: &SeriesKey, b: &SeriesKey) -> bool {
    kind != Type::Info && outer(a, inner(kind, family, a)).eq(outer(b, inner(kind, family, b)))
}

/// Metrics by their labels; within one, series by name, then by bound or quantile as numbers, then by the text of their labels.
pub(crate) fn in_family(kind: Type, family: &str, a: &SeriesKey, b: &SeriesKey) -> Ordering {
    let (inner_a, inner_b) = (inner(kind, family, a), inner(kind, family, b));
    let bound = |key: &SeriesKey, inner: Option<&str>| {
        let text = inner.filter(|_| kind != Type::Stateset).and_then(|inner| key.labels.get(inner));
        text.and_then(number).unwrap_or(f64::INFINITY)
    };
    outer(a, inner_a)
        .cmp(outer(b, inner_b))
        .then_with(|| a.name.cmp(&b.name))
        .then_with(|| bound(a, inner_a).total_cmp(&bound(b, inner_b)))
        .then_with(|| a.labels.cmp(&b.labels))
}
