//! Chips that the kernel's hardware monitoring knows: `/sys/class/hwmon` (Documentation/hwmon/sysfs-interface.rst).

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use super::growing::Growing;
use super::place::{Names, place};
use super::{Quantity, Reading};
use crate::sysfs;

struct Chip {
    name: String,
    place: String,
    folder: PathBuf,
    files: HashSet<String>,
}

/// One sensor of a chip: its quantity and number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Channel {
    quantity: Quantity,
    number: u32,
}

pub(super) fn read(root: &Path, energies: &mut Growing) -> Vec<Reading> {
    let class = root.join("sys/class/hwmon");
    let mut chips: Vec<Chip> =
        sysfs::names(&class).unwrap_or_default().iter().filter_map(|name| chip(&class.join(name))).collect();
    // Numbers of hwmon change from boot to boot, places do not.
    chips.sort_by_cached_key(|chip| (chip.name.clone(), sysfs::natural(&chip.place)));
    let mut names = Names::default();
    let mut readings = Vec::new();
    for chip in chips {
        let name = names.unique(chip.name.clone(), &chip.place);
        for channel in channels(&chip.files) {
            readings.extend(reading(&chip, &name, channel, energies));
        }
    }
    readings
}

fn chip(folder: &Path) -> Option<Chip> {
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
    Some(Chip { name, place, folder: attributes, files })
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

fn reading(chip: &Chip, name: &str, channel: Channel, energies: &mut Growing) -> Option<Reading> {
    let (prefix, scale) = kernel_unit(channel.quantity);
    let prefix = format!("{prefix}{}", channel.number);
    let path = |attribute: &str| {
        let file = format!("{prefix}_{attribute}");
        chip.files.contains(&file).then(|| chip.folder.join(file))
    };
    let number = |attribute: &str| path(attribute).and_then(|path| sysfs::number(&path));
    if number("fault").is_some_and(|fault| fault != 0) {
        return None;
    }
    let value = if channel.quantity == Quantity::Energy {
        let path = path("input")?;
        energies.sum(&path.to_string_lossy(), sysfs::count(&path)?, None) as f64 / scale
    } else {
        number("input").or_else(|| number("average"))? as f64 / scale
    };
    let limit = |attribute: &str| {
        number(attribute).map(|limit| limit as f64 / scale).filter(|limit| is_limit(channel.quantity, *limit))
    };
    Some(Reading {
        chip: name.to_owned(),
        sensor: path("label").and_then(|path| sysfs::text(&path)).unwrap_or_else(|| prefix.clone()),
        quantity: channel.quantity,
        value,
        high: limit("max"),
        critical: limit("crit"),
        alarm: alarm(chip, &prefix),
    })
}

/// Chips without a limit of temperature show 0, or the end of their range: 65261.85 degrees.
pub(super) fn is_limit(quantity: Quantity, limit: f64) -> bool {
    quantity != Quantity::Temperature || (limit > 0.0 && limit < 1000.0)
}

/// Whether any of the sensor's alarms is on: `temp1_alarm`, `temp1_crit_alarm`.
fn alarm(chip: &Chip, prefix: &str) -> Option<bool> {
    let is_mine = |file: &str| {
        let rest = file.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_'));
        rest.is_some_and(|rest| rest == "alarm" || rest.ends_with("_alarm"))
    };
    let alarms = chip.files.iter().filter(|file| is_mine(file));
    alarms.filter_map(|file| sysfs::flag(&chip.folder.join(file))).reduce(|any, one| any || one)
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
