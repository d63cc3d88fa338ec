//! The redis plugin in the real host, against real servers: what it tells, and what becomes of servers that stop, refuse,
//! load, hang or speak something else.

mod exporter;
mod server;
mod trouble;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::harness::{Host, Site, checkout};
use server::Server;

/// A site with the plugin as a file, these targets (name and rest of its entry), and settings beside `targets`.
fn site(targets: &[(&str, String)], settings: &str) -> Site {
    let site = Site::new();
    let path = checkout().join("plugins/dist/redis.wasm");
    let bytes =
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask build`", path.display()));
    site.write("data/plugins/redis.wasm", bytes);
    let names = targets.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let entries: String = targets.iter().map(|(name, entry)| format!("  {name}: {{ {entry} }}\n")).collect();
    site.write(
        "autobot.yaml",
        format!(
            "monitoring_interval: 1s\ntargets:\n{entries}plugins:\n  system: {{ interval: 1s }}\n  redis: {{ interval: 1s, \
             grant: {{ redis: [{names}] }}, settings: {{ targets: [{names}], {settings} }} }}\n"
        ),
    );
    site
}

fn at(server: &Server) -> String {
    format!("redis: \"{}\"", server.url())
}

async fn value(host: &Host, query: &str) -> Result<f64> {
    Ok(host.query(query).await?.first().with_context(|| format!("{query} has no value"))?.1)
}

/// Waits until a query has this one value.
async fn until(host: &Host, query: &str, value: f64) -> Result<()> {
    host.until_query(&format!("({query}) == {value}")).await.map(drop)
}

/// The plugin's document once a line of its log holds `said`.
async fn until_said(host: &Host, said: &str) -> Result<Value> {
    host.until("/api/autobot/v1/plugins", |plugins| {
        let plugin = plugins["plugins"].as_array()?.iter().find(|plugin| plugin["name"] == "redis")?;
        lines(plugin).iter().any(|line| line.contains(said)).then(|| plugin.clone())
    })
    .await
}

fn lines(plugin: &Value) -> Vec<String> {
    let said = plugin["log"].as_array().into_iter().flatten();
    said.map(|line| {
        format!("{}: {}", line["level"].as_str().unwrap_or_default(), line["text"].as_str().unwrap_or_default())
    })
    .collect()
}

/// What INFO says and does not change while nobody does anything, as `redis-cli` shows it.
#[tokio::test]
async fn what_is_told_is_what_redis_cli_shows() -> Result<()> {
    let server = Server::start(&["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru", "--appendonly", "yes"]);
    server.cli("SET a 1\nGET a\nGET b\nSET c 1 EX 1000\nPUBLISH x y\nNOSUCH\n");
    let site = site(&[("main", at(&server))], "");
    let host = site.start().await?;
    until(&host, "redis_up", 1.0).await?;
    let shown = server.cli("INFO all\n");
    let info = |name: &str| {
        let line = shown.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.and_then(|text| text.trim().parse::<f64>().ok()).with_context(|| format!("INFO has no {name}"))
    };
    for (name, query) in [
        ("keyspace_hits", "redis_keyspace_hits_total"),
        ("keyspace_misses", "redis_keyspace_misses_total"),
        ("maxmemory", "redis_memory_limit_bytes"),
        ("maxclients", "redis_clients_limit"),
        ("used_memory_startup", "redis_memory_startup_bytes"),
        ("total_system_memory", "redis_system_memory_bytes"),
        ("rdb_changes_since_last_save", "redis_rdb_changes_since_last_save"),
        ("rdb_last_save_time", "redis_rdb_last_save_timestamp_seconds"),
        ("aof_enabled", "redis_aof_enabled"),
        ("aof_current_size", "redis_aof_size_bytes"),
        ("total_error_replies", "redis_error_replies_total"),
        ("evicted_keys", "redis_evicted_keys_total"),
        ("total_forks", "redis_forks_total"),
        ("loading", "redis_loading"),
    ] {
        assert_eq!(value(&host, query).await?, info(name)?, "{name}");
    }
    until(&host, "redis_info{server=\"redis\",mode=\"standalone\",eviction=\"allkeys-lru\"}", 1.0).await?;
    assert_eq!(value(&host, "redis_role{role=\"master\"}").await?, 1.0);
    assert_eq!(value(&host, "redis_errors_total{error=\"ERR\"}").await?, 1.0);
    // Everything that changes lies between what it was and what it is.
    let commands = value(&host, "redis_commands_processed_total").await?;
    let later = server.cli("INFO stats\n");
    assert!(later.contains("total_commands_processed:") && commands > 0.0);
    let used = value(&host, "redis_memory_used_bytes").await?;
    assert!((used / info("used_memory")? - 1.0).abs() < 0.5, "{used}");
    host.until_query("redis_cpu_utilization_ratio >= 0").await?;
    host.until_query("redis_ping_seconds > 0").await?;
    host.stop().await?;
    Ok(())
}
