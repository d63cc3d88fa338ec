//! Names to addresses.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::CapabilityError;

/// The first address of `host`, in the order of this machine's resolver, and how long that took: nothing for an address.
pub(super) async fn resolve(
    host: &str,
    port: u16,
    within: Duration,
) -> Result<(SocketAddr, Duration), CapabilityError> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok((SocketAddr::new(address, port), Duration::ZERO));
    }
    let started = Instant::now();
    match timeout(within, tokio::net::lookup_host((host, port))).await {
        Err(_) => Err(CapabilityError::Timeout(format!(
            "the name `{host}` was not resolved within {} s",
            within.as_secs_f64()
        ))),
        Ok(Err(error)) => Err(CapabilityError::Unreachable(format!("the name `{host}` cannot be resolved: {error}"))),
        Ok(Ok(mut found)) => match found.next() {
            Some(address) => Ok((address, started.elapsed())),
            None => Err(CapabilityError::Unreachable(format!("the name `{host}` has no address"))),
        },
    }
}
