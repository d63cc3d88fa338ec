//! systemd's interface as python-dbusmock serves it, on a bus of the test's own.
#![expect(clippy::disallowed_methods, reason = "the bus and its services are other people's programs")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use autobot_capabilities::CapabilityError;
use autobot_capabilities::services::{MOST_UNITS, Services, ServicesOptions};
use expect_test::expect;
use futures_util::StreamExt as _;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use zbus::fdo::DBusProxy;

/// A program that does not outlive its test.
struct Running(Child);

impl Running {
    fn start(command: &mut Command, package: &str) -> Self {
        let missing = format!("{command:?} does not start; install {package}");
        Self(command.spawn().expect(&missing))
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Bus {
    daemon: Running,
    mock: Option<Running>,
    folder: TempDir,
}

impl Bus {
    /// A bus, and nobody on it.
    fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { daemon: Self::daemon(folder.path()), mock: None, folder }
    }

    fn daemon(folder: &Path) -> Running {
        let mut daemon = Command::new("dbus-daemon");
        daemon.args(["--session", "--nofork", "--print-address=1"]).arg(format!("--address={}", address(folder)));
        let mut daemon = Running::start(daemon.stdout(Stdio::piped()).stderr(Stdio::null()), "dbus-daemon");
        let mut line = String::new();
        BufReader::new(daemon.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("unix:path="), "dbus-daemon says {line:?} for its address");
        daemon
    }

    /// A bus with systemd on it.
    async fn with_systemd() -> Self {
        let mut bus = Self::empty();
        bus.start_systemd().await;
        bus
    }

    async fn start_systemd(&mut self) {
        let connection = self.connection().await;
        let mut owners = DBusProxy::new(&connection).await.unwrap().receive_name_owner_changed().await.unwrap();
        let template = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/systemd/manager.py");
        // Debian's package serves Debian's own Python alone.
        let python = if Path::new("/usr/bin/python3").exists() { "/usr/bin/python3" } else { "python3" };
        let mut mock = Command::new(python);
        mock.args(["-m", "dbusmock", "--session", "--template"]).arg(template);
        mock.env("DBUS_SESSION_BUS_ADDRESS", self.address()).env("PYTHONDONTWRITEBYTECODE", "1").stdout(Stdio::null());
        let mut mock = Running::start(&mut mock, "python3-dbusmock");
        loop {
            let change = tokio::time::timeout(Duration::from_secs(60), owners.next()).await;
            let ended = mock.0.try_wait().unwrap();
            assert!(ended.is_none() && change.is_ok(), "python-dbusmock does not run; install python3-dbusmock");
            if change.unwrap().unwrap().args().unwrap().name == "org.freedesktop.systemd1" {
                break;
            }
        }
        self.mock = Some(mock);
    }

    fn address(&self) -> String {
        address(self.folder.path())
    }

    async fn connection(&self) -> zbus::Connection {
        zbus::connection::Builder::address(self.address().as_str()).unwrap().build().await.unwrap()
    }

    fn services(&self, deadline: Duration) -> Services {
        Services::new(ServicesOptions { address: Some(self.address()), deadline })
    }
}

fn address(folder: &Path) -> String {
    format!("unix:path={}", folder.join("bus").display())
}

fn patterns(patterns: &[&str]) -> Vec<String> {
    patterns.iter().map(|one| (*one).to_owned()).collect()
}

/// Long enough for any machine: only a failure waits for it.
const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn units_are_told_with_counts_and_with_the_failed_ones() {
    let bus = Bus::with_systemd().await;
    let services = bus.services(LONG);
    let found = services.read(&patterns(&["redis*.service", "*.slice", "dev-*x2d1.device"])).await.unwrap();
    expect![[r#"
        Snapshot {
            system_state: "degraded",
            counts: Counts {
                total: 5,
                active: 2,
                failed: 1,
                activating: 1,
                inactive: 1,
            },
            units: [
                Unit {
                    name: "dev-disk\\x2d1.device",
                    description: "A disk",
                    active_state: "activating",
                    sub_state: "tentative",
                    load_state: "loaded",
                    since_ms: 1,
                    restarts: 0,
                    result_code: "",
                    exit_status: 0,
                    main_pid: 0,
                    memory: None,
                    cpu_micros: None,
                    tasks: None,
                },
                Unit {
                    name: "redis-backup.service",
                    description: "Nightly copy",
                    active_state: "failed",
                    sub_state: "failed",
                    load_state: "loaded",
                    since_ms: 1700000500000,
                    restarts: 0,
                    result_code: "exit-code",
                    exit_status: 3,
                    main_pid: 0,
                    memory: None,
                    cpu_micros: None,
                    tasks: None,
                },
                Unit {
                    name: "redis-server.service",
                    description: "Advanced key-value store",
                    active_state: "active",
                    sub_state: "running",
                    load_state: "loaded",
                    since_ms: 1700000000123,
                    restarts: 3,
                    result_code: "success",
                    exit_status: 0,
                    main_pid: 812,
                    memory: Some(
                        8404992,
                    ),
                    cpu_micros: Some(
                        2500001,
                    ),
                    tasks: Some(
                        5,
                    ),
                },
                Unit {
                    name: "system.slice",
                    description: "System Slice",
                    active_state: "active",
                    sub_state: "active",
                    load_state: "loaded",
                    since_ms: 0,
                    restarts: 0,
                    result_code: "",
                    exit_status: 0,
                    main_pid: 0,
                    memory: Some(
                        1000000,
                    ),
                    cpu_micros: None,
                    tasks: None,
                },
            ],
            failed: [
                "redis-backup.service",
            ],
        }
    "#]]
    .assert_eq(&format!("{found:#?}\n"));
    assert_eq!(services.read(&[]).await.unwrap().units, []);
    let gone = &services.read(&patterns(&["gone.service"])).await.unwrap().units[0];
    assert_eq!(
        (gone.load_state.as_str(), gone.since_ms),
        ("not-found", 0),
        "a unit that left keeps what the list said"
    );
    let wrong = services.read(&patterns(&["redis["])).await.unwrap_err();
    expect!["invalid: `redis[`: unclosed character class; missing ']'"].assert_eq(&wrong.to_string());
}

#[tokio::test]
async fn a_machine_without_systemd_says_so_quietly() {
    let folder = tempfile::tempdir().unwrap();
    let address = Some(address(folder.path()));
    let error = Services::new(ServicesOptions { address, deadline: LONG }).read(&[]).await.unwrap_err();
    let error = error.to_string().replace(&folder.path().display().to_string(), "FOLDER");
    expect!["not present: no D-Bus at unix:path=FOLDER/bus: No such file or directory (os error 2)"].assert_eq(&error);

    let bus = Bus::empty();
    let error = bus.services(LONG).read(&[]).await.unwrap_err();
    let error = error.to_string().replace(&bus.folder.path().display().to_string(), "FOLDER");
    expect!["not present: no systemd on the D-Bus at unix:path=FOLDER/bus"].assert_eq(&error);
}

#[tokio::test]
async fn a_bus_that_was_started_anew_is_found_again() {
    let mut bus = Bus::with_systemd().await;
    let services = bus.services(LONG);
    services.read(&[]).await.unwrap();
    bus.daemon.0.kill().unwrap();
    bus.daemon.0.wait().unwrap();
    let gone = services.read(&[]).await.unwrap_err();
    assert!(matches!(gone, CapabilityError::Unreachable(_)), "{gone}");
    std::fs::remove_file(bus.folder.path().join("bus")).unwrap();
    bus.daemon = Bus::daemon(bus.folder.path());
    bus.start_systemd().await;
    assert_eq!(services.read(&[]).await.unwrap().counts.total, 5);
}

#[tokio::test]
async fn a_bus_that_stands_still_costs_no_more_than_the_deadline() {
    let bus = Bus::with_systemd().await;
    let services = bus.services(Duration::from_secs(3));
    // Its first answers wait until Python is up, however long that takes.
    bus.services(LONG).read(&[]).await.unwrap();
    services.read(&[]).await.unwrap();
    bus.daemon.signal(Signal::STOP);
    let error = services.read(&patterns(&["*"])).await.unwrap_err();
    expect!["timed out: systemd did not answer by D-Bus within 3s; see `systemctl status`"]
        .assert_eq(&error.to_string());
    bus.daemon.signal(Signal::CONT);
    while services.read(&patterns(&["*"])).await.is_err() {}
}

#[tokio::test]
async fn no_more_than_the_stated_number_of_units_comes_back() {
    let bus = Bus::with_systemd().await;
    let many = (u32::try_from(MOST_UNITS).unwrap() + 50,);
    let mock = Some("org.freedesktop.DBus.Mock");
    let (to, at) = (Some("org.freedesktop.systemd1"), "/org/freedesktop/systemd1");
    bus.connection().await.call_method(to, at, mock, "AddMany", &many).await.unwrap();
    let found = bus.services(LONG).read(&patterns(&["many-*.service"])).await.unwrap();
    assert_eq!((found.units.len(), found.counts.total), (MOST_UNITS, many.0 + 5));
    assert_eq!((found.units[7].name.as_str(), found.units[7].main_pid), ("many-0007.service", 8));
}
