//! The services plugin as it is shipped, in the real host: a systemd and an engine that change, come up late, and hang.

mod bus;
mod engine;

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use serde_json::Value;
use tokio::net::UnixListener;

use crate::harness::{Host, Site};
use bus::Bus;
use engine::Engine;

/// A host whose system bus and engine's socket lie in its own folder.
async fn start(site: &Site, settings: &str) -> Result<Host> {
    site.write(
        "autobot.yaml",
        format!("monitoring_interval: 1s\nplugins:\n  services: {{ interval: 1s, settings: {{ {settings} }} }}\n"),
    );
    let (bus, socket) = (bus::address(&site.path("")), site.path("engine.sock").display().to_string());
    site.start_after(&format!("export DBUS_SYSTEM_BUS_ADDRESS='{bus}' DOCKER_HOST='unix://{socket}'")).await
}

/// The values of one label, sorted.
fn labels(found: &[(Value, f64)], name: &str) -> Vec<String> {
    let mut values: Vec<String> =
        found.iter().map(|(labels, _)| labels[name].as_str().unwrap_or_default().to_owned()).collect();
    values.sort();
    values
}

/// The plugin's document once `said` is in its log.
async fn until_said(host: &Host, said: &str) -> Result<Value> {
    host.until("/api/autobot/v1/plugins", |plugins| {
        let plugin = plugins["plugins"].as_array()?.iter().find(|plugin| plugin["name"] == "services")?;
        let log = plugin["log"].as_array()?;
        log.iter().any(|line| line["text"].as_str().is_some_and(|text| text.contains(said))).then(|| plugin.clone())
    })
    .await
}

#[tokio::test]
async fn a_unit_that_fails_restarts_and_disappears_is_told_at_each_turn() -> Result<()> {
    let site = Site::new();
    let bus = Bus::start(&site.path("")).await?;
    let host = start(&site, r#"units: ["*.service", 'dev-disk\x2d1.device', "absent.service"]"#).await?;

    host.until_query("service_up{service=\"redis-server.service\"} == 1").await?;
    assert_eq!(host.query("service_restarts_total{service=\"redis-server.service\"}").await?[0].1, 3.0);
    assert_eq!(host.query("service_memory_usage_bytes").await?[0].1, 8_404_992.0);
    assert_eq!(host.query("service_unit_count{state=\"active\"}").await?[0].1, 2.0);
    assert_eq!(labels(&host.query("service_system_state").await?, "state"), ["degraded"]);
    assert_eq!(labels(&host.query("service_failed").await?, "service"), ["redis-backup.service"]);
    assert_eq!(host.query("service_exit_status{result=\"exit-code\"}").await?[0].1, 3.0);
    let down = labels(&host.query("service_up == 0").await?, "service");
    assert_eq!(down, ["absent.service", "dev-disk\\x2d1.device", "redis-backup.service"]);

    let killed =
        HashMap::from([("Result", "signal".into()), ("ExecMainStatus", 9_i32.into()), ("MainPID", 0_u32.into())]);
    bus.turn("redis-server.service", "failed/failed", killed).await?;
    host.until_query("service_failed{service=\"redis-server.service\"}").await?;
    assert_eq!(host.query("service_up{service=\"redis-server.service\"}").await?[0].1, 0.0);
    assert_eq!(host.query("service_exit_status{result=\"signal\"}").await?[0].1, 9.0);

    let again =
        HashMap::from([("Result", "success".into()), ("NRestarts", 4_u32.into()), ("ExecMainStatus", 0_i32.into())]);
    bus.turn("redis-server.service", "active/running", again).await?;
    host.until_query("service_restarts_total{service=\"redis-server.service\"} == 4").await?;
    assert_eq!(labels(&host.query("service_failed").await?, "service"), ["redis-backup.service"]);
    bus.turn("redis-backup.service", "inactive/dead", HashMap::new()).await?;
    host.until_query("absent(service_failed)").await?;

    let strange = "a \"b\"\n\\x2d.service";
    bus.add(strange, "active/running").await?;
    host.until_query("service_up == 1 and service_up{service=~\"a .*\"}").await?;
    assert_eq!(labels(&host.query("service_up{service=~\"(?s)a .*\"}").await?, "service"), [strange]);

    bus.forget("redis-server.service").await?;
    host.until_query("absent({service=\"redis-server.service\"})").await?;
    host.stop().await?;
    Ok(())
}

#[tokio::test]
async fn containers_are_told_as_they_run_stop_and_are_removed() -> Result<()> {
    let site = Site::new();
    let engine = Engine::docker(&site.path("engine.sock"))?;
    engine.run(&[("cache", "running", 2), ("br?ken", "exited", 0)]);
    engine.break_bytes();
    let host = start(&site, "units: []").await?;

    host.until_query("container_up{container=\"cache\"} == 1").await?;
    for (series, value) in [
        ("container_cpu_time_seconds_total", 5.000123),
        ("container_memory_usage_bytes", 6_000_000.0),
        ("container_memory_limit_bytes", 100_000_000.0),
        ("container_restarts_total", 2.0),
        ("container_network_io_bytes_total{direction=\"transmit\"}", 200.0),
        ("container_disk_io_bytes_total{direction=\"read\"}", 1000.0),
        ("container_process_count", 7.0),
        ("container_health{health=\"healthy\"}", 1.0),
        ("container_start_time_seconds", 1_714_558_830.5),
    ] {
        let series = if series.contains('{') {
            series.replace('{', "{container=\"cache\",")
        } else {
            format!("{series}{{container=\"cache\"}}")
        };
        assert_eq!(host.query(&series).await?[0].1, value, "{series}");
    }
    assert_eq!(labels(&host.query("container_up == 0").await?, "container"), ["br\u{fffd}ken"]);
    assert_eq!(labels(&host.query("container_info{container=\"cache\"}").await?, "image"), ["redis:7"]);
    assert_eq!(labels(&host.query("container_engine_info").await?, "version"), ["28.3.2"]);

    engine.run(&[("cache", "exited", 2)]);
    host.until_query("container_exit_code{container=\"cache\"} == 137").await?;
    assert_eq!(host.query("container_up").await?.len(), 1, "the other one was removed");
    assert!(host.query("container_memory_usage_bytes").await?.is_empty());
    host.stop().await?;
    Ok(())
}

#[tokio::test]
async fn what_is_missing_is_said_once_and_is_found_when_it_comes_up() -> Result<()> {
    let site = Site::new();
    let host = start(&site, "").await?;
    until_said(&host, "systemd: not present").await?;
    let plugin = until_said(&host, "containers: not present").await?;
    assert_eq!(plugin["state"], "running", "{plugin:#}");
    assert_eq!(host.get("/api/autobot/v1/status").await?["counts"]["plugins_failing"], 0);
    let _bus = Bus::start(&site.path("")).await?;
    let engine = Engine::docker(&site.path("engine.sock"))?;
    engine.run(&[("cache", "running", 0)]);
    host.until_query("service_up{service=\"redis-server.service\"} and on() container_up").await?;
    let plugin = until_said(&host, "containers: there now").await?;
    let log = plugin["log"].as_array().context("its log")?;
    let absences = log.iter().filter(|line| line["text"].as_str().is_some_and(|text| text.contains("not present")));
    assert_eq!(absences.count(), 2, "{log:#?}");
    host.stop().await?;
    Ok(())
}

#[tokio::test]
async fn a_bus_and_an_engine_that_both_hang_do_not_end_the_plugin() -> Result<()> {
    let site = Site::new();
    let bus = Bus::start(&site.path("")).await?;
    bus.hang()?;
    // It takes connections and never answers.
    let _engine = UnixListener::bind(site.path("engine.sock"))?;
    let host = start(&site, "").await?;
    until_said(&host, "systemd: systemd did not answer").await?;
    let plugin = until_said(&host, "containers: ").await?;
    assert_eq!(plugin["restarts"], 0, "{plugin:#}");
    host.stop().await?;
    Ok(())
}
