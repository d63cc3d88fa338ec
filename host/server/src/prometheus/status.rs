//! What a Prometheus server says of itself.

use std::collections::HashMap;
use std::time::Duration;

use autobot_model::TimeRange;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json as document};

use super::parameters::bad;
use super::reply::{Reply, at_once, evaluated};
use super::rules::{moment, read};
use crate::{QUERIES_AT_ONCE, Shared, schema};

/// The version of Prometheus whose API this is. Clients choose by it what they may ask for: Grafana sends `match[]` to `labels`
/// and `limit` to everything because of it. The host's own version is beside it, as `revision`.
const PROMETHEUS: &str = "3.0.0";

/// What Prometheus' head holds: blocks are cut from it every two hours.
const HEAD: Duration = Duration::from_secs(2 * 3600);
/// Entries of each list of `status/tsdb`, as Prometheus gives without a `limit`.
const ENTRIES: usize = 10;
/// What `limit` of `status/tsdb` may ask for, as in Prometheus.
const MOST_ENTRIES: usize = 10_000;

/// The version of Prometheus whose API this is, and the host's own.
#[utoipa::path(get, path = "/api/v1/status/buildinfo", tag = "prometheus", responses((status = 200)))]
pub(crate) async fn buildinfo(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Response {
    at_once(&shared, query, |asked| {
        let revision = format!("autobot-host {}", asked.shared.view().version());
        // No `features`: Grafana takes a server that names some for Mimir.
        Reply::of(&document!({
            "version": PROMETHEUS, "revision": revision, "branch": "", "buildUser": "", "buildDate": "", "goVersion": "",
        }))
    })
}

/// The running host.
#[utoipa::path(get, path = "/api/v1/status/runtimeinfo", tag = "prometheus", responses((status = 200)))]
pub(crate) async fn runtimeinfo(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Response {
    at_once(&shared, query, |asked| {
        let status: schema::Status = read(asked.shared.view().status())?;
        // What is Go's own (goroutines, GOGC), or has no counterpart, is left out: zeros would be claims.
        Reply::of(&document!({
            "startTime": moment(status.started_ms),
            "serverTime": moment(status.now_ms),
            "hostname": status.machine.name,
            "timeSeriesCount": status.counts.series,
        }))
    })
}

/// The configuration: this host has none of Prometheus' form, and says so in its place.
#[utoipa::path(get, path = "/api/v1/status/config", tag = "prometheus", responses((status = 200)))]
pub(crate) async fn config(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Response {
    at_once(&shared, query, |asked| {
        let status: schema::Status = read(asked.shared.view().status())?;
        let rules: schema::Rules = read(asked.shared.view().rules())?;
        let yaml = format!(
            "# An autobot-host: its configuration is autobot.yaml, not this.\n\
             global:\n  scrape_interval: {}ms\n  evaluation_interval: {}ms\n",
            status.default_interval_ms, rules.interval_ms
        );
        Reply::of(&document!({ "yaml": yaml }))
    })
}

/// Limits of queries, by the names of Prometheus' flags.
#[utoipa::path(get, path = "/api/v1/status/flags", tag = "prometheus", responses((status = 200)))]
pub(crate) async fn flags(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Response {
    at_once(&shared, query, |asked| {
        let limits = asked.shared.parts().engine.limits;
        Reply::of(&document!({
            "query.lookback-delta": format!("{}s", limits.lookback.as_secs()),
            "query.max-concurrency": QUERIES_AT_ONCE.to_string(),
            "query.max-samples": limits.read.samples.to_string(),
            "query.timeout": format!("{}ms", limits.time.as_millis()),
        }))
    })
}

/// What series there are, counted.
#[utoipa::path(get, path = "/api/v1/status/tsdb", tag = "prometheus", responses((status = 200)))]
pub(crate) async fn tsdb(State(shared): State<Shared>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    evaluated(shared, &headers, query.unwrap_or_default(), |asked| {
        let entries = asked.parameters.number("limit")?.unwrap_or(ENTRIES);
        if !(1..=MOST_ENTRIES).contains(&entries) {
            return Err(bad(format!("`limit={entries}` is not between 1 and {MOST_ENTRIES}")));
        }
        let reader = &asked.shared.parts().reader;
        let end = reader.newest().unwrap_or_else(|| asked.shared.now());
        let range = TimeRange { start: end - HEAD, end };
        let series = reader.series(&[], range)?;

        let (mut metrics, mut pairs) = (HashMap::new(), HashMap::new());
        for key in &series {
            *metrics.entry(&*key.name).or_insert(0_usize) += 1;
            for pair in [("__name__", &*key.name)].into_iter().chain(key.labels.iter()) {
                *pairs.entry(pair).or_insert(0_usize) += 1;
            }
        }
        let (mut values, mut bytes) = (HashMap::new(), HashMap::new());
        for ((name, value), count) in &pairs {
            *values.entry(*name).or_insert(0_usize) += 1;
            // As Prometheus counts: each series holds the text of the value once.
            *bytes.entry(*name).or_insert(0_usize) += value.len() * count;
        }
        let pairs_seen = pairs.len();
        let pairs = pairs.into_iter().map(|((name, value), count)| (format!("{name}={value}"), count));
        Reply::of(&document!({
            "headStats": {
                "numSeries": series.len(),
                "numLabelPairs": pairs_seen,
                "minTime": range.start,
                "maxTime": range.end,
            },
            "seriesCountByMetricName": most(metrics, entries),
            "labelValueCountByLabelName": most(values, entries),
            "memoryInBytesByLabelName": most(bytes, entries),
            "seriesCountByLabelValuePair": most(pairs, entries),
        }))
    })
    .await
}

/// The greatest counts; of those that are equal, by name.
fn most<N: AsRef<str>>(counts: impl IntoIterator<Item = (N, usize)>, entries: usize) -> Vec<Value> {
    let mut all: Vec<(N, usize)> = counts.into_iter().collect();
    all.sort_by(|(a, many), (b, more)| more.cmp(many).then_with(|| a.as_ref().cmp(b.as_ref())));
    all.truncate(entries);
    all.into_iter().map(|(name, value)| document!({ "name": name.as_ref(), "value": value })).collect()
}
