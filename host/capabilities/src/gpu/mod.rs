//! `gpu`: NVIDIA's GPUs, by NVML, the library that comes with their driver.
//!
//! The library is looked for when it is first asked, and again at later reads, so that a driver that is installed later is
//! found. A thread of its own calls NVML, one for each [`Gpus`]: a driver that hangs holds up that thread, and costs those
//! who ask no more than their deadline. Nothing here changes a setting of a GPU, and command lines of processes are never
//! handed out.

mod device;
mod library;
mod owner;
mod processes;
mod record;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use autobot_model::{Clock, SystemClock};

use crate::CapabilityError;
use library::Library;
use owner::Owner;

pub use record::{Device, Errors, Process, Snapshot};

/// Where to look.
#[derive(Clone)]
pub struct GpuOptions {
    /// NVML's library, by name (where the loader looks) or by path; the first that can be used is.
    pub libraries: Vec<PathBuf>,
    /// Below it lies `proc`, which names the processes.
    pub root: PathBuf,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Default for GpuOptions {
    /// This machine, and the places where distributions, WSL and containers have the library.
    fn default() -> Self {
        let libraries = [
            "libnvidia-ml.so.1",
            "/usr/lib/wsl/lib/libnvidia-ml.so.1",
            "/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1",
            "/usr/lib/aarch64-linux-gnu/libnvidia-ml.so.1",
            "/usr/lib64/libnvidia-ml.so.1",
            "/usr/lib/libnvidia-ml.so.1",
            "/run/opengl-driver/lib/libnvidia-ml.so.1",
            "/usr/local/nvidia/lib64/libnvidia-ml.so.1",
        ];
        Self {
            libraries: libraries.into_iter().map(PathBuf::from).collect(),
            root: PathBuf::from("/"),
            clock: Arc::new(SystemClock::new()),
        }
    }
}

/// The GPUs of one machine. Shared by all plugin instances, which keeps NVML to one thread.
pub struct Gpus {
    owner: Owner,
}

impl Gpus {
    /// Opens nothing and starts no thread yet.
    pub fn open(options: GpuOptions) -> Self {
        Self { owner: Owner::new(move || Library::new(options.clone())) }
    }

    /// All GPUs at one moment, within `deadline`. Those who ask while others wait share one look; a look takes 40 ms a GPU,
    /// because NVML measures PCIe for 20 ms in each direction. Dropping the future leaves the look to end by itself.
    ///
    /// # Errors
    /// Not present without a driver; timed out when the driver does not answer, and then at once for as long as it hangs.
    pub async fn read(&self, deadline: Duration) -> Result<Snapshot, CapabilityError> {
        self.owner.ask(deadline).await
    }
}
