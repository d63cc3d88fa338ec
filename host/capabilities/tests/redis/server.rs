//! A real redis-server, with a folder and sockets of its own.

use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use tempfile::TempDir;

pub(crate) struct Server {
    folder: TempDir,
    arguments: Vec<String>,
    child: Option<Child>,
    /// Held open, so that the server may go on writing its log.
    log: Option<BufReader<ChildStdout>>,
}

impl Server {
    /// One that listens on a Unix socket only, with 16 databases and nothing on disk.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let arguments = arguments.iter().map(|one| (*one).to_owned()).collect();
        let mut server = Self { folder, arguments, child: None, log: None };
        server.run();
        server
    }

    /// One whose arguments hold a free port, with files that `write` puts into its folder first.
    pub(crate) fn on_port(
        write: impl Fn(&std::path::Path),
        arguments: impl Fn(u16, &std::path::Path) -> Vec<String>,
    ) -> (Self, u16) {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path());
        let mut server = Self { folder, arguments: Vec::new(), child: None, log: None };
        for _ in 0..20 {
            // Somebody else may take the port in between; then another one is tried.
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            server.arguments = arguments(port, server.folder.path());
            if server.try_run() {
                return (server, port);
            }
        }
        panic!("redis-server found no free port in twenty attempts");
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    pub(crate) fn url(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// The client library itself, to do what the capability refuses.
    pub(crate) fn admin(&self) -> redis::Connection {
        redis::Client::open(self.url()).unwrap().get_connection().unwrap()
    }

    pub(crate) fn stop(&mut self) {
        self.log = None;
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    pub(crate) fn restart(&mut self) {
        self.stop();
        self.run();
    }

    fn run(&mut self) {
        assert!(self.try_run(), "redis-server ended while it started; its arguments were {:?}", self.arguments);
    }

    /// Whether it came to listen.
    #[expect(clippy::disallowed_methods, reason = "the very server that is to be asked")]
    fn try_run(&mut self) -> bool {
        let socket = self.socket();
        let mut child = Command::new("redis-server")
            .args(["--save", "", "--databases", "16", "--daemonize", "no", "--port", "0", "--dir"])
            .arg(self.folder.path())
            .arg("--unixsocket")
            .arg(&socket)
            .args(&self.arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("redis-server cannot be started: install Debian's package `redis-server`");
        let mut log = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        loop {
            line.clear();
            if log.read_line(&mut line).unwrap() == 0 {
                child.wait().unwrap();
                return false;
            }
            // It is written once all sockets are open.
            if line.contains("eady to accept connections") {
                break;
            }
        }
        (self.child, self.log) = (Some(child), Some(log));
        self.ping();
        true
    }

    /// An answer, be it that a password is wanted, says that it serves.
    fn ping(&self) {
        use std::io::{Read as _, Write as _};
        let mut stream = std::os::unix::net::UnixStream::connect(self.socket()).unwrap();
        stream.write_all(b"PING\r\n").unwrap();
        let mut first = [0];
        stream.read_exact(&mut first).unwrap();
        assert!(matches!(first[0], b'+' | b'-'), "redis-server answers PING with {first:?}");
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
