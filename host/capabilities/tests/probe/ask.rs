//! Asking in few words.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use autobot_capabilities::CapabilityError;
use autobot_capabilities::probe::{Method, Outcome, Probe, ProbeOptions, ProbeTarget};

/// One that may ask this machine, which it also knows as `me`.
pub(crate) fn probe() -> Probe {
    let scope = ["me", "127.0.0.1", "::1", "localhost", "10.9.9.9"].map(str::to_owned).to_vec();
    let machines = BTreeMap::from([("me".to_owned(), "127.0.0.1".to_owned())]);
    Probe::new(ProbeOptions { scope, machines, in_flight: 8 })
}

/// Six requests, a millisecond apart, with a patience that a busy machine does not use up.
pub(crate) fn target(method: Method, address: SocketAddr) -> ProbeTarget {
    ProbeTarget {
        host: address.ip().to_string(),
        port: address.port(),
        method,
        count: 6,
        interval_micros: 1_000,
        timeout_micros: 20_000_000,
        size: 64,
    }
}

/// As a task, as the host does it: so the future has to be one that may move between threads.
pub(crate) async fn ping(target: ProbeTarget) -> Result<Outcome, CapabilityError> {
    tokio::spawn(async move { probe().ping_all(vec![target]).await }).await.unwrap().pop().unwrap()
}
