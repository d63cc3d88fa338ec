//! A host of its own for each test, in a folder of its own, on a port of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout};
use tokio::time::timeout;

/// Longer than anything takes on a busy machine: a test that waits this long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The program under test.
pub(crate) fn program() -> PathBuf {
    let path = std::env::var_os("AUTOBOT_HOST").map_or_else(
        || {
            let test = std::env::current_exe().expect("the test's own path");
            test.ancestors().nth(2).expect("target/release").join("autobot-host")
        },
        PathBuf::from,
    );
    assert!(path.exists(), "{} is missing: run `cargo xtask build`", path.display());
    path
}

/// The checkout's top folder.
pub(crate) fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests lie in the checkout")
}

/// Runs a verb to its end.
pub(crate) fn run(args: &[&str]) -> Output {
    Command::new(program()).args(args).stdin(Stdio::null()).output().expect("the program starts")
}

/// SHA-256 of a file, as `sha256sum` prints it.
pub(crate) fn hash(path: &Path) -> String {
    use sha2::Digest as _;
    let bytes = std::fs::read(path).expect("the file");
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Standard output or error as text.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A data folder with a configuration, and how a host is started on it.
pub(crate) struct Site {
    folder: TempDir,
}

impl Site {
    pub(crate) fn new() -> Self {
        let site = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        site.write(
            "autobot.yaml",
            "monitoring_interval: 1s\nplugins:\n  system: { interval: 1s }\nrules:\n  interval: 1s\n",
        );
        site
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("below the folder")).expect("a folder");
        std::fs::write(path, content).expect("a file");
    }

    fn command(&self, port: u16) -> Command {
        let mut command = Command::new(program());
        command.arg("serve").arg("--config").arg(self.path("autobot.yaml")).arg("--data").arg(self.path("data"));
        command.args(["--port", &port.to_string()]).stdin(Stdio::null());
        command
    }

    /// Starts a host and waits until it says where it listens.
    pub(crate) async fn start(&self) -> Result<Host> {
        self.started(self.command(0)).await
    }

    /// The same on a port that is known to be free.
    pub(crate) async fn start_on(&self, port: u16) -> Result<Host> {
        self.started(self.command(port)).await
    }

    /// The same, by a shell that does something first.
    pub(crate) async fn start_after(&self, shell: &str) -> Result<Host> {
        let host = self.command(0);
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("{shell}; exec \"$0\" \"$@\"")).arg(host.get_program()).args(host.get_args());
        self.started(command).await
    }

    async fn started(&self, command: Command) -> Result<Host> {
        let log = std::fs::File::options().create(true).append(true).open(self.path("log"))?;
        let mut command = tokio::process::Command::from(command);
        let mut child = command.stdout(Stdio::piped()).stderr(log).kill_on_drop(true).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("its output")?).lines();
        let found = timeout(PATIENCE, async {
            while let Some(line) = lines.next_line().await? {
                if let Some(at) = line.find("http://") {
                    return Ok(line[at..].trim().trim_end_matches('/').to_owned());
                }
            }
            bail!("it ended: {}", std::fs::read_to_string(self.path("log")).unwrap_or_default())
        });
        let url = found.await.context("it never said where it listens")??;
        Ok(Host { child, url, _lines: lines })
    }

    /// Starts a host that is meant to refuse, and gives what it said.
    pub(crate) fn refused(&self, port: u16) -> Output {
        self.command(port).output().expect("the program starts")
    }
}

/// A running host.
pub(crate) struct Host {
    child: Child,
    pub(crate) url: String,
    _lines: tokio::io::Lines<BufReader<ChildStdout>>,
}

impl Host {
    pub(crate) fn port(&self) -> u16 {
        self.url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("an address ends in a port")
    }

    pub(crate) fn pid(&self) -> Pid {
        self.child.id().and_then(|id| Pid::from_raw(id as i32)).expect("it runs")
    }

    /// Its resident memory in KiB (proc_pid_status(5)).
    pub(crate) fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid().as_raw_nonzero())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a process has memory");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("it can be signalled");
    }

    /// From now on it can write files up to this size; writing beyond fails, as it does on a full disk.
    pub(crate) fn limit_files(&self, bytes: Option<u64>) {
        let limit = Rlimit { current: bytes, maximum: None };
        prlimit(Some(self.pid()), Resource::Fsize, limit).expect("its limit can be set");
    }

    pub(crate) async fn stop(mut self) -> Result<ExitStatus> {
        self.signal(Signal::TERM);
        Ok(timeout(PATIENCE, self.child.wait()).await.context("it did not stop")??)
    }

    pub(crate) async fn kill(mut self) -> Result<()> {
        self.signal(Signal::KILL);
        timeout(PATIENCE, self.child.wait()).await.context("it did not die")??;
        Ok(())
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        let answer = reqwest::get(format!("{}{path}", self.url)).await?;
        Ok(serde_json::from_str(&answer.text().await?)?)
    }

    /// Asks until `found` finds something. Polls: what is waited for has no event that crosses the process.
    pub(crate) async fn until<T>(&self, path: &str, found: impl Fn(&Value) -> Option<T>) -> Result<T> {
        let mut last = Value::Null;
        let search = async {
            loop {
                last = self.get(path).await?;
                if let Some(found) = found(&last) {
                    return anyhow::Ok(found);
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        match timeout(PATIENCE, search).await {
            Ok(found) => found,
            Err(_) => bail!("{path} never said it; its last answer: {last:#}"),
        }
    }

    /// The result of an instant query: `(labels, value)`.
    pub(crate) async fn query(&self, query: &str) -> Result<Vec<(Value, f64)>> {
        self.asked(query, "").await
    }

    /// The same at a moment, in seconds since 1970.
    pub(crate) async fn query_at(&self, query: &str, time: f64) -> Result<Vec<(Value, f64)>> {
        self.asked(query, &format!("&time={time}")).await
    }

    async fn asked(&self, query: &str, more: &str) -> Result<Vec<(Value, f64)>> {
        let answer = self.get(&format!("/api/v1/query?query={}{more}", encode(query))).await?;
        ensure!(answer["status"] == "success", "{query}: {answer:#}");
        vector(&answer).context("a vector")
    }

    /// Waits until an instant query has a result.
    pub(crate) async fn until_query(&self, query: &str) -> Result<Vec<(Value, f64)>> {
        self.until(&format!("/api/v1/query?query={}", encode(query)), |answer| {
            vector(answer).filter(|found| !found.is_empty())
        })
        .await
    }
}

fn vector(answer: &Value) -> Option<Vec<(Value, f64)>> {
    let result = answer["data"]["result"].as_array()?;
    result.iter().map(|sample| Some((sample["metric"].clone(), sample["value"][1].as_str()?.parse().ok()?))).collect()
}

/// Percent-encodes a query's text.
pub(crate) fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
