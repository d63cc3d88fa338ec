//! A real Chromium without a window, on a profile and a port of its own.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use autobot_capabilities::browser::{Browser, BrowserOptions};
use autobot_capabilities::{Target, TargetKind, Targets};
use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;

/// Long enough for any machine: only a failure waits for it.
pub(crate) const LONG: Duration = Duration::from_secs(60);

pub(crate) struct Chromium {
    process: Child,
    /// `ws://127.0.0.1:PORT/devtools/browser/ID`
    pub(crate) url: String,
    _profile: TempDir,
}

impl Chromium {
    pub(crate) fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut command = Command::new("chromium");
        command.args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--no-proxy-server",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-breakpad",
            "--lang=en-US",
            "--remote-debugging-port=0",
            "about:blank",
        ]);
        command.arg(format!("--user-data-dir={}", profile.path().display())).env("HOME", profile.path());
        command.env("TMPDIR", profile.path());
        // A group of its own, so that all of its processes can be ended together.
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("`chromium` does not start; install Debian's chromium");
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut said = String::new();
        let url = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let url = line.strip_prefix("DevTools listening on ").map(str::to_owned);
            said += &format!("{line}\n");
            url
        });
        let url = url.unwrap_or_else(|| panic!("chromium does not say where its DevTools are:\n{said}"));
        // It goes on to complain, and would stand still if nobody read that.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, url, _profile: profile }
    }

    /// `127.0.0.1:PORT`
    pub(crate) fn host(&self) -> &str {
        self.url.strip_prefix("ws://").unwrap().split('/').next().unwrap()
    }

    pub(crate) fn kill(&self) {
        let _ = kill_process_group(Pid::from_child(&self.process), Signal::KILL);
    }

    pub(crate) fn browser(&self) -> Browser {
        browser_at(&self.url)
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        self.kill();
        let _ = self.process.wait();
    }
}

/// The target `main` at `url`.
pub(crate) fn browser_at(url: &str) -> Browser {
    Browser::new(options(url))
}

pub(crate) fn options(url: &str) -> BrowserOptions {
    let target = |kind| Target { kind, url: url.to_owned(), user: None, password: None, bearer: None };
    let targets = [("main", TargetKind::Cdp), ("other", TargetKind::Cdp), ("api", TargetKind::Http)];
    let targets: Targets = targets.into_iter().map(|(name, kind)| (name.to_owned(), target(kind))).collect();
    BrowserOptions {
        scope: ["main", "api", "nothing"].map(str::to_owned).to_vec(),
        targets: Arc::new(targets),
        patience: LONG,
        ..BrowserOptions::default()
    }
}
