//! Containers of Docker or Podman, by the engine's own socket: the capability `containers`.
//!
//! It asks the engine's API for what it lists, and of each container for its state and its counters. It changes nothing, and
//! hands over neither environments nor command lines, which are where people keep their secrets.

mod engine;
mod replies;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::CapabilityError;
use crate::dial::Deadline;
use crate::http::in_order;
use engine::Engine;
use replies::{Details, Listed, Stats, Version};

/// Where engines listen, the likelier first.
pub const SOCKETS: [&str; 3] = ["/var/run/docker.sock", "/run/docker.sock", "/run/podman/podman.sock"];
/// Where the clients of Docker and Podman are told the engine's socket (`unix:///run/user/1000/docker.sock`).
const VARIABLES: [&str; 2] = ["DOCKER_HOST", "CONTAINER_HOST"];
/// Where engines listen that a user runs for himself, below `XDG_RUNTIME_DIR`.
const USERS_SOCKETS: [&str; 2] = ["docker.sock", "podman/podman.sock"];
/// Containers of one snapshot.
pub const MOST_CONTAINERS: usize = 200;
/// What a snapshot may take.
const ALLOWED: Duration = Duration::from_secs(5);
/// Requests made of an engine at once.
const AT_ONCE: usize = 8;

/// Where engines of this machine may listen, the likelier first. `variable` gives the environment: a socket that `DOCKER_HOST` or
/// `CONTAINER_HOST` names is the only one, as it is for the clients of Docker and Podman; an engine on another machine
/// (`tcp://`, `ssh://`) is none of this machine's. Else [`SOCKETS`], and those of the host's own user.
pub fn sockets(variable: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let named = VARIABLES.iter().filter_map(|name| variable(name)?.into_string().ok());
    if let Some(path) = named.into_iter().find_map(|url| Some(PathBuf::from(url.strip_prefix("unix://")?))) {
        return vec![path];
    }
    let folder = variable("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_absolute());
    let own = folder.into_iter().flat_map(|folder| USERS_SOCKETS.map(|name| folder.join(name)));
    SOCKETS.iter().map(PathBuf::from).chain(own).collect()
}

/// The containers of one machine.
pub struct Containers {
    sockets: Vec<PathBuf>,
    allowed: Duration,
}

/// What an engine runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// `docker`, `podman`.
    pub engine: String,
    /// The engine's own.
    pub version: String,
    /// At most 200, running ones first.
    pub containers: Vec<Container>,
}

/// One container. What the engine did not tell in time is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Container {
    /// The first twelve digits of its id.
    pub id: String,
    /// Without the slash that Docker puts before it.
    pub name: String,
    /// As it was named when it was started.
    pub image: String,
    /// `running`, `exited`, `paused`, `restarting` ...
    pub state: String,
    /// `healthy`, `unhealthy`, `starting`; "" without a check.
    pub health: String,
    /// Milliseconds since the Unix epoch.
    pub created_ms: u64,
    /// Milliseconds since the Unix epoch; none when it never was.
    pub started_ms: Option<u64>,
    /// How it ended, if it did.
    pub exit_code: Option<i32>,
    /// Restarts by the engine.
    pub restarts: Option<u32>,
    /// Time of processors.
    pub cpu_micros: Option<u64>,
    /// Without what the kernel could drop at once (inactive pages of files), as `docker stats` counts it.
    pub memory: Option<u64>,
    /// The machine's memory where none was set.
    pub memory_limit: Option<u64>,
    /// Bytes received, over all its interfaces.
    pub rx_bytes: Option<u64>,
    /// Bytes sent, over all its interfaces.
    pub tx_bytes: Option<u64>,
    /// Bytes read, over all its block devices.
    pub read_bytes: Option<u64>,
    /// Bytes written, over all its block devices.
    pub written_bytes: Option<u64>,
    /// Processes and threads, as the kernel counts them.
    pub processes: Option<u64>,
}

impl Containers {
    /// The containers of the first engine that answers on one of `sockets`: those of [`sockets`].
    pub fn new(sockets: impl IntoIterator<Item = PathBuf>) -> Self {
        Self { sockets: sockets.into_iter().collect(), allowed: ALLOWED }
    }

    /// Looks at all of them, within five seconds. Whatever has not answered by then of a single container is left out.
    ///
    /// # Errors
    /// `NotPresent` where there is no engine, `Unreachable` where none answers, `Failed` where the host may not ask it or
    /// does not understand it, `Timeout`, `TooLarge`.
    pub async fn read(&self) -> Result<Snapshot, CapabilityError> {
        let deadline = Deadline::after(self.allowed);
        let mut problem = None;
        for socket in &self.sockets {
            let engine = Engine { socket: socket.clone(), deadline };
            match engine.get::<Version>("/version").await {
                Ok(version) => return snapshot(&engine, version).await,
                Err(CapabilityError::NotPresent(_)) => {}
                // A dead engine's socket may lie beside that of a live one.
                Err(error) => problem = problem.or(Some(error)),
            }
        }
        Err(problem.unwrap_or_else(|| {
            let sockets: Vec<_> = self.sockets.iter().map(|socket| socket.display().to_string()).collect();
            CapabilityError::NotPresent(format!("no container engine listens on {}", sockets.join(", ")))
        }))
    }
}

async fn snapshot(engine: &Engine, version: Version) -> Result<Snapshot, CapabilityError> {
    let mut listed: Vec<Listed> = engine.get("/containers/json?all=1").await?;
    listed.retain(Listed::is_sound);
    listed.sort_by_cached_key(|one| (!one.runs(), one.name()));
    listed.truncate(MOST_CONTAINERS);
    let containers = in_order(listed, AT_ONCE, |listed| async move { Ok(container(engine, &listed).await) }).await;
    Ok(Snapshot {
        engine: version.engine().to_owned(),
        version: version.number(),
        containers: containers.into_iter().filter_map(Result::ok).collect(),
    })
}

/// All that can be had of one container; it may be gone by now.
async fn container(engine: &Engine, listed: &Listed) -> Container {
    let details: Details = engine.get(&format!("/containers/{}/json", listed.id())).await.unwrap_or_default();
    let mut container = details.complete(listed.container());
    if listed.runs() || listed.is_paused() {
        let path = format!("/containers/{}/stats?stream=false&one-shot=true", listed.id());
        if let Ok(stats) = engine.get::<Stats>(&path).await {
            stats.complete(&mut container);
        }
    }
    container
}
