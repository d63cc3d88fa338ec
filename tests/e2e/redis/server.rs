//! A real redis-server in a folder of its own, on a Unix socket and perhaps on a port.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use tempfile::TempDir;

pub(super) struct Server {
    folder: TempDir,
    arguments: Vec<String>,
    pub(super) port: u16,
    child: Option<Child>,
    /// Held open, so that the server may go on writing its log.
    log: Option<BufReader<ChildStdout>>,
}

impl Server {
    /// With these arguments, in which `PORT` and `FOLDER` stand for its own; `prepare` puts files into its folder first.
    pub(super) fn start_with(arguments: &[&str], prepare: impl Fn(&Path)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        prepare(folder.path());
        let mut server = Self { folder, arguments: Vec::new(), port: 0, child: None, log: None };
        for _ in 0..20 {
            // Somebody else may take the port in between; then another one is tried.
            let free =
                TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
            server.port = free.port();
            let own = |one: &&str| {
                one.replace("PORT", &free.port().to_string())
                    .replace("FOLDER", &server.folder.path().display().to_string())
            };
            server.arguments = arguments.iter().map(own).collect();
            if server.run("eady to accept connections") {
                return server;
            }
        }
        panic!("redis-server did not start: {:?}", server.arguments);
    }

    pub(super) fn start(arguments: &[&str]) -> Self {
        Self::start_with(arguments, |_| {})
    }

    /// Whether it came to write that line into its log.
    pub(super) fn run(&mut self, until: &str) -> bool {
        let mut child = Command::new("redis-server")
            .args(["--save", "", "--port", "0", "--dir"])
            .arg(self.folder.path())
            .arg("--unixsocket")
            .arg(self.socket())
            .args(&self.arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("redis-server cannot be started: install Debian's package `redis-server`");
        let mut log = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = String::new();
        while log.read_line(&mut line).expect("its log") > 0 {
            if line.contains(until) {
                (self.child, self.log) = (Some(child), Some(log));
                return true;
            }
            line.clear();
        }
        child.wait().expect("it ended");
        false
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    pub(super) fn url(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    pub(super) fn stop(&mut self) {
        self.log = None;
        if let Some(mut child) = self.child.take() {
            child.kill().expect("it can be killed");
            child.wait().expect("it ends");
        }
    }

    /// What redis-cli prints for these lines of commands.
    pub(super) fn cli(&self, lines: &str) -> String {
        use std::io::Write as _;
        let mut child = Command::new("redis-cli")
            .arg("-s")
            .arg(self.socket())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("redis-cli cannot be started: install Debian's package `redis-tools`");
        child.stdin.take().expect("its input").write_all(lines.as_bytes()).expect("it reads");
        let output = child.wait_with_output().expect("it ends");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
