//! How fast a GPU runs, and the states that its driver keeps it in.

use autobot_plugin_sdk::Family;

use crate::gpu::{Gpu, LABELS, number};

pub(crate) static CLOCK: Family = Family::gauge(
    "hw_gpu_clock_hertz",
    "Hz",
    "Frequency now: graphics, sm (multiprocessors), memory, video (what codes video).",
)
.labels(&["id", "name", "clock"]);
pub(crate) static CLOCK_LIMIT: Family =
    Family::gauge("hw_gpu_clock_limit_hertz", "Hz", "Frequency at most.").labels(&["id", "name", "clock"]);
pub(crate) static PERFORMANCE_STATE: Family = Family::gauge(
    "hw_gpu_performance_state",
    "1",
    "State that the driver has put the GPU in (P-state): 0 is the fastest, 15 the slowest.",
)
.labels(LABELS);
pub(crate) static PERSISTENCE: Family =
    Family::gauge("hw_gpu_persistence_mode", "1", "1 when the driver stays ready while nobody uses the GPU, else 0.")
        .labels(LABELS);

pub(crate) fn collect(gpu: &mut Gpu<'_>) {
    let device = gpu.device;
    gpu.set_of(&CLOCK, "graphics", number(device.graphics_clock));
    gpu.set_of(&CLOCK, "sm", number(device.sm_clock));
    gpu.set_of(&CLOCK, "memory", number(device.memory_clock));
    gpu.set_of(&CLOCK, "video", number(device.video_clock));
    gpu.set_of(&CLOCK_LIMIT, "graphics", number(device.max_graphics_clock));
    gpu.set_of(&CLOCK_LIMIT, "memory", number(device.max_memory_clock));
    gpu.set(&PERFORMANCE_STATE, device.performance_state.map(f64::from));
    gpu.set(&PERSISTENCE, device.persistence.map(|on| if on { 1.0 } else { 0.0 }));
}
