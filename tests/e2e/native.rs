//! Native plugins: the same collector as a shared library, in a process of its own that dies alone.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::harness::{Host, Site, checkout, hash};

/// A guest that the build made as a shared library.
fn library(name: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| checkout().join("target"), PathBuf::from);
    let path = target.join("guests-native/release").join(format!("lib{name}.so"));
    assert!(path.exists(), "{} is missing: run `cargo xtask test`, which builds it", path.display());
    path
}

/// The configuration of a native plugin: one line below `plugins`.
fn native(name: &str, library_name: &str, more: &str) -> String {
    let path = library(library_name);
    format!("  {name}: {{ interval: 1s, native: \"{}\", sha256: {}{more} }}\n", path.display(), hash(&path))
}

fn config(plugins: &[String]) -> String {
    format!("monitoring_interval: 1s\nplugins:\n  system: {{ interval: 1s }}\n{}", plugins.concat())
}

const KERNEL: &str = ", grant: { cpu: true, memory: true, disk: true, net: true, process: true, kernel: true }";

/// Names and labels of what an instance measures, without what tells instances apart.
async fn series(host: &Host, plugin: &str) -> Result<BTreeSet<String>> {
    let found =
        host.until_query(&format!("{{plugin=\"{plugin}\",__name__!~\"system_process_.*_ratio|.*_bytes\"}}")).await?;
    let name = |labels: &Value| {
        let mut labels = labels.clone();
        if let Some(all) = labels.as_object_mut() {
            all.remove("plugin");
        }
        labels.to_string()
    };
    Ok(found.iter().map(|(labels, _)| name(labels)).collect())
}

/// The processes that the host started.
fn children(host: &Host) -> Result<Vec<Pid>> {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", host.pid().as_raw_nonzero()))?;
    let mut found = Vec::new();
    for task in tasks {
        let text = std::fs::read_to_string(task?.path().join("children")).unwrap_or_default();
        found.extend(text.split_whitespace().filter_map(|pid| Pid::from_raw(pid.parse().ok()?)));
    }
    Ok(found)
}

async fn restarts(host: &Host, name: &str, least: u64) -> Result<Value> {
    let found = |plugins: &Value| {
        let plugin = plugins["plugins"].as_array()?.iter().find(|plugin| plugin["name"] == name)?;
        (plugin["restarts"].as_u64()? >= least).then(|| plugin.clone())
    };
    host.until("/api/autobot/v1/plugins", found).await
}

#[tokio::test]
async fn a_native_plugin_measures_what_its_component_does_and_its_death_is_a_restart() -> Result<()> {
    let site = Site::new();
    site.write("autobot.yaml", config(&[native("native", "system", KERNEL)]));
    let host = site.start().await?;
    // What needs two collections is there of both.
    for plugin in ["native", "system"] {
        host.until_query(&format!("system_cpu_utilization_ratio{{plugin=\"{plugin}\"}}")).await?;
        host.until_query(&format!("rate(system_cpu_time_seconds_total{{plugin=\"{plugin}\",mode=\"idle\"}}[10s])"))
            .await?;
    }
    let (component, library) = (series(&host, "system").await?, series(&host, "native").await?);
    // Which processes and lines of interrupts are the top of a moment is another thing for each of the two.
    let is_top =
        |series: &&String| ["process", "line", "cgroup"].iter().any(|top| series.contains(&format!("\"{top}\":")));
    let apart: Vec<_> = component.symmetric_difference(&library).filter(|series| !is_top(series)).collect();
    assert!(apart.is_empty() && component.len() > 30, "{} and {}: {apart:#?}", component.len(), library.len());
    // A value that does not move is the same to the bit.
    for name in ["system_memory_limit_bytes", "system_filesystem_limit_bytes"] {
        let mut values = host.query(name).await?;
        values.sort_by(|one, other| one.0["mountpoint"].to_string().cmp(&other.0["mountpoint"].to_string()));
        assert!(values.chunks(2).all(|pair| pair[0].1 == pair[1].1), "{values:?}");
    }

    let child = *children(&host)?.first().context("a process of its own")?;
    let uptime = host.query("system_uptime_seconds{plugin=\"native\"}").await?[0].1;
    kill_process(child, Signal::KILL)?;
    let plugin = restarts(&host, "native", 1).await?;
    println!("{}", plugin["log"]);
    assert!(plugin["log"].to_string().contains("was killed (signal 9, SIGKILL) in `collect`"), "{plugin:#}");
    host.until("/api/v1/query?query=system_uptime_seconds%7Bplugin%3D%22native%22%7D", |answer| {
        let now: f64 = answer["data"]["result"][0]["value"][1].as_str()?.parse().ok()?;
        (now > uptime + 2.0).then_some(())
    })
    .await?;
    assert_eq!(restarts(&host, "native", 1).await?["restarts"], 1);
    host.stop().await?;
    Ok(())
}

#[tokio::test]
async fn whatever_a_native_plugin_does_stays_in_its_process() -> Result<()> {
    let site = Site::new();
    let hostile = |name: &str, more: &str| native(name, "hostile", &format!(", settings: {{ mode: {name} }}{more}"));
    site.write(
        "autobot.yaml",
        config(&[
            hostile("trap", ""),
            hostile("exit", ""),
            hostile("bomb", ", limits: { memory: 16MiB }"),
            hostile("spin", ", limits: { computing: 200ms }"),
            hostile("recurse", ""),
            hostile("transfer", ""),
            hostile("calls", ", limits: { calls: 1000 }"),
            hostile("flood", ""),
            hostile("escape", ""),
            native("greedy", "system", ""),
        ]),
    );
    let host = site.start().await?;
    for (name, said) in [
        ("trap", "it reached beyond its memory (signal 11, SIGSEGV) in `collect`"),
        ("exit", "it ended itself with exit code 0 in `collect`"),
        ("bomb", "it gave itself up (signal 6, SIGABRT) in `collect`; it wrote: memory allocation of"),
        ("spin", "it computed for more than 200ms in `collect` without an end (an endless loop?)"),
        ("recurse", "in `collect`"),
        ("transfer", "it handed more than 8192 KiB to the host at once in `collect`"),
        ("calls", "it made more than 1000 calls to the host in `collect`"),
    ] {
        let plugin = restarts(&host, name, 1).await?;
        let log = plugin["log"].to_string();
        println!("{name}: {log}");
        assert!(log.contains(said), "{name}: {plugin:#}");
    }
    // What it is not granted is denied where it asks, since nothing of it can be read before it runs.
    let greedy = host
        .until("/api/autobot/v1/plugins", |plugins| {
            let greedy = plugins["plugins"].as_array()?.iter().find(|plugin| plugin["name"] == "greedy")?.clone();
            (greedy["denied_total"].as_u64()? > 0).then_some(greedy)
        })
        .await?;
    assert!(greedy["log"].to_string().contains("`cpu` is not granted for `cpu.read`"), "{greedy:#}");
    // Every way out is closed: of files, the network, and other programs.
    let escapes = host.until_query("hostile_calls{plugin=\"escape\",number!=\"0\"}").await?;
    assert_eq!(escapes.len(), 6, "{escapes:?}");
    assert!(escapes.iter().all(|(_, got)| *got == 0.0), "{escapes:?}");
    // The system plugin beside them has all its ticks.
    let first = host.until_query("system_uptime_seconds{plugin=\"system\"}").await?[0].1;
    host.until("/api/v1/query?query=system_uptime_seconds%7Bplugin%3D%22system%22%7D", |answer| {
        let now: f64 = answer["data"]["result"][0]["value"][1].as_str()?.parse().ok()?;
        (now >= first + 3.0).then_some(())
    })
    .await?;
    host.stop().await?;
    Ok(())
}

#[tokio::test]
async fn a_library_runs_by_its_hash_alone() -> Result<()> {
    let site = Site::new();
    let wrong = native("wrong", "hostile", "").replace(&hash(&library("hostile")), &"0".repeat(64));
    let text = format!("  text: {{ native: \"{0}\", sha256: {1} }}\n", site.path("text").display(), {
        site.write("text", "no library");
        hash(&site.path("text"))
    });
    site.write("autobot.yaml", config(&[wrong, text]));
    let host = site.start().await?;
    for (name, said) in [("wrong", "the configuration pins 0000"), ("text", "this is no shared library")] {
        let reason = host
            .until("/api/autobot/v1/plugins", |plugins| {
                let plugin = plugins["plugins"].as_array()?.iter().find(|plugin| plugin["name"] == name)?;
                (plugin["state"] == "refused").then(|| plugin["reason"].to_string())
            })
            .await?;
        assert!(reason.contains(said), "{name}: {reason}");
    }
    assert!(children(&host)?.is_empty(), "nothing of it ran");
    Ok(())
}
