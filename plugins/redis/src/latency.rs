//! How long commands take, as histograms, and what the server's own latency monitor saw.
//!
//! `LATENCY HISTOGRAM` (since 7.0) tells for each command how many calls took at most so long, in powers of two of a
//! microsecond up to a second, and leaves out bounds at which nothing was added. Here the same bounds come each time. Quantiles that `INFO`
//! has are of the server's whole life and say nothing about now; they are not used.

use autobot_plugin_sdk::{Family, Histogram, Metrics, histogram};

use crate::commands::Command;
use crate::number::{self, label};
use crate::reply::Value;

pub(crate) static DURATION: Histogram = histogram!(
    "redis_command_duration_seconds",
    "s",
    "How long calls of a command took within the server. Since Redis 7.",
    ["target", "command"]
);
pub(crate) static LATEST: Family = Family::gauge(
    "redis_latency_event_seconds",
    "s",
    "The last delay that the latency monitor saw, by what caused it.",
)
.labels(&["target", "event"]);
pub(crate) static LONGEST: Family = Family::gauge(
    "redis_latency_event_max_seconds",
    "s",
    "The longest delay that the latency monitor saw, by what caused it.",
)
.labels(&["target", "event"]);
pub(crate) static WHEN: Family = Family::gauge(
    "redis_latency_event_timestamp_seconds",
    "s",
    "When the latency monitor last saw a delay, by what caused it, since the Unix epoch.",
)
.labels(&["target", "event"]);

/// Kinds of delays that are followed; the server knows some twenty.
const MOST_EVENTS: usize = 50;

/// The bounds that the server's histograms can have, in microseconds as it writes them, and as they stand in `le`. It has two smaller
/// ones, within which next to nothing is done.
const BOUNDS: [(u32, &str); 19] = [
    (4, "0.000004"),
    (8, "0.000008"),
    (16, "0.000016"),
    (33, "0.000033"),
    (66, "0.000066"),
    (132, "0.000132"),
    (264, "0.000264"),
    (528, "0.000528"),
    (1_056, "0.001056"),
    (2_113, "0.002113"),
    (4_227, "0.004227"),
    (8_454, "0.008454"),
    (16_908, "0.016908"),
    (33_816, "0.033816"),
    (67_633, "0.067633"),
    (135_266, "0.135266"),
    (270_532, "0.270532"),
    (541_065, "0.541065"),
    (1_082_130, "1.08213"),
];

/// Histograms of the `most` commands that took most time.
pub(crate) fn durations(target: &str, ranked: &[Command<'_>], most: usize, reply: Value<'_>, metrics: &mut Metrics) {
    let mut top: Vec<&Command<'_>> = ranked.iter().take(most).collect();
    top.sort_by_key(|command| command.name);
    let told: Vec<(_, Value<'_>)> = reply.pairs().collect();
    for command in top {
        let Some((_, one)) = told.iter().find(|(name, _)| *name == command.name) else { continue };
        let Some((buckets, count)) = buckets(*one) else { continue };
        DURATION.set(metrics, &[target, &label(command.name)], &buckets, command.time, count);
    }
}

/// How many calls took at most as long as each bound, and how many there were.
fn buckets(histogram: Value<'_>) -> Option<([(&'static str, f64); BOUNDS.len()], f64)> {
    let (mut count, mut told) = (None, None);
    for (key, value) in histogram.pairs() {
        match &*key {
            "calls" => count = value.number(),
            "histogram_usec" => told = Some(value),
            _ => {}
        }
    }
    let (mut buckets, mut so_far) = (BOUNDS.map(|(_, bound)| (bound, 0.0)), 0.0);
    let mut told = told?.entries().filter_map(|(bound, value)| Some((bound.number()?, value.number()?)));
    let mut next = told.next();
    for (bucket, (most, _)) in buckets.iter_mut().zip(BOUNDS) {
        while let Some((_, count)) = next.filter(|(bound, _)| *bound <= f64::from(most)) {
            so_far = count;
            next = told.next();
        }
        bucket.1 = so_far;
    }
    Some((buckets, count?))
}

/// What `LATENCY LATEST` says. Nothing while `latency-monitor-threshold` is 0.
pub(crate) fn events(target: &str, reply: Value<'_>, metrics: &mut Metrics) {
    for event in reply.items().take(MOST_EVENTS) {
        let mut parts = event.items();
        let (name, when, last, longest) = (parts.next(), parts.next(), parts.next(), parts.next());
        let Some(name) = name.and_then(Value::text) else { continue };
        let labels = [target, &*label(&name)];
        for (family, value, factor) in [(&WHEN, when, 1.0), (&LATEST, last, 1e-3), (&LONGEST, longest, 1e-3)] {
            if let Some(value) = value.and_then(Value::number) {
                metrics.set(family, &labels, number::seconds(value * factor));
            }
        }
    }
}
