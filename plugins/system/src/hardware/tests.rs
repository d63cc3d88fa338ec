//! Sensors, heat, energy and batteries on recorded facts: what is emitted from tick to tick.

use autobot_plugin_sdk::power_supply::Supply;
use autobot_plugin_sdk::sensors::{Quantity, Reading, Throttling};
use autobot_plugin_sdk::testing::{Collected, Facts, Plugin};
use autobot_plugin_sdk::{Error, cpu};
use expect_test::{Expect, expect};

use crate::System;

const START: u64 = 1_700_000_000_000;
const MINUTE: u64 = 60_000;

fn reading(chip: &str, sensor: &str, quantity: Quantity, value: f64) -> Reading {
    let (chip, sensor) = (chip.to_owned(), sensor.to_owned());
    Reading { chip, sensor, quantity, value, high: None, critical: None, alarm: None }
}

fn warm(chip: &str, sensor: &str, value: f64, high: Option<f64>, critical: Option<f64>) -> Reading {
    Reading { high, critical, ..reading(chip, sensor, Quantity::Temperature, value) }
}

fn energy(chip: &str, sensor: &str, joules: f64) -> Reading {
    reading(chip, sensor, Quantity::Energy, joules)
}

fn battery(name: &str, status: &str, energy: f64) -> Supply {
    Supply {
        name: name.to_owned(),
        kind: "Battery".to_owned(),
        status: status.to_owned(),
        online: None,
        present: Some(true),
        capacity: Some(0.62),
        energy: Some(energy),
        energy_full: Some(180_000.0),
        energy_design: Some(200_000.0),
        power: Some(10.0),
        voltage: Some(12.113),
        current: None,
        cycles: Some(214),
        temperature: None,
    }
}

/// Two cores that were busy for so many seconds together.
fn busy(seconds: u64) -> cpu::Snapshot {
    let times = cpu::Times {
        user: seconds * 1_000_000,
        nice: 0,
        system: 0,
        idle: 5_000_000,
        iowait: 3,
        irq: 0,
        softirq: 0,
        steal: 0,
        guest: 0,
        guest_nice: 0,
    };
    cpu::Snapshot {
        total: times,
        cores: vec![],
        load1: 0.0,
        load5: 0.0,
        load15: 0.0,
        context_switches: 0,
        runnable: 0,
        blocked: 0,
    }
}

fn with(facts: &mut Facts, readings: &[Reading]) {
    facts.set("sensors.read", &Ok::<_, Error>(readings));
}

fn plugin(settings: &str, readings: &[Reading]) -> Plugin<System> {
    let mut facts = Facts::default();
    with(&mut facts, readings);
    Plugin::new(settings, facts).unwrap()
}

fn step(plugin: &mut Plugin<System>, at: u64, prefix: &str, expected: Expect) -> Collected {
    let (collected, result) = plugin.collect(START + at);
    result.unwrap();
    expected.assert_eq(&collected.text(prefix));
    collected
}

#[test]
fn each_quantity_has_its_family_and_limits_are_series_of_their_own() {
    let readings = [
        Reading { alarm: Some(true), ..warm("coretemp", "Package id 0", 61.0, Some(90.0), Some(100.0)) },
        reading("thinkpad", "fan1", Quantity::Fan, 2841.0),
        Reading { high: Some(750.0), ..reading("power_meter", "power1", Quantity::Power, 312.0) },
        Reading { high: Some(1.85), ..reading("board", "Vcore", Quantity::Voltage, -0.012) },
        Reading { critical: Some(90.0), ..reading("board", "curr1", Quantity::Current, 14.25) },
        Reading { alarm: Some(false), ..reading("sht3x", "humidity1", Quantity::Humidity, 0.4125) },
    ];
    step(
        &mut plugin("{}", &readings),
        0,
        "hw_",
        expect![[r#"
            hw_temperature_celsius{id="coretemp",name="Package id 0"} 61
            hw_temperature_limit_celsius{id="coretemp",name="Package id 0",limit_type="high"} 90
            hw_temperature_limit_celsius{id="coretemp",name="Package id 0",limit_type="critical"} 100
            hw_alarm{id="coretemp",name="Package id 0",quantity="temperature"} 1
            hw_fan_speed_rpm{id="thinkpad",name="fan1"} 2841
            hw_power_watts{id="power_meter",name="power1"} 312
            hw_power_limit_watts{id="power_meter",name="power1",limit_type="high"} 750
            hw_voltage_volts{id="board",name="Vcore"} -0.012
            hw_voltage_limit_volts{id="board",name="Vcore",limit_type="high"} 1.85
            hw_current_amperes{id="board",name="curr1"} 14.25
            hw_current_limit_amperes{id="board",name="curr1",limit_type="critical"} 90
            hw_humidity_ratio{id="sht3x",name="humidity1"} 0.4125
            hw_alarm{id="sht3x",name="humidity1",quantity="humidity"} 0
            hw_temperature_headroom_celsius{id="coretemp",limit_type="high"} 29
            hw_temperature_headroom_ratio{id="coretemp",limit_type="high"} 0.3222
            hw_temperature_headroom_celsius{id="coretemp",limit_type="critical"} 39
            hw_temperature_headroom_ratio{id="coretemp",limit_type="critical"} 0.39
        "#]],
    );
}

#[test]
fn headroom_is_that_of_the_sensor_nearest_to_its_own_limit() {
    let readings = [
        warm("coretemp", "Package id 0", 61.0, Some(90.0), Some(100.0)),
        warm("coretemp", "Core 0", 60.5, Some(80.0), Some(105.0)),
        warm("nvme", "Composite", 86.85, Some(81.85), Some(84.85)),
        warm("acpitz", "temp1", 52.0, None, None),
        warm("odd", "temp1", -4.0, Some(-10.0), None),
    ];
    step(
        &mut plugin("{}", &readings),
        0,
        "hw_temperature_headroom",
        expect![[r#"
            hw_temperature_headroom_celsius{id="coretemp",limit_type="high"} 19.5
            hw_temperature_headroom_ratio{id="coretemp",limit_type="high"} 0.2438
            hw_temperature_headroom_celsius{id="coretemp",limit_type="critical"} 39
            hw_temperature_headroom_ratio{id="coretemp",limit_type="critical"} 0.39
            hw_temperature_headroom_celsius{id="nvme",limit_type="high"} -5
            hw_temperature_headroom_ratio{id="nvme",limit_type="high"} -0.0611
            hw_temperature_headroom_celsius{id="nvme",limit_type="critical"} -2
            hw_temperature_headroom_ratio{id="nvme",limit_type="critical"} -0.0236
        "#]],
    );
}

#[test]
fn a_sensor_that_vanishes_ends_its_series_and_nothing_else_and_comes_back() {
    let all = [
        warm("coretemp", "Core 0", 60.0, None, Some(100.0)),
        warm("nvme", "Composite", 40.0, None, None),
        warm("nvme", "a \"b\"\u{fffd}", 41.0, None, None),
    ];
    let mut plugin = plugin("{}", &all);
    step(
        &mut plugin,
        0,
        "hw_temperature",
        expect![[r#"
            hw_temperature_celsius{id="coretemp",name="Core 0"} 60
            hw_temperature_limit_celsius{id="coretemp",name="Core 0",limit_type="critical"} 100
            hw_temperature_celsius{id="nvme",name="Composite"} 40
            hw_temperature_celsius{id="nvme",name="a \"b\"�"} 41
            hw_temperature_headroom_celsius{id="coretemp",limit_type="critical"} 40
            hw_temperature_headroom_ratio{id="coretemp",limit_type="critical"} 0.4
        "#]],
    );
    plugin.change(|facts| with(facts, &all[1..]));
    step(
        &mut plugin,
        1000,
        "hw_temperature",
        expect![[r#"
            hw_temperature_celsius{id="nvme",name="Composite"} 40
            hw_temperature_celsius{id="nvme",name="a \"b\"�"} 41
            hw_temperature_celsius{id="coretemp",name="Core 0"} ended
            hw_temperature_limit_celsius{id="coretemp",name="Core 0",limit_type="critical"} ended
            hw_temperature_headroom_celsius{id="coretemp",limit_type="critical"} ended
            hw_temperature_headroom_ratio{id="coretemp",limit_type="critical"} ended
        "#]],
    );
    plugin.change(|facts| with(facts, &all));
    let back = step(
        &mut plugin,
        2000,
        "hw_temperature_c",
        expect![[r#"
            hw_temperature_celsius{id="coretemp",name="Core 0"} 60
            hw_temperature_celsius{id="nvme",name="Composite"} 40
            hw_temperature_celsius{id="nvme",name="a \"b\"�"} 41
        "#]],
    );
    assert!(back.log.is_empty(), "{:?}", back.log);
}

#[test]
fn power_comes_of_energy_where_no_meter_tells_it() {
    let at = |package: f64, card: f64| {
        [
            reading("xe", "card", Quantity::Power, 31.5),
            energy("xe", "card", card),
            energy("rapl", "package-0", package),
            energy("rapl", "package-0/core", package / 2.0),
        ]
    };
    let mut plugin = plugin("{}", &at(1000.0, 5.0));
    step(
        &mut plugin,
        0,
        "hw_",
        expect![[r#"
            hw_power_watts{id="xe",name="card"} 31.5
            hw_energy_joules_total{id="xe",name="card"} 5
            hw_energy_joules_total{id="rapl",name="package-0"} 1000
            hw_power_watts{id="rapl",name="package-0"} NaN
            hw_energy_joules_total{id="rapl",name="package-0/core"} 500
            hw_power_watts{id="rapl",name="package-0/core"} NaN
        "#]],
    );
    plugin.change(|facts| with(facts, &at(1_031.000_244, 5.0)));
    step(
        &mut plugin,
        2000,
        "hw_power",
        expect![[r#"
            hw_power_watts{id="xe",name="card"} 31.5
            hw_power_watts{id="rapl",name="package-0"} 15.5
            hw_power_watts{id="rapl",name="package-0/core"} 7.75
        "#]],
    );
    // No time has passed; and a counter that was begun anew has counted what it shows.
    step(
        &mut plugin,
        2000,
        "hw_power_watts{id=\"rapl\"",
        expect![[r#"
            hw_power_watts{id="rapl",name="package-0"} NaN
            hw_power_watts{id="rapl",name="package-0/core"} NaN
        "#]],
    );
    plugin.change(|facts| with(facts, &at(4.0, 5.0)));
    step(
        &mut plugin,
        4000,
        "hw_power_watts{id=\"rapl\"",
        expect![[r#"
            hw_power_watts{id="rapl",name="package-0"} 2
            hw_power_watts{id="rapl",name="package-0/core"} 1
        "#]],
    );
}

#[test]
fn work_per_joule_is_busy_time_by_the_energy_of_all_packages() {
    let at = |first: f64, second: f64| {
        [
            energy("rapl-mmio", "package-0", first),
            energy("rapl", "package-0", first),
            energy("rapl", "package-0/core", first / 2.0),
            energy("rapl", "package-1", second),
            energy("rapl", "psys", 9.0 * first),
        ]
    };
    let mut plugin = plugin("{}", &at(1000.0, 500.0));
    plugin.change(|facts| facts.cpu = Ok(busy(100)));
    let energies = |plugin: &mut Plugin<System>, at| {
        let text = plugin.collect(START + at).0.text("system_cpu_");
        let lines = text.lines().filter(|line| line.contains("joule") || line.contains("watts"));
        lines.map(|line| line.trim_start_matches("system_cpu_").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(energies(&mut plugin, 0), ["energy_joules_total 0", "power_watts NaN", "busy_seconds_per_joule NaN"]);
    plugin.change(|facts| {
        with(facts, &at(1030.0, 520.0));
        facts.cpu = Ok(busy(110));
    });
    assert_eq!(energies(&mut plugin, 5000), ["energy_joules_total 50", "power_watts 10", "busy_seconds_per_joule 0.2"]);
    // A package whose counter cannot be read for once: the total goes on from where it stood.
    plugin.change(|facts| with(facts, &at(1040.0, 0.0)[..3]));
    let energy = |plugin: &mut Plugin<System>, at| {
        let collected = plugin.collect(START + at).0;
        let value = |name: &str| collected.value(name).map(|value| value.to_string());
        ["system_cpu_energy_joules_total", "system_cpu_power_watts"].map(value)
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(energy(&mut plugin, 10_000), [some("60"), some("2")]);
    plugin.change(|facts| with(facts, &at(1050.0, 530.0)));
    assert_eq!(
        energy(&mut plugin, 15_000),
        [some("70"), some("NaN")],
        "what the second counted meanwhile is not known"
    );
    plugin.change(|facts| with(facts, &at(1060.0, 540.0)));
    assert_eq!(energy(&mut plugin, 20_000), [some("90"), some("4")]);
}

#[test]
fn the_idle_share_is_known_after_five_minutes_and_forgets_after_an_hour() {
    let mut joules = 0.0;
    let mut plugin = plugin("{}", &[energy("rapl", "package-0", joules)]);
    plugin.change(|facts| facts.cpu = Ok(busy(1)));
    let mut share = |minute: u64, watts: f64| {
        joules += watts * 60.0;
        plugin.change(|facts| with(facts, &[energy("rapl", "package-0", joules)]));
        let collected = plugin.collect(START + minute * MINUTE).0;
        ["system_cpu_idle_power_watts", "system_cpu_idle_power_ratio"].map(|name| collected.value(name))
    };
    share(0, 0.0);
    for minute in 1..6 {
        assert_eq!(share(minute, 10.0), [None, None], "{minute}");
    }
    assert_eq!(share(6, 40.0), [Some(10.0), Some(0.25)]);
    for minute in 7..60 {
        assert_eq!(share(minute, 40.0)[0], Some(10.0), "{minute}");
    }
    for minute in 60..70 {
        share(minute, 40.0);
    }
    assert_eq!(share(70, 40.0), [Some(40.0), Some(1.0)]);
}

#[test]
fn throttling_is_told_by_core_and_its_total_survives_a_core_that_is_switched_off() {
    let told = |counts: &[(u32, u64)]| -> Result<Vec<Throttling>, Error> {
        let one =
            |&(core, core_events): &(u32, u64)| Throttling { core, core_events, package_events: 40 + core_events };
        Ok(counts.iter().map(one).collect())
    };
    let mut plugin = Plugin::<System>::new("{}", Facts::default()).unwrap();
    plugin.change(|facts| facts.set("sensors.throttled", &told(&[(0, 12), (1, 0), (10, 3)])));
    step(
        &mut plugin,
        0,
        "system_cpu_",
        expect![[r#"
            system_cpu_thermal_throttles_total 15
            system_cpu_package_thermal_throttles_total 52
            system_cpu_core_thermal_throttles_total{core="0"} 12
            system_cpu_core_thermal_throttles_total{core="1"} 0
            system_cpu_core_thermal_throttles_total{core="10"} 3
        "#]],
    );
    let mut total = |at, counts: &[(u32, u64)]| {
        plugin.change(|facts| facts.set("sensors.throttled", &told(counts)));
        plugin.collect(START + at).0.value("system_cpu_thermal_throttles_total")
    };
    assert_eq!(total(1000, &[(0, 12), (10, 5)]), Some(17.0));
    assert_eq!(total(2000, &[(0, 13), (1, 7), (10, 5)]), Some(18.0), "when these 7 were counted is not known");
    assert_eq!(total(3000, &[(0, 2), (1, 8), (10, 5)]), Some(21.0), "a driver that was loaded anew");
    let mut whole = Plugin::<System>::new(r#"{"per_core": false}"#, Facts::default()).unwrap();
    whole.change(|facts| facts.set("sensors.throttled", &told(&[(0, 12)])));
    assert!(whole.collect(START).0.text("system_cpu_core").is_empty());
}

#[test]
fn a_battery_tells_its_state_health_and_time_left_and_a_charger_whether_it_supplies() {
    let charger = Supply {
        name: "AC".to_owned(),
        kind: "Mains".to_owned(),
        status: String::new(),
        online: Some(false),
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
    };
    let mut facts = Facts::default();
    facts.set("power-supply.read", &Ok::<_, Error>([charger, battery("BAT-0", "Discharging", 36_000.0)]));
    // The kernel shows the battery as a chip once more.
    with(&mut facts, &[reading("BAT_0", "in0", Quantity::Voltage, 12.0), warm("cpu", "t", 40.0, None, None)]);
    step(
        &mut Plugin::new("{}", facts).unwrap(),
        0,
        "hw_",
        expect![[r#"
            hw_power_supply_online{id="AC",name="Mains"} 0
            hw_battery_present{id="BAT-0",name="Battery"} 1
            hw_battery_charge_ratio{id="BAT-0",name="Battery"} 0.62
            hw_power_watts{id="BAT-0",name="Battery"} 10
            hw_voltage_volts{id="BAT-0",name="Battery"} 12.113
            hw_battery_cycles_total{id="BAT-0",name="Battery"} 214
            hw_battery_energy_joules{id="BAT-0",name="Battery"} 36000
            hw_battery_health_ratio{id="BAT-0",name="Battery"} 0.9
            hw_battery_energy_limit_joules{id="BAT-0",name="Battery",limit_type="full"} 180000
            hw_battery_energy_limit_joules{id="BAT-0",name="Battery",limit_type="design"} 200000
            hw_battery_state{id="BAT-0",name="Battery",state="charging"} 0
            hw_battery_state{id="BAT-0",name="Battery",state="discharging"} 1
            hw_battery_state{id="BAT-0",name="Battery",state="full"} 0
            hw_battery_state{id="BAT-0",name="Battery",state="not_charging"} 0
            hw_battery_state{id="BAT-0",name="Battery",state="unknown"} 0
            hw_battery_time_left_seconds{id="BAT-0",name="Battery",state="discharging"} 3600
            hw_energy_joules_total{id="BAT-0",name="charged"} 0
            hw_energy_joules_total{id="BAT-0",name="discharged"} 0
            hw_temperature_celsius{id="cpu",name="t"} 40
        "#]],
    );
}

#[test]
fn what_flows_is_counted_once_however_a_meter_trembles() {
    let mut plugin = Plugin::<System>::new("{}", Facts::default()).unwrap();
    let mut flows = |at, status: &str, energy| {
        plugin.change(|facts| facts.set("power-supply.read", &Ok::<_, Error>([battery("BAT0", status, energy)])));
        let collected = plugin.collect(START + at).0;
        ["charged", "discharged"]
            .map(|name| collected.value(&format!("hw_energy_joules_total{{id=\"BAT0\",name=\"{name}\"}}")).unwrap())
    };
    assert_eq!(flows(0, "Discharging", 1000.0), [0.0, 0.0]);
    assert_eq!(flows(1, "Discharging", 900.0), [0.0, 100.0]);
    assert_eq!(flows(2, "Discharging", 950.0), [0.0, 100.0]);
    assert_eq!(flows(3, "Discharging", 890.0), [0.0, 110.0]);
    assert_eq!(flows(4, "Charging", 880.0), [0.0, 110.0], "to whom the last step belongs is not known");
    assert_eq!(flows(5, "Charging", 1000.0), [120.0, 110.0]);
    assert_eq!(flows(6, "Not charging", 500.0), [120.0, 110.0]);
}

#[test]
fn a_state_that_is_not_known_is_unknown_and_only_sensible_times_are_told() {
    let times = |status: &str, change: fn(&mut Supply)| {
        let mut supply = battery("BAT0", status, 36_000.0);
        change(&mut supply);
        let mut facts = Facts::default();
        facts.set("power-supply.read", &Ok::<_, Error>([supply]));
        let collected = Plugin::<System>::new("{}", facts).unwrap().collect(START).0;
        let unknown = collected.value("hw_battery_state{id=\"BAT0\",name=\"Battery\",state=\"unknown\"}");
        (unknown == Some(1.0), collected.text("hw_battery_time_left").lines().next().map(str::to_owned))
    };
    let left = |state: &str, seconds: u32| {
        Some(format!("hw_battery_time_left_seconds{{id=\"BAT0\",name=\"Battery\",state=\"{state}\"}} {seconds}"))
    };
    assert_eq!(times("Charging", |_| {}), (false, left("charging", 14_400)));
    assert_eq!(times("Charging", |one| one.energy_full = Some(1.0)), (false, None));
    assert_eq!(times("Discharging", |one| one.power = Some(0.0)), (false, None));
    assert_eq!(times("Discharging", |one| one.power = Some(0.001)), (false, None));
    assert_eq!(times("On fire", |_| {}), (true, None));
    assert_eq!(times("Full", |one| one.energy_design = Some(0.0)), (false, None));
}

#[test]
fn what_is_not_there_is_said_once_asked_for_rarely_and_comes_alive() {
    let mut plugin = Plugin::<System>::new("{}", Facts::default()).unwrap();
    let (mut asked, mut said) = (0, Vec::new());
    for tick in 0..130u64 {
        let collected = plugin.collect(START + tick * 1_000).0;
        asked += usize::from(collected.asked.contains("sensors.read"));
        said.extend(collected.log.into_iter().filter(|line| line.starts_with("debug: sensors")));
    }
    assert_eq!((asked, said.len()), (13, 1), "{said:?}");
    plugin.change(|facts| with(facts, &[warm("cpu", "t", 40.0, None, None)]));
    let mut log = Vec::new();
    for tick in 130..200u64 {
        let collected = plugin.collect(START + tick * 1_000).0;
        log.extend(collected.log);
    }
    assert_eq!(log, ["info: sensors: there now"]);
    assert_eq!(plugin.collect(START + 200_000).0.value("hw_temperature_celsius{id=\"cpu\",name=\"t\"}"), Some(40.0));
    let mut off = Plugin::<System>::new(
        r#"{"skip": ["sensors", "thermal throttling", "batteries and chargers"]}"#,
        Facts::default(),
    )
    .unwrap();
    let asked = off.collect(START).0.asked;
    assert!(
        !asked.iter().any(|function| function.starts_with("sensors") || function.starts_with("power")),
        "{asked:?}"
    );
}

#[test]
fn chips_can_be_left_out_and_of_very_many_sensors_the_first_are_shown() {
    let many: Vec<Reading> = (0..600).map(|n| warm("board", &format!("temp{n}"), 40.0, None, None)).collect();
    let mut plugin = plugin("{}", &many);
    let (first, _) = plugin.collect(START);
    let (second, _) = plugin.collect(START + 1000);
    assert_eq!(first.text("hw_temperature_c").lines().count(), 512);
    let warnings = |collected: &Collected| collected.log.iter().filter(|line| line.starts_with("warn")).count();
    assert_eq!((warnings(&first), warnings(&second)), (1, 0));
    let two = [warm("thermal", "acpitz", 40.0, None, None), warm("thermal-x", "y", 40.0, None, None)];
    let mut plugin = self::plugin(r#"{"exclude_sensors": ["thermal"]}"#, &two);
    assert_eq!(plugin.collect(START).0.text("hw_"), "hw_temperature_celsius{id=\"thermal-x\",name=\"y\"} 40\n");
}
