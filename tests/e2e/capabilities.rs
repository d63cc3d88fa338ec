//! Every function of the interface through the real program: granted to what is really there, refused, and bounded.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::harness::{Host, Site, checkout};

fn asker(site: &Site) {
    let path = checkout().join("tests/guests/dist/asker.wasm");
    let bytes =
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run `cargo xtask test`", path.display()));
    site.write("data/plugins/asker.wasm", bytes);
}

/// What became of each function, by its name.
async fn outcomes(host: &Host) -> Result<BTreeMap<String, String>> {
    let word = |labels: &Value, name: &str| labels[name].as_str().unwrap_or_default().to_owned();
    let found = host.until_query("asker_answers").await?;
    Ok(found.iter().map(|(labels, _)| (word(labels, "function"), word(labels, "outcome"))).collect())
}

const LOCAL: &str = "cpu: true, memory: true, disk: true, net: true, process: true, kernel: true, sensors: true, \
    power-supply: true, cgroups: true, gpu: true, npu: true, services: true, containers: true";

/// An HTTP server that takes its time, and how many requests it had at once.
async fn server() -> Result<(u16, Arc<AtomicUsize>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = most.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (now, most) = (now.clone(), most.clone());
            tokio::spawn(async move {
                let mut request = [0; 1024];
                if stream.read(&mut request).await.unwrap_or(0) > 0 {
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    tokio::time::sleep(std::time::Duration::from_millis(30)).await;
                    now.fetch_sub(1, Ordering::SeqCst);
                    let page = "<!doctype html><title>x</title>";
                    let answer = format!(
                        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{page}",
                        page.len()
                    );
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            });
        }
    });
    Ok((port, seen))
}

/// A Redis on a socket of its own.
async fn redis(folder: &Path) -> Result<(Child, String)> {
    let socket = folder.join("redis.sock");
    let mut command = Command::new("redis-server");
    command.args(["--port", "0", "--save", "", "--unixsocket"]).arg(&socket).arg("--dir").arg(folder);
    let mut child = command
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("the tests need redis-server: install the package redis-server")?;
    let mut lines = BufReader::new(child.stdout.take().context("its output")?).lines();
    while let Some(line) = lines.next_line().await? {
        if line.to_lowercase().contains("ready to accept connections") {
            break;
        }
    }
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok((child, format!("unix://{}", socket.display())))
}

/// A browser and where it answers.
async fn chromium(folder: &Path) -> Result<(Child, String)> {
    let mut command = Command::new("/usr/bin/chromium");
    command.args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--lang=en-US",
        "--remote-debugging-port=0",
    ]);
    command.arg(format!("--user-data-dir={}", folder.join("chromium").display()));
    let mut child =
        command.stderr(Stdio::piped()).kill_on_drop(true).spawn().context("the tests need the package chromium")?;
    let mut lines = BufReader::new(child.stderr.take().context("its errors")?).lines();
    let mut url = None;
    while let Some(line) = lines.next_line().await? {
        if let Some(found) = line.strip_prefix("DevTools listening on ") {
            url = Some(found.to_owned());
            break;
        }
    }
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok((child, url.context("it never said where it listens")?))
}

#[tokio::test]
async fn every_capability_answers_when_it_is_granted() -> Result<()> {
    let site = Site::new();
    asker(&site);
    let (port, at_once) = server().await?;
    let (_redis, redis) = redis(site.path("").as_path()).await?;
    let (_browser, devtools) = chromium(site.path("").as_path()).await?;
    site.write("data/watched/a.log", "12345");
    let watched = site.path("data/watched").canonicalize()?.display().to_string();
    // Two starts: the first tells on which port the WebSocket of the host itself is.
    let first = site.start().await?;
    let own = first.port();
    first.stop().await?;
    site.write(
        "autobot.yaml",
        format!(
            "dashboard_port: {own}\nmonitoring_interval: 1s\n\
             distributed_vms: {{ here: 127.0.0.1 }}\n\
             targets:\n  cache: {{ redis: \"{redis}\" }}\n  chrome: {{ cdp: \"{devtools}\" }}\n\
             plugins:\n  asker:\n    limits: {{ in_flight: 3 }}\n    grant: {{ {LOCAL}, files: [\"{watched}/*\"], http: [\"http://127.0.0.1:{port}/**\"], \
             websocket: [\"ws://127.0.0.1:{own}/**\"], redis: [cache], probe: [distributed_vms], browser: [chrome] }}\n    \
             settings: {{ url: \"http://127.0.0.1:{port}/\", requests: 20, websocket: \"ws://127.0.0.1:{own}/api/autobot/v1/live\", \
             host: here, port: {port}, redis: cache, browser: chrome, file: \"{watched}/*.log\" }}\n"
        ),
    );
    let host = site.start_on(own).await?;
    let outcomes = outcomes(&host).await?;
    println!("{outcomes:#?}");
    assert_eq!(outcomes.len(), 53, "{outcomes:#?}");
    // What this machine may lack is not present, never an error; all else is there.
    let may_lack =
        ["cpu.frequencies", "cpu.stalls", "memory.stalls", "disk.stalls", "sensors.read", "sensors.throttled"];
    let may_lack = [
        &may_lack[..],
        &["cpu.scalings", "cpu.schedule", "memory.nodes", "memory.controllers", "net.bonds", "net.tracking"],
        &["disk.arrays", "disk.faults", "disk.zfs", "net.queues", "net.neighbours", "kernel.clock"],
        &["power-supply.read", "cgroups.read", "gpu.read", "npu.read", "services.read"],
    ]
    .concat();
    for (function, outcome) in &outcomes {
        let lacking = may_lack.contains(&function.as_str()) || function == "containers.read";
        // The server is no echo service, and that is what is said of it.
        let fine = outcome == "ok" || (lacking && outcome == "not-present") || function == "probe.transfer-all";
        assert!(fine, "{function}: {outcome}");
    }
    for (of, value) in [("status", 200.0), ("ping", 1.0), ("replies", 2.0), ("received", 2.0), ("loaded", 200.0)] {
        assert_eq!(host.query(&format!("asker_values{{of=\"{of}\"}}")).await?[0].1, value, "{of}");
    }
    assert!((2..=3).contains(&at_once.load(Ordering::SeqCst)), "{at_once:?} requests at once, of at most 3");
    // State is kept from one collection to the next.
    host.until("/api/v1/query?query=asker_values%7Bof%3D%22kept%22%7D", |answer| {
        (answer["data"]["result"][0]["value"][1] == "1").then_some(())
    })
    .await?;
    host.stop().await?;
    Ok(())
}

#[tokio::test]
async fn what_is_refused_is_denied_and_what_lies_beyond_a_scope_too() -> Result<()> {
    let site = Site::new();
    asker(&site);
    let all = LOCAL.replace("true", "false");
    site.write(
        "autobot.yaml",
        format!(
            "monitoring_interval: 1s\ntargets: {{ cache: {{ redis: \"redis://127.0.0.1:9\" }} }}\nplugins:\n  asker:\n    grant: {{ {all}, \
             files: false, http: [\"http://127.0.0.1:8/only/**\"], websocket: false, redis: [cache], probe: [127.0.0.1], browser: false }}\n    \
             settings: {{ url: \"http://127.0.0.1:8/other\", websocket: \"ws://127.0.0.1:8/\", host: \"127.0.0.2\", port: 9, redis: other, \
             browser: none, file: /etc/passwd }}\n"
        ),
    );
    let host = site.start().await?;
    let outcomes = outcomes(&host).await?;
    for (function, outcome) in &outcomes {
        assert_eq!(outcome, "denied", "{function}");
    }
    let plugin = host
        .until("/api/autobot/v1/plugins", |plugins| {
            let plugin = plugins["plugins"].as_array()?.iter().find(|plugin| plugin["name"] == "asker")?.clone();
            (plugin["denied_total"].as_u64()? >= 35).then_some(plugin)
        })
        .await?;
    assert_eq!(plugin["state"], "running", "it goes without what it may not have: {plugin:#}");
    host.stop().await?;
    Ok(())
}
