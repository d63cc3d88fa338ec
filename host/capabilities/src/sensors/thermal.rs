//! Thermal zones: `/sys/class/thermal` (Documentation/ABI/testing/sysfs-class-thermal).

use std::path::Path;

use super::hwmon::is_limit;
use super::place::Names;
use super::{Quantity, Reading};
use crate::sysfs;

/// The kernel allows twelve to a zone; newer ones more.
const MOST_TRIPS: usize = 64;

pub(super) fn read(root: &Path) -> Vec<Reading> {
    let class = root.join("sys/class/thermal");
    let mut names = Names::default();
    let zones = sysfs::names(&class).unwrap_or_default();
    let zones = zones.iter().filter(|name| name.starts_with("thermal_zone"));
    zones
        .filter_map(|zone| {
            let folder = class.join(zone);
            // A zone that is switched off, or whose sensor sleeps, fails here.
            let value = celsius(&folder.join("temp"))?;
            let kind = sysfs::text(&folder.join("type")).unwrap_or_else(|| zone.clone());
            let trip = |kinds: &[&str]| kinds.iter().find_map(|kind| trip(&folder, kind));
            Some(Reading {
                chip: "thermal".to_owned(),
                sensor: names.unique(kind, zone),
                quantity: Quantity::Temperature,
                value,
                high: trip(&["hot", "passive"]),
                critical: trip(&["critical"]),
                alarm: None,
            })
        })
        .collect()
}

fn celsius(path: &Path) -> Option<f64> {
    sysfs::number(path).map(|thousandths| thousandths as f64 / 1000.0)
}

/// The lowest temperature of a zone's trip points of one kind.
fn trip(folder: &Path, kind: &str) -> Option<f64> {
    (0..MOST_TRIPS)
        .map_while(|number| Some((number, sysfs::text(&folder.join(format!("trip_point_{number}_type")))?)))
        .filter(|(_, found)| found == kind)
        .filter_map(|(number, _)| celsius(&folder.join(format!("trip_point_{number}_temp"))))
        .filter(|limit| is_limit(Quantity::Temperature, *limit))
        .reduce(f64::min)
}
