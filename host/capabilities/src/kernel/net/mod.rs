//! Networks: interfaces, sockets, protocols, and what the kernel does with packets on their way.

mod bonds;
mod details;
mod links;
mod neighbours;
mod percpu;
mod protocols;
mod queues;
mod sockets;

use std::path::{Path, PathBuf};

use parking_lot::Mutex;

use crate::CapabilityError;

pub use bonds::{Bond, BondPart};
pub use details::LinkDetails;
pub use links::Link;
pub use neighbours::Neighbours;
pub use percpu::{Softnet, Tracking};
pub use protocols::{IcmpCounts, IpCounts, ProtocolCounts, TcpCounts, UdpCounts};
pub use queues::UdpQueues;
pub use sockets::SocketCounts;

/// The network of one machine. Every part has a lock of its own.
pub struct Net {
    class: PathBuf,
    links: Mutex<links::Reader>,
    sockets: Mutex<sockets::Reader>,
    protocols: Mutex<protocols::Reader>,
    softnets: Mutex<percpu::SoftnetReader>,
    tracking: Mutex<percpu::TrackingReader>,
    queues: Mutex<queues::Reader>,
    neighbours: Mutex<neighbours::Reader>,
}

impl Net {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            class: root.join("sys/class/net"),
            links: Mutex::new(links::Reader::new(root)),
            sockets: Mutex::new(sockets::Reader::new(root)),
            protocols: Mutex::new(protocols::Reader::new(root)),
            softnets: Mutex::new(percpu::SoftnetReader::new(root)),
            tracking: Mutex::new(percpu::TrackingReader::new(root)),
            queues: Mutex::new(queues::Reader::new(root)),
            neighbours: Mutex::new(neighbours::Reader::new(root)),
        }
    }

    /// Interfaces, with what went through them.
    pub fn links(&self) -> Result<Vec<Link>, CapabilityError> {
        self.links.lock().read()
    }

    /// How the first 200 interfaces are set up. Asks their drivers, which may take a moment.
    pub fn describe(&self) -> Result<Vec<LinkDetails>, CapabilityError> {
        details::read(&self.class)
    }

    /// Interfaces that stand in for one another.
    pub fn bonds(&self) -> Result<Vec<Bond>, CapabilityError> {
        bonds::read(&self.class)
    }

    /// Numbers of sockets.
    pub fn sockets(&self) -> Result<SocketCounts, CapabilityError> {
        self.sockets.lock().read()
    }

    /// What IP, ICMP, UDP and TCP counted.
    pub fn protocols(&self) -> Result<ProtocolCounts, CapabilityError> {
        self.protocols.lock().read()
    }

    /// Packets that each processor took from the cards.
    pub fn softnets(&self) -> Result<Vec<Softnet>, CapabilityError> {
        self.softnets.lock().read()
    }

    /// The buffers of all UDP sockets. Walks the kernel's whole table of them.
    pub fn queues(&self) -> Result<UdpQueues, CapabilityError> {
        self.queues.lock().read()
    }

    /// Neighbours by interface.
    pub fn neighbours(&self) -> Result<Vec<Neighbours>, CapabilityError> {
        self.neighbours.lock().read()
    }

    /// What became of the connections that the firewall follows.
    pub fn tracking(&self) -> Result<Tracking, CapabilityError> {
        self.tracking.lock().read()
    }
}
