//! A bus of the test's own with python-dbusmock on it, which says what systemd would.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use futures_util::StreamExt as _;
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;
use zbus::Connection;
use zbus::fdo::DBusProxy;
use zbus::zvariant::{DynamicType, Value};

use crate::harness::{PATIENCE, checkout};

const SYSTEMD: &str = "org.freedesktop.systemd1";

/// Where the bus in `folder` is or will be.
pub(super) fn address(folder: &Path) -> String {
    format!("unix:path={}", folder.join("bus").display())
}

pub(super) struct Bus {
    daemon: Child,
    _systemd: Child,
    connection: Connection,
}

impl Bus {
    /// A bus in `folder`, with a systemd that has the units of `host/capabilities/testdata/systemd/manager.py`.
    pub(super) async fn start(folder: &Path) -> Result<Self> {
        let address = address(folder);
        let mut daemon = Command::new("dbus-daemon");
        daemon.args(["--session", "--nofork", "--print-address=1", &format!("--address={address}")]);
        let daemon = daemon.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn();
        let mut daemon = daemon.context("dbus-daemon does not start; install dbus-daemon")?;
        let mut lines = BufReader::new(daemon.stdout.take().context("its output")?).lines();
        timeout(PATIENCE, lines.next_line()).await.context("dbus-daemon never said where it listens")??;
        let connection = zbus::connection::Builder::address(address.as_str())?.build().await?;
        let mut owners = DBusProxy::new(&connection).await?.receive_name_owner_changed().await?;
        let systemd = mock(&address)?;
        loop {
            let change = timeout(PATIENCE, owners.next()).await;
            let change = change.ok().flatten().context("python-dbusmock does not run; install python3-dbusmock")?;
            if change.args()?.name == SYSTEMD {
                break;
            }
        }
        Ok(Self { daemon, _systemd: systemd, connection })
    }

    /// A unit of systemd's comes into another state.
    pub(super) async fn turn(&self, name: &str, state: &str, own: HashMap<&str, Value<'_>>) -> Result<()> {
        let (active, sub) = state.split_once('/').context("a state is written `active/running`")?;
        self.tell("Turn", &(name, active, sub, own)).await
    }

    /// systemd has one unit more.
    pub(super) async fn add(&self, name: &str, state: &str) -> Result<()> {
        let (active, sub) = state.split_once('/').context("a state is written `active/running`")?;
        self.tell("Add", &(name, active, sub)).await
    }

    /// systemd has unloaded a unit.
    pub(super) async fn forget(&self, name: &str) -> Result<()> {
        self.tell("Forget", &(name,)).await
    }

    /// From now on nobody gets an answer.
    pub(super) fn hang(&self) -> Result<()> {
        let pid = self.daemon.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)).context("it runs")?;
        Ok(kill_process(pid, Signal::STOP)?)
    }

    async fn tell<B: serde::Serialize + DynamicType>(&self, method: &str, body: &B) -> Result<()> {
        let mock = Some("org.freedesktop.DBus.Mock");
        self.connection.call_method(Some(SYSTEMD), "/org/freedesktop/systemd1", mock, method, body).await?;
        Ok(())
    }
}

fn mock(address: &str) -> Result<Child> {
    let template = checkout().join("host/capabilities/testdata/systemd/manager.py");
    ensure!(template.exists(), "{} is missing", template.display());
    // Debian's package serves Debian's own Python alone.
    let debian = PathBuf::from("/usr/bin/python3");
    let mut mock = Command::new(if debian.exists() { debian } else { "python3".into() });
    mock.args(["-m", "dbusmock", "--session", "--template"]).arg(template);
    mock.env("DBUS_SESSION_BUS_ADDRESS", address).env("PYTHONDONTWRITEBYTECODE", "1").stdout(Stdio::null());
    mock.kill_on_drop(true).spawn().context("python3 does not start; install python3-dbusmock")
}
