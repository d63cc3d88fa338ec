//! Beside the Prometheus exporter for Redis: every family that it has of a master and its replica is told here too, or excused.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};

use super::{Server, at, site, until};
use crate::harness::PATIENCE;

struct Exporter(Child);

impl Drop for Exporter {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The names of the families that the exporter has of a server. It says nothing once it listens, so it is asked until it answers.
async fn families(server: &Server) -> Result<BTreeSet<String>> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let child = Command::new("prometheus-redis-exporter")
        .args([
            "-export-client-list",
            "-redis.addr",
            &server.url(),
            "-web.listen-address",
            &format!("127.0.0.1:{port}"),
        ])
        .stderr(Stdio::null())
        .spawn()
        .context("the tests need Debian's package `prometheus-redis-exporter`")?;
    let _exporter = Exporter(child);
    let url = format!("http://127.0.0.1:{port}/metrics");
    let asked = tokio::time::timeout(PATIENCE, async {
        loop {
            match reqwest::get(&url).await {
                Ok(answer) => return answer.text().await,
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
            }
        }
    });
    let text = asked.await.context("the exporter never listened")??;
    let named = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    Ok(named.filter(|name| name.starts_with("redis_")).map(str::to_owned).collect())
}

#[tokio::test]
async fn every_family_of_the_exporter_is_told_or_excused() -> Result<()> {
    let master =
        Server::start(&["--port", "PORT", "--latency-monitor-threshold", "1", "--repl-diskless-sync-delay", "0"]);
    let replica = Server::start(&["--replicaof", &format!("127.0.0.1 {}", master.port)]);
    master.cli("SET a 1\nNOSUCH\nEVAL \"local x = 0; for i = 1, 3000000 do x = x + i end\" 0\n");
    let site = site(&[("master", at(&master)), ("replica", at(&replica))], "");
    let host = site.start().await?;
    until(&host, "redis_master_link_up{target=\"replica\"}", 1.0).await?;
    host.until_query("redis_replica_online{target=\"master\"} == 1").await?;
    host.until_query("redis_replica_lag_seconds{target=\"master\"} >= 0").await?;
    host.until_query("redis_replica_behind_bytes{target=\"master\"} == 0").await?;
    host.until_query("redis_role{target=\"replica\",role=\"slave\"} == 1").await?;
    host.until_query("redis_latency_event_seconds").await?;
    host.until_query("redis_command_duration_seconds_bucket{target=\"replica\"}").await?;

    let mut theirs = families(&master).await?;
    theirs.extend(families(&replica).await?);
    assert!(theirs.len() > 120, "{theirs:?}");
    let ours = host.query("{plugin=\"redis\"}").await?;
    let ours: BTreeSet<&str> = ours.iter().filter_map(|(labels, _)| labels["__name__"].as_str()).collect();
    let rows = include_str!("exporter.tsv").lines().filter(|line| !line.starts_with('#'));
    let table: BTreeMap<&str, Vec<&str>> =
        rows.filter_map(|row| row.split_once('\t')).map(|(name, rest)| (name, rest.split('\t').collect())).collect();
    for name in &theirs {
        let row = table.get(name.as_str()).with_context(|| format!("the exporter's `{name}` is not in the table"))?;
        match row.as_slice() {
            [reason] if reason.starts_with('-') => assert!(reason.len() > 10, "{name}: {reason}"),
            [own] => assert!(ours.contains(own), "{name}: there is no `{own}`"),
            [own, when] => assert!(own.starts_with("redis_") && when.len() > 10, "{name}: {row:?}"),
            _ => anyhow::bail!("{name}: {row:?}"),
        }
    }
    // What it tells sometimes, or only in other versions with what is excused, need not be there.
    let always = |row: &[&str]| row.len() == 1 && !row[0].starts_with('-');
    let unused: Vec<_> = table.iter().filter(|(name, row)| always(row) && !theirs.contains(**name)).collect();
    assert!(unused.is_empty(), "{unused:?}");
    host.stop().await?;
    Ok(())
}
