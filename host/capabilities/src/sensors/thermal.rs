//! Thermal zones: `/sys/class/thermal` (Documentation/ABI/testing/sysfs-class-thermal).

use std::path::{Path, PathBuf};

use super::hwmon::{is_limit, is_value};
use super::kept::Kept;
use super::place::Names;
use super::{Quantity, Reading};
use crate::sysfs;

/// The kernel allows twelve to a zone; newer ones more.
const MOST_TRIPS: usize = 64;

/// One zone, and where it is read.
pub(super) struct Zone {
    name: String,
    temperature: Kept,
    high: Option<f64>,
    critical: Option<f64>,
}

pub(super) fn folder(root: &Path) -> PathBuf {
    root.join("sys/class/thermal")
}

/// Looks for zones, and their trip points.
pub(super) fn find(root: &Path, names: &mut Names, spare: &mut usize) -> Vec<Zone> {
    let class = folder(root);
    let zones = sysfs::names(&class).unwrap_or_default();
    let zones = zones.iter().filter(|name| name.starts_with("thermal_zone"));
    zones
        .map(|zone| {
            let folder = class.join(zone);
            let kind = sysfs::text(&folder.join("type")).unwrap_or_else(|| zone.clone());
            let trip = |kinds: &[&str]| kinds.iter().find_map(|kind| trip(&folder, kind));
            Zone {
                name: names.unique(kind, zone),
                temperature: Kept::open(folder.join("temp"), spare),
                high: trip(&["hot", "passive"]),
                critical: trip(&["critical"]),
            }
        })
        .collect()
}

/// What the zone tells now. One that is switched off, or whose sensor sleeps, tells nothing.
pub(super) fn read(zone: &Zone, is_gone: &mut bool) -> Option<Reading> {
    let value = zone.temperature.number(is_gone)? as f64 / 1000.0;
    is_value(Quantity::Temperature, value).then(|| Reading {
        chip: "thermal".to_owned(),
        sensor: zone.name.clone(),
        quantity: Quantity::Temperature,
        value,
        high: zone.high,
        critical: zone.critical,
        alarm: None,
    })
}

/// The lowest temperature of a zone's trip points of one kind.
fn trip(folder: &Path, kind: &str) -> Option<f64> {
    (0..MOST_TRIPS)
        .map_while(|number| Some((number, sysfs::text(&folder.join(format!("trip_point_{number}_type")))?)))
        .filter(|(_, found)| found == kind)
        .filter_map(|(number, _)| sysfs::number(&folder.join(format!("trip_point_{number}_temp"))))
        .map(|thousandths| thousandths as f64 / 1000.0)
        .filter(|limit| is_limit(Quantity::Temperature, *limit))
        .reduce(f64::min)
}
