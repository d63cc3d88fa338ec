//! The whole plugin on recorded facts: what it emits from tick to tick.

use autobot_plugin_sdk::testing::{Collected, Facts, Plugin};
use autobot_plugin_sdk::{Error, Pressure, Stall, cpu, disk, kernel, memory, net, process};
use expect_test::{Expect, expect};

use crate::System;

const START: u64 = 1_700_000_000_000;

fn plugin(settings: &str, facts: Facts) -> Plugin<System> {
    Plugin::new(settings, facts).unwrap()
}

/// Collects, and compares the samples of families that begin with `prefix`.
fn check(plugin: &mut Plugin<System>, at: u64, prefix: &str, expected: Expect) -> Collected {
    let (collected, result) = plugin.collect(START + at);
    result.unwrap();
    expected.assert_eq(&collected.text(prefix));
    collected
}

/// Two cores after `ticks` hundredths of a second: the first is busy half of its time, the second a tenth.
fn processors(ticks: u64) -> cpu::Snapshot {
    let times = |user: u64, idle: u64| cpu::Times {
        user: user * 10_000,
        nice: 0,
        system: 0,
        idle: idle * 10_000,
        iowait: 0,
        irq: 0,
        softirq: 0,
        steal: 0,
    };
    cpu::Snapshot {
        total: times(ticks * 6 / 10, ticks * 14 / 10),
        cores: vec![
            cpu::Core { id: 0, times: times(ticks / 2, ticks / 2) },
            cpu::Core { id: 1, times: times(ticks / 10, ticks * 9 / 10) },
        ],
        load1: 0.5,
        load5: 0.25,
        load15: 0.125,
        context_switches: 7,
    }
}

fn mount(mount_point: &str, device: &str) -> disk::Mount {
    disk::Mount {
        device: device.to_owned(),
        mount_point: mount_point.to_owned(),
        fs_type: "ext4".to_owned(),
        read_only: false,
        total: 1000,
        free: 500,
        available: 400,
        inodes: 100,
        inodes_free: 75,
    }
}

fn link(name: &str) -> net::Link {
    net::Link {
        name: name.to_owned(),
        rx_bytes: 1,
        rx_packets: 2,
        rx_errors: 3,
        rx_dropped: 4,
        tx_bytes: 5,
        tx_packets: 6,
        tx_errors: 7,
        tx_dropped: 8,
    }
}

#[test]
fn processors_have_no_ratio_at_first_and_one_from_the_second_collect_on() {
    let mut plugin = plugin("{}", Facts { cpu: Ok(processors(100)), ..Facts::default() });
    check(
        &mut plugin,
        0,
        "system_cpu",
        expect![[r#"
        system_cpu_utilization_ratio NaN
        system_cpu_core_utilization_ratio{core="0"} NaN
        system_cpu_core_utilization_ratio{core="1"} NaN
        system_cpu_time_seconds_total{mode="user"} 0.6
        system_cpu_time_seconds_total{mode="nice"} 0
        system_cpu_time_seconds_total{mode="system"} 0
        system_cpu_time_seconds_total{mode="idle"} 1.4
        system_cpu_time_seconds_total{mode="iowait"} 0
        system_cpu_time_seconds_total{mode="irq"} 0
        system_cpu_time_seconds_total{mode="softirq"} 0
        system_cpu_time_seconds_total{mode="steal"} 0
        system_cpu_load_average_1m 0.5
        system_cpu_load_average_5m 0.25
        system_cpu_load_average_15m 0.125
    "#]],
    );
    plugin.change(|facts| facts.cpu = Ok(processors(200)));
    check(
        &mut plugin,
        1000,
        "system_cpu_utilization",
        expect![[r#"
        system_cpu_utilization_ratio 0.3
    "#]],
    );
    plugin.change(|facts| facts.cpu = Ok(processors(300)));
    check(
        &mut plugin,
        2000,
        "system_cpu_core",
        expect![[r#"
        system_cpu_core_utilization_ratio{core="0"} 0.5
        system_cpu_core_utilization_ratio{core="1"} 0.1
    "#]],
    );
}

#[test]
fn a_core_that_goes_offline_ends_and_the_others_keep_their_numbers() {
    let mut plugin = plugin("{}", Facts { cpu: Ok(processors(100)), ..Facts::default() });
    check(&mut plugin, 0, "none", expect![[""]]);
    let mut without_first = processors(200);
    without_first.cores.remove(0);
    plugin.change(|facts| facts.cpu = Ok(without_first));
    check(
        &mut plugin,
        1000,
        "system_cpu_core",
        expect![[r#"
        system_cpu_core_utilization_ratio{core="1"} 0.1
        system_cpu_core_utilization_ratio{core="0"} ended
    "#]],
    );
}

#[test]
fn frequencies_are_asked_for_seldom_where_there_are_none() {
    let mut plugin = plugin(r#"{"per_core": false}"#, Facts { cpu: Ok(processors(100)), ..Facts::default() });
    let asked = (0..70u64).filter(|tick| plugin.collect(START + tick).0.asked.contains("cpu.frequencies")).count();
    assert_eq!(asked, 2);
    plugin.change(|facts| facts.frequencies = Ok(vec![cpu::Frequency { core: 0, hertz: 2_400_000_000 }]));
    let mut off = crate::tests::plugin(r#"{"frequency": false}"#, Facts::default());
    assert!(!off.collect(START).0.asked.contains("cpu.frequencies"));
}

#[test]
fn states_of_memory_add_up_to_all_of_it() {
    let snapshot = memory::Snapshot {
        total: 1000,
        available: 600,
        free: 200,
        buffers: 50,
        cached: 300,
        slab_reclaimable: 100,
        shared: 10,
        dirty: 0,
        swap_total: 500,
        swap_free: 400,
        swap_cached: 0,
        paging: Some(memory::Paging { swap_in_pages: 3, swap_out_pages: 4, major_faults: 0, oom_kills: 0 }),
    };
    let mut plugin = plugin("{}", Facts { memory: Ok(snapshot), ..Facts::default() });
    check(
        &mut plugin,
        0,
        "system_",
        expect![[r#"
        system_memory_usage_bytes{state="used"} 350
        system_memory_usage_bytes{state="free"} 200
        system_memory_usage_bytes{state="buffers"} 50
        system_memory_usage_bytes{state="cached"} 400
        system_memory_limit_bytes 1000
        system_memory_utilization_ratio 0.4
        system_paging_usage_bytes{state="used"} 100
        system_paging_usage_bytes{state="free"} 400
        system_paging_operations_total{direction="in"} 3
        system_paging_operations_total{direction="out"} 4
    "#]],
    );
    let without_swap = memory::Snapshot { swap_total: 0, swap_free: 0, paging: None, ..snapshot };
    plugin.change(|facts| facts.memory = Ok(without_swap));
    check(
        &mut plugin,
        1000,
        "system_paging",
        expect![[r#"
        system_paging_usage_bytes{state="used"} ended
        system_paging_usage_bytes{state="free"} ended
        system_paging_operations_total{direction="in"} ended
        system_paging_operations_total{direction="out"} ended
    "#]],
    );
}

#[test]
fn pressure_is_told_by_resource_scope_and_window() {
    let stall = |avg10| Stall { avg10, avg60: 0.02, avg300: 0.01, total_micros: 9 };
    let facts = Facts {
        cpu_stalls: Ok(Pressure { some: stall(0.5), full: None }),
        io_stalls: Ok(Pressure { some: stall(0.25), full: Some(stall(0.125)) }),
        ..Facts::default()
    };
    check(
        &mut plugin("{}", facts),
        0,
        "system_",
        expect![[r#"
        system_pressure_stalled_ratio{resource="cpu",scope="some",window="10s"} 0.5
        system_pressure_stalled_ratio{resource="cpu",scope="some",window="60s"} 0.02
        system_pressure_stalled_ratio{resource="cpu",scope="some",window="300s"} 0.01
        system_pressure_stalled_ratio{resource="io",scope="some",window="10s"} 0.25
        system_pressure_stalled_ratio{resource="io",scope="some",window="60s"} 0.02
        system_pressure_stalled_ratio{resource="io",scope="some",window="300s"} 0.01
        system_pressure_stalled_ratio{resource="io",scope="full",window="10s"} 0.125
        system_pressure_stalled_ratio{resource="io",scope="full",window="60s"} 0.02
        system_pressure_stalled_ratio{resource="io",scope="full",window="300s"} 0.01
    "#]],
    );
}

#[test]
fn a_mount_or_interface_that_goes_away_ends_and_comes_back() {
    let facts = Facts {
        mounts: Ok(vec![mount("/", "/dev/sda1"), mount("/mnt", "/dev/sdb1")]),
        links: Ok(vec![link("lo"), link("eth0")]),
        ..Facts::default()
    };
    let mut plugin = plugin(r#"{"exclude_interfaces": ["l*"]}"#, facts.clone());
    check(
        &mut plugin,
        0,
        "system_",
        expect![[r#"
        system_filesystem_usage_bytes{mountpoint="/",device="/dev/sda1",state="used"} 500
        system_filesystem_usage_bytes{mountpoint="/",device="/dev/sda1",state="free"} 400
        system_filesystem_usage_bytes{mountpoint="/",device="/dev/sda1",state="reserved"} 100
        system_filesystem_utilization_ratio{mountpoint="/",device="/dev/sda1"} 0.5555555555555556
        system_filesystem_inodes_utilization_ratio{mountpoint="/",device="/dev/sda1"} 0.25
        system_filesystem_usage_bytes{mountpoint="/mnt",device="/dev/sdb1",state="used"} 500
        system_filesystem_usage_bytes{mountpoint="/mnt",device="/dev/sdb1",state="free"} 400
        system_filesystem_usage_bytes{mountpoint="/mnt",device="/dev/sdb1",state="reserved"} 100
        system_filesystem_utilization_ratio{mountpoint="/mnt",device="/dev/sdb1"} 0.5555555555555556
        system_filesystem_inodes_utilization_ratio{mountpoint="/mnt",device="/dev/sdb1"} 0.25
        system_network_io_bytes_total{interface="eth0",direction="receive"} 1
        system_network_io_bytes_total{interface="eth0",direction="transmit"} 5
        system_network_packets_total{interface="eth0",direction="receive"} 2
        system_network_packets_total{interface="eth0",direction="transmit"} 6
        system_network_errors_total{interface="eth0",direction="receive"} 3
        system_network_errors_total{interface="eth0",direction="transmit"} 7
        system_network_dropped_total{interface="eth0",direction="receive"} 4
        system_network_dropped_total{interface="eth0",direction="transmit"} 8
    "#]],
    );
    plugin.change(|facts| facts.mounts = Ok(vec![mount("/mnt", "/dev/sdb1")]));
    plugin.change(|facts| facts.links = Ok(vec![]));
    let gone = check(
        &mut plugin,
        1000,
        "system_filesystem_inodes",
        expect![[r#"
        system_filesystem_inodes_utilization_ratio{mountpoint="/mnt",device="/dev/sdb1"} 0.25
        system_filesystem_inodes_utilization_ratio{mountpoint="/",device="/dev/sda1"} ended
    "#]],
    );
    assert_eq!((gone.samples.len(), gone.retired.len()), (5, 13));
    plugin.change(|now| *now = facts);
    let back = check(
        &mut plugin,
        2000,
        "system_network_io",
        expect![[r#"
        system_network_io_bytes_total{interface="eth0",direction="receive"} 1
        system_network_io_bytes_total{interface="eth0",direction="transmit"} 5
    "#]],
    );
    assert_eq!((back.samples.len(), back.retired.len()), (18, 0));
}

#[test]
fn disks_sockets_and_uptime_are_in_base_units() {
    let device = disk::Device {
        name: "sda".to_owned(),
        reads: 1,
        read_bytes: 512,
        read_micros: 1500,
        writes: 2,
        written_bytes: 1024,
        write_micros: 2_000_000,
        busy_micros: 250_000,
        in_flight: 0,
    };
    let dm = disk::Device { name: "dm-0".to_owned(), ..device.clone() };
    let facts = Facts {
        devices: Ok(vec![device, dm]),
        sockets: Ok(net::SocketCounts {
            tcp_established: 4,
            tcp_time_wait: 3,
            tcp_orphaned: 2,
            udp: 1,
            tcp_sent_segments: 100,
            tcp_retransmitted_segments: 9,
        }),
        kernel: Ok(kernel::Snapshot { boot: 5, uptime_micros: 10_847_410_000 }),
        ..Facts::default()
    };
    check(
        &mut plugin(r#"{"exclude_devices": ["dm-*"]}"#, facts),
        0,
        "system_",
        expect![[r#"
        system_disk_io_bytes_total{device="sda",direction="read"} 512
        system_disk_io_bytes_total{device="sda",direction="write"} 1024
        system_disk_operations_total{device="sda",direction="read"} 1
        system_disk_operations_total{device="sda",direction="write"} 2
        system_disk_operation_time_seconds_total{device="sda",direction="read"} 0.0015
        system_disk_operation_time_seconds_total{device="sda",direction="write"} 2
        system_disk_io_time_seconds_total{device="sda"} 0.25
        system_network_connections{transport="tcp",state="established"} 4
        system_network_connections{transport="tcp",state="time_wait"} 3
        system_network_connections{transport="tcp",state="orphaned"} 2
        system_network_connections{transport="udp",state="open"} 1
        system_network_retransmits_total 9
        system_uptime_seconds 10847.41
    "#]],
    );
}

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
        let units = [
            ("_seconds", "s"),
            ("_bytes", "By"),
            ("_hertz", "Hz"),
            ("_ratio", "1"),
            ("_celsius", "Cel"),
            ("_watts", "W"),
            ("_seconds_per_joule", "s/J"),
            ("_joules", "J"),
            ("_volts", "V"),
            ("_amperes", "A"),
            ("_rpm", "{rpm}"),
        ];
        let unit = units.iter().find(|(ending, _)| base.ends_with(ending)).map_or("1", |(_, unit)| unit);
        assert_eq!(family.unit, unit, "{}", family.name);
        assert_eq!(family.kind == Kind::Counter, family.name.ends_with("_total"), "{}", family.name);
        assert!(family.help.ends_with('.'), "{}", family.name);
    }
}

mod top {
    use super::*;

    /// Groups as (name, CPU time in ms, memory), at `at` ms.
    fn look(at: u64, groups: &[(&str, u64, u64)]) -> process::Snapshot {
        let group = |(name, cpu_millis, bytes): &(&str, u64, u64)| process::Group {
            owner: process::Owner { name: (*name).to_owned(), user: "me".to_owned() },
            processes: 1,
            threads: 1,
            cpu_micros: cpu_millis * 1000,
            resident_bytes: *bytes,
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
        }
    }

    fn step(plugin: &mut Plugin<System>, at: u64, groups: &[(&str, u64, u64)], expected: Expect) {
        plugin.change(|facts| facts.processes = Ok(look(at, groups)));
        let (collected, result) = plugin.collect(START + at);
        result.unwrap();
        expected
            .assert_eq(&collected.text("system_process_").replace("system_process_", "").replace(",user=\"me\"", ""));
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
            cpu_utilization_ratio{process="born"} 2
            memory_usage_bytes{process="born"} 1
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
        assert_eq!(names(601_001, &[("b", 0, 9)]), (2, 2), "one left and two series ended");
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
}
