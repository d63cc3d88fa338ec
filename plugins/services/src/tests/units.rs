//! Units: which are followed, and what is said of them.

use autobot_plugin_sdk::services::{Counts, Snapshot, Unit};
use autobot_plugin_sdk::testing::{Facts, Plugin};
use expect_test::expect;
use serde_json::{Value, json};

use super::{START, check, plugin, warnings};
use crate::Services;

/// A unit in a state, written `active/running`; without a file when it is not found.
fn unit(name: &str, state: &str) -> Unit {
    let (active_state, sub_state) = state.split_once('/').unwrap();
    Unit {
        name: name.to_owned(),
        description: "A unit".to_owned(),
        active_state: active_state.to_owned(),
        sub_state: sub_state.to_owned(),
        load_state: "loaded".to_owned(),
        since: 0,
        restarts: 0,
        result_code: String::new(),
        exit_status: 0,
        main_pid: 0,
        memory: None,
        cpu_micros: None,
        tasks: None,
    }
}

fn answer(units: Vec<Unit>, failed: &[&str]) -> Value {
    let count = |state: &str| units.iter().filter(|unit| unit.active_state == state).count() as u32;
    let counts = Counts {
        total: units.len() as u32,
        active: count("active"),
        failed: count("failed"),
        activating: count("activating"),
        inactive: count("inactive"),
    };
    json!(Ok::<_, ()>(Snapshot {
        system_state: if failed.is_empty() { "running" } else { "degraded" }.to_owned(),
        counts,
        units,
        failed: failed.iter().map(|&name| name.to_owned()).collect(),
    }))
}

/// What systemd answers with these units, as (name, state); the failed ones among them are listed as failed.
pub(crate) fn snapshot(units: &[(&str, &str)]) -> Value {
    let failed: Vec<&str> =
        units.iter().filter(|(_, state)| state.starts_with("failed")).map(|(name, _)| *name).collect();
    answer(units.iter().map(|(name, state)| unit(name, state)).collect(), &failed)
}

fn with(units: &[(&str, &str)]) -> Facts {
    Facts::default().with("services.read", &snapshot(units))
}

fn now(plugin: &mut Plugin<Services>, units: &[(&str, &str)]) {
    plugin.change(|facts| facts.set("services.read", &snapshot(units)));
}

#[test]
fn a_service_is_told_with_its_state_use_and_end_and_the_system_with_its_counts() {
    let server = Unit {
        since: 1_700_000_000_123,
        restarts: 3,
        result_code: "success".to_owned(),
        main_pid: 812,
        memory: Some(8_404_992),
        cpu_micros: Some(2_500_001),
        tasks: Some(5),
        ..unit("redis-server.service", "active/running")
    };
    let backup = Unit {
        since: 1_700_000_500_000,
        result_code: "exit-code".to_owned(),
        exit_status: 3,
        ..unit("redis-backup.service", "failed/failed")
    };
    let leaving = unit("leaving.service", "deactivating/stop-sigterm");
    let answer = answer(vec![leaving, backup, server], &["redis-backup.service", "mnt-data\\x2d1.mount"]);
    let mut plugin = plugin(&json!({}), Facts::default().with("services.read", &answer));
    check(
        &mut plugin,
        0,
        "service_",
        expect![[r#"
            service_system_state{state="degraded"} 1
            service_unit_count{state="active"} 1
            service_unit_count{state="failed"} 1
            service_unit_count{state="activating"} 0
            service_unit_count{state="inactive"} 0
            service_unit_count{state="other"} 1
            service_failed{service="redis-backup.service"} 1
            service_failed{service="mnt-data\\x2d1.mount"} 1
            service_state{service="leaving.service",state="deactivating",sub_state="stop-sigterm"} 1
            service_restarts_total{service="leaving.service"} 0
            service_up{service="redis-backup.service"} 0
            service_state{service="redis-backup.service",state="failed",sub_state="failed"} 1
            service_state_start_time_seconds{service="redis-backup.service"} 1700000500
            service_restarts_total{service="redis-backup.service"} 0
            service_exit_status{service="redis-backup.service",result="exit-code"} 3
            service_up{service="redis-server.service"} 1
            service_state{service="redis-server.service",state="active",sub_state="running"} 1
            service_state_start_time_seconds{service="redis-server.service"} 1700000000.123
            service_restarts_total{service="redis-server.service"} 3
            service_exit_status{service="redis-server.service",result="success"} 0
            service_memory_usage_bytes{service="redis-server.service"} 8404992
            service_cpu_time_seconds_total{service="redis-server.service"} 2.500001
            service_task_count{service="redis-server.service"} 5
        "#]],
    );
}

#[test]
fn a_unit_that_failed_is_told_until_it_is_fine() {
    let mut plugin =
        plugin(&json!({"units": []}), with(&[("a.service", "active/running"), ("b.mount", "failed/failed")]));
    check(
        &mut plugin,
        0,
        "service_f",
        expect![[r#"
        service_failed{service="b.mount"} 1
    "#]],
    );
    now(&mut plugin, &[("a.service", "active/running"), ("b.mount", "active/mounted")]);
    check(
        &mut plugin,
        10,
        "service_f",
        expect![[r#"
        service_failed{service="b.mount"} ended
    "#]],
    );
}

#[test]
fn a_pattern_takes_what_runs_ran_or_fails_and_leaves_out_what_only_lies_there() {
    let units = [
        ("alias.service", "inactive/dead"),
        ("cron-job.service", "inactive/dead"),
        ("crashing.service", "activating/auto-restart"),
        ("nginx.service", "active/running"),
        ("once.service", "activating/start"),
        ("setup.service", "active/exited"),
        ("user@1000.service", "active/running"),
    ];
    let mut plugin = plugin(&json!({"exclude_units": ["user@*"]}), with(&units));
    check(
        &mut plugin,
        0,
        "service_up",
        expect![[r#"
        service_up{service="crashing.service"} 0
        service_up{service="nginx.service"} 1
        service_up{service="setup.service"} 1
    "#]],
    );
    // What a timer starts is told while it is at work, but is not down when it is not.
    check(
        &mut plugin,
        5,
        "service_state{service=\"once",
        expect![[r#"
        service_state{service="once.service",state="activating",sub_state="start"} 1
    "#]],
    );
    // One that ran is down from now on, one that systemd has forgotten ends.
    now(
        &mut plugin,
        &[("cron-job.service", "inactive/dead"), ("nginx.service", "inactive/dead"), ("once.service", "inactive/dead")],
    );
    check(
        &mut plugin,
        10,
        "service_up",
        expect![[r#"
        service_up{service="nginx.service"} 0
        service_up{service="crashing.service"} ended
        service_up{service="setup.service"} ended
    "#]],
    );
    now(&mut plugin, &[("setup.service", "inactive/dead")]);
    check(
        &mut plugin,
        20,
        "service_up",
        expect![[r#"
        service_up{service="nginx.service"} ended
    "#]],
    );
}

#[test]
fn a_unit_named_in_full_is_told_whatever_becomes_of_it() {
    let settings = json!({"units": ["backup.service", "gone.service"], "exclude_units": ["*"]});
    let mut plugin = plugin(&settings, with(&[("backup.service", "inactive/dead")]));
    check(
        &mut plugin,
        0,
        "service_up",
        expect![[r#"
        service_up{service="backup.service"} 0
        service_up{service="gone.service"} 0
    "#]],
    );
    now(&mut plugin, &[("backup.service", "active/running"), ("gone.service", "active/running")]);
    check(
        &mut plugin,
        10,
        "service_up",
        expect![[r#"
        service_up{service="backup.service"} 1
        service_up{service="gone.service"} 1
    "#]],
    );
}

#[test]
fn idle_units_are_told_on_request_but_not_those_without_a_file() {
    let missing = Unit { load_state: "not-found".to_owned(), ..unit("missing.service", "inactive/dead") };
    let masked = Unit { load_state: "masked".to_owned(), ..unit("masked.service", "inactive/dead") };
    let answer = answer(vec![masked, missing, unit("timed.service", "inactive/dead")], &[]);
    let facts = Facts::default().with("services.read", &answer);
    let mut plugin = plugin(&json!({"idle_units": true}), facts);
    check(
        &mut plugin,
        0,
        "service_state{",
        expect![[r#"
        service_state{service="timed.service",state="inactive",sub_state="dead"} 1
    "#]],
    );
}

#[test]
fn of_too_many_units_the_failing_ones_come_first_and_it_is_said_once() {
    let names: Vec<String> = (0..9).map(|n| format!("s{n}.service")).collect();
    let mut units: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "active/running")).collect();
    units[7].1 = "failed/failed";
    let mut plugin = plugin(&json!({"most_units": 3}), with(&units));
    let first = check(
        &mut plugin,
        0,
        "service_up",
        expect![[r#"
        service_up{service="s0.service"} 1
        service_up{service="s1.service"} 1
        service_up{service="s7.service"} 0
    "#]],
    );
    assert_eq!(
        warnings(&first),
        ["systemd: 9 units match and 3 are followed; let `units` take fewer, or raise `most_units` (to 500 at most)"]
    );
    assert!(warnings(&plugin.collect(START + 10_000).0).is_empty());
    now(&mut plugin, &units[..2]);
    assert!(warnings(&plugin.collect(START + 20_000).0).is_empty());
    now(&mut plugin, &units);
    assert_eq!(warnings(&plugin.collect(START + 30_000).0).len(), 1, "it is too many anew");
}

#[test]
fn a_list_that_the_host_has_cut_is_said_and_makes_nobody_absent() {
    let names: Vec<String> = (0..500).map(|n| format!("s{n:03}.service")).collect();
    let units: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "active/running")).collect();
    let mut plugin = plugin(&json!({"units": ["*.service", "z.service"], "most_units": 500}), with(&units));
    let (collected, _) = plugin.collect(START);
    assert_eq!(collected.value("service_up{service=\"z.service\"}"), None);
    assert_eq!(collected.value("service_up{service=\"s499.service\"}"), Some(1.0));
    assert!(
        warnings(&collected)[0].starts_with("systemd: 500 or more units match and 500 are followed"),
        "{:?}",
        collected.log
    );
}

#[test]
fn names_are_told_as_systemd_writes_them_whatever_is_in_them() {
    let long = format!("{}.service", "ü".repeat(300));
    let strange = "a\\x2db \"c\"\n\u{fffd}.service";
    let mut plugin = plugin(&json!({}), with(&[(strange, "failed/a\"b"), (&long, "active/running")]));
    let collected = check(
        &mut plugin,
        0,
        "service_state{",
        expect![[r#"
        service_state{service="a\\x2db \"c\"\n�.service",state="failed",sub_state="a\"b"} 1
        service_state{service="üüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüüü",state="active",sub_state="running"} 1
    "#]],
    );
    assert_eq!(collected.value(&format!("service_failed{{service={strange:?}}}")), Some(1.0));
}
