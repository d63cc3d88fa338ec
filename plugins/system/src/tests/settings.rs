//! Parts that fail, settings that are refused, and the names of families.

use autobot_plugin_sdk::Error;
use autobot_plugin_sdk::testing::{Facts, Plugin};

use super::{START, link, plugin, processors};
use crate::System;

#[test]
fn a_part_that_fails_says_so_once_and_does_not_hold_up_the_others() {
    let failure = || Err(Error::Failed("/proc/stat, line 2: ends before idle".to_owned()));
    let facts = Facts { cpu: failure(), links: Ok(vec![link("eth0")]), ..Facts::default() };
    let mut plugin = plugin("{}", facts);
    let log = |plugin: &mut Plugin<System>, at| {
        let mut log = plugin.collect(START + at).0.log;
        log.retain(|line| !line.starts_with("debug: "));
        log
    };
    assert_eq!(log(&mut plugin, 0), ["warn: processors: /proc/stat, line 2: ends before idle"]);
    assert!(log(&mut plugin, 1000).is_empty());
    plugin.change(|facts| facts.cpu = Ok(processors(100)));
    assert_eq!(log(&mut plugin, 2000), ["info: processors can be read again"]);
    assert_eq!(plugin.collect(START + 3000).1, Ok(()));
}

#[test]
fn settings_that_are_not_understood_are_refused_with_a_reason() {
    for (settings, reason) in [
        (r#"{"top_proceses": 3}"#, "unknown field `top_proceses`"),
        (r#"{"top_processes": 16}"#, "`top_processes` is 16; it may be 0 to 15"),
        (r#"{"top_cgroups": 26}"#, "`top_cgroups` is 26; it may be 0 to 25"),
        (r#"{"cgroup_depth": 0}"#, "`cgroup_depth` is 0; it may be 1 to 8"),
        (r#"{"per_core": "yes"}"#, "expected a boolean, found the text `yes`"),
        ("[]x", "trailing characters"),
    ] {
        let error = Plugin::<System>::new(settings, Facts::default()).err().unwrap();
        assert!(error.contains(reason), "{settings}: {error}");
    }
}

#[test]
fn every_family_has_the_unit_that_its_name_ends_with() {
    use autobot_plugin_sdk::{Collector, Kind};
    for family in System::FAMILIES {
        let base = family.name.trim_end_matches("_total");
        let unit = [
            ("_bytes_per_second", "By/s"),
            ("_seconds_per_joule", "s/J"),
            ("_seconds", "s"),
            ("_bytes", "By"),
            ("_hertz", "Hz"),
            ("_ratio", "1"),
            ("_celsius", "Cel"),
            ("_watts", "W"),
            ("_joules", "J"),
            ("_volts", "V"),
            ("_amperes", "A"),
            ("_rpm", "{rpm}"),
        ]
        .iter()
        .find(|(ending, _)| base.ends_with(ending))
        .map_or("1", |(_, unit)| unit);
        assert_eq!(family.unit, unit, "{}", family.name);
        assert_eq!(family.kind == Kind::Counter, family.name.ends_with("_total"), "{}", family.name);
        assert!(family.help.ends_with('.'), "{}", family.name);
    }
}

#[test]
fn a_part_that_is_skipped_is_not_asked_for() {
    let facts = Facts { links: Ok(vec![link("eth0")]), cpu: Ok(processors(1)), ..Facts::default() };
    let mut plugin = plugin(r#"{"skip": ["network interfaces", "protocols"]}"#, facts);
    let (collected, result) = plugin.collect(START);
    result.unwrap();
    assert!(!collected.asked.contains("net.links") && !collected.asked.contains("net.protocols"));
    assert!(collected.asked.contains("net.sockets") && collected.value("system_cpu_load_average_1m").is_some());
}

#[test]
fn every_part_can_be_skipped_by_its_name() {
    let all = serde_json::json!({ "skip": crate::names::NAMES }).to_string();
    let (collected, result) = plugin(&all, Facts { cpu: Ok(processors(1)), ..Facts::default() }).collect(START);
    assert_eq!((collected.asked.len(), collected.samples.len(), result), (0, 0, Ok(())), "{:?}", collected.asked);
}

#[test]
fn a_machine_that_has_nothing_is_no_failure_and_says_so_for_debugging_alone() {
    let mut plugin = plugin("{}", Facts::default());
    for tick in 0..3 {
        let (collected, result) = plugin.collect(START + tick * 5000);
        let said = collected.log.iter().filter(|line| !line.starts_with("debug: ")).count();
        assert_eq!((result, collected.samples.len(), said), (Ok(()), 0, 0));
    }
}

#[test]
fn what_was_not_there_is_asked_for_again_after_a_minute() {
    let mut plugin = plugin("{}", Facts::default());
    let mut asked = |second: u64| plugin.collect(START + second * 1000).0.asked.contains("disk.zfs");
    let seconds: Vec<u64> = (0..130).filter(|second| asked(*second)).collect();
    assert_eq!(seconds, [0, 60, 120]);
}
