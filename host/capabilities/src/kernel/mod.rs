//! Facts of the kernel, from `/proc` and `/sys` below a given root.
//!
//! Files stay open and are read with `pread` into buffers that are used again; text is parsed in place. What a
//! kernel does not have is [`CapabilityError::NotPresent`]; text that does not read as the kernel writes it is an error that
//! names file and line. Nothing here computes rates or ratios: that is the plugins' part.

mod activity;
mod cpu;
mod disk;
mod limits;
mod machine;
mod memory;
mod mounts;
mod net;
pub(crate) mod pressure;
mod process;
mod source;
pub(crate) mod text;
mod uptime;
mod users;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use autobot_model::Clock;
use parking_lot::Mutex;

use crate::CapabilityError;

pub use activity::{Activity, InterruptLine};
pub use cpu::{Core, CpuSnapshot, CpuTimes, Frequency};
pub use disk::Device;
pub use limits::Limit;
pub use machine::MachineInfo;
pub use memory::{MemorySnapshot, Paging};
pub use mounts::Mount;
pub use net::{Link, SocketCounts};
pub use pressure::{Pressure, PressureResource, Stall};
pub use process::{Group, Owner, ProcessCounts, ProcessSnapshot};
pub use uptime::Uptime;

/// The kernel of one machine. Shared by all plugin instances; every part has a lock of its own. Calls read files and so may
/// take a moment (a millisecond for some hundred processes): async code calls from where blocking is allowed.
pub struct Kernel {
    root: PathBuf,
    cpu: Mutex<cpu::Reader>,
    frequencies: Mutex<cpu::FrequencyReader>,
    memory: Mutex<memory::Reader>,
    mounts: Mutex<mounts::Reader>,
    devices: Mutex<disk::Reader>,
    links: Mutex<net::LinkReader>,
    sockets: Mutex<net::SocketReader>,
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
            devices: Mutex::new(disk::Reader::new(root)),
            links: Mutex::new(net::LinkReader::new(root)),
            sockets: Mutex::new(net::SocketReader::new(root)),
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

    /// Memory and swap.
    pub fn memory(&self) -> Result<MemorySnapshot, CapabilityError> {
        self.memory.lock().read()
    }

    /// Local file systems that hold data, each device once.
    pub fn mounts(&self) -> Result<Vec<Mount>, CapabilityError> {
        self.mounts.lock().read()
    }

    /// Whole block devices that have done anything.
    pub fn devices(&self) -> Result<Vec<Device>, CapabilityError> {
        self.devices.lock().read()
    }

    /// Network interfaces.
    pub fn links(&self) -> Result<Vec<Link>, CapabilityError> {
        self.links.lock().read()
    }

    /// Numbers of sockets.
    pub fn sockets(&self) -> Result<SocketCounts, CapabilityError> {
        self.sockets.lock().read()
    }

    /// How long tasks stood still for want of `resource`.
    pub fn pressure(&self, resource: PressureResource) -> Result<Pressure, CapabilityError> {
        self.pressure[resource as usize].lock().read()
    }

    /// Looks at all processes: counts, the `limit` groups with the most CPU time since the look before, the `limit` with
    /// the most memory, and those of `also` that exist.
    pub fn processes(&self, limit: usize, also: &[Owner]) -> Result<ProcessSnapshot, CapabilityError> {
        self.processes.lock().look(limit, also)
    }

    /// When the machine was started, and how long ago.
    pub fn uptime(&self) -> Result<Uptime, CapabilityError> {
        self.uptime.lock().read()
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
