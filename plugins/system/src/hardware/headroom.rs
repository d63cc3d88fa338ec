//! Thermal headroom: how far the hottest sensor of each chip is from its limits.

use autobot_plugin_sdk::sensors::{Quantity, Reading};
use autobot_plugin_sdk::{Family, Metrics};

use super::meters::round;

pub(crate) static DEGREES: Family = Family::gauge(
    "hw_temperature_headroom_celsius",
    "Cel",
    "Degrees up to the limit (limit - temperature) of that sensor of the chip which is nearest to its own; below 0 beyond it.",
)
.labels(&["id", "limit_type"]);
pub(crate) static RATIO: Family = Family::gauge(
    "hw_temperature_headroom_ratio",
    "1",
    "The same as a share of the limit: (limit - temperature) / limit in Celsius; 0 at the limit, below 0 beyond it.",
)
.labels(&["id", "limit_type"]);

/// Sets what is left for each chip. The readings of one chip follow each other.
pub(super) fn set(readings: &[Reading], metrics: &mut Metrics) {
    for chip in readings.chunk_by(|a, b| a.chip == b.chip) {
        for (limit_type, limit) in [("high", high as fn(&Reading) -> Option<f64>), ("critical", critical)] {
            let temperatures = chip.iter().filter(|reading| reading.quantity == Quantity::Temperature);
            let left = temperatures
                .filter_map(|reading| limit(reading).map(|limit| (limit - reading.value, limit)))
                .filter(|(_, limit)| *limit > 0.0)
                .min_by(|a, b| a.0.total_cmp(&b.0));
            let (Some((degrees, limit)), Some(first)) = (left, chip.first()) else { continue };
            let labels = [first.chip.as_str(), limit_type];
            metrics.set(&DEGREES, &labels, round(degrees, 1e3));
            metrics.set(&RATIO, &labels, round(degrees / limit, 1e4));
        }
    }
}

fn high(reading: &Reading) -> Option<f64> {
    reading.high
}

fn critical(reading: &Reading) -> Option<f64> {
    reading.critical
}
