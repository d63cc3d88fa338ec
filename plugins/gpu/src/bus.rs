//! How a GPU talks to the rest of the machine.

use autobot_plugin_sdk::Family;

use crate::gpu::{Gpu, LABELS, number};

pub(crate) static IO: Family = Family::gauge(
    "hw_gpu_pcie_io_bytes_per_second",
    "By/s",
    "Bytes over PCIe, as measured for 20 ms before the sample; the directions are the GPU's.",
)
.labels(&["id", "name", "direction"]);
pub(crate) static GENERATION: Family = Family::gauge(
    "hw_gpu_pcie_generation",
    "1",
    "Generation of PCIe that the GPU speaks now; it is lower at rest, to save power.",
)
.labels(LABELS);
pub(crate) static GENERATION_LIMIT: Family =
    Family::gauge("hw_gpu_pcie_generation_limit", "1", "Highest generation of PCIe that GPU and slot can speak.")
        .labels(LABELS);
pub(crate) static WIDTH: Family = Family::gauge("hw_gpu_pcie_width", "1", "Lanes of PCIe in use now.").labels(LABELS);
pub(crate) static WIDTH_LIMIT: Family =
    Family::gauge("hw_gpu_pcie_width_limit", "1", "Lanes of PCIe that GPU and slot could use.").labels(LABELS);
pub(crate) static REPLAYS: Family = Family::counter(
    "hw_gpu_pcie_replays_total",
    "1",
    "Packets that had to be sent again over PCIe; they are signs of a bad slot, riser or cable.",
)
.labels(LABELS);

pub(crate) fn collect(gpu: &mut Gpu<'_>) {
    let device = gpu.device;
    gpu.set_of(&IO, "receive", number(device.pcie_received));
    gpu.set_of(&IO, "transmit", number(device.pcie_sent));
    gpu.set(&GENERATION, device.pcie_generation.map(f64::from));
    gpu.set(&GENERATION_LIMIT, device.pcie_max_generation.map(f64::from));
    gpu.set(&WIDTH, device.pcie_width.map(f64::from));
    gpu.set(&WIDTH_LIMIT, device.pcie_max_width.map(f64::from));
    gpu.set(&REPLAYS, number(device.pcie_replays));
}
