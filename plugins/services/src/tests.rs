//! The whole plugin on given facts: what it emits from tick to tick.

mod containers;
mod units;

use autobot_plugin_sdk::testing::{Collected, Facts, Plugin};
use autobot_plugin_sdk::{Collector as _, Error, Kind};
use expect_test::Expect;
use serde_json::{Value, json};

use crate::Services;

const START: u64 = 1_700_000_000_000;

fn plugin(settings: &Value, facts: Facts) -> Plugin<Services> {
    Plugin::new(&settings.to_string(), facts).unwrap()
}

/// Collects after `seconds`, and compares the samples of families that begin with `prefix`.
fn check(plugin: &mut Plugin<Services>, seconds: u64, prefix: &str, expected: Expect) -> Collected {
    let (collected, result) = plugin.collect(START + seconds * 1000);
    result.unwrap();
    expected.assert_eq(&collected.text(prefix));
    collected
}

/// What it warned of; that the other half is missing is no warning.
fn warnings(collected: &Collected) -> Vec<&str> {
    collected.log.iter().filter_map(|line| line.strip_prefix("warn: ")).collect()
}

fn refused(error: Error) -> Value {
    json!(Err::<(), _>(error))
}

#[test]
fn a_machine_with_neither_says_so_once_and_is_asked_seldom() {
    let mut facts = Facts::default();
    facts.set("services.read", &refused(Error::NotPresent("no D-Bus at unix:path=/run/bus".to_owned())));
    facts.set("containers.read", &refused(Error::NotPresent("no container engine listens on /a, /b".to_owned())));
    let mut plugin = plugin(&json!({}), facts);
    let (mut asked, mut log) = (0, Vec::new());
    for second in (0..120).step_by(10) {
        let (collected, result) = plugin.collect(START + second * 1000);
        assert_eq!(result, Ok(()));
        assert!(collected.samples.is_empty());
        asked += collected.asked.len();
        log.extend(collected.log);
    }
    assert_eq!(asked, 2 * 4, "twice a minute, each of the two");
    assert_eq!(
        log,
        [
            "info: systemd: not present (no D-Bus at unix:path=/run/bus); looked for every half minute",
            "info: containers: not present (no container engine listens on /a, /b); looked for every half minute",
        ]
    );
    plugin.change(|facts| facts.set("containers.read", &containers::docker(&[])));
    let (collected, _) = plugin.collect(START + 150_000);
    assert_eq!(collected.log, ["info: containers: there now"]);
    assert_eq!(collected.value("container_count{state=\"running\"}"), Some(0.0));
}

#[test]
fn an_engine_that_hangs_does_not_hold_up_systemd_and_is_left_alone_for_a_while() {
    let mut facts = Facts::default();
    facts.set("services.read", &units::snapshot(&[]));
    facts.set("containers.read", &refused(Error::Timeout("/run/docker.sock did not end its answer".to_owned())));
    let mut plugin = plugin(&json!({}), facts);
    let mut asked = Vec::new();
    for second in (0..70).step_by(10) {
        let (collected, result) = plugin.collect(START + second * 1000);
        assert_eq!(result, Ok(()));
        assert_eq!(collected.value("service_system_state{state=\"running\"}"), Some(1.0));
        asked.extend(collected.asked.contains("containers.read").then_some(second));
    }
    assert_eq!(asked, [0, 30, 60]);
}

#[test]
fn containers_that_are_switched_off_are_never_asked_for() {
    let mut plugin = plugin(&json!({"containers": false}), Facts::default());
    let (collected, _) = plugin.collect(START);
    assert_eq!(collected.asked.into_iter().collect::<Vec<_>>(), ["services.read"]);
}

#[test]
fn settings_that_are_not_understood_are_refused_with_a_reason() {
    for (settings, reason) in [
        (r#"{"unit": []}"#, "unknown field `unit`"),
        (r#"{"units": "nginx.service"}"#, "expected a sequence"),
        (r#"{"units": ["nginx"]}"#, "did you mean `nginx.service`?"),
    ] {
        let error = Plugin::<Services>::new(settings, Facts::default()).err().unwrap();
        assert!(error.contains(reason), "{settings}: {error}");
    }
}

#[test]
fn every_family_has_the_unit_that_its_name_ends_with() {
    for family in Services::FAMILIES {
        let base = family.name.trim_end_matches("_total");
        let unit = [("_seconds", "s"), ("_bytes", "By")].iter().find(|(ending, _)| base.ends_with(ending));
        assert_eq!(family.unit, unit.map_or("1", |(_, unit)| unit), "{}", family.name);
        assert_eq!(family.kind == Kind::Counter, family.name.ends_with("_total"), "{}", family.name);
        assert!(family.help.ends_with('.') || family.help.ends_with("..."), "{}", family.name);
    }
}
