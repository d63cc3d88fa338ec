//! Debian's Prometheus, serving samples that it was given as blocks of its database.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value as Json;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::queries::{Query, When};

const SERVER: &str = "/usr/bin/prometheus";
const TOOL: &str = "/usr/bin/promtool";

/// A server of its own for this test; it ends with it.
pub(crate) struct Prometheus {
    child: Child,
    url: String,
    client: reqwest::Client,
    runtime: Runtime,
    _folder: TempDir,
}

impl Prometheus {
    /// Starts one that knows the samples of `open_metrics`, and waits until it answers.
    pub(crate) fn start(open_metrics: &str) -> Self {
        for program in [SERVER, TOOL] {
            assert!(Path::new(program).exists(), "{program} is missing; run `apt-get install prometheus`");
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (text, blocks, config) =
            (folder.path().join("samples.om"), folder.path().join("blocks"), folder.path().join("prometheus.yml"));
        std::fs::write(&text, open_metrics).expect("the samples are written");
        std::fs::write(&config, "").expect("an empty configuration is written");
        let made = Command::new(TOOL)
            .args(["tsdb", "create-blocks-from", "openmetrics", "--quiet"])
            .args([&text, &blocks])
            .output()
            .expect("promtool runs");
        assert!(made.status.success(), "promtool makes blocks: {}", String::from_utf8_lossy(&made.stderr));
        // A port that was free a moment ago may be taken: then the server ends, and the next one is tried.
        let mut said = String::new();
        for _ in 0..10 {
            let port = free_port();
            let mut child = Command::new(SERVER)
                .arg(format!("--config.file={}", config.display()))
                .arg(format!("--storage.tsdb.path={}", blocks.display()))
                .arg("--storage.tsdb.retention.time=100y")
                .arg(format!("--web.listen-address=127.0.0.1:{port}"))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .expect("prometheus starts");
            match ready(&mut child) {
                Ok(()) => {
                    return Self {
                        child,
                        url: format!("http://127.0.0.1:{port}/api/v1/"),
                        client: reqwest::Client::builder().no_proxy().build().expect("a client"),
                        runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime"),
                        _folder: folder,
                    };
                }
                Err(log) => said = log,
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        panic!("prometheus does not come up: {said}")
    }

    /// What it answers, an error too.
    pub(crate) fn ask(&self, query: &Query) -> Json {
        let text = dialect(&query.text);
        let (path, form) = match query.when {
            When::Instant(at) => ("query", vec![("query", text), ("time", at.to_string())]),
            When::Range { start, end, step } => (
                "query_range",
                vec![
                    ("query", text),
                    ("start", start.to_string()),
                    ("end", end.to_string()),
                    ("step", step.to_string()),
                ],
            ),
        };
        let form = serde_urlencoded::to_string(form).expect("a form");
        let request = self
            .client
            .post(format!("{}{path}", self.url))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        let answer = self.runtime.block_on(async { request.send().await?.json::<Json>().await });
        answer.unwrap_or_else(|error| panic!("prometheus gives no answer to `{}`: {error}", query.text))
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A query of Prometheus 3 in the words of Prometheus 2.42.
fn dialect(text: &str) -> String {
    text.replace("double_exponential_smoothing", "holt_winters")
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// Waits until it logs that it is ready; what it logged, if it ends before.
fn ready(child: &mut Child) -> Result<(), String> {
    let mut log = BufReader::new(child.stderr.take().expect("its log"));
    let mut said = String::new();
    loop {
        let from = said.len();
        if !log.read_line(&mut said).is_ok_and(|bytes| bytes > 0) {
            return Err(said);
        }
        if said[from..].contains("Server is ready to receive web requests") {
            // Read on to the end, or the server blocks once the pipe is full.
            std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
            return Ok(());
        }
    }
}
