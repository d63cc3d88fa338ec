//! Echo requests of ICMP and ICMPv6.
//!
//! The unprivileged socket comes first: the kernel then hands over our own answers alone. Where it is not allowed, a raw one
//! does; that hands over everything, and `packet.rs` picks out what is ours.

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsRawFd as _, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, ControlMessageOwned, MsgFlags, SockFlag, SockProtocol, SockType, SockaddrStorage, connect, recvmsg,
    setsockopt, socket, sockopt,
};
use tokio::io::Interest;
use tokio::net::UdpSocket;

use super::datagrams::{Wire, cookie, exchange};
use super::packet::{Mark, after_ipv4};
use super::{Plan, Tally};
use crate::CapabilityError;

/// Bytes of the headers before the payload: IPv4 with all its options, and ICMP; and one to show what is too long.
const MOST_HEADERS: usize = 60 + 8 + 1;

struct Icmp {
    /// Of ICMP, not of UDP: to Tokio, every socket of datagrams is of this type.
    socket: UdpSocket,
    /// Whether the header of IPv4 comes with what is received.
    has_ip_header: bool,
    mark: Mark,
    buffer: Vec<u8>,
    ttl: Option<u32>,
}

/// What came back, and the time to live of the last answer.
pub(super) async fn ping(address: IpAddr, plan: &Plan) -> Result<(Tally, Option<u32>), CapabilityError> {
    let (socket, is_raw) = open(address.is_ipv6()).map_err(|error| explain(address, error))?;
    let unreachable = |error: io::Error| CapabilityError::Unreachable(format!("{address}: {error}"));
    connect(socket.as_raw_fd(), &SockaddrStorage::from(SocketAddr::new(address, 0)))
        .map_err(|error| unreachable(error.into()))?;
    let secret = cookie();
    let mut wire = Icmp {
        socket: UdpSocket::from_std(socket.into()).map_err(unreachable)?,
        has_ip_header: is_raw && address.is_ipv4(),
        mark: Mark {
            is_v6: address.is_ipv6(),
            identifier: is_raw.then_some(u16::try_from(cookie() & 0xffff).unwrap_or_default()),
            cookie: secret.to_be_bytes(),
            size: plan.size,
        },
        buffer: vec![0; plan.size.saturating_add(MOST_HEADERS)],
        ttl: None,
    };
    let tally = exchange(&mut wire, plan).await;
    Ok((tally, wire.ttl))
}

/// A socket, and whether it is a raw one.
fn open(is_v6: bool) -> Result<(OwnedFd, bool), Errno> {
    let (family, protocol) =
        if is_v6 { (AddressFamily::Inet6, SockProtocol::IcmpV6) } else { (AddressFamily::Inet, SockProtocol::Icmp) };
    let of = |kind| socket(family, kind, SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC, protocol);
    let (socket, is_raw) = match of(SockType::Datagram) {
        Ok(socket) => (socket, false),
        // Not this group, or a kernel that has no such sockets.
        Err(Errno::EACCES | Errno::EPERM | Errno::EPROTONOSUPPORT | Errno::ESOCKTNOSUPPORT) => {
            (of(SockType::Raw)?, true)
        }
        Err(error) => return Err(error),
    };
    // Where the kernel does not tell it, the outcome says nothing of it.
    let _ = if is_v6 {
        setsockopt(&socket, sockopt::Ipv6RecvHopLimit, &true)
    } else {
        setsockopt(&socket, sockopt::Ipv4RecvTtl, &true)
    };
    Ok((socket, is_raw))
}

fn explain(address: IpAddr, error: Errno) -> CapabilityError {
    match error {
        Errno::EACCES | Errno::EPERM => CapabilityError::Failed(format!(
            "{address}: this process may send no echo requests; let the kernel allow it to its group \
             (`sysctl net.ipv4.ping_group_range=\"0 2147483647\"`), or give it CAP_NET_RAW"
        )),
        Errno::EAFNOSUPPORT => CapabilityError::NotPresent(format!("{address}: this machine has no such protocol")),
        _ => CapabilityError::Failed(format!("{address}: no socket for echo requests: {}", error.desc())),
    }
}

/// The length of the next datagram, and its time to live.
fn take(socket: &UdpSocket, buffer: &mut [u8]) -> io::Result<(usize, Option<u32>)> {
    let mut space = nix::cmsg_space!(i32);
    let mut slices = [IoSliceMut::new(buffer)];
    let message = recvmsg::<()>(socket.as_raw_fd(), &mut slices, Some(&mut space), MsgFlags::MSG_DONTWAIT)?;
    let ttl = message.cmsgs()?.find_map(|one| match one {
        ControlMessageOwned::Ipv4Ttl(ttl) | ControlMessageOwned::Ipv6HopLimit(ttl) => u32::try_from(ttl).ok(),
        _ => None,
    });
    Ok((message.bytes, ttl))
}

impl Wire for Icmp {
    async fn send(&self, number: u16) -> io::Result<()> {
        self.socket.send(&self.mark.request(number)).await.map(|_| ())
    }

    async fn receive(&mut self) -> io::Result<Option<u16>> {
        let Self { socket, has_ip_header, mark, buffer, ttl } = self;
        let (count, its_ttl) = socket.async_io(Interest::READABLE, || take(socket, buffer)).await?;
        let bytes = buffer.get(..count).unwrap_or_default();
        let number = mark.number(if *has_ip_header { after_ipv4(bytes).unwrap_or_default() } else { bytes });
        if number.is_some() {
            *ttl = its_ttl;
        }
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn what_is_not_allowed_says_how_to_allow_it() {
        let address = IpAddr::from([127, 0, 0, 1]);
        expect![[r#"127.0.0.1: this process may send no echo requests; let the kernel allow it to its group (`sysctl net.ipv4.ping_group_range="0 2147483647"`), or give it CAP_NET_RAW"#]]
        .assert_eq(&explain(address, Errno::EPERM).to_string());
        expect!["127.0.0.1: no socket for echo requests: Too many open files"]
            .assert_eq(&explain(address, Errno::EMFILE).to_string());
    }
}
