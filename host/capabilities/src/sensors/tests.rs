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

/// A machine that a test builds, and its `hwmon`.
struct Machine {
    folder: tempfile::TempDir,
    sensors: Sensors,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sensors = Sensors::open(folder.path());
        Self { folder, sensors }
    }

    fn write(&self, path: &str, content: &str) {
        let path = self.folder.path().join("sys/class").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn remove(&self, path: &str) {
        let path = self.folder.path().join("sys/class").join(path);
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
    }

    /// `chip | sensor value` of each.
    fn look(&self) -> Vec<String> {
        let readings = self.sensors.read().unwrap_or_default();
        readings.iter().map(|one| format!("{} | {} {}", one.chip, one.sensor, one.value)).collect()
    }
}

#[test]
fn when_the_first_of_two_alike_goes_the_second_keeps_its_name() {
    let machine = Machine::new();
    let nvme = |number: usize, value: &str| {
        machine.write(&format!("hwmon/hwmon{number}/name"), "nvme\n");
        machine.write(&format!("hwmon/hwmon{number}/temp1_input"), value);
    };
    nvme(0, "41000");
    nvme(1, "42000");
    assert_eq!(machine.look(), ["nvme | temp1 41", "nvme-hwmon1 | temp1 42"]);
    machine.remove("hwmon/hwmon0");
    assert_eq!(machine.look(), ["nvme-hwmon1 | temp1 42"]);
    nvme(0, "43000");
    assert_eq!(machine.look(), ["nvme | temp1 43", "nvme-hwmon1 | temp1 42"]);
    // The same number for another device, between two looks.
    machine.remove("hwmon/hwmon0");
    machine.write("hwmon/hwmon0/name", "k10temp\n");
    machine.write("hwmon/hwmon0/temp1_input", "55000");
    assert_eq!(machine.look(), ["k10temp | temp1 55", "nvme-hwmon1 | temp1 42"]);
}

#[test]
fn two_sensors_of_one_label_are_told_apart() {
    let machine = Machine::new();
    machine.write("hwmon/hwmon0/name", "nct6683\n");
    for sensor in 1..=3 {
        machine.write(&format!("hwmon/hwmon0/temp{sensor}_label"), "AMD TSI\n");
        machine.write(&format!("hwmon/hwmon0/temp{sensor}_input"), &format!("4{sensor}000"));
    }
    machine.write("hwmon/hwmon0/in1_label", "AMD TSI\n");
    machine.write("hwmon/hwmon0/in1_input", "1100");
    let expected =
        ["nct6683 | AMD TSI 41", "nct6683 | AMD TSI temp2 42", "nct6683 | AMD TSI temp3 43", "nct6683 | AMD TSI 1.1"];
    assert_eq!(machine.look(), expected);
}

#[test]
fn what_is_half_written_or_cannot_be_is_left_out_and_comes_back() {
    let machine = Machine::new();
    machine.write("hwmon/hwmon0/name", "board\n");
    machine.write("hwmon/hwmon0/fan1_input", "900\n");
    machine.write("hwmon/hwmon0/temp1_input", "41000\n");
    let both = ["board | temp1 41", "board | fan1 900"];
    assert_eq!(machine.look(), both);
    for wrong in ["", "\n", "4 1", "-", "1e3", "99999999999999999999", "\u{0}", "-300000", "9000000"] {
        machine.write("hwmon/hwmon0/temp1_input", wrong);
        assert_eq!(machine.look(), both[1..], "{wrong:?}");
    }
    machine.write("hwmon/hwmon0/temp1_input", "-40500\n");
    machine.write("hwmon/hwmon0/fan1_input", "-1\n");
    assert_eq!(machine.look(), ["board | temp1 -40.5"]);
    machine.write("hwmon/hwmon0/temp1_fault", "1\n");
    machine.write("hwmon/hwmon0/fan1_input", "800\n");
    // A file that is new in a folder that is known is found by the next search.
    let looks = (0..=super::LOOKS_TO_A_SEARCH).filter(|_| machine.look().len() == 2).count();
    assert!(looks < super::LOOKS_TO_A_SEARCH as usize + 1, "the fault was never seen");
    assert_eq!(machine.look(), ["board | fan1 800"]);
}

#[test]
fn a_counter_of_energy_that_cannot_be_read_for_once_goes_on_where_it_stood() {
    let machine = Machine::new();
    machine.write("powercap/intel-rapl:0/name", "package-0\n");
    machine.write("powercap/intel-rapl:0/max_energy_range_uj", "1000000000\n");
    let joules = |raw: &str| {
        machine.write("powercap/intel-rapl:0/energy_uj", raw);
        machine.look()
    };
    assert_eq!(joules("900000000\n"), ["rapl | package-0 900"]);
    assert_eq!(joules("100000000\n"), ["rapl | package-0 1100"]);
    assert_eq!(joules(""), [""; 0]);
    assert_eq!(joules("-5\n"), [""; 0]);
    assert_eq!(joules("200000000\n"), ["rapl | package-0 1200"]);
}

#[test]
fn limits_that_are_set_are_told_after_the_next_search() {
    let machine = Machine::new();
    machine.write("hwmon/hwmon0/name", "board\n");
    machine.write("hwmon/hwmon0/temp1_input", "41000\n");
    machine.write("hwmon/hwmon0/temp1_max", "80000\n");
    let high = || machine.sensors.read().unwrap()[0].high;
    assert_eq!(high(), Some(80.0));
    machine.write("hwmon/hwmon0/temp1_max", "70000\n");
    assert!((0..super::LOOKS_TO_A_SEARCH).any(|_| high() == Some(70.0)), "the new limit was never told");
}

#[test]
fn a_core_that_is_switched_off_is_left_out_and_comes_back() {
    let machine = Machine::new();
    let core = |number: u32, events: u32| {
        let folder = format!("../devices/system/cpu/cpu{number}/thermal_throttle");
        machine.write(&format!("{folder}/core_throttle_count"), &format!("{events}\n"));
    };
    let told = || -> Vec<(u32, u64)> {
        machine.sensors.throttled().unwrap_or_default().iter().map(|one| (one.core, one.core_events)).collect()
    };
    fs::create_dir_all(machine.folder.path().join("sys/class")).unwrap();
    assert_eq!(told(), []);
    core(0, 1);
    core(1, 2);
    assert_eq!(told(), [(0, 1), (1, 2)]);
    core(0, 5);
    machine.remove("../devices/system/cpu/cpu1/thermal_throttle");
    assert_eq!(told(), [(0, 5)]);
    core(1, 3);
    let looks = (0..super::LOOKS_TO_A_SEARCH).map(|_| told()).find(|told| told.len() == 2);
    assert_eq!(looks, Some(vec![(0, 5), (1, 3)]));
}

#[test]
fn this_machine_is_read_whatever_it_has() {
    let sensors = Sensors::open(Path::new("/"));
    for result in [sensors.read().map(drop), sensors.throttled().map(drop)] {
        assert!(matches!(result, Ok(()) | Err(CapabilityError::NotPresent(_))), "{result:?}");
    }
}
