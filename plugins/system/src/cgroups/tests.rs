//! Control groups on recorded facts: what is emitted from tick to tick.

use autobot_plugin_sdk::cgroups::Group;
use autobot_plugin_sdk::testing::{Collected, Facts, Plugin};
use autobot_plugin_sdk::{Error, Pressure, Stall};
use expect_test::{Expect, expect};

use crate::System;

const START: u64 = 1_700_000_000_000;

/// A group of which only the processor counts.
fn group(path: &str, cpu_millis: u64) -> Group {
    Group {
        path: path.to_owned(),
        processes: 2,
        cpu_micros: cpu_millis * 1000,
        cpu_user_micros: cpu_millis * 750,
        cpu_system_micros: cpu_millis * 250,
        throttled_micros: 0,
        throttled_periods: 0,
        memory: None,
        memory_limit: None,
        memory_swap: None,
        memory_anonymous: 0,
        memory_file: 0,
        oom_kills: 0,
        cpu_limit: None,
        read_bytes: 0,
        written_bytes: 0,
        reads: 0,
        writes: 0,
        cpu_stalls: None,
        memory_stalls: None,
        io_stalls: None,
    }
}

fn stalled(some: u64, full: Option<u64>) -> Option<Pressure> {
    let stall = |total_micros| Stall { avg10: 0.5, avg60: 0.5, avg300: 0.5, total_micros };
    Some(Pressure { some: stall(some), full: full.map(stall) })
}

fn with(plugin: &mut Plugin<System>, groups: &[Group]) {
    plugin.change(|facts| facts.set("cgroups.read", &Ok::<_, Error>(groups)));
}

fn plugin(settings: &str) -> Plugin<System> {
    Plugin::new(settings, Facts::default()).unwrap()
}

fn step(plugin: &mut Plugin<System>, at: u64, groups: &[Group], prefix: &str, expected: Expect) -> Collected {
    with(plugin, groups);
    let (collected, result) = plugin.collect(START + at);
    result.unwrap();
    expected.assert_eq(&collected.text(prefix));
    collected
}

#[test]
fn a_group_tells_all_that_its_controllers_count_and_no_more() {
    let redis = Group {
        throttled_micros: 480_000,
        throttled_periods: 12,
        memory: Some(2_000),
        memory_limit: Some(8_000),
        memory_swap: Some(5),
        memory_anonymous: 1_500,
        memory_file: 400,
        oom_kills: 1,
        cpu_limit: Some(1.5),
        read_bytes: 4096,
        written_bytes: 8192,
        reads: 1,
        writes: 2,
        cpu_stalls: stalled(63_902_684, Some(0)),
        memory_stalls: stalled(10, Some(5)),
        io_stalls: stalled(200, None),
        ..group("/system.slice/redis.service", 7_000)
    };
    let mut plugin = plugin("{}");
    let plain = group("/init.scope", 10);
    step(
        &mut plugin,
        0,
        &[redis.clone(), plain.clone()],
        "cgroup_",
        expect![[r#"
            cgroup_cpu_time_seconds_total{cgroup="/system.slice/redis.service",mode="user"} 5.25
            cgroup_cpu_time_seconds_total{cgroup="/system.slice/redis.service",mode="system"} 1.75
            cgroup_cpu_utilization_ratio{cgroup="/system.slice/redis.service"} NaN
            cgroup_cpu_limit{cgroup="/system.slice/redis.service"} 1.5
            cgroup_cpu_limit_utilization_ratio{cgroup="/system.slice/redis.service"} NaN
            cgroup_cpu_throttled_seconds_total{cgroup="/system.slice/redis.service"} 0.48
            cgroup_cpu_throttled_periods_total{cgroup="/system.slice/redis.service"} 12
            cgroup_memory_usage_bytes{cgroup="/system.slice/redis.service"} 2000
            cgroup_memory_state_bytes{cgroup="/system.slice/redis.service",state="anonymous"} 1500
            cgroup_memory_state_bytes{cgroup="/system.slice/redis.service",state="file"} 400
            cgroup_memory_limit_bytes{cgroup="/system.slice/redis.service"} 8000
            cgroup_memory_utilization_ratio{cgroup="/system.slice/redis.service"} 0.25
            cgroup_memory_swap_bytes{cgroup="/system.slice/redis.service"} 5
            cgroup_memory_oom_kills_total{cgroup="/system.slice/redis.service"} 1
            cgroup_disk_io_bytes_total{cgroup="/system.slice/redis.service",direction="read"} 4096
            cgroup_disk_io_bytes_total{cgroup="/system.slice/redis.service",direction="write"} 8192
            cgroup_disk_operations_total{cgroup="/system.slice/redis.service",direction="read"} 1
            cgroup_disk_operations_total{cgroup="/system.slice/redis.service",direction="write"} 2
            cgroup_process_count{cgroup="/system.slice/redis.service"} 2
            cgroup_pressure_stalled_seconds_total{cgroup="/system.slice/redis.service",resource="cpu",scope="some"} 63.902684
            cgroup_pressure_stalled_seconds_total{cgroup="/system.slice/redis.service",resource="cpu",scope="full"} 0
            cgroup_pressure_stalled_seconds_total{cgroup="/system.slice/redis.service",resource="memory",scope="some"} 0.00001
            cgroup_pressure_stalled_seconds_total{cgroup="/system.slice/redis.service",resource="memory",scope="full"} 0.000005
            cgroup_pressure_stalled_seconds_total{cgroup="/system.slice/redis.service",resource="io",scope="some"} 0.0002
        "#]],
    );
    let later = Group { cpu_micros: 7_900_000, ..redis };
    step(
        &mut plugin,
        2000,
        &[plain, later],
        "cgroup_cpu",
        expect![[r#"
            cgroup_cpu_time_seconds_total{cgroup="/system.slice/redis.service",mode="user"} 5.25
            cgroup_cpu_time_seconds_total{cgroup="/system.slice/redis.service",mode="system"} 1.75
            cgroup_cpu_utilization_ratio{cgroup="/system.slice/redis.service"} 0.45
            cgroup_cpu_limit{cgroup="/system.slice/redis.service"} 1.5
            cgroup_cpu_limit_utilization_ratio{cgroup="/system.slice/redis.service"} 0.3
            cgroup_cpu_throttled_seconds_total{cgroup="/system.slice/redis.service"} 0.48
            cgroup_cpu_throttled_periods_total{cgroup="/system.slice/redis.service"} 12
        "#]],
    );
}

#[test]
fn one_that_ends_goes_at_once_and_one_made_anew_counts_from_nothing() {
    let mut plugin = plugin("{}");
    let both = [group("/a", 500), group("/b", 9_000)];
    step(&mut plugin, 0, &both, "cgroup_cpu_u", expect![[r#""#]]);
    let mut now = [group("/a", 1_000), group("/b", 9_500)];
    step(
        &mut plugin,
        1000,
        &now,
        "cgroup_cpu_u",
        expect![[r#"
        cgroup_cpu_utilization_ratio{cgroup="/a"} 0.5
        cgroup_cpu_utilization_ratio{cgroup="/b"} 0.5
    "#]],
    );
    now[1] = group("/b", 200);
    step(
        &mut plugin,
        2000,
        &now,
        "cgroup_cpu_u",
        expect![[r#"
        cgroup_cpu_utilization_ratio{cgroup="/a"} 0
        cgroup_cpu_utilization_ratio{cgroup="/b"} 0.2
    "#]],
    );
    let gone = step(
        &mut plugin,
        3000,
        &now[..1],
        "cgroup_cpu_u",
        expect![[r#"
        cgroup_cpu_utilization_ratio{cgroup="/a"} 0
        cgroup_cpu_utilization_ratio{cgroup="/b"} ended
    "#]],
    );
    assert_eq!(gone.retired.len(), 4);
    let back = [group("/a", 1_000), group("/b", 300)];
    step(
        &mut plugin,
        4000,
        &back,
        "cgroup_cpu_u",
        expect![[r#"
        cgroup_cpu_utilization_ratio{cgroup="/a"} 0
        cgroup_cpu_utilization_ratio{cgroup="/b"} 0.3
    "#]],
    );
}

#[test]
fn the_top_is_that_by_cpu_time_and_by_memory_and_one_that_left_it_stays_ten_minutes() {
    let mut plugin = plugin(r#"{"top_cgroups": 1}"#);
    let with_memory = |path: &str, cpu: u64, bytes: u64| Group { memory: Some(bytes), ..group(path, cpu) };
    let mut paths = |at: u64, groups: &[Group]| -> Vec<String> {
        with(&mut plugin, groups);
        let text = plugin.collect(START + at).0.text("cgroup_process_count");
        text.lines()
            .filter(|line| !line.ends_with("ended"))
            .map(|line| line.split('"').nth(1).unwrap_or_default().to_owned())
            .collect()
    };
    let look = |busy: u64| [with_memory("/big", 0, 900), with_memory("/busy", busy, 1), with_memory("/calm", 1, 2)];
    assert_eq!(paths(0, &look(10)), ["/big"]);
    assert_eq!(paths(1000, &look(20)), ["/big", "/busy"]);
    assert_eq!(paths(2000, &look(20)), ["/big", "/busy"]);
    assert_eq!(paths(601_000, &look(20)), ["/big", "/busy"]);
    assert_eq!(paths(601_001, &look(20)), ["/big"]);
}

#[test]
fn of_one_too_calm_to_be_told_the_series_go_on_without_a_value() {
    let mut plugin = plugin(r#"{"top_cgroups": 1}"#);
    let crowd = |first: u64| -> Vec<Group> {
        (0..100).map(|n| group(&format!("/g{:03}", first + n), if n == 0 { first * 1000 + 50 } else { 0 })).collect()
    };
    with(&mut plugin, &crowd(0));
    plugin.collect(START).1.unwrap();
    let mut second = crowd(0);
    second[0] = group("/g000", 550);
    step(
        &mut plugin,
        1000,
        &second,
        "cgroup_cpu",
        expect![[r#"
        cgroup_cpu_time_seconds_total{cgroup="/g000",mode="user"} 0.4125
        cgroup_cpu_time_seconds_total{cgroup="/g000",mode="system"} 0.1375
        cgroup_cpu_utilization_ratio{cgroup="/g000"} 0.5
    "#]],
    );
    step(
        &mut plugin,
        2000,
        &crowd(1),
        "cgroup_cpu",
        expect![[r#"
            cgroup_cpu_time_seconds_total{cgroup="/g000",mode="user"} 0.4125
            cgroup_cpu_time_seconds_total{cgroup="/g000",mode="system"} 0.1375
            cgroup_cpu_utilization_ratio{cgroup="/g000"} NaN
            cgroup_cpu_time_seconds_total{cgroup="/g001",mode="user"} 0.7875
            cgroup_cpu_time_seconds_total{cgroup="/g001",mode="system"} 0.2625
            cgroup_cpu_utilization_ratio{cgroup="/g001"} 1.05
        "#]],
    );
    // All are told, and it is not among them: it ended.
    step(
        &mut plugin,
        3000,
        &crowd(1)[..50],
        "cgroup_cpu_u",
        expect![[r#"
        cgroup_cpu_utilization_ratio{cgroup="/g001"} 0
        cgroup_cpu_utilization_ratio{cgroup="/g000"} ended
    "#]],
    );
}

#[test]
fn no_more_are_kept_than_four_for_each_of_the_top() {
    let mut plugin = plugin(r#"{"top_cgroups": 2}"#);
    let mut most = 0;
    for round in 0..20u64 {
        let busy = |n: u64| round.saturating_sub(n % 20) * 100;
        let groups: Vec<Group> =
            (0..60).map(|n| Group { memory: Some(busy(n)), ..group(&format!("/g{n}"), busy(n)) }).collect();
        let mut turned = groups;
        turned.rotate_left((round as usize * 7) % 60);
        for (place, one) in turned.iter_mut().enumerate().take(2) {
            one.memory = Some(1_000_000 + place as u64);
        }
        with(&mut plugin, &turned);
        let text = plugin.collect(START + round * 1000).0.text("cgroup_process_count");
        most = most.max(text.lines().filter(|line| !line.ends_with("ended")).count());
    }
    assert_eq!(most, 8);
}

#[test]
fn groups_can_be_left_out_one_by_one_or_all_together() {
    let groups = [group("/system.slice", 5), group("/user.slice", 5), group("/user.slice/a \"b\"", 5)];
    let mut some = plugin(r#"{"exclude_cgroups": ["/user.slice*"]}"#);
    with(&mut some, &groups);
    some.collect(START).1.unwrap();
    with(&mut some, &[group("/system.slice", 6), group("/user.slice", 6), group("/user.slice/a \"b\"", 6)]);
    assert_eq!(
        some.collect(START + 1000).0.text("cgroup_process"),
        "cgroup_process_count{cgroup=\"/system.slice\"} 2\n"
    );
    let mut none = plugin(r#"{"top_cgroups": 0}"#);
    assert!(!none.collect(START).0.asked.contains("cgroups.read"));
}

#[test]
fn where_there_are_none_nothing_is_shown_and_what_was_shown_ends() {
    let mut plugin = plugin("{}");
    with(&mut plugin, &[Group { memory: Some(1), ..group("/a", 5) }]);
    plugin.collect(START).1.unwrap();
    plugin.change(|facts| facts.set("cgroups.read", &Err::<Vec<Group>, _>(Error::NotPresent("unmounted".to_owned()))));
    let (collected, result) = plugin.collect(START + 1000);
    result.unwrap();
    assert!(collected.retired.iter().any(|series| series.starts_with("cgroup_memory")), "{:?}", collected.retired);
    assert!(collected.log.contains(&"debug: control groups: not present: unmounted".to_owned()), "{:?}", collected.log);
}
