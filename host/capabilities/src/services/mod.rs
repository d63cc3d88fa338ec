//! Units of systemd, as its manager tells them by D-Bus. Read-only: nothing is started, stopped or reloaded.
//!
//! Talks to the system bus alone. A machine without that bus, or with nobody on it who calls himself systemd (containers,
//! WSL), is [`CapabilityError::NotPresent`]. Never hands out environments or command lines.

mod systemd;

use std::time::Duration;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use tokio::sync::Mutex;
use tokio::time::timeout;
use zbus::Connection;

use crate::CapabilityError;

/// Units with their details in one answer, and names of failed ones.
pub const MOST_UNITS: usize = 500;
/// Patterns of one call.
const MOST_PATTERNS: usize = 1_000;

/// One unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// `redis-server.service`.
    pub name: String,
    /// What it says that it is.
    pub description: String,
    /// `active`, `failed` ...
    pub active_state: String,
    /// `running`, `exited` ...
    pub sub_state: String,
    /// `loaded`, `not-found` ...
    pub load_state: String,
    /// Since when it is in that state, in milliseconds since the Unix epoch; 0 when it never changed.
    pub since_ms: u64,
    /// Of services: automatic restarts since it was started by hand.
    pub restarts: u32,
    /// Of services: how its main process ended: `success`, `exit-code`, `signal`, `oom-kill` ...
    pub result_code: String,
    /// Of services: the exit status of its main process, or the signal that ended it.
    pub exit_status: i32,
    /// Of services: the id of its main process; 0 when there is none.
    pub main_pid: u32,
    /// Bytes of memory, where the control groups count them.
    pub memory: Option<u64>,
    /// Processor time, where the control groups count it.
    pub cpu_micros: Option<u64>,
    /// Threads, where the control groups count them.
    pub tasks: Option<u64>,
}

/// How many units there are, of all kinds. Those in other states (`deactivating`, `reloading`) are in the total alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All that are loaded.
    pub total: u32,
    /// `active`
    pub active: u32,
    /// `failed`
    pub failed: u32,
    /// `activating`
    pub activating: u32,
    /// `inactive`
    pub inactive: u32,
}

/// What systemd said at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// `running`, `degraded`, `starting` ...
    pub system_state: String,
    /// Of all units.
    pub counts: Counts,
    /// Those that match, by name; the first [`MOST_UNITS`].
    pub units: Vec<Unit>,
    /// The failed ones by name, whether they match or not; the first [`MOST_UNITS`].
    pub failed: Vec<String>,
}

/// Where systemd is, and how long it may take.
#[derive(Clone, Debug)]
pub struct ServicesOptions {
    /// The bus as D-Bus writes addresses (`unix:path=/run/dbus/system_bus_socket`); `None`: this machine's system bus.
    pub address: Option<String>,
    /// Bound of one call, connecting included.
    pub deadline: Duration,
}

impl Default for ServicesOptions {
    fn default() -> Self {
        Self { address: None, deadline: Duration::from_secs(5) }
    }
}

/// The units of one machine. Shared by all plugin instances: calls wait for each other and use one connection, which is
/// made when it is first needed.
#[derive(Debug)]
pub struct Services {
    options: ServicesOptions,
    /// Holds a connection only between calls. A call takes it out and puts it back when all went well, so one whose caller was
    /// dropped half-way, with who knows what still to be sent or read, is never used again.
    kept: Mutex<Option<Connection>>,
}

impl Services {
    /// The units of the systemd on that bus. Connects to nothing yet.
    pub fn new(options: ServicesOptions) -> Self {
        Self { options, kept: Mutex::new(None) }
    }

    /// The state of the system, and the units whose whole names match one of the globs (`redis*.service`).
    ///
    /// # Errors
    /// `NotPresent` without systemd, `Invalid` for a pattern that is none, `TooLarge` for too many of them, `Timeout`,
    /// `Unreachable` when the bus does not answer.
    pub async fn read(&self, patterns: &[String]) -> Result<Snapshot, CapabilityError> {
        let wanted = globs(patterns)?;
        let deadline = self.options.deadline;
        timeout(deadline, self.read_kept(&wanted)).await.unwrap_or_else(|_| {
            Err(CapabilityError::Timeout(format!(
                "systemd did not answer by D-Bus within {deadline:?}; see `systemctl status`"
            )))
        })
    }

    async fn read_kept(&self, wanted: &GlobSet) -> Result<Snapshot, CapabilityError> {
        let mut kept = self.kept.lock().await;
        if let Some(connection) = kept.take() {
            // The bus may have been started anew since; then the fresh connection below says how things are.
            if let Ok(snapshot) = systemd::read(&connection, wanted).await {
                *kept = Some(connection);
                return Ok(snapshot);
            }
        }
        let connection = systemd::connect(self.options.address.as_deref()).await?;
        let snapshot = systemd::read(&connection, wanted).await?;
        *kept = Some(connection);
        Ok(snapshot)
    }
}

fn globs(patterns: &[String]) -> Result<GlobSet, CapabilityError> {
    if patterns.len() > MOST_PATTERNS {
        return Err(CapabilityError::TooLarge(format!("more than {MOST_PATTERNS} patterns in one call")));
    }
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        // Units of devices and mounts have backslashes in their names (`dev-sda\x2d1.device`): they are letters here.
        let built = GlobBuilder::new(pattern).backslash_escape(false).build();
        set.add(built.map_err(|error| CapabilityError::Invalid(format!("`{pattern}`: {}", error.kind())))?);
    }
    set.build().map_err(|error| CapabilityError::Invalid(error.to_string()))
}
