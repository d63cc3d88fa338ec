//! A container engine on a socket of the test's own, which answers as Docker's API documents it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;

/// Answers by path.
type Answers = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

pub(super) struct Engine {
    answers: Answers,
    task: JoinHandle<()>,
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Engine {
    /// A Docker on `socket` that runs nothing yet.
    pub(super) fn docker(socket: &Path) -> Result<Self> {
        let version = json!({
            "Platform": { "Name": "Docker Engine - Community" }, "Version": "28.3.2", "ApiVersion": "1.51", "Os": "linux",
            "Components": [{ "Name": "Engine", "Version": "28.3.2" }],
        });
        let listener = UnixListener::bind(socket)?;
        let answers = Answers::default();
        let asked = answers.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, asked.clone()));
            }
        });
        let engine = Self { answers, task };
        engine.answer("/version", version.to_string());
        engine.run(&[]);
        Ok(engine)
    }

    /// From now on it has these containers, each as (name, state, restarts).
    pub(super) fn run(&self, containers: &[(&str, &str, u32)]) {
        let ids: Vec<String> = (0..containers.len()).map(|at| format!("{at:064x}")).collect();
        for (id, (_, state, restarts)) in ids.iter().zip(containers) {
            self.answer(&format!("/containers/{id}/json"), details(id, state, *restarts).to_string());
            self.answer(&format!("/containers/{id}/stats?stream=false&one-shot=true"), stats(id).to_string());
        }
        let list: Vec<Value> =
            ids.iter().zip(containers).map(|(id, (name, state, _))| listed(id, name, state)).collect();
        self.answer("/containers/json?all=1", Value::Array(list).to_string());
    }

    /// From now on the list of containers has a broken byte wherever `?` stands.
    pub(super) fn break_bytes(&self) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        for byte in answers.get_mut("/containers/json?all=1").into_iter().flatten().filter(|byte| **byte == b'?') {
            *byte = 0xff;
        }
    }

    fn answer(&self, path: &str, body: String) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.insert(path.to_owned(), body.into_bytes());
    }
}

async fn serve(mut stream: UnixStream, answers: Answers) -> Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") && request.len() < 16 << 10 {
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    let request = String::from_utf8_lossy(&request);
    let path = request.strip_prefix("GET ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    let known = answers.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
    let (status, body) = match known {
        Some(body) => ("200 OK", body),
        None => ("404 Not Found", br#"{"message":"No such container"}"#.to_vec()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nApi-Version: 1.51\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), &body].concat()).await?;
    Ok(())
}

fn listed(id: &str, name: &str, state: &str) -> Value {
    json!({
        "Id": id, "Names": [format!("/{name}")], "Image": "redis:7", "ImageID": "sha256:00", "Command": "redis-server",
        "Created": 1_714_558_000, "Ports": [], "Labels": {}, "State": state, "Status": "Up 2 hours",
        "HostConfig": { "NetworkMode": "default" }, "NetworkSettings": { "Networks": {} }, "Mounts": [],
    })
}

fn details(id: &str, state: &str, restarts: u32) -> Value {
    let running = state == "running";
    json!({
        "Id": id, "Created": "2024-05-01T10:06:40.1Z", "RestartCount": restarts,
        "State": {
            "Status": state, "Running": running, "ExitCode": if running { 0 } else { 137 }, "OOMKilled": !running,
            "StartedAt": "2024-05-01T10:20:30.5Z", "Health": { "Status": if running { "healthy" } else { "unhealthy" } },
        },
    })
}

/// As on control groups of version 2.
fn stats(id: &str) -> Value {
    json!({
        "id": id, "read": "2024-05-01T12:00:00Z", "pids_stats": { "current": 7, "limit": 18446744073709551615u64 },
        "cpu_stats": { "cpu_usage": { "total_usage": 5_000_123_456u64 }, "online_cpus": 2 },
        "memory_stats": { "usage": 10_000_000, "stats": { "inactive_file": 4_000_000 }, "limit": 100_000_000 },
        "networks": { "eth0": { "rx_bytes": 100, "tx_bytes": 200 } },
        "blkio_stats": { "io_service_bytes_recursive": [
            { "major": 259, "minor": 0, "op": "read", "value": 1000 }, { "major": 259, "minor": 0, "op": "write", "value": 2000 },
        ] },
    })
}
