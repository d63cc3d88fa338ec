//! What exporters tell, through the real program and its plugin `prometheus`: Debian's node exporter, stopped and started again, and
//! servers with every fault that a server can have.

#[path = "web/mod.rs"]
pub(crate) mod web;

use std::collections::BTreeMap;
use std::process::Stdio;

use anyhow::{Context as _, Result};
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::harness::{Host, Site, checkout};
use web::{Server, answer};

/// A configuration in which one plugin collects each second, from a file as the program would bring it.
pub(crate) fn site(name: &str, targets: &str, settings: &str) -> Site {
    let site = Site::new();
    let path = checkout().join("plugins/dist").join(format!("{name}.wasm"));
    let bytes =
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask build`", path.display()));
    site.write(&format!("data/plugins/{name}.wasm"), bytes);
    let names: Vec<&str> =
        targets.lines().filter_map(|line| line.trim().split_once(':')).map(|(name, _)| name).collect();
    let text = format!(
        "monitoring_interval: 1s\ntargets:\n{targets}plugins:\n  system: {{ interval: 1s }}\n  \
         {name}: {{ interval: 1s, grant: {{ http: [{names}] }}, settings: {{ targets: [{names}], {settings} }} }}\n",
        names = names.join(", ")
    );
    site.write("autobot.yaml", text);
    site
}

/// How a plugin is, when `found` says that it is so.
pub(crate) async fn plugin(host: &Host, name: &str, found: impl Fn(&Value) -> bool) -> Result<Value> {
    host.until("/api/autobot/v1/plugins", |plugins| {
        let plugin = plugins["plugins"].as_array()?.iter().find(|plugin| plugin["name"] == name)?;
        found(plugin).then(|| plugin.clone())
    })
    .await
}

/// Whether its log has a line with these words.
pub(crate) fn says(plugin: &Value, words: &str) -> bool {
    let lines = plugin["log"].as_array().into_iter().flatten();
    lines.filter_map(|line| line["text"].as_str()).any(|line| line.contains(words))
}

/// Debian's node exporter on this port, if it can have it.
async fn exporter(port: u16) -> Result<Child> {
    let mut command = Command::new("prometheus-node-exporter");
    command.args(["--collector.disable-defaults", "--collector.loadavg", "--collector.meminfo", "--collector.uname"]);
    command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
    command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = command.spawn().context("the tests need the package prometheus-node-exporter")?;
    loop {
        anyhow::ensure!(child.try_wait()?.is_none(), "it ended: was the port taken?");
        if reqwest::get(format!("http://127.0.0.1:{port}/metrics")).await.is_ok() {
            return Ok(child);
        }
        tokio::task::yield_now().await;
    }
}

/// A port that was free a moment ago, and what came to listen on it.
async fn started_exporter() -> Result<(u16, Child)> {
    let mut last = None;
    for _ in 0..5 {
        let port = tokio::net::TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port();
        match exporter(port).await {
            Ok(child) => return Ok((port, child)),
            Err(error) => last = Some(error),
        }
    }
    Err(last.context("it was tried")?)
}

/// The series of a page as the host should have them: names and labels, and the value.
fn series(page: &str) -> BTreeMap<String, f64> {
    let lines = page.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let read = lines.filter_map(|line| {
        let (series, value) = line.rsplit_once(' ')?;
        Some((series.to_owned(), value.parse().ok()?))
    });
    read.collect()
}

#[tokio::test]
async fn all_that_a_node_exporter_tells_arrives_ends_with_it_and_comes_back() -> Result<()> {
    let (port, mut child) = started_exporter().await?;
    let site = site("prometheus", &format!("  node: {{ http: \"http://127.0.0.1:{port}\" }}\n"), "");
    let host = site.start().await?;
    host.until_query("up{target=\"node\"} == 1").await?;
    let page = reqwest::get(format!("http://127.0.0.1:{port}/metrics")).await?.text().await?;
    let expected = series(&page);
    assert!(expected.len() > 80, "{}", expected.len());
    let found = host.query("{target=\"node\",__name__!~\"up|scrape_.*\"}").await?;
    // Values that change from scrape to scrape are not compared, their series are.
    assert_eq!(found.len(), expected.values().filter(|value| !value.is_nan()).count());
    for steady in
        ["node_memory_MemTotal_bytes", "process_max_fds", "process_start_time_seconds", "go_gc_duration_seconds_count"]
    {
        let value = host.query(&format!("{steady}{{target=\"node\"}}")).await?.first().context(steady)?.1;
        if steady != "go_gc_duration_seconds_count" {
            assert_eq!(value, expected[steady], "{steady}");
        }
    }
    let told = host.get("/api/v1/metadata?metric=node_memory_MemTotal_bytes").await?;
    let told = &told["data"]["node_memory_MemTotal_bytes"][0];
    assert_eq!(told["type"], "gauge", "{told:#}");
    assert!(told["help"].as_str().is_some_and(|help| help.contains("Memory information field")), "{told:#}");
    assert_eq!(host.query("scrape_samples_scraped").await?[0].1, expected.len() as f64);
    child.kill().await?;
    host.until_query("up{target=\"node\"} == 0").await?;
    assert!(host.query("{target=\"node\",__name__=~\"(node|go)_.*\"}").await?.is_empty(), "its series have ended");
    let failed = plugin(&host, "prometheus", |plugin| plugin["reason"].is_string()).await?;
    assert!(failed["state"] == "running" && says(&failed, "node: "), "{failed:#}");
    let _child = exporter(port).await?;
    host.until_query("up{target=\"node\"} == 1").await?;
    host.until_query("node_load1{target=\"node\"}").await?;
    plugin(&host, "prometheus", |plugin| plugin["reason"].is_null()).await?;
    host.stop().await?;
    Ok(())
}

#[tokio::test]
async fn every_fault_of_a_server_ends_in_a_sentence_and_costs_the_others_nothing() -> Result<()> {
    let mut targets = String::new();
    let mut servers = Vec::new();
    let text = |body: &str| answer("200 OK", "text/plain; version=0.0.4", body.as_bytes());
    let long = format!("a 1\nb{{x=\"{}\"}} 1\n", "x".repeat(10 << 20));
    for (name, server) in [
        ("good", Server::fixed(text("# TYPE fine_total counter\nfine_total 7\n")).await?),
        ("hang", Server::silent().await?),
        ("endless", Server::endless().await?),
        ("junk", Server::fixed(answer("200 OK", "text/plain", &[b'a', 0xff, 0, 1, 2, b'\n'])).await?),
        ("html", Server::fixed(answer("200 OK", "text/html", b"<html>")).await?),
        ("error", Server::fixed(answer("500 Internal Server Error", "text/plain", b"no")).await?),
        ("line", Server::fixed(text(&long)).await?),
        ("twice", Server::fixed(text("c 1\nc 2\nd 3 3000\nd 4 2000\nd 5 4000\n")).await?),
        ("cut", Server::fixed(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\na 1\n".to_vec()).await?),
        ("nothing", Server::fixed(Vec::new()).await?),
    ] {
        targets += &format!("  {name}: {{ http: \"http://127.0.0.1:{}\" }}\n", server.port);
        servers.push(server);
    }
    let site = site("prometheus", &targets, "timeout_seconds: 1");
    let host = site.start().await?;
    host.until_query("fine_total{target=\"good\"} == 7").await?;
    for (query, value) in [("sum(up)", 2.0), ("count(up)", 10.0), ("c{target=\"twice\"}", 1.0), ("d", 5.0)] {
        assert_eq!(host.query(query).await?.first().with_context(|| query.to_owned())?.1, value, "{query}");
    }
    let doubles = "scrape_samples_left_out{target=\"twice\",reason=\"duplicate\"}";
    assert_eq!(host.query(doubles).await?[0].1, 3.0);
    let told = plugin(&host, "prometheus", |plugin| plugin["series"].as_u64() > Some(0)).await?;
    for words in [
        "hang: ",
        "endless: its answer has more than the 4194304 bytes",
        "junk: 1:2: a byte that is not UTF-8",
        "html: it answers with `text/html`",
        "error: it answered 500",
        "line: ",
        "twice: 3 samples are of series that are there already",
        "cut: ",
        "nothing: ",
    ] {
        assert!(says(&told, words), "{words}: {:#}", told["log"]);
    }
    assert_eq!((&told["state"], &told["restarts"]), (&"running".into(), &0.into()), "{told:#}");
    // The good one is scraped second by second while the one that hangs is left alone.
    host.until_query("count_over_time(fine_total[10s]) >= 5").await?;
    assert!(host.query("up{target=\"hang\"} == 0").await?.len() == 1, "still told of");
    host.stop().await?;
    Ok(())
}
