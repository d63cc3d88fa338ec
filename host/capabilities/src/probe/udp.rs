//! Datagrams to an echo service (RFC 862). Each begins with a cookie of this exchange and its number.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::UdpSocket;

use super::datagrams::{Wire, cookie, exchange};
use super::{Plan, Tally};
use crate::CapabilityError;

struct Udp {
    socket: UdpSocket,
    cookie: [u8; 8],
    size: usize,
    /// One byte longer than what is sent, so that an answer that is longer shows.
    buffer: Vec<u8>,
}

pub(super) async fn ping(address: SocketAddr, plan: &Plan) -> Result<Tally, CapabilityError> {
    let local: IpAddr = if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let open = async {
        let socket = UdpSocket::bind((local, 0)).await?;
        socket.connect(address).await?;
        io::Result::Ok(socket)
    };
    let socket = open.await.map_err(|error| CapabilityError::Unreachable(format!("{address}: {error}")))?;
    let cookie = cookie().to_be_bytes();
    let mut wire = Udp { socket, cookie, size: plan.size, buffer: vec![0; plan.size.saturating_add(1)] };
    Ok(exchange(&mut wire, plan).await)
}

impl Udp {
    fn request(&self, number: u16) -> Vec<u8> {
        let mut bytes = self.cookie.to_vec();
        bytes.extend_from_slice(&u64::from(number).to_be_bytes());
        bytes.resize(self.size, b'.');
        bytes
    }

    fn number(&self, bytes: &[u8]) -> Option<u16> {
        let rest = bytes.strip_prefix(&self.cookie).filter(|_| bytes.len() == self.size)?;
        u16::try_from(u64::from_be_bytes(*rest.first_chunk()?)).ok()
    }
}

impl Wire for Udp {
    async fn send(&self, number: u16) -> io::Result<()> {
        self.socket.send(&self.request(number)).await.map(|_| ())
    }

    async fn receive(&mut self) -> io::Result<Option<u16>> {
        let count = self.socket.recv(&mut self.buffer).await?;
        Ok(self.buffer.get(..count).and_then(|bytes| self.number(bytes)))
    }
}
