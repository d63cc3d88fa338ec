//! Facts of the kernel, from `/proc` and `/sys` below a given root.
//!
//! Files stay open and are read with `pread` into buffers that are used again; text is parsed in place. What a
//! kernel does not have is [`CapabilityError::NotPresent`]; text that does not read as the kernel writes it is an error that
//! names file and line. Nothing here computes rates or ratios: that is the plugins' part.

mod activity;
mod caches;
mod cpu;
mod disk;
mod edac;
mod hardware;
mod limits;
mod machine;
mod memory;
mod mounts;
mod net;
mod nodes;
pub(crate) mod pressure;
mod process;
mod schedule;
mod source;
mod table;
pub(crate) mod text;
mod timex;
mod uptime;
mod users;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use autobot_model::Clock;
use parking_lot::Mutex;

use crate::CapabilityError;

pub use activity::{Activity, InterruptLine};
pub use caches::Caches;
pub use cpu::{Core, CpuSnapshot, CpuTimes, Frequency, Scaling};
pub use disk::{Device, DeviceDetails, DiskArray, Disks, Faults, Pool, Zfs};
pub use edac::{MemoryController, MemoryModule};
pub use hardware::HardwareInfo;
pub use limits::Limit;
pub use machine::MachineInfo;
pub use memory::{MemorySnapshot, MemoryUses, Paging};
pub use mounts::Mount;
pub use net::{
    Bond, BondPart, IcmpCounts, IpCounts, Link, LinkDetails, Neighbours, Net, ProtocolCounts, SocketCounts, Softnet,
    TcpCounts, Tracking, UdpCounts, UdpQueues,
};
pub use nodes::MemoryNode;
pub use pressure::{Pressure, PressureResource, Stall};
pub use process::{Asked, Group, InputOutput, Owner, ProcessCounts, ProcessSnapshot, Sum};
pub use schedule::Turns;
pub use timex::ClockState;
pub use uptime::Uptime;

/// The kernel of one machine. Shared by all plugin instances; every part has a lock of its own. Calls read files and so may
/// take a moment (a millisecond for some hundred processes): async code calls from where blocking is allowed.
pub struct Kernel {
    root: PathBuf,
    cpu: Mutex<cpu::Reader>,
    frequencies: Mutex<cpu::FrequencyReader>,
    memory: Mutex<memory::Reader>,
    mounts: Mutex<mounts::Reader>,
    /// Block devices.
    pub disks: Disks,
    /// Interfaces, sockets and protocols.
    pub net: Net,
    nodes: Mutex<nodes::Reader>,
    schedule: Mutex<schedule::Reader>,
    caches: Mutex<caches::Reader>,
    pressure: [Mutex<pressure::Reader>; 3],
    processes: Mutex<process::Reader>,
    uptime: Mutex<uptime::Reader>,
    limits: Mutex<limits::Reader>,
    activity: Mutex<activity::Reader>,
}

impl Kernel {
    /// The kernel whose `proc` and `sys` lie below `root`: `/` for this machine, a folder of recorded files in tests. Opens
    /// nothing yet; a file is opened when it is first asked for.
    pub fn open(root: &Path, clock: Arc<dyn Clock>) -> Self {
        Self {
            root: root.to_owned(),
            cpu: Mutex::new(cpu::Reader::new(root)),
            frequencies: Mutex::new(cpu::FrequencyReader::new(root)),
            memory: Mutex::new(memory::Reader::new(root)),
            mounts: Mutex::new(mounts::Reader::new(root)),
            disks: Disks::new(root),
            net: Net::new(root),
            nodes: Mutex::new(nodes::Reader::new(root)),
            schedule: Mutex::new(schedule::Reader::new(root)),
            caches: Mutex::new(caches::Reader::new(root)),
            pressure: PressureResource::ALL.map(|resource| Mutex::new(pressure::Reader::new(root, resource))),
            processes: Mutex::new(process::Reader::new(root, clock)),
            uptime: Mutex::new(uptime::Reader::new(root)),
            limits: Mutex::new(limits::Reader::new(root)),
            activity: Mutex::new(activity::Reader::new(root)),
        }
    }

    /// Times of the processors, load, context switches.
    pub fn cpu(&self) -> Result<CpuSnapshot, CapabilityError> {
        self.cpu.lock().read()
    }

    /// Current frequencies of the cores that tell theirs. On some kernels this wakes each core.
    pub fn frequencies(&self) -> Result<Vec<Frequency>, CapabilityError> {
        self.frequencies.lock().read()
    }

    /// Bounds of the frequencies of the cores that tell theirs.
    pub fn scalings(&self) -> Result<Vec<Scaling>, CapabilityError> {
        self.frequencies.lock().scalings()
    }

    /// How long tasks ran and waited for each processor.
    pub fn schedule(&self) -> Result<Vec<Turns>, CapabilityError> {
        self.schedule.lock().read()
    }

    /// Memory and swap.
    pub fn memory(&self) -> Result<MemorySnapshot, CapabilityError> {
        self.memory.lock().read()
    }

    /// Memory by node.
    pub fn memory_nodes(&self) -> Result<Vec<MemoryNode>, CapabilityError> {
        self.nodes.lock().read()
    }

    /// Controllers of memory that finds its own faults.
    pub fn memory_controllers(&self) -> Result<Vec<MemoryController>, CapabilityError> {
        edac::read(&self.root)
    }

    /// File systems that hold data, each device once. Waits up to half a second for network file systems.
    pub fn mounts(&self) -> Result<Vec<Mount>, CapabilityError> {
        self.mounts.lock().read()
    }

    /// How long tasks stood still for want of `resource`.
    pub fn pressure(&self, resource: PressureResource) -> Result<Pressure, CapabilityError> {
        self.pressure[resource as usize].lock().read()
    }

    /// Looks at all processes: counts, and the groups and sums that are asked for.
    pub fn processes(&self, asked: &Asked<'_>) -> Result<ProcessSnapshot, CapabilityError> {
        self.processes.lock().look(asked)
    }

    /// When the machine was started, and how long ago.
    pub fn uptime(&self) -> Result<Uptime, CapabilityError> {
        self.uptime.lock().read()
    }

    /// How the kernel keeps time.
    pub fn clock(&self) -> Result<ClockState, CapabilityError> {
        timex::read(&self.root)
    }

    /// What the kernel remembers of names and files.
    pub fn caches(&self) -> Result<Caches, CapabilityError> {
        self.caches.lock().read()
    }

    /// What the machine is, for an inventory.
    pub fn hardware(&self) -> HardwareInfo {
        hardware::read(&self.root)
    }

    /// How much of what the kernel has a number of is taken.
    pub fn limits(&self) -> Result<Vec<Limit>, CapabilityError> {
        self.limits.lock().read()
    }

    /// Forks and interrupts since boot, with the `limit` busiest lines (at most 200).
    pub fn activity(&self, limit: usize) -> Result<Activity, CapabilityError> {
        self.activity.lock().read(limit)
    }

    /// What the machine is: facts that do not change while it runs. Parts that cannot be read are left empty.
    pub fn machine(&self) -> MachineInfo {
        machine::read(self)
    }
}
