//! Plugin instances as Prometheus shows its targets: each is what is asked for samples on its grid.

use std::collections::BTreeMap;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use serde::Serialize;
use serde_json::json as document;

use super::parameters::bad;
use super::reply::{Reply, at_once};
use super::rules::{NEVER, moment, read};
use crate::Shared;
use crate::schema::{self, PluginState};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Targets {
    active_targets: Vec<Target>,
    dropped_targets: Vec<Dropped>,
    dropped_target_counts: BTreeMap<&'static str, usize>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    discovered_labels: BTreeMap<&'static str, String>,
    labels: BTreeMap<&'static str, String>,
    scrape_pool: String,
    scrape_url: String,
    global_url: String,
    last_error: String,
    last_scrape: String,
    last_scrape_duration: f64,
    health: &'static str,
    scrape_interval: String,
    scrape_timeout: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Dropped {
    discovered_labels: BTreeMap<&'static str, String>,
    scrape_pool: String,
}

/// The one pool: everything is found in the plugins folder and the configuration.
const POOL: &str = "plugins";

/// Plugin instances as targets.
#[utoipa::path(get, path = "/api/v1/targets", tag = "prometheus", responses((status = 200)))]
pub(crate) async fn targets(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Response {
    at_once(&shared, query, |asked| {
        let (active, dropped) = match asked.parameters.get("state") {
            None | Some("any") => (true, true),
            Some("active") => (true, false),
            Some("dropped") => (false, true),
            Some(other) => return Err(bad(format!("`state={other}` is none of active, dropped, any"))),
        };
        let in_pool = asked.parameters.get("scrapePool").is_none_or(|pool| pool == POOL);
        let found: schema::Plugins = read(asked.shared.view().plugins())?;
        let (off, on): (Vec<_>, Vec<_>) =
            found.plugins.into_iter().filter(|_| in_pool).partition(|plugin| plugin.state == PluginState::Disabled);
        Reply::of(&Targets {
            active_targets: on.into_iter().filter(|_| active).map(target).collect(),
            dropped_target_counts: if in_pool { [(POOL, off.len())].into() } else { BTreeMap::new() },
            dropped_targets: off
                .into_iter()
                .filter(|_| dropped)
                .map(|plugin| Dropped { discovered_labels: discovered(plugin), scrape_pool: POOL.to_owned() })
                .collect(),
        })
    })
}

fn discovered(plugin: schema::Plugin) -> BTreeMap<&'static str, String> {
    [("__meta_plugin_file", plugin.file), ("plugin", plugin.name)].into()
}

fn target(plugin: schema::Plugin) -> Target {
    let health = match plugin.state {
        PluginState::Running if plugin.last_collect_ms.is_none() => "unknown",
        PluginState::Running => "up",
        PluginState::Starting => "unknown",
        PluginState::BackingOff | PluginState::Quarantined | PluginState::Refused | PluginState::Disabled => "down",
    };
    // Not the URL of anything that could be scraped, but what tells instances apart.
    let url = format!("plugin:{}", plugin.name);
    let interval = format!("{}ms", plugin.interval_ms);
    Target {
        labels: [("plugin", plugin.name.clone())].into(),
        scrape_pool: POOL.to_owned(),
        scrape_url: url.clone(),
        global_url: url,
        last_error: plugin.reason.clone().unwrap_or_default(),
        last_scrape: plugin.last_collect_ms.map_or_else(|| NEVER.to_owned(), moment),
        last_scrape_duration: plugin.last_duration_us.unwrap_or_default() as f64 / 1e6,
        health,
        scrape_interval: interval.clone(),
        // A collection has until the next one.
        scrape_timeout: interval,
        discovered_labels: discovered(plugin),
    }
}

/// Names of the pools that targets are in.
#[utoipa::path(get, path = "/api/v1/scrape_pools", tag = "prometheus", responses((status = 200)))]
pub(crate) async fn scrape_pools(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Response {
    at_once(&shared, query, |_| Reply::of(&document!({ "scrapePools": [POOL] })))
}

/// Alertmanagers: this host sends to none.
#[utoipa::path(get, path = "/api/v1/alertmanagers", tag = "prometheus", responses((status = 200)))]
pub(crate) async fn alertmanagers(State(shared): State<Shared>, RawQuery(query): RawQuery) -> Response {
    at_once(&shared, query, |_| Reply::of(&document!({ "activeAlertmanagers": [], "droppedAlertmanagers": [] })))
}
