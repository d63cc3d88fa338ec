//! What goes wrong in a GPU's memory.

use autobot_plugin_sdk::Family;
use autobot_plugin_sdk::gpu::Errors;

use crate::gpu::{Gpu, LABELS, number};

pub(crate) static ERRORS: Family = Family::counter(
    "hw_gpu_errors_total",
    "1",
    "Errors of memory that its codes (ECC) found since the driver was loaded: corrected, or uncorrected.",
)
.labels(&["id", "name", "type"]);
pub(crate) static LIFETIME_ERRORS: Family = Family::counter(
    "hw_gpu_lifetime_errors_total",
    "1",
    "Errors of memory that its codes (ECC) found since the GPU was made: corrected, or uncorrected.",
)
.labels(&["id", "name", "type"]);
pub(crate) static RETIRED_PAGES: Family = Family::counter(
    "hw_gpu_retired_pages_total",
    "1",
    "Pages of memory put out of use for errors, by GPUs before 2020.",
)
.labels(LABELS);
pub(crate) static REMAPPED_ROWS: Family =
    Family::counter("hw_gpu_remapped_rows_total", "1", "Rows of memory put out of use for errors, by GPUs since 2020.")
        .labels(LABELS);

pub(crate) fn collect(gpu: &mut Gpu<'_>) {
    let device = gpu.device;
    for (family, errors) in [(&ERRORS, device.ecc_volatile), (&LIFETIME_ERRORS, device.ecc_aggregate)] {
        let Some(Errors { corrected, uncorrected }) = errors else { continue };
        gpu.set_of(family, "corrected", Some(corrected as f64));
        gpu.set_of(family, "uncorrected", Some(uncorrected as f64));
    }
    gpu.set(&RETIRED_PAGES, number(device.retired_pages));
    gpu.set(&REMAPPED_ROWS, number(device.remapped_rows));
}
