//! Processes: the tops, and groups by pattern.

use autobot_plugin_sdk::testing::{Facts, Plugin};
use autobot_plugin_sdk::{Error, process};
use expect_test::{Expect, expect};

use super::{START, plugin};
use crate::System;

/// Groups as (name, CPU time in ms, memory), at `at` ms.
fn look(at: u64, groups: &[(&str, u64, u64)]) -> process::Snapshot {
    let group = |(name, cpu_millis, bytes): &(&str, u64, u64)| process::Group {
        owner: process::Owner { name: (*name).to_owned(), user: "me".to_owned() },
        processes: 1,
        threads: 1,
        cpu_micros: cpu_millis * 1000,
        resident_bytes: *bytes,
        io: None,
        open_files: None,
    };
    process::Snapshot {
        at_micros: at * 1000,
        counts: process::Counts {
            total: 6,
            running: 1,
            sleeping: 2,
            blocked: 0,
            stopped: 0,
            zombie: 0,
            idle: 3,
            threads: 9,
        },
        groups: groups.iter().map(group).collect(),
        sums: vec![],
    }
}

fn step(plugin: &mut Plugin<System>, at: u64, groups: &[(&str, u64, u64)], expected: Expect) {
    plugin.change(|facts| facts.processes = Ok(look(at, groups)));
    let (collected, result) = plugin.collect(START + at);
    result.unwrap();
    expected.assert_eq(&collected.text("system_process_").replace("system_process_", "").replace(",user=\"me\"", ""));
}

#[test]
fn counts_come_at_once_and_ratios_from_the_second_look_on() {
    let mut plugin = plugin(r#"{"top_processes": 1}"#, Facts::default());
    step(
        &mut plugin,
        0,
        &[("big", 0, 900), ("busy", 5000, 10), ("quiet", 0, 20)],
        expect![[r#"
            count{state="running"} 1
            count{state="sleeping"} 2
            count{state="blocked"} 0
            count{state="stopped"} 0
            count{state="zombie"} 0
            count{state="idle"} 3
            cpu_utilization_ratio{process="big"} NaN
            memory_usage_bytes{process="big"} 900
            threads{process="big"} 1
        "#]],
    );
    plugin.change(|facts| facts.processes = Err(Error::Failed("x".to_owned())));
    plugin.collect(START + 500).1.unwrap();
    step(
        &mut plugin,
        2000,
        &[("big", 0, 900), ("born", 4000, 1), ("busy", 5500, 10)],
        expect![[r#"
            count{state="running"} 1
            count{state="sleeping"} 2
            count{state="blocked"} 0
            count{state="stopped"} 0
            count{state="zombie"} 0
            count{state="idle"} 3
            cpu_utilization_ratio{process="big"} 0
            memory_usage_bytes{process="big"} 900
            threads{process="big"} 1
            cpu_utilization_ratio{process="born"} 2
            memory_usage_bytes{process="born"} 1
            threads{process="born"} 1
        "#]],
    );
}

#[test]
fn a_name_stays_ten_minutes_after_it_left_the_top() {
    let mut plugin = plugin(r#"{"top_processes": 1}"#, Facts::default());
    let mut names = |at, groups: &[(&str, u64, u64)]| {
        plugin.change(|facts| facts.processes = Ok(look(at, groups)));
        let (collected, _) = plugin.collect(START + at);
        let of = |text: &str| text.matches("process=\"").count();
        (of(&collected.text("system_process_memory")), collected.retired.len())
    };
    names(0, &[("a", 0, 5), ("b", 0, 9)]);
    assert_eq!(names(1000, &[("a", 500, 5), ("b", 0, 9)]), (2, 0));
    assert_eq!(names(2000, &[("b", 0, 9)]), (2, 0), "an ended one counts 0");
    assert_eq!(names(601_000, &[("b", 0, 9)]), (2, 0));
    assert_eq!(names(601_001, &[("b", 0, 9)]), (2, 3), "one left and its three series ended");
}

#[test]
fn at_most_thirty_names_are_kept_the_latest_of_them() {
    let mut plugin = plugin(r#"{"top_processes": 15}"#, Facts::default());
    for round in 0..10u64 {
        let named: Vec<String> = (0..15).map(|n| format!("p{}", round * 15 + n)).collect();
        let groups: Vec<(&str, u64, u64)> = named.iter().map(|name| (name.as_str(), 10, 10)).collect();
        plugin.change(|facts| facts.processes = Ok(look(round * 1000, &groups)));
        let (collected, _) = plugin.collect(START + round * 1000);
        let living: Vec<_> =
            collected.samples.iter().filter(|(name, _)| name.starts_with("system_process_cpu")).collect();
        assert!(living.len() <= 30);
        assert!(named.iter().all(|name| living.iter().any(|(series, _)| series.contains(&format!("{name:?}")))));
    }
}

#[test]
fn bytes_read_and_written_make_a_top_of_their_own() {
    let at = |seconds: u64, bytes: u64| {
        let mut look = look(seconds * 1000, &[("big", 0, 900), ("copy", 0, 1)]);
        look.groups[1].io = Some(process::InputOutput { read_bytes: bytes, written_bytes: 2 * bytes });
        look.groups[1].open_files = Some(7);
        Ok(look)
    };
    let mut plugin = plugin(r#"{"top_processes": 1}"#, Facts { processes: at(0, 1000), ..Facts::default() });
    plugin.collect(START).1.unwrap();
    plugin.change(|facts| facts.processes = at(2, 1500));
    let (collected, _) = plugin.collect(START + 2000);
    let copy: Vec<_> = collected.samples.iter().filter(|(name, _)| name.contains("\"copy\"")).collect();
    let shown: String = copy.iter().map(|(name, value)| format!("{name} {value}\n")).collect();
    expect![[r#"
        system_process_cpu_utilization_ratio{process="copy",user="me"} 0
        system_process_memory_usage_bytes{process="copy",user="me"} 1
        system_process_disk_io_bytes_per_second{process="copy",user="me",direction="read"} 250
        system_process_disk_io_bytes_per_second{process="copy",user="me",direction="write"} 500
        system_process_threads{process="copy",user="me"} 1
        system_process_open_files{process="copy",user="me"} 7
    "#]]
    .assert_eq(&shown);
}

#[test]
fn groups_by_pattern_are_there_even_without_a_process() {
    let mut facts = look(0, &[]);
    let sum = |processes| process::Sum {
        processes,
        threads: 2 * processes,
        cpu_micros: 1_500_000,
        resident_bytes: 4096,
        io: (processes > 0).then_some(process::InputOutput { read_bytes: 5, written_bytes: 6 }),
        open_files: None,
    };
    // In the order of the names.
    facts.sums = vec![sum(0), sum(3)];
    let settings = r#"{"top_processes": 0, "groups": {"web": ["nginx*", "php-fpm*"], "cache": ["redis*"]}}"#;
    let mut plugin = plugin(settings, Facts { processes: Ok(facts), ..Facts::default() });
    let (collected, _) = plugin.collect(START);
    expect![[r#"
        system_process_group_count{group="cache"} 0
        system_process_group_threads{group="cache"} 0
        system_process_group_cpu_time_seconds_total{group="cache"} 1.5
        system_process_group_memory_usage_bytes{group="cache"} 4096
        system_process_group_count{group="web"} 3
        system_process_group_threads{group="web"} 6
        system_process_group_cpu_time_seconds_total{group="web"} 1.5
        system_process_group_memory_usage_bytes{group="web"} 4096
        system_process_group_disk_io_bytes_total{group="web",direction="read"} 5
        system_process_group_disk_io_bytes_total{group="web",direction="write"} 6
    "#]]
    .assert_eq(&collected.text("system_process_group"));
}
