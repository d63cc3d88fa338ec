//! Recorded machines: a laptop with most kinds of sensors, a server's boards.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};

use super::Sensors;
use crate::CapabilityError;

fn root(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(folder)
}

fn check(sensors: &Sensors, expected: Expect) {
    let mut shown = String::new();
    for reading in sensors.read().unwrap() {
        let one = |value: Option<f64>| value.map_or("-".to_owned(), |value| value.to_string());
        let (high, critical) = (one(reading.high), one(reading.critical));
        let alarm = reading.alarm.map_or("-".to_owned(), |alarm| alarm.to_string());
        let name = format!("{} | {}", reading.chip, reading.sensor);
        writeln!(
            shown,
            "{name:36} {:?} {} high {high} critical {critical} alarm {alarm}",
            reading.quantity, reading.value
        )
        .unwrap();
    }
    expected.assert_eq(&shown);
}

#[test]
fn a_laptop_tells_its_temperatures_fans_and_energies() {
    check(
        &Sensors::open(&root("laptop")),
        expect![[r#"
        acpitz | temp1                       Temperature 52 high - critical 128 alarm -
        coretemp | Package id 0              Temperature 61 high 100 critical 100 alarm false
        coretemp | Core 0                    Temperature 58 high 100 critical 100 alarm false
        coretemp | Core 8                    Temperature 61 high 100 critical 100 alarm true
        nvme | Composite                     Temperature 41.85 high 81.85 critical 84.85 alarm false
        nvme | Sensor 1                      Temperature 41.85 high - critical - alarm -
        nvme-pci-1000 | Composite            Temperature 38.85 high 81.85 critical 84.85 alarm false
        nvme-pci-1000 | Sensor 1             Temperature 38.85 high - critical - alarm -
        thinkpad | temp2                     Temperature -4 high - critical - alarm -
        thinkpad | CPU Fan � (left)          Fan 2841 high - critical - alarm -
        thinkpad | fan2                      Fan 0 high - critical - alarm -
        thermal | acpitz                     Temperature 52 high - critical 128 alarm -
        thermal | acpitz-thermal_zone1       Temperature 45 high - critical - alarm -
        thermal | x86_pkg_temp               Temperature 61 high 90 critical - alarm -
        rapl-mmio | package-0                Energy 71828.18 high - critical - alarm -
        rapl | package-0                     Energy 71828.182845 high - critical - alarm -
        rapl | package-0/core                Energy 31415.926535 high - critical - alarm -
        rapl | package-0/uncore              Energy 1414.213562 high - critical - alarm -
        rapl | psys                          Energy 161803.398874 high - critical - alarm -
    "#]],
    );
}

#[test]
fn a_servers_boards_tell_power_voltage_current_and_humidity() {
    check(
        &Sensors::open(&root("server-22-cores")),
        expect![[r#"
        board | power1                       Power 25.5 high - critical - alarm -
        board | Vcore                        Voltage 1.792 high 1.85 critical - alarm -
        board | curr1                        Current 14.25 high - critical 90 alarm -
        board | energy1                      Energy 5 high - critical - alarm -
        power_meter | power1                 Power 312 high 750 critical - alarm false
        sht3x | temp1                        Temperature 23.4 high - critical - alarm true
        sht3x | humidity1                    Humidity 0.4125 high - critical - alarm true
    "#]],
    );
}

#[test]
fn a_counter_of_energy_that_starts_over_only_grows() {
    let folder = tempfile::tempdir().unwrap();
    let zone = folder.path().join("sys/class/powercap/intel-rapl:0");
    fs::create_dir_all(&zone).unwrap();
    fs::write(zone.join("max_energy_range_uj"), "262143328850\n").unwrap();
    let sensors = Sensors::open(folder.path());
    let joules = |raw: u64| {
        fs::write(zone.join("energy_uj"), format!("{raw}\n")).unwrap();
        sensors.read().unwrap().remove(0).value
    };
    assert_eq!([joules(262_143_000_000), joules(671_150)], [262_143.0, 262_144.0]);
    assert_eq!(joules(1_671_150), 262_145.0);
}

#[test]
fn a_machine_without_sensors_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let sensors = Sensors::open(folder.path());
    let told = |error: CapabilityError| error.to_string().replace(&folder.path().display().to_string(), "");
    expect![
        "not present: /sys/class: no sensor in `hwmon`, `thermal` or `powercap` can be read; virtual machines have none"
    ]
    .assert_eq(&told(sensors.read().unwrap_err()));
    assert!(matches!(sensors.throttled(), Err(CapabilityError::NotPresent(_))));
    fs::create_dir_all(folder.path().join("sys/devices/system/cpu/cpu0")).unwrap();
    expect!["not present: /sys/devices/system/cpu: no processor counts how often it was held back for heat; only Intel's do, outside virtual machines"].assert_eq(&told(sensors.throttled().unwrap_err()));
}

#[test]
fn processors_tell_how_often_they_were_held_back() {
    let told = Sensors::open(&root("laptop")).throttled().unwrap();
    let told: Vec<_> = told.iter().map(|one| (one.core, one.core_events, one.package_events)).collect();
    assert_eq!(told, [(0, 12, 340), (1, 0, 340), (10, 3, 340)]);
}

#[test]
fn a_chip_that_vanishes_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let class = folder.path().join("sys/class/hwmon");
    for (chip, value) in [("hwmon0", "41000"), ("hwmon1", "42000")] {
        fs::create_dir_all(class.join(chip)).unwrap();
        fs::write(class.join(chip).join("name"), "board\n").unwrap();
        fs::write(class.join(chip).join("temp1_input"), value).unwrap();
    }
    // As a folder looks whose device is on its way out: listed, and all in it gone.
    std::os::unix::fs::symlink("nowhere", class.join("hwmon2")).unwrap();
    let sensors = Sensors::open(folder.path());
    let chips = || sensors.read().unwrap().into_iter().map(|one| one.chip).collect::<Vec<_>>();
    assert_eq!(chips(), ["board", "board-hwmon1"]);
    fs::remove_file(class.join("hwmon0/temp1_input")).unwrap();
    assert_eq!(chips(), ["board-hwmon1"], "a name does not pass on to another chip while the first is there");
}

#[test]
fn this_machine_is_read_whatever_it_has() {
    let sensors = Sensors::open(Path::new("/"));
    for result in [sensors.read().map(drop), sensors.throttled().map(drop)] {
        assert!(matches!(result, Ok(()) | Err(CapabilityError::NotPresent(_))), "{result:?}");
    }
}
