//! `power-supply`: batteries and chargers, from `/sys/class/power_supply` below a given root
//! (Documentation/ABI/testing/sysfs-class-power).
//!
//! Drivers tell charge or energy, signed currents or not, and often only some of it; here each is brought to one form. What
//! a driver does not tell is `None`. Estimates (time until empty) are the plugins' part. A controller that is asked over a
//! slow bus takes its time: async code calls from a thread that may block.

use std::path::{Path, PathBuf};

use crate::{CapabilityError, sysfs};

/// Supplies of one call, at most.
const MOST_SUPPLIES: usize = 256;
/// Joules of a microwatt-hour.
const MICROWATT_HOUR: f64 = 0.0036;

/// A battery or a charger.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Supply {
    /// The kernel's name: `BAT0`, `AC`.
    pub name: String,
    /// `Battery`, `Mains`, `UPS`, `USB`, `Wireless`.
    pub kind: String,
    /// `Charging`, `Discharging`, `Full`, `Not charging`, `Unknown`; empty for a charger.
    pub status: String,
    /// Whether it supplies; chargers tell.
    pub online: Option<bool>,
    /// Whether it is plugged in; batteries tell.
    pub present: Option<bool>,
    /// How full it is, a ratio.
    pub capacity: Option<f64>,
    /// Joules in it now.
    pub energy: Option<f64>,
    /// Joules when it is full.
    pub energy_full: Option<f64>,
    /// Joules when it was full and new.
    pub energy_design: Option<f64>,
    /// Watts that go in or out; `status` says which.
    pub power: Option<f64>,
    /// Volts.
    pub voltage: Option<f64>,
    /// Amperes that go in or out.
    pub current: Option<f64>,
    /// Full charges and discharges so far.
    pub cycles: Option<u32>,
    /// Celsius.
    pub temperature: Option<f64>,
}

/// The supplies of one machine. Shared by all plugin instances.
pub struct PowerSupplies {
    class: PathBuf,
}

impl PowerSupplies {
    /// The supplies whose `sys` lies below `root`. Opens nothing yet.
    pub fn open(root: &Path) -> Self {
        Self { class: root.join("sys/class/power_supply") }
    }

    /// All supplies, by name. Blocks for as long as their controllers take.
    ///
    /// # Errors
    /// Not present on machines that know of none.
    pub fn read(&self) -> Result<Vec<Supply>, CapabilityError> {
        let names = sysfs::names(&self.class).map_err(|error| CapabilityError::of_file(&self.class, &error))?;
        let supplies: Vec<Supply> = names.iter().take(MOST_SUPPLIES).filter_map(|name| self.supply(name)).collect();
        if supplies.is_empty() {
            let problem = "this machine knows of no battery and no charger";
            return Err(CapabilityError::NotPresent(format!("{}: {problem}", self.class.display())));
        }
        Ok(supplies)
    }

    /// Nothing, when it was pulled out since the folder was listed.
    fn supply(&self, name: &str) -> Option<Supply> {
        let folder = self.class.join(name);
        let text = |attribute: &str| sysfs::text(&folder.join(attribute));
        let raw = |attribute: &str| sysfs::number(&folder.join(attribute)).map(|number| number as f64);
        let micro = |attribute: &str| raw(attribute).map(|number| number / 1e6);
        let kind = text("type")?;
        let voltage = micro("voltage_now");
        // Most drivers give the size only; of those that give a sign, not all mean the same by it.
        let current = micro("current_now").map(f64::abs);
        let power = micro("power_now").or_else(|| Some(raw("current_now")? * raw("voltage_now")? / 1e12)).map(f64::abs);
        // The kernel's advice for charges: the voltage for which the maker tells them.
        let nominal = micro("voltage_min_design").filter(|volts| *volts > 0.0).or(voltage);
        let joules = |what: &str| {
            let charge = || Some(raw(&format!("charge_{what}"))? * nominal?);
            let hours = raw(&format!("energy_{what}")).or_else(charge);
            // Gauges that were not calibrated for long tell less than nothing.
            hours.filter(|hours| *hours >= 0.0).map(|hours| hours * MICROWATT_HOUR)
        };
        let (energy, energy_full) = (joules("now"), joules("full"));
        let percent = raw("capacity").map(|percent| percent / 100.0);
        let capacity = percent.or_else(|| Some(energy? / energy_full.filter(|full| *full > 0.0)?));
        Some(Supply {
            name: sysfs::printable(name.as_bytes()),
            status: if kind == "Battery" || kind == "UPS" { text("status").unwrap_or_default() } else { String::new() },
            kind,
            online: sysfs::flag(&folder.join("online")),
            present: sysfs::flag(&folder.join("present")),
            capacity: capacity.map(|ratio| ratio.clamp(0.0, 1.0)),
            energy,
            energy_full,
            energy_design: joules("full_design"),
            power,
            voltage,
            current,
            // 0 is the kernel's word for unknown.
            cycles: sysfs::count(&folder.join("cycle_count"))
                .filter(|cycles| *cycles > 0)
                .map(|cycles| u32::try_from(cycles).unwrap_or(u32::MAX)),
            temperature: raw("temp").map(|tenths| tenths / 10.0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn recorded(folder: &str) -> PowerSupplies {
        PowerSupplies::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(folder))
    }

    #[test]
    fn energies_and_charges_come_out_in_the_same_units() {
        expect![[r#"
            [
                Supply {
                    name: "AC",
                    kind: "Mains",
                    status: "",
                    online: Some(
                        false,
                    ),
                    present: None,
                    capacity: None,
                    energy: None,
                    energy_full: None,
                    energy_design: None,
                    power: None,
                    voltage: None,
                    current: None,
                    cycles: None,
                    temperature: None,
                },
                Supply {
                    name: "BAT0",
                    kind: "Battery",
                    status: "Discharging",
                    online: None,
                    present: Some(
                        true,
                    ),
                    capacity: Some(
                        0.62,
                    ),
                    energy: Some(
                        112464.0,
                    ),
                    energy_full: Some(
                        179532.0,
                    ),
                    energy_design: Some(
                        205272.0,
                    ),
                    power: Some(
                        8.724,
                    ),
                    voltage: Some(
                        12.113,
                    ),
                    current: None,
                    cycles: Some(
                        214,
                    ),
                    temperature: None,
                },
                Supply {
                    name: "BAT1",
                    kind: "Battery",
                    status: "Not charging",
                    online: None,
                    present: Some(
                        true,
                    ),
                    capacity: Some(
                        0.8,
                    ),
                    energy: Some(
                        109440.0,
                    ),
                    energy_full: Some(
                        136800.0,
                    ),
                    energy_design: Some(
                        164160.0,
                    ),
                    power: Some(
                        4.15744,
                    ),
                    voltage: Some(
                        8.12,
                    ),
                    current: Some(
                        0.512,
                    ),
                    cycles: None,
                    temperature: Some(
                        31.2,
                    ),
                },
                Supply {
                    name: "ucsi-source-psy-USBC000:001",
                    kind: "USB",
                    status: "",
                    online: Some(
                        true,
                    ),
                    present: None,
                    capacity: None,
                    energy: None,
                    energy_full: None,
                    energy_design: None,
                    power: Some(
                        60.0,
                    ),
                    voltage: Some(
                        20.0,
                    ),
                    current: Some(
                        3.0,
                    ),
                    cycles: None,
                    temperature: None,
                },
            ]
        "#]]
        .assert_eq(&format!("{:#?}\n", recorded("laptop").read().unwrap()));
    }

    #[test]
    fn a_machine_without_supplies_has_none() {
        let folder = tempfile::tempdir().unwrap();
        let supplies = PowerSupplies::open(folder.path());
        assert!(matches!(supplies.read(), Err(CapabilityError::NotPresent(_))));
        std::fs::create_dir_all(folder.path().join("sys/class/power_supply")).unwrap();
        let error = supplies.read().unwrap_err().to_string().replace(&folder.path().display().to_string(), "");
        expect!["not present: /sys/class/power_supply: this machine knows of no battery and no charger"]
            .assert_eq(&error);
    }

    #[test]
    fn a_battery_that_tells_little_is_shown_with_what_it_tells() {
        let folder = tempfile::tempdir().unwrap();
        let battery = folder.path().join("sys/class/power_supply/hid-0005:046D:B023-battery");
        std::fs::create_dir_all(&battery).unwrap();
        // The folder is listed already and the type not there yet, or no more.
        assert!(PowerSupplies::open(folder.path()).read().is_err());
        std::fs::write(battery.join("type"), "Battery\n").unwrap();
        std::fs::write(battery.join("capacity"), "many\n").unwrap();
        let supply = PowerSupplies::open(folder.path()).read().unwrap().remove(0);
        let expected =
            Supply { name: "hid-0005:046D:B023-battery".to_owned(), kind: "Battery".to_owned(), ..Supply::default() };
        assert_eq!(supply, expected);
    }

    #[test]
    fn what_is_half_written_or_cannot_be_is_left_out_and_names_are_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let battery = folder.path().join("sys/class/power_supply/BAT\n\"0\"");
        std::fs::create_dir_all(&battery).unwrap();
        for (file, content) in [
            ("type", &b"Battery\n"[..]),
            ("status", b"Disch\xff\narging\n"),
            ("present", b""),
            ("capacity", b"-3\n"),
            ("energy_now", b"-1200000\n"),
            ("energy_full", b"49870000\n"),
            ("energy_full_design", b"57020"),
            ("power_now", b"-8724000\n"),
            ("cycle_count", b"-1\n"),
        ] {
            std::fs::write(battery.join(file), content).unwrap();
        }
        let supply = PowerSupplies::open(folder.path()).read().unwrap().remove(0);
        let expected = Supply {
            name: "BAT \"0\"".to_owned(),
            kind: "Battery".to_owned(),
            status: "Disch\u{fffd} arging".to_owned(),
            capacity: Some(0.0),
            energy_full: Some(179_532.0),
            energy_design: Some(57_020.0 * MICROWATT_HOUR),
            power: Some(8.724),
            ..Supply::default()
        };
        assert_eq!(supply, expected);
    }
}
