//! The whole plugin on facts: what it emits from tick to tick.

use autobot_plugin_sdk::npu::Device;
use autobot_plugin_sdk::testing::{Collected, Facts, Plugin};
use autobot_plugin_sdk::{Collector, Error, Kind, Timestamp};
use expect_test::{Expect, expect};

use crate::Npus;

const START: Timestamp = 1_795_000_000_000;

fn laptop(busy_micros: u64) -> Device {
    Device {
        name: "accel0".to_owned(),
        bus: "0000:00:0b.0".to_owned(),
        device_id: "0x7d1d".to_owned(),
        driver: "intel_vpu".to_owned(),
        firmware: Some("20250611*MTL_CLIENT_SILICON-release*1900".to_owned()),
        busy_micros,
        clock: Some(1_400_000_000),
        max_clock: Some(1_950_000_000),
        memory: Some(268_435_456),
        power_state: "active".to_owned(),
    }
}

fn plugin() -> Plugin<Npus> {
    Plugin::new("{}", Facts::default()).unwrap()
}

fn collect(plugin: &mut Plugin<Npus>, at: u64, answer: Result<Vec<Device>, Error>) -> Collected {
    plugin.change(|facts| facts.set("npu.read", &answer));
    let (collected, result) = plugin.collect(START + at);
    result.unwrap();
    collected
}

fn check(collected: &Collected, prefix: &str, expected: Expect) {
    expected.assert_eq(&collected.text(prefix));
}

#[test]
fn an_npu_is_told_of_with_all_that_its_driver_shows() {
    let mut plugin = plugin();
    collect(&mut plugin, 0, Ok(vec![laptop(90_283_744)]));
    check(
        &collect(&mut plugin, 5000, Ok(vec![laptop(91_533_744)])),
        "",
        expect![[r#"
            hw_npu_info{id="0000:00:0b.0",name="Intel NPU (Meteor Lake)",device="accel0",pci_id="0x7d1d",driver="intel_vpu",firmware="20250611*MTL_CLIENT_SILICON-release*1900"} 1
            hw_npu_utilization_ratio{id="0000:00:0b.0",name="Intel NPU (Meteor Lake)"} 0.25
            hw_npu_busy_time_seconds_total{id="0000:00:0b.0",name="Intel NPU (Meteor Lake)"} 91.533744
            hw_npu_frequency_hertz{id="0000:00:0b.0",name="Intel NPU (Meteor Lake)"} 1400000000
            hw_npu_frequency_limit_hertz{id="0000:00:0b.0",name="Intel NPU (Meteor Lake)"} 1950000000
            hw_npu_memory_usage_bytes{id="0000:00:0b.0",name="Intel NPU (Meteor Lake)"} 268435456
            hw_npu_power_state{id="0000:00:0b.0",name="Intel NPU (Meteor Lake)",state="active"} 1
            hw_npu_power_state{id="0000:00:0b.0",name="Intel NPU (Meteor Lake)",state="suspending"} 0
            hw_npu_power_state{id="0000:00:0b.0",name="Intel NPU (Meteor Lake)",state="suspended"} 0
            hw_npu_power_state{id="0000:00:0b.0",name="Intel NPU (Meteor Lake)",state="resuming"} 0
            hw_npu_power_state{id="0000:00:0b.0",name="Intel NPU (Meteor Lake)",state="error"} 0
            hw_npu_power_state{id="0000:00:0b.0",name="Intel NPU (Meteor Lake)",state="unsupported"} 0
        "#]],
    );
}

#[test]
fn what_an_older_driver_does_not_show_is_no_series() {
    let old = Device {
        device_id: "0x0000".to_owned(),
        firmware: None,
        clock: None,
        max_clock: None,
        memory: None,
        power_state: "unknown".to_owned(),
        ..laptop(5)
    };
    check(
        &collect(&mut plugin(), 0, Ok(vec![old])),
        "",
        expect![[r#"
            hw_npu_info{id="0000:00:0b.0",name="Intel NPU",device="accel0",pci_id="0x0000",driver="intel_vpu",firmware=""} 1
            hw_npu_utilization_ratio{id="0000:00:0b.0",name="Intel NPU"} NaN
            hw_npu_busy_time_seconds_total{id="0000:00:0b.0",name="Intel NPU"} 0.000005
        "#]],
    );
}

#[test]
fn utilization_is_the_time_at_work_by_the_time_that_passed() {
    for (what, before, after, passed, ratio) in [
        ("half", 1_000_000, 1_500_000, 1000, 0.5),
        ("at rest", 1_000_000, 1_000_000, 1000, 0.0),
        ("a little more than all is all", 0, 1_000_400, 1000, 1.0),
        ("a long sleep of the machine", 0, 3_600_000_000, 3_600_000, 1.0),
        ("noise is cut off", 0, 333_333, 1000, 0.33333),
        ("no time passed", 0, 5, 0, f64::NAN),
        ("the driver was loaded anew", 90_000_000, 40_000, 1000, f64::NAN),
    ] {
        let mut plugin = plugin();
        let first = collect(&mut plugin, 0, Ok(vec![laptop(before)]));
        let second = collect(&mut plugin, passed, Ok(vec![laptop(after)]));
        let of = |collected: &Collected| {
            let found = collected.samples.iter().find(|(name, _)| name.starts_with("hw_npu_utilization_ratio"));
            found.map(|(_, value)| value.to_string())
        };
        assert_eq!(of(&first), Some("NaN".to_owned()), "{what}: nothing to compare with");
        assert_eq!(of(&second), Some(ratio.to_string()), "{what}");
    }
}

#[test]
fn after_a_driver_was_loaded_anew_it_is_measured_from_there() {
    let mut plugin = plugin();
    let mut ratio = |at, busy| {
        let collected = collect(&mut plugin, at, Ok(vec![laptop(busy)]));
        collected.text("hw_npu_utilization_ratio").trim_end().rsplit(' ').next().map(str::to_owned).unwrap()
    };
    assert_eq!([ratio(0, 7_000_000), ratio(1000, 10_000), ratio(2000, 110_000)], ["NaN", "NaN", "0.1"]);
}

#[test]
fn two_npus_are_told_apart_by_their_place_whatever_their_numbers() {
    let at = |bus: &str, name: &str, busy| Device { bus: bus.to_owned(), name: name.to_owned(), ..laptop(busy) };
    let mut plugin = plugin();
    collect(&mut plugin, 0, Ok(vec![at("0000:00:0b.0", "accel0", 0), at("0000:80:0b.0", "accel1", 0)]));
    let swapped = vec![at("0000:80:0b.0", "accel0", 200_000), at("0000:00:0b.0", "accel1", 700_000)];
    check(
        &collect(&mut plugin, 1000, Ok(swapped)),
        "hw_npu_utilization_ratio",
        expect![[r#"
            hw_npu_utilization_ratio{id="0000:80:0b.0",name="Intel NPU (Meteor Lake)"} 0.2
            hw_npu_utilization_ratio{id="0000:00:0b.0",name="Intel NPU (Meteor Lake)"} 0.7
        "#]],
    );
}

#[test]
fn without_an_npu_there_is_nothing_to_measure_until_one_appears() {
    let mut plugin = plugin();
    let absent = || Err(Error::NotPresent("/sys/class/accel: No such file or directory".to_owned()));
    let first = collect(&mut plugin, 0, absent());
    assert_eq!(first.log, ["info: nothing to measure here: /sys/class/accel: No such file or directory"]);
    assert!(first.samples.is_empty());
    let rest: Vec<Collected> = (1..20).map(|tick| collect(&mut plugin, tick * 5000, absent())).collect();
    assert!(rest.iter().all(|collected| collected.log.is_empty() && collected.samples.is_empty()));
    let found = collect(&mut plugin, 100_000, Ok(vec![laptop(5)]));
    assert_eq!((found.samples.len(), found.log), (12, vec!["info: there is something to measure now".to_owned()]));
    let gone = collect(&mut plugin, 105_000, absent());
    assert_eq!((gone.samples.len(), gone.retired.len()), (0, 12));
    let back = collect(&mut plugin, 115_000, Ok(vec![laptop(9_000_000)]));
    assert!(back.text("hw_npu_utilization").ends_with(" NaN\n"), "what it did meanwhile is not known");
}

#[test]
fn a_folder_that_cannot_be_read_is_a_failure() {
    let mut plugin = plugin();
    let denied = Error::Denied("/sys/class/accel: Permission denied".to_owned());
    plugin.change(|facts| facts.set("npu.read", &Err::<Vec<Device>, _>(denied.clone())));
    assert_eq!(plugin.collect(START).1, Err(denied));
}

#[test]
fn settings_are_none() {
    assert!(Plugin::<Npus>::new(r#"{"interval": 3}"#, Facts::default()).is_err());
}

#[test]
fn every_family_has_the_unit_that_its_name_ends_with() {
    for family in Npus::FAMILIES {
        let base = family.name.trim_end_matches("_total");
        let units = [("_seconds", "s"), ("_bytes", "By"), ("_hertz", "Hz"), ("_ratio", "1")];
        let unit = units.iter().find(|(ending, _)| base.ends_with(ending)).map_or("1", |(_, unit)| unit);
        assert_eq!(family.unit, unit, "{}", family.name);
        assert_eq!(family.kind == Kind::Counter, family.name.ends_with("_total"), "{}", family.name);
        assert!(family.help.ends_with('.') && family.labels.starts_with(&["id", "name"]), "{}", family.name);
    }
}
