//! How the kernel keeps time.

use autobot_plugin_sdk::{Error, Metrics, kernel};

use crate::family::families;
use crate::number::{flag, round, seconds, to_micros};

families! {
    SYNCHRONIZED: gauge "system_clock_synchronized" "1" [] "1 while somebody steers the clock and it is near the true time.";
    OFFSET: gauge "system_clock_offset_seconds" "s" [] "What is still to be corrected.";
    ERROR: gauge "system_clock_error_seconds" "s" ["kind"] "What the clock is probably off by, and could be at most.";
    ADJUSTMENT: gauge "system_clock_frequency_adjustment_ratio" "1" [] "The share by which the clock is made faster.";
    TAI_OFFSET: gauge "system_clock_tai_offset_seconds" "s" [] "What atomic time is ahead; 0 where nobody told the kernel.";
    STATUS: gauge "system_clock_status" "1" [] "The bits of adjtimex(2).";
    TIME_CONSTANT: gauge "system_clock_time_constant" "1" [] "How slowly the clock is steered.";
    SUSPENDED: counter "system_suspended_seconds_total" "s" [] "Time since boot that the machine slept.";
    SOURCE: gauge "system_clock_source_info" "1" ["source", "available"] "Always 1: what the kernel counts time by, and could.";
}

pub(crate) fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let now = kernel::clock()?;
    metrics.set(&SYNCHRONIZED, &[], flag(now.synchronised));
    metrics.set(&OFFSET, &[], to_micros(now.offset));
    metrics.set(&ERROR, &["estimated"], to_micros(now.estimated_error));
    // It grows by half a millisecond a second until the clock is corrected again; finer digits say nothing.
    metrics.set(&ERROR, &["greatest"], round(now.greatest_error, 1e3));
    metrics.set(&ADJUSTMENT, &[], round(now.frequency_adjustment, 1e9));
    metrics.set(&TAI_OFFSET, &[], f64::from(now.tai_offset));
    metrics.set(&STATUS, &[], f64::from(now.status));
    metrics.set(&TIME_CONSTANT, &[], now.time_constant as f64);
    // Below a second it is what passed between two looks.
    metrics.set(&SUSPENDED, &[], round(seconds(now.suspended_micros), 1.0));
    metrics.set(&SOURCE, &[&now.source, &now.sources.join(" ")], 1.0);
    Ok(())
}
