//! From a host to a connection of TCP.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpStream, lookup_host};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use url::Host;

use super::{Deadline, Endpoint};
use crate::CapabilityError;

/// Addresses of one name that are tried.
const MOST_ADDRESSES: usize = 8;

/// The addresses of a host, in the order in which the system would have them tried.
pub(super) async fn resolve(
    lookups: &Arc<Semaphore>,
    to: &Endpoint<'_>,
    deadline: Deadline,
) -> Result<Vec<SocketAddr>, CapabilityError> {
    let name = match to.host {
        Host::Ipv4(address) => return Ok(vec![(address, to.port).into()]),
        Host::Ipv6(address) => return Ok(vec![(address, to.port).into()]),
        Host::Domain(name) => name.to_owned(),
    };
    let late = |within: &str| format!("{}: the name `{name}` did not resolve {within}", to.place);
    let turn = deadline.bound(lookups.clone().acquire_owned(), late).await?;
    let look_up = {
        let (name, port) = (name.clone(), to.port);
        async move {
            // Held by a task of its own, so that a look-up whose caller is gone still counts until it has ended.
            let _turn = turn;
            lookup_host((name.as_str(), port)).await.map(|found| found.take(MOST_ADDRESSES).collect::<Vec<_>>())
        }
    };
    match deadline.bound(tokio::spawn(look_up), late).await? {
        Ok(Ok(addresses)) if !addresses.is_empty() => Ok(addresses),
        Ok(Ok(_)) => Err(CapabilityError::Unreachable(format!("{}: the name `{name}` has no address", to.place))),
        Ok(Err(error)) => {
            Err(CapabilityError::Unreachable(format!("{}: the name `{name}` does not resolve: {error}", to.place)))
        }
        Err(error) => Err(CapabilityError::Failed(format!("{}: the host failed at resolving: {error}", to.place))),
    }
}

/// Connects to the first address that answers. Each gets its share of the time that is left, so that one that is silent does
/// not keep the next from being tried.
pub(super) async fn connect(
    addresses: &[SocketAddr],
    to: &Endpoint<'_>,
    deadline: Deadline,
) -> Result<(TcpStream, SocketAddr), CapabilityError> {
    let mut failure = None;
    let attempts = async {
        for (at, address) in addresses.iter().enumerate() {
            let untried = u32::try_from(addresses.len().saturating_sub(at)).unwrap_or(1).max(1);
            match timeout(deadline.remaining() / untried, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Some((stream, *address)),
                Ok(Err(error)) => failure = Some(error),
                Err(_) => {}
            }
        }
        None
    };
    let late = |within: &str| format!("{} did not accept a connection {within}", to.place);
    let connected = deadline.bound(attempts, late).await?;
    let Some((stream, address)) = connected else {
        return match failure {
            Some(error) => Err(refused(to.place, &error)),
            None => deadline.bound(std::future::pending(), late).await,
        };
    };
    // Small requests should not wait for company. Where that cannot be asked for, they are slower but right.
    let _ = stream.set_nodelay(true);
    Ok((stream, address))
}

fn refused(place: &str, error: &io::Error) -> CapabilityError {
    CapabilityError::Unreachable(match error.kind() {
        io::ErrorKind::ConnectionRefused => format!("{place} refused the connection"),
        io::ErrorKind::ConnectionReset => format!("{place} reset the connection before it stood"),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            format!("{place}: there is no way to it ({error})")
        }
        _ => format!("{place} could not be connected to: {error}"),
    })
}
