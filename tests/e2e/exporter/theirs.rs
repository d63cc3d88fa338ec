//! node_exporter itself, and what it says of the machine at one moment.

use std::process::Stdio;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use autobot_query::exposition::{Format, Limits, Reader, Record};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::timeout;

use super::lists::Labels;
use crate::harness::PATIENCE;

pub(crate) const PROGRAM: &str = "prometheus-node-exporter";

/// A node_exporter with its default collectors, and the loopback interface, which Debian's default leaves out of one of them.
pub(crate) struct Exporter {
    _child: Child,
    _lines: Lines<BufReader<ChildStderr>>,
    client: reqwest::Client,
    url: String,
}

/// All that it said, and when.
pub(crate) struct Scrape {
    /// Milliseconds since 1970 when the answer was there.
    pub(crate) ended: i64,
    pub(crate) series: Vec<Theirs>,
}

/// One series.
#[derive(Clone, Debug)]
pub(crate) struct Theirs {
    pub(crate) name: String,
    pub(crate) labels: Labels,
    pub(crate) value: f64,
}

/// Milliseconds since 1970.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
    i64::try_from(since.as_millis()).expect("and before the end of time")
}

impl Exporter {
    /// Starts it on a free port, and waits until it says which.
    pub(crate) async fn start() -> Result<Self> {
        let mut command = Command::new(PROGRAM);
        command.args(["--web.listen-address=127.0.0.1:0", "--collector.netdev.device-exclude=^$"]);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let mut child = command
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("this takes node_exporter: `apt-get install {PROGRAM}`"))?;
        let mut lines = BufReader::new(child.stderr.take().context("its log")?).lines();
        let found = timeout(PATIENCE, async {
            while let Some(line) = lines.next_line().await? {
                if let Some((_, address)) = line.split_once("msg=\"Listening on\" address=") {
                    return anyhow::Ok(format!("http://{address}/metrics"));
                }
            }
            anyhow::bail!("it ended")
        });
        let url = found.await.context("node_exporter never said where it listens")??;
        Ok(Self { _child: child, _lines: lines, client: reqwest::Client::new(), url })
    }

    pub(crate) async fn scrape(&self) -> Result<Scrape> {
        let text = self.client.get(&self.url).send().await?.error_for_status()?.text().await?;
        let ended = now();
        let mut reader = Reader::new(Format::Prometheus, text.as_bytes(), Limits::default());
        let mut series = Vec::new();
        while let Some(record) = reader.record()? {
            if let Record::Sample(sample) = record {
                let labels = sample.labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
                let (name, labels, value) = (sample.name.to_owned(), labels.collect(), sample.value);
                series.push(Theirs { name, labels, value });
            }
        }
        Ok(Scrape { ended, series })
    }
}
