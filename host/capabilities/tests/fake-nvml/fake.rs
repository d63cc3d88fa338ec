//! The library that stands in for NVML, and those who ask it through the capability, at a time that stands still.

mod library;

use std::ops::Deref;
use std::sync::Arc;

use autobot_capabilities::gpu::{GpuOptions, Gpus};
use autobot_model::{ManualClock, Timestamp};

pub(crate) use library::{LAPTOP, Nvml};

/// The time of the tests' clock, which stands still until it is moved.
pub(crate) const NOW_MILLIS: i64 = 1_795_000_000_000;

pub(crate) struct FakeNvml {
    nvml: Nvml,
    pub(crate) clock: Arc<ManualClock>,
}

impl FakeNvml {
    pub(crate) fn new(state: &str) -> Self {
        Self::of(Nvml::new(state))
    }

    /// With a library that is there or not.
    pub(crate) fn of(nvml: Nvml) -> Self {
        Self { nvml, clock: Arc::new(ManualClock::at(Timestamp(NOW_MILLIS))) }
    }

    /// GPUs that know this library only, and find processes in the fake's folder.
    pub(crate) fn gpus(&self) -> Gpus {
        Gpus::open(GpuOptions {
            libraries: vec!["libnvidia-ml-of-nobody.so.1".into(), self.library()],
            root: self.folder.path().to_owned(),
            clock: self.clock.clone(),
        })
    }
}

impl Deref for FakeNvml {
    type Target = Nvml;

    fn deref(&self) -> &Nvml {
        &self.nvml
    }
}
