//! What the plugins of one host share of their machine.

use std::path::Path;
use std::sync::Arc;

use autobot_capabilities::Dialer;
use autobot_capabilities::cgroups::Cgroups;
use autobot_capabilities::containers::{self, Containers};
use autobot_capabilities::gpu::{GpuOptions, Gpus};
use autobot_capabilities::kernel::Kernel;
use autobot_capabilities::npu::Npus;
use autobot_capabilities::power_supply::PowerSupplies;
use autobot_capabilities::sensors::Sensors;
use autobot_capabilities::services::{Services, ServicesOptions};
use autobot_model::Clock;

/// The machine, as all plugins see it.
pub struct World {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) kernel: Arc<Kernel>,
    pub(crate) sensors: Arc<Sensors>,
    pub(crate) power_supplies: Arc<PowerSupplies>,
    pub(crate) cgroups: Arc<Cgroups>,
    pub(crate) gpus: Gpus,
    pub(crate) npus: Arc<Npus>,
    pub(crate) services: Services,
    pub(crate) containers: Containers,
    /// Knows whom this machine trusts.
    pub(crate) dialer: Arc<Dialer>,
}

impl World {
    /// The machine whose files lie below `root`: `/` but in tests. Opens nothing yet.
    pub fn new(root: &Path, clock: Arc<dyn Clock>) -> Self {
        let gpus = GpuOptions { root: root.to_owned(), clock: clock.clone(), ..GpuOptions::default() };
        Self {
            kernel: Arc::new(Kernel::open(root, clock.clone())),
            sensors: Arc::new(Sensors::open(root)),
            power_supplies: Arc::new(PowerSupplies::open(root)),
            cgroups: Arc::new(Cgroups::open(root)),
            gpus: Gpus::open(gpus),
            npus: Arc::new(Npus::open(root)),
            services: Services::new(ServicesOptions::default()),
            containers: Containers::new(containers::sockets(|name| std::env::var_os(name))),
            dialer: Arc::new(Dialer::new(Vec::new())),
            clock,
        }
    }

    /// Facts of its kernel.
    pub fn kernel(&self) -> &Arc<Kernel> {
        &self.kernel
    }
}
