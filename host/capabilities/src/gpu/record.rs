//! What is told of GPUs.

/// A process that has something on a GPU.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Process {
    /// The kernel's number of it.
    pub pid: u32,
    /// Its name without path and arguments; empty when nobody tells.
    pub name: String,
    /// Bytes on the GPU.
    pub memory: Option<u64>,
    /// Share of the last second in which it computed or drew.
    pub utilization: Option<f64>,
    /// Share of it in which it used the GPU's memory.
    pub memory_utilization: Option<f64>,
}

/// Errors of memory that its codes found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Errors {
    /// And put right.
    pub corrected: u64,
    /// And could not.
    pub uncorrected: u64,
}

/// One GPU. What it or its driver does not support is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Device {
    /// NVML's number of it; may change when the machine starts again.
    pub index: u32,
    /// Its identity.
    pub uuid: String,
    /// `NVIDIA GeForce RTX 4070 Laptop GPU`.
    pub name: String,
    /// Its place: `00000000:01:00.0`.
    pub bus: String,
    /// Share of time at work, a ratio.
    pub utilization: Option<f64>,
    /// Share of time in which its memory was read or written.
    pub memory_utilization: Option<f64>,
    /// Share of time in which it encoded video.
    pub encoder_utilization: Option<f64>,
    /// Share of time in which it decoded video.
    pub decoder_utilization: Option<f64>,
    /// Bytes.
    pub memory_total: Option<u64>,
    /// Bytes in use by programs.
    pub memory_used: Option<u64>,
    /// Bytes that the driver keeps for itself.
    pub memory_reserved: Option<u64>,
    /// Bytes that the processor can reach at once.
    pub bar1_total: Option<u64>,
    /// Of these, in use.
    pub bar1_used: Option<u64>,
    /// Celsius.
    pub temperature: Option<f64>,
    /// Of its memory.
    pub memory_temperature: Option<f64>,
    /// From where on the hardware slows down.
    pub slowdown_temperature: Option<f64>,
    /// From where on it ends.
    pub shutdown_temperature: Option<f64>,
    /// Ratio of the greatest speed; of several fans the fastest.
    pub fan: Option<f64>,
    /// Watts.
    pub power: Option<f64>,
    /// Watts that it may use.
    pub power_limit: Option<f64>,
    /// Watts that it may use when nobody changes that.
    pub power_default_limit: Option<f64>,
    /// Joules since the driver was loaded.
    pub energy: Option<f64>,
    /// Hertz.
    pub graphics_clock: Option<u64>,
    /// Hertz of the multiprocessors.
    pub sm_clock: Option<u64>,
    /// Hertz of the memory.
    pub memory_clock: Option<u64>,
    /// Hertz of what codes video.
    pub video_clock: Option<u64>,
    /// Hertz at most.
    pub max_graphics_clock: Option<u64>,
    /// Hertz of the memory at most.
    pub max_memory_clock: Option<u64>,
    /// 0 is the fastest.
    pub performance_state: Option<u32>,
    /// Why it is not faster just now: `sw_power_cap`, `hw_thermal_slowdown`; empty when idle or free.
    pub throttle_reasons: Option<Vec<String>>,
    /// PCIe's generation now.
    pub pcie_generation: Option<u32>,
    /// Lanes now.
    pub pcie_width: Option<u32>,
    /// The highest generation of GPU and slot.
    pub pcie_max_generation: Option<u32>,
    /// The most lanes of both.
    pub pcie_max_width: Option<u32>,
    /// Bytes a second over the last 20 ms.
    pub pcie_received: Option<u64>,
    /// Bytes a second over the last 20 ms.
    pub pcie_sent: Option<u64>,
    /// Packets sent again.
    pub pcie_replays: Option<u64>,
    /// Since the driver was loaded.
    pub ecc_volatile: Option<Errors>,
    /// Since it was made.
    pub ecc_aggregate: Option<Errors>,
    /// Pages of memory put out of use.
    pub retired_pages: Option<u64>,
    /// Rows of memory put out of use.
    pub remapped_rows: Option<u64>,
    /// Whether the driver stays ready while nobody uses the GPU.
    pub persistence: Option<bool>,
    /// Those that compute and those that draw, each once; the ones with the most memory when there are many.
    pub processes: Vec<Process>,
}

/// All GPUs at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// The driver's version: `580.82.07`.
    pub driver: String,
    /// The newest CUDA that it can do: `13.0`.
    pub cuda: String,
    /// Those that answer.
    pub devices: Vec<Device>,
    /// Those that are there and do not, with the reason.
    pub lost: Vec<String>,
}
