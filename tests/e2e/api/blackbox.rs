//! What Debian's blackbox exporter tells of a probe, each family of it ours too, or excused with a reason.

use std::collections::BTreeSet;
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use tokio::process::Command;

use super::{Authority, Server, by_endpoint, site, until};
use crate::harness::Host;

/// Family, and what tells it here: a query that must have a result, or `-` and why there is none.
const FAMILIES: &str = include_str!("blackbox.tsv");

const MODULES: &str = "modules:\n  web:\n    prober: http\n    timeout: 5s\n    http:\n      tls_config: { insecure_skip_verify: true }\n      fail_if_body_not_matches_regexp: [fine]\n";

/// Names of the families of a probe.
async fn probe(exporter: &str, url: &str) -> Result<BTreeSet<String>> {
    let text = reqwest::get(format!("{exporter}/probe?module=web&target={url}")).await?.text().await?;
    ensure!(text.contains("\nprobe_success 1"), "the exporter's own probe failed: {text}");
    Ok(text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next().map(str::to_owned)).collect())
}

/// Waits until the exporter answers; it tells nobody when it does.
async fn started(exporter: &str) -> Result<()> {
    let answers = async {
        while reqwest::get(exporter).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(crate::harness::PATIENCE, answers).await.context("the exporter never answered")
}

async fn is_told(host: &Host, query: &str) -> Result<bool> {
    Ok(!host.query(query).await?.is_empty())
}

#[tokio::test]
async fn each_family_of_the_blackbox_exporter_is_told_or_excused() -> Result<()> {
    let server = Server::https(&Authority::new()?.certify(2020, 2090)?).await?;
    let url = format!("https://{}/ok", server.address);
    let site = site(
        &serde_json::json!({
            "grant": {"http": [url], "websocket": false},
            "settings": {"endpoints": [{"name": "web", "url": url, "verify": false, "text": "fine"}], "interval": "1s"}
        }),
        &serde_json::json!({}),
    );
    site.write("blackbox.yml", MODULES);
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let exporter = format!("http://127.0.0.1:{port}");
    let mut command = Command::new("prometheus-blackbox-exporter");
    command.arg(format!("--config.file={}", site.path("blackbox.yml").display()));
    command.arg(format!("--web.listen-address=127.0.0.1:{port}")).stdout(Stdio::null()).stderr(Stdio::null());
    let _child = command
        .kill_on_drop(true)
        .spawn()
        .context("the tests need the package prometheus-blackbox-exporter: install it")?;
    started(&exporter).await?;
    let families = probe(&exporter, &url).await?;
    let host = site.start().await?;
    until(&host, "http_check_up", 1.0).await?;
    assert_eq!(by_endpoint(&host, "http_check_info", "tls").await?.get("web").map(String::as_str), Some("TLSv1.3"));
    let rows = FAMILIES.lines().filter(|line| !line.starts_with('#'));
    let known: Vec<(&str, &str)> = rows.filter_map(|line| line.split_once('\t')).collect();
    let missing: Vec<&String> =
        families.iter().filter(|family| !known.iter().any(|(name, _)| name == family)).collect();
    assert!(missing.is_empty(), "neither told nor excused: {missing:#?}");
    for (family, told) in known {
        match told.strip_prefix("-\t") {
            Some(reason) => assert!(reason.ends_with('.'), "{family}: an excuse is a sentence: {reason}"),
            None => assert!(is_told(&host, told).await?, "{family} should be told by {told}"),
        }
    }
    host.stop().await?;
    Ok(())
}
