//! This program anew, as a child in which one test plays a part.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Tells a test that it is the child, and what it is to do.
pub(crate) const PART: &str = "AUTOBOT_FAULTS_PART";

/// What this process is to do, if it is a child.
pub(crate) fn part() -> Option<String> {
    std::env::var(PART).ok()
}

/// This program, to run one test and nothing else.
pub(crate) fn anew(test: &str, part: &str) -> Command {
    let mut command = program(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(PART, part).stdin(Stdio::null());
    command
}

/// The same within a user and mount namespace, where `script` mounts what it wants on `$DIR`, which is `folder`.
pub(crate) fn in_a_namespace(script: &str, folder: &Path, test: &str, part: &str) -> Command {
    let script = format!("set -e; {script}; exec \"$@\"");
    let mut command = program("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", &script, "sh"]);
    command.arg(std::env::current_exe().unwrap()).args(["--exact", test, "--nocapture"]);
    command.env(PART, part).env("DIR", folder).stdin(Stdio::null());
    command
}

#[expect(clippy::disallowed_methods, reason = "a fault is real only in a process of its own")]
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    Command::new(name)
}

/// Runs it to its end; it must pass, and no thread of it may have panicked.
pub(crate) fn passes(mut command: Command, needs: &str) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}; {needs}"));
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let part = command.get_envs().find(|(name, _)| *name == PART).map(|(_, value)| value);
    let sound = output.status.success() && said.contains("1 passed") && !said.contains("panicked at");
    assert!(sound, "as {part:?}: {said}\n{needs}");
    said
}

/// A line to the parent, past whatever the test harness does with `println`. A parent that is gone ends the child.
pub(crate) fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    if out.write_all(format!("\n@{line}\n").as_bytes()).and_then(|()| out.flush()).is_err() {
        std::process::exit(3);
    }
}

/// What [`tell`] said, out of one line of output.
pub(crate) fn told(line: &str) -> Option<&str> {
    line.strip_prefix('@')
}

/// A child that is killed at the latest when the test ends.
pub(crate) struct Mortal(pub(crate) Child);

impl Mortal {
    pub(crate) fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Mortal {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A panic of one of the store's threads is no failure of a test by itself: it is made one.
pub(crate) fn no_thread_may_panic() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        before(panic);
        if std::thread::current().name().is_some_and(|name| name.starts_with("store-")) {
            std::process::abort();
        }
    }));
}
