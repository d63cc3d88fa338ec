//! `top(metric, #{ label: value }, n)`: who is at the head, as text for a summary.

use autobot_model::{Matcher, is_metric_name};
use rhai::{Engine, Map, NativeCallContext};

use super::units::{bytes, percent, trimmed};
use super::{Answer, fail};
use crate::select::Selection;
use crate::{Series, duration, stage};

/// More is no summary.
const MOST: i64 = 20;

pub(super) fn register(engine: &mut Engine) {
    engine.register_fn("top", |context: NativeCallContext<'_>, metric: &str, labels: Map, count: i64| {
        top(&context, metric, &labels, count)
    });
}

fn top(context: &NativeCallContext<'_>, metric: &str, labels: &Map, count: i64) -> Answer<String> {
    if !is_metric_name(metric) {
        return Err(fail(context, format!("`{metric}` is no name of a metric")));
    }
    let evaluation = stage::evaluation().ok_or_else(|| fail(context, "`top` is for `summary` and `detail`"))?;
    let equal = labels.iter().map(|(name, value)| Matcher::equal(name.as_str(), value.to_string()));
    let matchers = std::iter::once(Matcher::equal("__name__", metric)).chain(equal).collect();
    let selection = Selection::of(matchers);
    let found = evaluation.select(&selection).map_err(|reason| fail(context, reason))?;
    let mut order: Vec<&Series> = found.iter().filter(|series| !series.value().is_nan()).collect();
    order.sort_by(|a, b| b.value().total_cmp(&a.value()));
    order.truncate(usize::try_from(count.clamp(0, MOST)).unwrap_or(0));
    let lines: Vec<String> =
        order.into_iter().map(|series| format!("{} {}", who(series, labels), amount(metric, series.value()))).collect();
    Ok(if lines.is_empty() { "nothing".into() } else { lines.join(", ") })
}

/// The labels that tell it from its neighbours: the first one plain, others in brackets.
fn who(series: &Series, given: &Map) -> String {
    let common = ["machine", "plugin", "target", "target_machine"];
    let own = series.labels().iter().filter(|(name, _)| !common.contains(name) && !given.contains_key(*name));
    let mut values = own.map(|(_, value)| value);
    let Some(first) = values.next() else { return series.key().name.to_string() };
    let rest: Vec<&str> = values.collect();
    if rest.is_empty() { first.to_owned() } else { format!("{first} ({})", rest.join(", ")) }
}

/// By the unit that the metric's name ends with.
fn amount(metric: &str, value: f64) -> String {
    match metric.rsplit('_').next() {
        Some("ratio") => percent(value),
        Some("bytes") => bytes(value),
        Some("seconds") => duration::words(value),
        _ => trimmed(value, 2),
    }
}
