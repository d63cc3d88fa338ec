//! Plugins dropped into the folder of a running host: good, broken, greedy and hostile ones.

use std::time::Duration;

use anyhow::Result;
use serde_json::Value;

use crate::harness::{Site, checkout};

/// How long the others are watched beside the hostile ones; `cargo xtask prove hostile` watches for two minutes.
fn watched() -> Duration {
    let seconds = std::env::var("AUTOBOT_PROOF_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(12))
}

/// Ways to go wrong that a plugin is restarted for, and those that it goes on with.
const RESTARTED: [&str; 6] = ["spin", "trap", "bomb", "recurse", "calls", "transfer"];
const GOES_ON: [&str; 11] =
    ["flood", "churn", "samples", "label", "handles", "columns", "yesterday", "tomorrow", "state", "chatter", "fail"];

fn guest(path: &str) -> Vec<u8> {
    let path = checkout().join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask build`", path.display()))
}

fn plugin<'a>(plugins: &'a Value, name: &str) -> Option<&'a Value> {
    plugins["plugins"].as_array()?.iter().find(|plugin| plugin["name"] == name)
}

#[tokio::test]
async fn what_is_no_plugin_is_refused_by_name_and_the_rest_runs() -> Result<()> {
    let site = Site::new();
    let host = site.start().await?;
    host.until_query("system_cpu_utilization_ratio").await?;
    let system = guest("plugins/dist/system.wasm");
    site.write("data/plugins/junk.wasm", "this is no plugin");
    site.write("data/plugins/cut.wasm", &system[..system.len() / 2]);
    // The same code with one byte more in a custom section is not the shipped one: nothing is granted to it.
    site.write("data/plugins/stranger.wasm", [&system[..], &[0, 2, 1, b'x']].concat());
    for (name, said) in [("junk", "WebAssembly"), ("cut", "cut"), ("stranger", "grant")] {
        let reason = host
            .until("/api/autobot/v1/plugins", |plugins| {
                let plugin = plugin(plugins, name)?;
                (plugin["state"] == "refused").then(|| plugin["reason"].as_str().unwrap_or_default().to_owned())
            })
            .await?;
        println!("{name}: {reason}");
        assert!(reason.contains(said), "{name}: {reason}");
    }
    let before = host.query("system_uptime_seconds").await?[0].1;
    host.until("/api/v1/query?query=system_uptime_seconds", |answer| {
        let now: f64 = answer["data"]["result"][0]["value"][1].as_str()?.parse().ok()?;
        (now > before).then_some(())
    })
    .await
}

#[tokio::test]
async fn a_dropped_plugin_measures_and_a_removed_one_ends() -> Result<()> {
    let site = Site::new();
    let host = site.start().await?;
    host.until_query("system_uptime_seconds{plugin=\"system\"}").await?;
    site.write("data/plugins/second.wasm", guest("plugins/dist/system.wasm"));
    host.until_query("system_uptime_seconds{plugin=\"second\"}").await?;
    std::fs::remove_file(site.path("data/plugins/second.wasm"))?;
    host.until("/api/v1/query?query=system_uptime_seconds%7Bplugin%3D%22second%22%7D", |answer| {
        answer["data"]["result"].as_array()?.is_empty().then_some(())
    })
    .await
}

#[tokio::test]
async fn hostile_plugins_cost_the_others_no_tick() -> Result<()> {
    let site = Site::new();
    let hostile = |name: &&str| {
        let limits = "limits: { memory: 16MiB, computing: 200ms, calls: 1000, new_series: 500 }";
        format!("  {name}: {{ plugin: hostile, settings: {{ mode: {name} }}, {limits} }}\n")
    };
    let all: String = RESTARTED.iter().chain(&GOES_ON).map(hostile).collect();
    site.write("autobot.yaml", format!("monitoring_interval: 1s\nplugins:\n  system: {{ interval: 1s }}\n{all}"));
    site.write("data/plugins/hostile.wasm", guest("tests/guests/dist/hostile.wasm"));
    let host = site.start().await?;
    for name in RESTARTED {
        host.until("/api/autobot/v1/plugins", |plugins| {
            let plugin = plugin(plugins, name)?;
            (plugin["restarts"].as_u64()? >= 1 && plugin["reason"].is_string()).then_some(())
        })
        .await?;
    }
    // Each is named with what it does wrong.
    for name in GOES_ON {
        host.until("/api/autobot/v1/plugins", |plugins| {
            let log = plugin(plugins, name)?["log"].as_array()?;
            log.iter().any(|said| said["level"] == "failed" || said["level"] == "warn").then_some(())
        })
        .await?;
    }
    let memory = host.resident();
    // Every second has its sample, the longest gap between two is that of one tick.
    let seconds = watched().as_secs();
    let first = host.until_query("system_uptime_seconds").await?[0].1;
    // By parts, since no single wait may last that long.
    for part in (1..=seconds).filter(|second| second % 20 == 0 || *second == seconds) {
        host.until("/api/v1/query?query=system_uptime_seconds", |answer| {
            let now: f64 = answer["data"]["result"][0]["value"][1].as_str()?.parse().ok()?;
            (now >= first + part as f64).then_some(())
        })
        .await?;
    }
    let raw = host.get(&format!("/api/v1/query?query=system_uptime_seconds%5B{seconds}s%5D")).await?;
    let samples = raw["data"]["result"][0]["values"].as_array().expect("a matrix").clone();
    let times: Vec<i64> =
        samples.iter().map(|sample| (sample[0].as_f64().unwrap_or_default() * 1000.0).round() as i64).collect();
    assert!(times.len() as u64 >= seconds - 1, "{} samples in {seconds} s: {times:?}", times.len());
    for pair in times.windows(2) {
        assert_eq!(pair[1] - pair[0], 1000, "a tick is missing: {times:?}");
    }
    let grown = host.resident().saturating_sub(memory);
    println!("{} ticks in {seconds} s, memory grew by {} KiB from {} KiB", times.len(), grown, memory);
    assert!(grown < 64 << 10, "its memory grew from {memory} KiB by {grown} KiB");
    Ok(())
}
