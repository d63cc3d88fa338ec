//! The api plugin through the real program, against a server for every way of not answering.

mod blackbox;
mod server;

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::harness::{Host, Site, checkout};
use server::{Authority, Full, Identity, OPERATIONS, PACE, Server};

/// A host whose only plugin beside `system` is this one. `plugin` is what the configuration says of it, `targets` what there is to reach.
fn site(plugin: &Value, targets: &Value) -> Site {
    let site = Site::new();
    let path = checkout().join("plugins/dist/api.wasm");
    let bytes =
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask build`", path.display()));
    site.write("data/plugins/api.wasm", bytes);
    // JSON is YAML.
    let config = serde_json::json!({"monitoring_interval": "1s", "targets": targets, "plugins": {"api": plugin}});
    site.write("autobot.yaml", config.to_string());
    site
}

/// Values by endpoint.
async fn by_endpoint(host: &Host, query: &str, label: &str) -> Result<BTreeMap<String, String>> {
    let word = |labels: &Value, name: &str| labels[name].as_str().unwrap_or_default().to_owned();
    let found = host.query(query).await?;
    Ok(found.iter().map(|(labels, _)| (word(labels, "endpoint"), word(labels, label))).collect())
}

async fn value(host: &Host, query: &str) -> Result<f64> {
    Ok(host.query(query).await?.first().with_context(|| format!("{query} has no value"))?.1)
}

/// Waits until a query has this one value.
async fn until(host: &Host, query: &str, value: f64) -> Result<()> {
    host.until_query(&format!("({query}) == {value}")).await.map(drop)
}

async fn plugin(host: &Host, found: impl Fn(&Value) -> bool) -> Result<Value> {
    host.until("/api/autobot/v1/plugins", |plugins| {
        let plugin = plugins["plugins"].as_array()?.iter().find(|plugin| plugin["name"] == "api")?;
        found(plugin).then(|| plugin.clone())
    })
    .await
}

fn log(plugin: &Value) -> Vec<&str> {
    plugin["log"].as_array().into_iter().flatten().filter_map(|line| line["text"].as_str()).collect()
}

#[tokio::test]
async fn every_endpoint_of_a_document_is_checked_and_nothing_else() -> Result<()> {
    let server = Server::http().await?;
    let site = site(
        &serde_json::json!({
            "grant": {"http": ["backend"], "websocket": false},
            "limits": {"in_flight": 64},
            "settings": {"target": "backend", "openapi": "/openapi.json", "interval": "2s", "concurrency": 64, "connections": 64}
        }),
        &serde_json::json!({"backend": {"http": server.url(""), "bearer": "hush"}}),
    );
    let host = site.start().await?;
    until(&host, "count(http_check_up)", OPERATIONS as f64).await?;
    for (query, expected) in [
        ("sum(http_check_up{target=\"backend\"})", OPERATIONS as f64),
        ("http_check_discovery_up", 1.0),
        ("http_check_discovery_operations{state=\"checked\"}", OPERATIONS as f64),
        ("http_check_discovery_operations{state=\"without_example\"}", 1.0),
        ("http_check_discovery_operations{state=\"endless\"}", 1.0),
        ("count(http_check_info{tag=\"items\",method=\"GET\",version=\"1.1\"})", 130.0),
        ("count(http_check_info{url=\"/api/items4/4\",endpoint=\"/api/items4/{id}\"})", 1.0),
        ("count(http_check_phase_seconds{phase=\"dns\"}) or vector(0)", 0.0),
        ("count(http_check_phase_seconds{phase=\"first_byte\"})", OPERATIONS as f64),
        ("count(http_check_duration_seconds_bucket{le=\"+Inf\"} > 0)", OPERATIONS as f64),
    ] {
        assert_eq!(value(&host, query).await?, expected, "{query}");
    }
    // What a plugin may have when nothing is said is enough, with the baselines that come after fifteen answers.
    until(&host, "count(http_check_duration_baseline_seconds)", OPERATIONS as f64).await?;
    let plugin = plugin(&host, |plugin| plugin["state"] == "running").await?;
    assert!(plugin["reason"].is_null(), "{plugin:#}");
    assert_eq!(plugin["denied_total"], 0);
    assert!(server.at_once() <= 64, "{} connections at once", server.at_once());
    assert_eq!(server.changing(), 0, "only what changes nothing is asked");
    assert_eq!(server.with_credentials(), server.requests(), "the host adds the target's credentials");
    host.stop().await?;
    Ok(())
}

#[tokio::test]
async fn every_fault_ends_in_time_as_a_metric_a_word_and_a_sentence() -> Result<()> {
    let (server, other, silent, full) =
        (Server::http().await?, Server::http().await?, Server::silent().await?, Full::new().await?);
    let nameless = format!("http://{}/", "x".repeat(64));
    let gone = Server::http().await?.url("/");
    let of = |path: &str| server.url(path);
    let secure = |server: &Server| format!("https://{}/", server.address);
    let away = format!("/away?{}", other.address);
    let json = |path: &str, value: Value| serde_json::json!({"json": {path: value}});
    let none = || serde_json::json!({});
    #[rustfmt::skip]
    let faults = [
        ("gone", gone.clone(), none(), "refused"),
        // A label of so many letters is refused before anybody is asked for it.
        ("no name", nameless.clone(), none(), "dns"),
        ("hang at connect", format!("http://{}/", full.address), none(), "timeout"),
        ("hang at tls", secure(&silent), none(), "timeout"),
        ("hang before head", of("/hang-head"), none(), "timeout"),
        ("hang in head", of("/hang-in-head"), none(), "timeout"),
        ("hang in body", of("/hang-body"), none(), "timeout"),
        ("reset in body", of("/reset"), none(), "reset"),
        ("wrong length", of("/short"), none(), "reset"),
        ("no tls", secure(&server), none(), "tls"),
        ("no http", of("/garbage"), none(), "protocol"),
        // A server of HTTP/1.1 answers with words that are no frames, and may have hung up before they are read.
        ("no http2", of("/ok"), serde_json::json!({"http": "2"}), "protocol or reset"),
        ("huge", of("/huge"), none(), "too_large"),
        ("too long", of("/line"), serde_json::json!({"max_bytes": 1000}), "too_large"),
        ("too short", of("/ok"), serde_json::json!({"min_bytes": 5}), "body"),
        ("loop", of("/loop"), none(), "redirect"),
        ("away", of(&away), none(), "redirect"),
        ("broken", of("/broken"), none(), "status"),
        ("redirect not followed", of("/once"), serde_json::json!({"redirects": 0}), "status"),
        ("one line of 10 MiB", of("/line"), serde_json::json!({"text": "y"}), "body"),
        ("half json", of("/half-json"), json("$.status", "ok".into()), "body"),
        ("other json", of("/json"), json("$.status", "down".into()), "body"),
        ("no such json", of("/json"), json("$.nodes[3].up", true.into()), "body"),
        ("keyword missing", of("/ok"), serde_json::json!({"text": "excellent"}), "body"),
        ("bad word", of("/ok"), serde_json::json!({"not_text": "fine"}), "body"),
        ("other header", of("/ok"), serde_json::json!({"answer_headers": {"X-Served-By": "nobody"}}), "header"),
        ("not granted", format!("http://{}/", other.address), none(), "denied"),
        ("no such target", String::new(), serde_json::json!({"target": "nobody", "path": "/"}), "denied"),
        ("", of("/ok"), none(), ""),
        ("once", of("/once"), none(), ""),
        ("json", of("/json"), serde_json::json!({"json": {"$.nodes[0].up": true, "nodes[0].load": 0.5, "status": "ok"}}), ""),
        ("line", of("/line"), serde_json::json!({"text": "x", "min_bytes": 10 << 20, "max_bytes": 10 << 20}), ""),
        ("head", of("/ok"), serde_json::json!({"method": "HEAD"}), ""),
        ("posted", of("/ok"), serde_json::json!({"method": "POST", "unsafe_methods": true, "body": "x"}), ""),
    ];
    let endpoints: Vec<Value> = faults
        .iter()
        .map(|(name, url, more, _)| {
            let mut endpoint = more.clone();
            endpoint["name"] = (*name).into();
            endpoint["url"] = url.as_str().into();
            endpoint
        })
        .collect();
    let (ours, full) = (server.url("/**"), format!("http://{}/**", full.address));
    let granted =
        [&*ours, &ours.replace("http:", "https:"), &format!("https://{}/**", silent.address), &full, &gone, &nameless];
    let site = site(
        &serde_json::json!({
            "grant": {"http": granted, "websocket": false},
            "limits": {"in_flight": 40, "log_lines": 100},
            "settings": {"endpoints": endpoints, "interval": "1s", "timeout": "2s", "concurrency": 40, "connections": 40}
        }),
        &serde_json::json!({}),
    );
    let host = site.start().await?;
    until(&host, "count(http_check_up)", faults.len() as f64).await?;
    let reasons = by_endpoint(&host, "http_check_failed", "reason").await?;
    for (name, url, _, reason) in &faults {
        let endpoint = if name.is_empty() { url } else { *name };
        let told = reasons.get(endpoint).map_or("", String::as_str);
        assert!(reason.split(" or ").any(|reason| reason == told), "{endpoint} is not {reason}: {reasons:#?}");
        let up = value(&host, &format!("http_check_up{{endpoint=\"{endpoint}\"}}")).await?;
        assert_eq!(up, if reason.is_empty() { 1.0 } else { 0.0 }, "{endpoint}");
    }
    assert_eq!(value(&host, "http_check_status_code{endpoint=\"broken\"}").await?, 500.0);
    assert_eq!(value(&host, "http_check_redirects{endpoint=\"once\"}").await?, 1.0);
    assert_eq!(value(&host, "http_check_body_bytes{endpoint=\"line\"}").await?, f64::from(10 << 20));
    assert!(host.query("http_check_status_code{endpoint=\"gone\"}").await?.is_empty(), "without an answer no status");
    assert_eq!(other.requests(), 0, "a redirect out of the grant is not followed, and what is not granted not asked");
    let plugin = plugin(&host, |plugin| plugin["state"] == "running").await?;
    assert!(plugin["reason"].is_null(), "a failing endpoint is no failing plugin: {plugin:#}");
    let log = log(&plugin).join("\n");
    assert!(log.contains("more endpoints began to fail"), "a log is not flooded:\n{log}");
    host.stop().await?;
    Ok(())
}

#[tokio::test]
async fn a_server_that_stops_is_down_and_comes_back_by_itself() -> Result<()> {
    let server = Server::http().await?;
    let port = server.address.port();
    let site = site(
        &serde_json::json!({
            "grant": {"http": ["backend"], "websocket": false},
            "settings": {"target": "backend", "endpoints": ["/ok"], "interval": "1s"}
        }),
        &serde_json::json!({"backend": {"http": server.url("")}}),
    );
    let host = site.start().await?;
    until(&host, "http_check_up{endpoint=\"/ok\",target=\"backend\"}", 1.0).await?;
    let counted = value(&host, "http_check_duration_seconds_count").await?;
    drop(server);
    until(&host, "http_check_failed{reason=\"refused\"}", 1.0).await?;
    until(&host, "http_check_up", 0.0).await?;
    let _again = Server::http_on(port).await?;
    until(&host, "http_check_up", 1.0).await?;
    host.until_query(&format!("http_check_duration_seconds_count > {counted}")).await?;
    assert!(host.query("http_check_failed").await?.is_empty());
    let plugin = plugin(&host, |plugin| log(plugin).iter().any(|line| line.ends_with("fine again"))).await?;
    let lines = log(&plugin);
    let place = format!("http://127.0.0.1:{port}/ok");
    assert!(lines.contains(&&*format!("backend: /ok: {place} refused the connection")), "{lines:#?}");
    assert!(lines.contains(&"backend: /ok: fine again"), "{lines:#?}");
    assert_eq!(plugin["restarts"], 0, "{plugin:#}");
    host.stop().await?;
    Ok(())
}

#[tokio::test]
async fn certificates_tell_when_they_end_and_whether_they_are_trusted() -> Result<()> {
    let authority = Authority::new()?;
    let good = Server::https(&authority.certify(2020, 2090)?).await?;
    let expired = Server::https(&authority.certify(2020, 2024)?).await?;
    let lone = Server::https(&Identity::self_signed()?).await?;
    let url = |server: &Server| format!("https://{}/ok", server.address);
    let endpoints = serde_json::json!([
        {"name": "good", "url": url(&good)}, {"name": "expired", "url": url(&expired)}, {"name": "lone", "url": url(&lone)},
        {"name": "lenient", "url": url(&lone), "verify": false}, {"name": "of a target", "target": "lone", "path": "/ok"}
    ]);
    let site = site(
        &serde_json::json!({
            "grant": {"http": ["lone", url(&good), url(&expired), url(&lone)], "websocket": false},
            "settings": {"endpoints": endpoints, "interval": "1s"}
        }),
        &serde_json::json!({"lone": {"http": format!("https://{}", lone.address), "bearer": "hush"}}),
    );
    site.write("root.pem", &authority.pem);
    let host = site.start_after(&format!("export SSL_CERT_FILE={}", site.path("root.pem").display())).await?;
    until(&host, "count(http_check_up)", 5.0).await?;
    for (endpoint, up, trusted) in [
        ("good", 1.0, 1.0),
        ("expired", 0.0, 0.0),
        ("lone", 0.0, 0.0),
        ("lenient", 1.0, 0.0),
        ("of a target", 0.0, 0.0),
    ] {
        let of = |name: &str| format!("{name}{{endpoint=\"{endpoint}\"}}");
        assert_eq!(value(&host, &of("http_check_up")).await?, up, "{endpoint}");
        assert_eq!(value(&host, &of("http_check_certificate_trusted")).await?, trusted, "{endpoint}");
    }
    assert_eq!(
        by_endpoint(&host, "http_check_failed", "reason").await?.get("expired").map(String::as_str),
        Some("tls")
    );
    // 2090-03-04 and 2024-03-04, both at midnight, in seconds since the epoch.
    for (endpoint, ends) in [("good", 3_792_268_800.0), ("expired", 1_709_510_400.0)] {
        let of = |name: &str| format!("time() + {name}{{endpoint=\"{endpoint}\"}}");
        for name in ["http_check_certificate_expiry_seconds", "http_check_certificate_chain_expiry_seconds"] {
            let found = value(&host, &of(name)).await?;
            assert!((found - ends).abs() < 600.0, "{endpoint}: {found}");
        }
    }
    assert_eq!(value(&host, "count(http_check_info{tls=\"TLSv1.3\",endpoint=\"good\"})").await?, 1.0);
    assert_eq!(lone.with_credentials(), 0, "whoever cannot be trusted gets no credentials");
    host.stop().await?;
    Ok(())
}

#[tokio::test]
async fn websockets_tell_how_long_handshake_ping_and_echo_take() -> Result<()> {
    let (echo, mute, web) = (Server::websocket(true).await?, Server::websocket(false).await?, Server::http().await?);
    let url = |server: &Server| format!("ws://{}/ok", server.address);
    let sockets = serde_json::json!([
        {"name": "echo", "target": "echo", "path": "/ok", "message": "how are you", "reply": "are"},
        {"name": "ping", "url": url(&echo)},
        {"name": "mute", "url": url(&mute), "message": "hello", "timeout": "1s"},
        {"name": "other reply", "url": url(&echo), "message": "hello", "reply": "goodbye"},
        {"name": "no websocket", "url": url(&web)}
    ]);
    let site = site(
        &serde_json::json!({
            "grant": {"http": false, "websocket": ["echo", url(&echo), url(&mute), url(&web)]},
            "settings": {"websockets": sockets, "interval": "1s"}
        }),
        &serde_json::json!({"echo": {"http": format!("http://{}", echo.address)}}),
    );
    let host = site.start().await?;
    until(&host, "count(websocket_check_up)", 5.0).await?;
    assert_eq!(value(&host, "sum(websocket_check_up)").await?, 2.0);
    let reasons = by_endpoint(&host, "websocket_check_failed", "reason").await?;
    let expected = [("mute", "timeout"), ("no websocket", "status"), ("other reply", "body")];
    assert_eq!(reasons, expected.map(|(name, reason)| (name.to_owned(), reason.to_owned())).into());
    for query in [
        "websocket_check_ping_seconds{endpoint=\"echo\",target=\"echo\"} > 0",
        "websocket_check_echo_seconds{endpoint=\"echo\"} > 0",
        "websocket_check_phase_seconds{endpoint=\"echo\",phase=\"handshake\"} > 0",
        "websocket_check_ping_seconds{endpoint=\"ping\"} > 0",
    ] {
        assert_eq!(host.query(query).await?.len(), 1, "{query}");
    }
    assert!(host.query("websocket_check_echo_seconds{endpoint=\"ping\"}").await?.is_empty());
    host.stop().await?;
    Ok(())
}

#[tokio::test]
async fn without_endpoints_it_rests_and_what_would_change_something_is_refused() -> Result<()> {
    let server = Server::http().await?;
    let grant = serde_json::json!({"http": [server.url("/**")], "websocket": false});
    let idle = site(&serde_json::json!({"grant": grant}), &serde_json::json!({}));
    let host = idle.start().await?;
    let plugin_now = plugin(&host, |plugin| !log(plugin).is_empty()).await?;
    assert_eq!(plugin_now["state"], "running");
    assert!(
        log(&plugin_now)[0]
            .starts_with("nothing to measure here: no endpoint is named; say in the plugin's `settings`")
    );
    host.stop().await?;
    let settings = serde_json::json!({"endpoints": [{"url": server.url("/ok"), "method": "DELETE"}]});
    let changing = site(&serde_json::json!({"grant": grant, "settings": settings}), &serde_json::json!({}));
    let host = changing.start().await?;
    let refused = plugin(&host, |plugin| plugin["reason"].is_string()).await?;
    let reason = refused["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("has the method `DELETE`, which may change something there"), "{reason}");
    assert_eq!(server.requests(), 0);
    host.stop().await?;
    Ok(())
}

/// One run of curl: seconds of connecting, until the first byte after it, and from there to the end.
fn curl(url: &str) -> Result<[f64; 3]> {
    let format = "%{time_connect} %{time_pretransfer} %{time_starttransfer} %{time_total}";
    let run = std::process::Command::new("curl").args(["-s", "-o", "/dev/null", "-w", format, url]).output();
    let run = run.context("the tests need curl: install the package curl")?;
    let text = String::from_utf8(run.stdout)?;
    let times: Vec<f64> = text.split(' ').map(str::parse).collect::<Result<_, _>>()?;
    let [connect, before, first, total] = times[..] else { anyhow::bail!("curl wrote `{text}`") };
    Ok([connect, first - before, total - first])
}

/// Seconds by which the two medians may differ. A busy machine makes single runs late, or their parts early; not half of them for long.
const TOLERANCE: f64 = 0.02;

fn median(of: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = of.collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

#[tokio::test]
async fn phases_take_as_long_as_curl_says() -> Result<()> {
    let server = Server::http().await?;
    let url = server.url("/paced");
    let site = site(
        &serde_json::json!({
            "grant": {"http": [url], "websocket": false}, "settings": {"endpoints": [{"name": "paced", "url": url}], "interval": "1s"}
        }),
        &serde_json::json!({}),
    );
    let host = site.start().await?;
    host.until_query("http_check_phase_seconds{phase=\"body\"}").await?;
    let mut runs = Vec::new();
    let (mut ours, mut theirs) = ([0.0; 3], [0.0; 3]);
    for _ in 0..200 {
        let asked = url.clone();
        runs.push(tokio::task::spawn_blocking(move || curl(&asked)).await??);
        theirs = std::array::from_fn(|at| median(runs.iter().map(|run: &[f64; 3]| run[at])));
        for (at, phase) in ["connect", "first_byte", "body"].into_iter().enumerate() {
            let query = format!("quantile_over_time(0.5, http_check_phase_seconds{{phase=\"{phase}\"}}[10m])");
            ours[at] = value(&host, &query).await?;
        }
        let pace = PACE.as_secs_f64();
        let is_paced = (ours[1] - pace).abs() <= TOLERANCE && (ours[2] - pace).abs() <= TOLERANCE;
        if is_paced && ours.iter().zip(theirs).all(|(ours, theirs)| (ours - theirs).abs() <= TOLERANCE) {
            host.stop().await?;
            return Ok(());
        }
    }
    anyhow::bail!("the medians of 200 runs of curl are {theirs:?}, and ours {ours:?}")
}
