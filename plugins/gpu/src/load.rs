//! How busy a GPU is, and how full its memory.

use autobot_plugin_sdk::Family;

use crate::gpu::{Gpu, LABELS, number, rounded};

pub(crate) static UTILIZATION: Family = Family::gauge(
    "hw_gpu_utilization_ratio",
    "1",
    "Share of time at work by task: general (anything computed or drawn), memory (its memory read or written), encoder, decoder.",
)
.labels(&["id", "name", "task"]);
pub(crate) static MEMORY_USAGE: Family =
    Family::gauge("hw_gpu_memory_usage_bytes", "By", "Memory of the GPU in use by programs.").labels(LABELS);
pub(crate) static MEMORY_RESERVED: Family =
    Family::gauge("hw_gpu_memory_reserved_bytes", "By", "Memory of the GPU that its driver keeps for itself.")
        .labels(LABELS);
pub(crate) static MEMORY_LIMIT: Family =
    Family::gauge("hw_gpu_memory_limit_bytes", "By", "Memory of the GPU.").labels(LABELS);
pub(crate) static MEMORY_UTILIZATION: Family =
    Family::gauge("hw_gpu_memory_utilization_ratio", "1", "Share of the GPU's memory in use by programs.")
        .labels(LABELS);
pub(crate) static BAR1_USAGE: Family = Family::gauge(
    "hw_gpu_bar1_usage_bytes",
    "By",
    "Window through which the processor reaches the GPU's memory (BAR1): what of it is in use.",
)
.labels(LABELS);
pub(crate) static BAR1_LIMIT: Family = Family::gauge(
    "hw_gpu_bar1_limit_bytes",
    "By",
    "Window through which the processor reaches the GPU's memory (BAR1): its size.",
)
.labels(LABELS);

pub(crate) fn collect(gpu: &mut Gpu<'_>) {
    let device = gpu.device;
    gpu.set_of(&UTILIZATION, "general", device.utilization);
    gpu.set_of(&UTILIZATION, "memory", device.memory_utilization);
    gpu.set_of(&UTILIZATION, "encoder", device.encoder_utilization);
    gpu.set_of(&UTILIZATION, "decoder", device.decoder_utilization);
    gpu.set(&MEMORY_USAGE, number(device.memory_used));
    gpu.set(&MEMORY_RESERVED, number(device.memory_reserved));
    gpu.set(&MEMORY_LIMIT, number(device.memory_total));
    let full = device.memory_used.zip(device.memory_total).filter(|(_, total)| *total > 0);
    gpu.set(&MEMORY_UTILIZATION, full.map(|(used, total)| rounded(used as f64 / total as f64, 5)));
    gpu.set(&BAR1_USAGE, number(device.bar1_used));
    gpu.set(&BAR1_LIMIT, number(device.bar1_total));
}
