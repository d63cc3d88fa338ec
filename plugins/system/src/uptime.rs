//! How long the machine has been running.

use autobot_plugin_sdk::{Error, Family, Metrics, kernel};

pub(crate) static UPTIME: Family = Family::gauge("system_uptime_seconds", "s", "Time since the machine was started.");

pub(crate) fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    metrics.set(&UPTIME, &[], kernel::read()?.uptime_micros as f64 / 1e6);
    Ok(())
}
