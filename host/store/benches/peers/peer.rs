//! A server beside ours: started on loopback with its own folder, fed by remote write, asked over HTTP, stopped when dropped.
#![expect(clippy::disallowed_methods, reason = "the comparison runs the programs that it compares with")]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::data::Stream;
use crate::remote::{HEADERS, Pending};
use crate::task::{Answered, Asked, Pace, Query, Spread, Taken, weigh};
use crate::{http, process};

/// Samples of one request, where ticks need not go one by one.
const REQUEST: usize = 60_000;
const ROUNDS: usize = 7;
const LONG: Duration = Duration::from_secs(4);
const PATIENCE: Duration = Duration::from_secs(300);

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Prometheus,
    Victoria,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Prometheus => "Prometheus",
            Self::Victoria => "VictoriaMetrics",
        }
    }

    fn command(self, folder: &Path, address: &str) -> Result<Command> {
        let folder = folder.display();
        Ok(match self {
            Self::Prometheus => {
                let config = format!("{folder}.yml");
                std::fs::write(&config, "global: {}\n")?;
                let mut command = Command::new("prometheus");
                command.args([
                    format!("--config.file={config}"),
                    format!("--storage.tsdb.path={folder}"),
                    format!("--web.listen-address={address}"),
                    "--storage.tsdb.retention.time=100y".to_owned(),
                    "--web.enable-remote-write-receiver".to_owned(),
                    "--web.enable-admin-api".to_owned(),
                    "--log.level=error".to_owned(),
                ]);
                command
            }
            Self::Victoria => {
                let mut command = Command::new("victoria-metrics");
                command.args([
                    format!("-storageDataPath={folder}"),
                    format!("-httpListenAddr={address}"),
                    "-retentionPeriod=100y".to_owned(),
                    // A second round would be answered from the first one's answer.
                    "-search.disableCache".to_owned(),
                    "-search.latencyOffset=0s".to_owned(),
                    "-search.maxPointsPerTimeseries=100000".to_owned(),
                    "-loggerLevel=ERROR".to_owned(),
                ]);
                command
            }
        })
    }
}

/// A server that runs.
#[derive(Debug)]
pub(crate) struct Peer {
    kind: Kind,
    child: Child,
    address: String,
    folder: PathBuf,
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Peer {
    /// Starts it on a free port, and waits until it answers.
    pub(crate) fn start(kind: Kind, folder: &Path) -> Result<Self> {
        let free = TcpListener::bind("127.0.0.1:0")?;
        let address = free.local_addr()?.to_string();
        drop(free);
        let mut command = kind.command(folder, &address)?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().with_context(|| {
            format!("{} is missing; on Debian, install the packages `prometheus` and `victoria-metrics`", kind.name())
        })?;
        let peer = Self { kind, child, address, folder: folder.to_owned() };
        let begun = Instant::now();
        while http::get(&peer.address, "/api/v1/query?query=1").is_err() {
            if begun.elapsed() > PATIENCE {
                bail!("{} does not answer on {}", kind.name(), peer.address);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(peer)
    }

    fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as an operator would, and waits.
    pub(crate) fn stop(mut self) -> Result<()> {
        Command::new("kill").arg(self.pid().to_string()).status()?;
        self.child.wait()?;
        Ok(())
    }

    fn send(&self, body: &[u8]) -> Result<()> {
        http::post(&self.address, "/api/v1/write", &HEADERS, body).map(drop)
    }

    /// Hands it a stream.
    pub(crate) fn take(&self, stream: &mut Stream, pace: Pace) -> Result<Taken> {
        let series = stream.series();
        let ticks = pace.ticks(stream.ticks());
        let mut pending = Pending::new(stream.machines.iter().flat_map(|machine| &machine.keys));
        let (begun, mut written) = (Instant::now(), process::written(self.pid())?);
        let (mut times, mut making) = (Vec::new(), Duration::ZERO);
        let (mut sent, mut paced) = (0, None);
        for tick in 0..ticks {
            if let Some(due) = pace.due(tick) {
                let begun = *paced.get_or_insert_with(Instant::now);
                std::thread::sleep(due.saturating_sub(begun.elapsed()));
            }
            let made = Instant::now();
            let Some(time) = stream.next() else { break };
            let values = stream.machines.iter().flat_map(|machine| &machine.values);
            for (at, value) in values.enumerate() {
                pending.add(at, time, *value);
            }
            sent += series;
            let enough = pace.due(tick).is_some()
                || pace == Pace::Ticked
                || pending.samples + series > REQUEST
                || tick + 1 == ticks;
            let body = if enough { pending.take() } else { Vec::new() };
            making += made.elapsed();
            if enough {
                let handed = Instant::now();
                self.send(&body)?;
                times.push(handed.elapsed().as_secs_f64() * 1e3);
            }
            if pace.due(tick).is_some_and(|due| due.is_zero()) {
                (written, sent, times) = (process::written(self.pid())?, 0, Vec::new());
            }
        }
        Ok(Taken {
            samples: sent,
            seconds: (begun.elapsed() - making).as_secs_f64(),
            tick: Spread::of(times),
            written: process::written(self.pid())? - written,
            resident_mib: process::resident_mib(self.pid())?,
            ..Taken::default()
        })
    }

    /// Brings the data to the form in which it would be kept for good. Gives the server that has it, and its bytes.
    pub(crate) fn settle(self) -> Result<(Self, u64)> {
        match self.kind {
            // A snapshot has all as blocks, without the log that is written ahead; a server of its own serves it.
            Kind::Prometheus => {
                let answer = http::post(&self.address, "/api/v1/admin/tsdb/snapshot", &[], &[])?;
                let answer: serde_json::Value = serde_json::from_str(&answer)?;
                let name =
                    answer.pointer("/data/name").and_then(|name| name.as_str()).context("a snapshot without name")?;
                let from = self.folder.join("snapshots").join(name);
                let to = self.folder.with_extension("settled");
                std::fs::rename(&from, &to)?;
                let kind = self.kind;
                let old = self.folder.clone();
                self.stop()?;
                std::fs::remove_dir_all(old)?;
                let bytes = process::folder_bytes(&to);
                Ok((Self::start(kind, &to)?, bytes))
            }
            Kind::Victoria => {
                http::get(&self.address, "/internal/force_flush")?;
                http::get(&self.address, "/internal/force_merge")?;
                let begun = Instant::now();
                let busy = |peer: &Self| -> Result<bool> {
                    let metrics = http::get(&peer.address, "/metrics")?;
                    Ok(metrics.lines().any(|line| {
                        (line.starts_with("vm_active_force_merges") || line.starts_with("vm_active_merges"))
                            && !line.ends_with(" 0")
                    }))
                };
                std::thread::sleep(Duration::from_millis(500));
                while busy(&self)? && begun.elapsed() < PATIENCE {
                    std::thread::sleep(Duration::from_millis(100));
                }
                let (kind, folder) = (self.kind, self.folder.clone());
                self.stop()?;
                // Its `cache` is as large as the rest of a small set, and can be thrown away.
                let bytes = ["data", "indexdb"].map(|part| process::folder_bytes(&folder.join(part))).iter().sum();
                Ok((Self::start(kind, &folder)?, bytes))
            }
        }
    }

    pub(crate) fn ask(&self, queries: &[Query]) -> Result<Asked> {
        let answers = queries.iter().map(|query| self.answer(query)).collect();
        Ok(Asked {
            answers,
            resident_mib: process::resident_mib(self.pid())?,
            peak_mib: process::peak_mib(self.pid())?,
        })
    }

    fn answer(&self, query: &Query) -> Answered {
        let mut answered = Answered { name: query.name.clone(), ms: f64::INFINITY, ..Answered::default() };
        let begun = Instant::now();
        for round in 0..ROUNDS {
            let asked = Instant::now();
            let mut texts = Vec::new();
            for path in paths(query) {
                match http::get(&self.address, &path) {
                    Ok(text) => texts.push(text),
                    Err(error) => {
                        return Answered { name: answered.name, error: Some(error.to_string()), ..Answered::default() };
                    }
                }
            }
            answered.ms = answered.ms.min(asked.elapsed().as_secs_f64() * 1e3);
            if round == 0 {
                let of = |text: &String| weigh(&serde_json::from_str(text).unwrap_or_default());
                (answered.points, answered.sum) =
                    texts.iter().map(of).fold((0, 0.0), |all, one| (all.0 + one.0, all.1 + one.1));
            }
            if begun.elapsed() > LONG && round >= 1 {
                break;
            }
        }
        answered.json_ms = answered.ms;
        answered
    }
}

fn paths(query: &Query) -> Vec<String> {
    let text = http::escape(&query.text);
    let path = |(start, end): (autobot_model::Timestamp, autobot_model::Timestamp)| {
        if query.step == 0 {
            format!("/api/v1/query?query={text}&time={}", end.seconds())
        } else {
            let (start, end) = (start.seconds(), end.seconds());
            format!("/api/v1/query_range?query={text}&start={start}&end={end}&step={}", query.step)
        }
    };
    query.cuts().into_iter().map(path).collect()
}
