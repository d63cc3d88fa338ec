//! Memory and swap.

use autobot_plugin_sdk::{Error, Family, Metrics, memory};

pub(crate) static USAGE: Family =
    Family::gauge("system_memory_usage_bytes", "By", "Memory by state; the states add up to the limit.")
        .labels(&["state"]);
pub(crate) static LIMIT: Family = Family::gauge("system_memory_limit_bytes", "By", "Memory of the machine.");
pub(crate) static UTILIZATION: Family = Family::gauge(
    "system_memory_utilization_ratio",
    "1",
    "Share of memory that a new program could not have without swapping.",
);
pub(crate) static PAGING_USAGE: Family =
    Family::gauge("system_paging_usage_bytes", "By", "Swap by state.").labels(&["state"]);
pub(crate) static PAGING_OPERATIONS: Family =
    Family::counter("system_paging_operations_total", "1", "Pages read from and written to swap.")
        .labels(&["direction"]);

pub(crate) fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let now = memory::read()?;
    let cached = now.cached.saturating_add(now.slab_reclaimable);
    let used = [now.free, now.buffers, cached].iter().fold(now.total, |rest, part| rest.saturating_sub(*part));
    for (state, bytes) in [("used", used), ("free", now.free), ("buffers", now.buffers), ("cached", cached)] {
        metrics.set(&USAGE, &[state], bytes as f64);
    }
    metrics.set(&LIMIT, &[], now.total as f64);
    let taken = now.total.saturating_sub(now.available);
    metrics.set(&UTILIZATION, &[], if now.total == 0 { f64::NAN } else { taken as f64 / now.total as f64 });
    if now.swap_total > 0 {
        metrics.set(&PAGING_USAGE, &["used"], now.swap_total.saturating_sub(now.swap_free) as f64);
        metrics.set(&PAGING_USAGE, &["free"], now.swap_free as f64);
    }
    if let Some(paging) = now.paging {
        metrics.set(&PAGING_OPERATIONS, &["in"], paging.swap_in_pages as f64);
        metrics.set(&PAGING_OPERATIONS, &["out"], paging.swap_out_pages as f64);
    }
    Ok(())
}
