//! Chips that the kernel's hardware monitoring knows: `/sys/class/hwmon` (Documentation/hwmon/sysfs-interface.rst).

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use super::growing::Growing;
use super::kept::Kept;
use super::place::{Names, place};
use super::{Quantity, Reading};
use crate::sysfs;

/// A chip's folder as it was found.
struct Folder {
    name: String,
    place: String,
    path: PathBuf,
    files: HashSet<String>,
}

/// One sensor of a chip: its quantity and number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Channel {
    quantity: Quantity,
    number: u32,
}

/// One sensor, and where it is read.
pub(super) struct Sensor {
    chip: String,
    name: String,
    quantity: Quantity,
    /// The first of these that tells a number.
    values: Vec<Kept>,
    fault: Option<Kept>,
    alarms: Vec<Kept>,
    high: Option<f64>,
    critical: Option<f64>,
}

pub(super) fn folder(root: &Path) -> PathBuf {
    root.join("sys/class/hwmon")
}

/// Looks for sensors, and what of them does not change: labels, limits.
pub(super) fn find(root: &Path, names: &mut Names, spare: &mut usize) -> Vec<Sensor> {
    let class = folder(root);
    let mut chips: Vec<Folder> =
        sysfs::names(&class).unwrap_or_default().iter().filter_map(|name| chip(&class.join(name))).collect();
    // Numbers of hwmon change from boot to boot, places do not.
    chips.sort_by_cached_key(|chip| (chip.name.clone(), sysfs::natural(&chip.place)));
    let mut sensors = Vec::new();
    for chip in chips {
        let name = names.unique(chip.name.clone(), &chip.place);
        let mut labels = HashSet::new();
        for channel in channels(&chip.files) {
            sensors.push(sensor(&chip, &name, channel, &mut labels, spare));
        }
    }
    sensors
}

fn chip(folder: &Path) -> Option<Folder> {
    let device = std::fs::canonicalize(folder.join("device"));
    // Old drivers put their attributes into the device's folder.
    let attributes =
        [folder.to_owned(), folder.join("device")].into_iter().find(|place| place.join("name").exists())?;
    let name = sysfs::text(&attributes.join("name"))?;
    let place = match device {
        Ok(device) => place(&device),
        // Without a device it lies in `virtual/hwmon/hwmon3`, and has no better name than that.
        Err(_) => place(Path::new(folder.file_name()?)),
    };
    let files = sysfs::names(&attributes).ok()?.into_iter().collect();
    Some(Folder { name, place, path: attributes, files })
}

/// The sensors that the names of files tell of, by quantity and number.
fn channels(files: &HashSet<String>) -> BTreeSet<Channel> {
    files.iter().filter_map(|file| channel(file)).collect()
}

fn channel(file: &str) -> Option<Channel> {
    let (name, attribute) = file.split_once('_')?;
    let digits = name.find(|c: char| c.is_ascii_digit())?;
    let quantity = match &name[..digits] {
        "temp" => Quantity::Temperature,
        "fan" => Quantity::Fan,
        "power" => Quantity::Power,
        "in" => Quantity::Voltage,
        "curr" => Quantity::Current,
        "energy" => Quantity::Energy,
        "humidity" => Quantity::Humidity,
        _ => return None,
    };
    // Some meters of power tell an average only.
    let is_value = attribute == "input" || (attribute == "average" && quantity == Quantity::Power);
    is_value.then(|| name[digits..].parse().ok().map(|number| Channel { quantity, number })).flatten()
}

/// The kernel's prefix of files, and how many of its units make one of ours.
const fn kernel_unit(quantity: Quantity) -> (&'static str, f64) {
    match quantity {
        Quantity::Temperature => ("temp", 1e3),
        Quantity::Fan => ("fan", 1.0),
        Quantity::Power => ("power", 1e6),
        Quantity::Voltage => ("in", 1e3),
        Quantity::Current => ("curr", 1e3),
        Quantity::Energy => ("energy", 1e6),
        // Thousandths of a percentage.
        Quantity::Humidity => ("humidity", 1e5),
    }
}

fn sensor(
    chip: &Folder,
    name: &str,
    channel: Channel,
    labels: &mut HashSet<(Quantity, String)>,
    spare: &mut usize,
) -> Sensor {
    let quantity = channel.quantity;
    let (prefix, scale) = kernel_unit(quantity);
    let prefix = format!("{prefix}{}", channel.number);
    let path = |attribute: &str| {
        let file = format!("{prefix}_{attribute}");
        chip.files.contains(&file).then(|| chip.path.join(file))
    };
    let limit = |attribute: &str| {
        let limit = path(attribute).and_then(|path| sysfs::number(&path)).map(|limit| limit as f64 / scale);
        limit.filter(|limit| is_limit(quantity, *limit))
    };
    let label = path("label").and_then(|path| sysfs::text(&path)).unwrap_or_else(|| prefix.clone());
    // Boards name some of their sensors alike.
    let label = if labels.insert((quantity, label.clone())) { label } else { format!("{label} {prefix}") };
    Sensor {
        chip: name.to_owned(),
        name: label,
        quantity,
        values: ["input", "average"].into_iter().filter_map(path).map(|path| Kept::open(path, spare)).collect(),
        fault: path("fault").map(|path| Kept::open(path, spare)),
        alarms: alarms(chip, &prefix).map(|path| Kept::open(path, spare)).collect(),
        high: limit("max"),
        critical: limit("crit"),
    }
}

/// What the sensor tells now; nothing where it fails.
pub(super) fn read(sensor: &Sensor, energies: &mut Growing, is_gone: &mut bool) -> Option<Reading> {
    if sensor.fault.as_ref().and_then(|fault| fault.number(is_gone)).is_some_and(|fault| fault != 0) {
        return None;
    }
    let (_, scale) = kernel_unit(sensor.quantity);
    let value = if sensor.quantity == Quantity::Energy {
        let file = sensor.values.first()?;
        energies.sum(&file.path().to_string_lossy(), file.count(is_gone)?, None) as f64 / scale
    } else {
        sensor.values.iter().find_map(|value| value.number(is_gone))? as f64 / scale
    };
    if !is_value(sensor.quantity, value) {
        return None;
    }
    let alarms = sensor.alarms.iter().filter_map(|alarm| alarm.number(is_gone));
    Some(Reading {
        chip: sensor.chip.clone(),
        sensor: sensor.name.clone(),
        quantity: sensor.quantity,
        value,
        high: sensor.high,
        critical: sensor.critical,
        alarm: alarms.map(|alarm| alarm != 0).reduce(|any, one| any || one),
    })
}

/// Whether something can be so: drivers hand on what a register holds when no sensor is at it.
pub(super) fn is_value(quantity: Quantity, value: f64) -> bool {
    match quantity {
        // From absolute zero to what no part outlives.
        Quantity::Temperature => (-273.15..1000.0).contains(&value),
        Quantity::Fan | Quantity::Humidity | Quantity::Energy => value >= 0.0,
        Quantity::Power | Quantity::Voltage | Quantity::Current => true,
    }
}

/// Chips without a limit of temperature show 0, or the end of their range: 65261.85 degrees.
pub(super) fn is_limit(quantity: Quantity, limit: f64) -> bool {
    quantity != Quantity::Temperature || (limit > 0.0 && limit < 1000.0)
}

/// The files of the sensor's alarms: `temp1_alarm`, `temp1_crit_alarm`.
fn alarms(chip: &Folder, prefix: &str) -> impl Iterator<Item = PathBuf> {
    let is_mine = move |file: &&String| {
        let rest = file.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_'));
        rest.is_some_and(|rest| rest == "alarm" || rest.ends_with("_alarm"))
    };
    chip.files.iter().filter(is_mine).map(|file| chip.path.join(file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn files_that_hold_values_make_the_channels() {
        let is = |file: &str| channel(file).map(|found| (found.quantity, found.number));
        assert_eq!(is("temp12_input"), Some((Quantity::Temperature, 12)));
        assert_eq!(is("in0_input"), Some((Quantity::Voltage, 0)));
        assert_eq!(is("power1_average"), Some((Quantity::Power, 1)));
        for other in ["temp1_average", "temp1_label", "temp_input", "intrusion0_alarm", "pwm1", "temp99999999999_input"]
        {
            assert_eq!(is(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn any_name_is_a_channel_or_none(name: String) {
            let _ = channel(&name);
            let _ = channel(&format!("temp{name}_input"));
        }
    }
}
