//! NVML opened, kept, and opened anew when the driver went or came.

use std::collections::HashMap;
use std::time::Duration;

use nvml_wrapper::error::NvmlError;
use nvml_wrapper::{Nvml, cuda_driver_version_major, cuda_driver_version_minor};

use super::owner::Answer;
use super::{GpuOptions, Snapshot, device};
use crate::CapabilityError;
use crate::sysfs::printable;

/// GPUs of one machine, at most.
const MOST_DEVICES: u32 = 64;
/// How long a library that is there and does not begin is left alone (beginning without a driver's module has NVML look for
/// one), and how long a lost GPU stays so before NVML is begun anew, without which it might never be seen again.
const PAUSE: Duration = Duration::from_secs(30);

/// Lives on the thread that calls NVML.
pub(super) struct Library {
    options: GpuOptions,
    nvml: Option<Nvml>,
    /// Why it did not begin, and when it may be tried again.
    failure: Option<(Duration, CapabilityError)>,
    /// When to begin anew because a GPU is lost.
    renew_at: Option<Duration>,
    /// GPUs as they were called when they answered, by number: at most `MOST_DEVICES`.
    known: HashMap<u32, String>,
}

impl Library {
    pub(super) fn new(options: GpuOptions) -> Self {
        Self { options, nvml: None, failure: None, renew_at: None, known: HashMap::new() }
    }

    pub(super) fn look(&mut self) -> Answer {
        let now = self.options.clock.monotonic();
        if self.renew_at.is_some_and(|at| now >= at) {
            self.nvml = None;
            self.renew_at = None;
        }
        let nvml = match self.nvml.take() {
            Some(nvml) => nvml,
            None => self.begin(now)?,
        };
        match self.snapshot(&nvml) {
            Ok(snapshot) => {
                self.nvml = Some(nvml);
                self.renew_at = match self.renew_at {
                    _ if snapshot.lost.is_empty() => None,
                    Some(at) => Some(at),
                    None => Some(now.saturating_add(PAUSE)),
                };
                Ok(snapshot)
            }
            // The driver was taken out or updated under us. NVML is let go here, and begun anew at the next read.
            Err(error) => Err(CapabilityError::Failed(format!("NVML: {}", reason(&error)))),
        }
    }

    /// The first library that begins.
    fn begin(&mut self, now: Duration) -> Result<Nvml, CapabilityError> {
        if let Some((until, error)) = &self.failure
            && now < *until
        {
            return Err(error.clone());
        }
        self.failure = None;
        for path in &self.options.libraries {
            // Cheaper than to have the loader search; a bare name is the loader's to find.
            if path.components().count() > 1 && !path.exists() {
                continue;
            }
            let error = match Nvml::builder().lib_path(path.as_os_str()).init() {
                Ok(nvml) => return Ok(nvml),
                Err(NvmlError::LibloadingError(_)) if path.components().count() == 1 => continue,
                Err(error) => error,
            };
            let text = format!("{}: {}", path.display(), reason(&error));
            let error = match error {
                NvmlError::DriverNotLoaded | NvmlError::LibraryNotFound => CapabilityError::NotPresent(text),
                NvmlError::NoPermission => CapabilityError::Denied(text),
                _ => CapabilityError::Failed(text),
            };
            self.failure.get_or_insert((now.saturating_add(PAUSE), error));
        }
        Err(match &self.failure {
            Some((_, error)) => error.clone(),
            None => CapabilityError::NotPresent(
                "no NVIDIA driver here: its library `libnvidia-ml.so.1` was not found; it is looked for at each read"
                    .to_owned(),
            ),
        })
    }

    fn snapshot(&mut self, nvml: &Nvml) -> Result<Snapshot, NvmlError> {
        let count = nvml.device_count()?;
        let cuda = nvml
            .sys_cuda_driver_version()
            .map(|version| format!("{}.{}", cuda_driver_version_major(version), cuda_driver_version_minor(version)));
        let mut snapshot = Snapshot {
            driver: nvml.sys_driver_version().map(|text| printable(text.as_bytes())).unwrap_or_default(),
            cuda: cuda.unwrap_or_default(),
            ..Snapshot::default()
        };
        for index in 0..count.min(MOST_DEVICES) {
            let read = nvml.device_by_index(index).and_then(|device| device::read(index, &device, &self.options));
            match read {
                Ok(device) => {
                    self.known.insert(index, format!("{}, {}", device.name, device.bus));
                    snapshot.devices.push(device);
                }
                Err(error) => {
                    let known = self.known.get(&index).map(|known| format!(" ({known})")).unwrap_or_default();
                    snapshot.lost.push(format!("GPU {index}{known}: {}", reason(&error)));
                }
            }
        }
        Ok(snapshot)
    }
}

/// What an error of NVML means, and what to do.
fn reason(error: &NvmlError) -> String {
    let text = match error {
        NvmlError::DriverNotLoaded => "the library is here and the kernel's module `nvidia` is not loaded",
        NvmlError::LibRmVersionMismatch => {
            "library and kernel module are of different versions, as after an update; restart the machine"
        }
        NvmlError::NoPermission => "the host may not talk to it; allow it to open `/dev/nvidia*`",
        NvmlError::GpuLost => "it fell off the bus; the kernel's log says why (`Xid`)",
        NvmlError::ResetRequired => "it needs a reset: `nvidia-smi --gpu-reset`",
        NvmlError::InsufficientPower => "its power cables are not all connected",
        NvmlError::IrqIssue => "its interrupts do not arrive",
        NvmlError::OperatingSystem => "the system or a control group blocks it",
        NvmlError::CorruptedInfoROM => "its own memory of settings is damaged",
        other => return other.to_string(),
    };
    text.to_owned()
}
