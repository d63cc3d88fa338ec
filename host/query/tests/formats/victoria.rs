//! VictoriaMetrics takes our JSON lines, and we take its.
#![expect(clippy::disallowed_methods, reason = "the database is another program")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use autobot_query::exchange::{Format, read};

/// A server of its own, which ends with the test.
struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Server {
    /// On a port that was free a moment ago; another one when somebody was faster.
    fn start(folder: &Path) -> Self {
        (0..5)
            .find_map(|_| Self::try_start(folder))
            .unwrap_or_else(|| panic!("victoria-metrics ended while it started"))
    }

    fn try_start(folder: &Path) -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new("victoria-metrics")
            .arg(format!("-storageDataPath={}", folder.display()))
            .arg(format!("-httpListenAddr=127.0.0.1:{port}"))
            .arg("-retentionPeriod=100y")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = child.unwrap_or_else(|error| panic!("{error}; install Debian's victoria-metrics"));
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let server = Self { child, port };
        let mut line = String::new();
        loop {
            line.clear();
            if log.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            // It is written just before it listens, so that a first connection may have to be tried again.
            if line.contains("started VictoriaMetrics") {
                break;
            }
        }
        // The rest of the log is read, so that the server never waits for a full pipe.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Some(server)
    }

    /// The body of an answer that must be a success.
    fn ask(&self, request: &str, body: &str) -> String {
        let connect = |_| TcpStream::connect(("127.0.0.1", self.port)).inspect_err(|_| std::thread::yield_now()).ok();
        let mut stream = (0..1_000_000).find_map(connect).unwrap();
        let length = body.len();
        write!(stream, "{request} HTTP/1.0\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.0 2") || head.starts_with("HTTP/1.1 2"), "{head}");
        body.to_owned()
    }
}

fn samples(text: &str) -> BTreeMap<String, Vec<(i64, u64)>> {
    let mut all: BTreeMap<String, Vec<(i64, u64)>> = BTreeMap::new();
    read(Format::JsonLines, text.as_bytes(), &mut |imported| {
        let samples = imported.times.iter().zip(imported.values).map(|(time, value)| (time.0, value.to_bits()));
        all.entry(imported.key.to_string()).or_default().extend(samples);
        Ok::<(), String>(())
    })
    .unwrap();
    all
}

#[test]
fn json_lines_go_through_victoria_metrics_and_come_back_the_same() {
    let (families, mut series) = super::exchange::example();
    // The version of Debian 12 takes no line with NaNs, infinities and ends of series; later ones do.
    for series in &mut series {
        series.values.iter_mut().filter(|value| !value.is_finite()).for_each(|value| *value = 0.1);
    }
    let text = super::exchange::write(Format::JsonLines, &families, &series);
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    server.ask("POST /api/v1/import", &text);
    server.ask("GET /internal/force_flush", "");
    let exported = server.ask("GET /api/v1/export?match[]=%7B__name__!=%22%22%7D", "");
    assert_eq!(samples(&exported), samples(&text), "{exported}");
}
