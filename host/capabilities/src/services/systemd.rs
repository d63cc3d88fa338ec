//! The part of systemd's D-Bus interface that is used here.

use std::collections::HashMap;
use std::io;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use globset::GlobSet;
use zbus::connection::Builder;
use zbus::message::Message;
use zbus::zvariant::{DynamicType, ObjectPath, Value};
use zbus::{Connection, Error};

use super::{Counts, MOST_UNITS, Snapshot, Unit};
use crate::CapabilityError;

const SYSTEMD: &str = "org.freedesktop.systemd1";
const MANAGER: &str = "org.freedesktop.systemd1.Manager";
const MANAGER_PATH: &str = "/org/freedesktop/systemd1";
const UNIT: &str = "org.freedesktop.systemd1.Unit";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const BUS: &str = "org.freedesktop.DBus";
/// Units asked about at the same time. systemd answers one by one; more only makes its queue longer.
const AT_ONCE: usize = 32;

/// One line of `ListUnits`: name, description, load state, active state, sub state, whom it follows, path, and its job.
type Line<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str, &'a str, ObjectPath<'a>, u32, &'a str, ObjectPath<'a>);

/// A connection to a bus on which systemd is.
pub(super) async fn connect(address: Option<&str>) -> Result<Connection, CapabilityError> {
    let named = address.unwrap_or("the system's address");
    let builder = match address {
        Some(address) => Builder::address(address),
        None => Builder::system(),
    };
    let builder = builder.map_err(|error| CapabilityError::Invalid(format!("the D-Bus address {named}: {error}")))?;
    let connection = builder.build().await.map_err(|error| not_connected(named, &error))?;
    // Asked first, because a call to an absent systemd would have the bus try to start one.
    let answer = call(&connection, BUS, "/org/freedesktop/DBus", BUS, "NameHasOwner", &(SYSTEMD,)).await?;
    if !answer.body().deserialize::<bool>().map_err(|error| strange("NameHasOwner", &error))? {
        return Err(CapabilityError::NotPresent(format!("no systemd on the D-Bus at {named}")));
    }
    Ok(connection)
}

fn not_connected(named: &str, error: &Error) -> CapabilityError {
    let (named, cause) = match error {
        Error::Connection(cause, address) => (address.to_string(), Some(cause)),
        Error::InputOutput(cause) => (named.to_owned(), Some(cause)),
        _ => (named.to_owned(), None),
    };
    let text = format!("no D-Bus at {named}: {}", cause.map_or_else(|| error.to_string(), ToString::to_string));
    match cause.map(|cause| cause.kind()) {
        Some(io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => CapabilityError::NotPresent(text),
        _ => CapabilityError::Unreachable(text),
    }
}

/// All that one answer holds. One list of all units serves the counts, the failed ones and those that match, so that they
/// agree with each other.
pub(super) async fn read(connection: &Connection, wanted: &GlobSet) -> Result<Snapshot, CapabilityError> {
    let state = call(connection, SYSTEMD, MANAGER_PATH, PROPERTIES, "Get", &(MANAGER, "SystemState")).await?;
    let state = state.body();
    let state: Value<'_> = state.deserialize().map_err(|error| strange("Get", &error))?;
    let list = call(connection, SYSTEMD, MANAGER_PATH, MANAGER, "ListUnits", &()).await?;
    let list = list.body();
    let mut lines: Vec<Line<'_>> = list.deserialize().map_err(|error| strange("ListUnits", &error))?;
    lines.sort_unstable_by_key(|line| line.0);

    let count = |state: &str| narrow(lines.iter().filter(|line| line.3 == state).count());
    let counts = Counts {
        total: narrow(lines.len()),
        active: count("active"),
        failed: count("failed"),
        activating: count("activating"),
        inactive: count("inactive"),
    };
    let failed = lines.iter().filter(|line| line.3 == "failed").take(MOST_UNITS).map(|line| line.0.to_owned());
    let failed = failed.collect();
    // Collected before anything is waited for: a stream over the filter would not be `Send`.
    let matching: Vec<_> = lines
        .iter()
        .filter(|line| wanted.is_match(line.0))
        .take(MOST_UNITS)
        .map(|line| unit(connection, line))
        .collect();
    let units = stream::iter(matching).buffered(AT_ONCE).try_collect().await?;
    Ok(Snapshot { system_state: text(&state), counts, units, failed })
}

async fn unit(connection: &Connection, line: &Line<'_>) -> Result<Unit, CapabilityError> {
    let (name, description, load_state, active_state, sub_state, path) =
        (line.0, line.1, line.2, line.3, line.4, line.6.as_str());
    let mut unit = Unit {
        name: name.to_owned(),
        description: description.to_owned(),
        active_state: active_state.to_owned(),
        sub_state: sub_state.to_owned(),
        load_state: load_state.to_owned(),
        ..Unit::default()
    };
    // One by name, because the interface of units has a hundred others.
    let asked = (UNIT, entered(active_state));
    if let Some(since) = seen(call(connection, SYSTEMD, path, PROPERTIES, "Get", &asked).await)? {
        let since = since.body();
        let since: Value<'_> = since.deserialize().map_err(|error| strange("Get", &error))?;
        unit.since_ms = u64::try_from(&since).unwrap_or(0) / 1000;
    }
    let Some(interface) = counted(name) else { return Ok(unit) };
    let Some(all) = seen(call(connection, SYSTEMD, path, PROPERTIES, "GetAll", &(interface,)).await)? else {
        return Ok(unit);
    };
    let all = all.body();
    let all: HashMap<&str, Value<'_>> = all.deserialize().map_err(|error| strange("GetAll", &error))?;
    let amount = |key: &str| {
        // systemd's word for "not counted" is the largest number there is.
        all.get(key).and_then(|value| u64::try_from(value).ok()).filter(|amount| *amount != u64::MAX)
    };
    let number = |key: &str| all.get(key).and_then(|value| u32::try_from(value).ok()).unwrap_or(0);
    unit.restarts = number("NRestarts");
    unit.main_pid = number("MainPID");
    unit.result_code = all.get("Result").map(text).unwrap_or_default();
    unit.exit_status = all.get("ExecMainStatus").and_then(|value| i32::try_from(value).ok()).unwrap_or(0);
    unit.memory = amount("MemoryCurrent");
    unit.cpu_micros = amount("CPUUsageNSec").map(|nanos| nanos / 1000);
    unit.tasks = amount("TasksCurrent");
    Ok(unit)
}

/// The property that says when a unit came into its state, as `systemctl status` chooses it.
fn entered(active_state: &str) -> &'static str {
    match active_state {
        "active" | "reloading" | "refreshing" => "ActiveEnterTimestamp",
        "inactive" | "failed" => "InactiveEnterTimestamp",
        "activating" => "InactiveExitTimestamp",
        "deactivating" => "ActiveExitTimestamp",
        _ => "StateChangeTimestamp",
    }
}

/// The interface of those kinds of units that have control groups of their own.
fn counted(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1 {
        "service" => Some("org.freedesktop.systemd1.Service"),
        "slice" => Some("org.freedesktop.systemd1.Slice"),
        "scope" => Some("org.freedesktop.systemd1.Scope"),
        "socket" => Some("org.freedesktop.systemd1.Socket"),
        "mount" => Some("org.freedesktop.systemd1.Mount"),
        "swap" => Some("org.freedesktop.systemd1.Swap"),
        _ => None,
    }
}

/// `None` for a unit that is gone since the list was made: it keeps what the list said.
fn seen(answer: Result<Message, CapabilityError>) -> Result<Option<Message>, CapabilityError> {
    match answer {
        Ok(message) => Ok(Some(message)),
        Err(CapabilityError::Failed(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Errors that the other side answers are `Failed`; the connection's own are `Unreachable`.
async fn call<B: serde::Serialize + DynamicType>(
    connection: &Connection,
    to: &str,
    path: &str,
    interface: &str,
    method: &str,
    body: &B,
) -> Result<Message, CapabilityError> {
    connection.call_method(Some(to), path, Some(interface), method, body).await.map_err(|error| match error {
        Error::MethodError(name, detail, _) => {
            let detail = detail.unwrap_or_default();
            CapabilityError::Failed(format!("{to} refuses `{method}`: {} {detail}", name.as_str()))
        }
        error => CapabilityError::Unreachable(format!("the D-Bus connection broke at `{method}`: {error}")),
    })
}

fn strange(method: &str, error: &Error) -> CapabilityError {
    CapabilityError::Unreachable(format!("the answer to `{method}` is not what systemd writes: {error}"))
}

fn text(value: &Value<'_>) -> String {
    <&str>::try_from(value).unwrap_or_default().to_owned()
}

fn narrow(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
