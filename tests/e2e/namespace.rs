//! A network of a test's own: namespaces in which it may add and remove interfaces, with nothing that leads out of them.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::harness::text;

/// Set in the namespace.
const INSIDE: &str = "AUTOBOT_TEST_NETWORK";
/// Addresses of the far end of a [`Cable`].
pub(crate) const FAR: [&str; 2] = ["10.9.0.2", "fd00:9::2"];

/// Whether this process is in a network of its own already. If not, the test of this name is run anew in one, and has to
/// pass there; `/sys` is that of the new network too.
pub(crate) fn entered(test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let script = "mount -t sysfs none /sys && ip link set lo up && exec \"$@\"";
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--net", "--mount", "sh", "-c", script, "sh"])
        .arg(std::env::current_exe().expect("the test's own path"))
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1")
        .stdin(Stdio::null())
        .output()
        .expect("`unshare` cannot be started: install Debian's package `util-linux`");
    let said = text(&[output.stdout, output.stderr].concat());
    let needs = "this takes `unshare`, `nsenter`, `mount` and `ip`, of Debian's packages `util-linux`, `mount` and \
        `iproute2`, and a kernel that lets this user make user namespaces";
    assert!(output.status.success() && said.contains("1 passed"), "{said}\n{needs}");
    false
}

/// Runs `ip` with these arguments.
pub(crate) fn ip(args: &str) -> Result<()> {
    ran("ip", args)
}

fn ran(program: &str, args: &str) -> Result<()> {
    let output = Command::new(program).args(args.split(' ')).stdin(Stdio::null()).output()?;
    ensure!(output.status.success(), "{program} {args}: {}", text(&output.stderr));
    Ok(())
}

/// An interface here, and another network at its far end, whose kernel answers.
pub(crate) struct Cable {
    far: Child,
}

impl Cable {
    /// Adds the interface and switches it on.
    pub(crate) fn plug(name: &str) -> Result<Self> {
        // It stays while the namespace has a process: one that waits for the end of its input.
        let mut far = Command::new("unshare")
            .args(["--net", "sh", "-c", "echo made && exec cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let output = far.stdout.as_mut().context("its output")?;
        BufReader::new(output.by_ref()).read_line(&mut line)?;
        let cable = Self { far };
        ensure!(line == "made\n", "there is no second network: {line:?}");
        let there = cable.far.id();
        ip(&format!("link add {name} type veth peer name far netns {there}"))?;
        let enter = format!("-t {there} -n ip");
        for (side, interface, last) in [("ip", name, 1), ("nsenter", "far", 2)] {
            for command in [
                format!("addr add 10.9.0.{last}/24 dev {interface}"),
                format!("-6 addr add fd00:9::{last}/64 dev {interface} nodad"),
                format!("link set {interface} up"),
            ] {
                let args = if side == "ip" { command } else { format!("{enter} {command}") };
                ran(side, &args)?;
            }
        }
        Ok(cable)
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        let _ = self.far.kill();
        let _ = self.far.wait();
    }
}

/// Sends a datagram to a port of the far end where nobody listens, and waits for the answer that says so.
pub(crate) fn knock(far: IpAddr) -> Result<()> {
    let here = if far.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(here)?;
    // A kernel answers only so often in a second.
    socket.set_read_timeout(Some(Duration::from_millis(100)))?;
    socket.connect(SocketAddr::new(far, 9))?;
    socket.send(&[0; 1000]).with_context(|| format!("{far} cannot be reached"))?;
    let _ = socket.recv(&mut [0; 1]);
    Ok(())
}
