//! What the kernel has a number of, and how much of it is taken.

use autobot_plugin_sdk::{Error, Metrics, kernel};

use crate::family::families;
use crate::number::ratio;

families! {
    USAGE: gauge "system_limit_usage" "1" ["resource"] "How much is taken of what the kernel has a number of.";
    MAXIMUM: gauge "system_limit_maximum" "1" ["resource"] "The number that there is of it.";
    UTILIZATION: gauge "system_limit_utilization_ratio" "1" ["resource"] "Share of it that is taken.";
}

/// Beyond this a number is no limit: it stands for none (files: 2^63 - 1).
const ENDLESS: u64 = 1 << 53;

pub(crate) fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    for limit in kernel::limits()? {
        set(&limit.name, limit.used, limit.most, metrics);
    }
    Ok(())
}

pub(crate) fn set(name: &str, used: u64, most: u64, metrics: &mut Metrics) {
    metrics.set(&USAGE, &[name], used as f64);
    if (1..ENDLESS).contains(&most) {
        metrics.set(&MAXIMUM, &[name], most as f64);
        metrics.set(&UTILIZATION, &[name], ratio(used, most));
    }
}
