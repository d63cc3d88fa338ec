//! Limits, interrupts, clock, the machine, and disks that fail.

use autobot_plugin_sdk::testing::Facts;
use autobot_plugin_sdk::{Error, cpu, disk, kernel, memory};
use expect_test::expect;
use serde_json::json;

use super::{check, mount, plugin};

fn text(text: &str) -> String {
    text.to_owned()
}

#[test]
fn limits_have_a_share_only_where_there_is_an_end() {
    let limit = |name: &str, used, most| kernel::Limit { name: name.to_owned(), used, most };
    let limits = vec![limit("threads", 25, 100), limit("file_descriptors", 7, i64::MAX as u64), limit("none", 3, 0)];
    let facts = Facts::default().with("kernel.limits", &Ok::<_, Error>(limits));
    check(
        &mut plugin("{}", facts),
        0,
        "system_",
        expect![[r#"
        system_limit_usage{resource="threads"} 25
        system_limit_maximum{resource="threads"} 100
        system_limit_utilization_ratio{resource="threads"} 0.25
        system_limit_usage{resource="file_descriptors"} 7
        system_limit_usage{resource="none"} 3
    "#]],
    );
}

#[test]
fn interrupts_caches_and_scheduling() {
    let events = kernel::Events {
        forks: 9,
        interrupts: 100,
        softirqs: 30,
        softirqs_by_kind: vec![(text("timer"), 20), (text("net_rx"), 10)],
        interrupts_by_line: vec![kernel::InterruptLine { line: text("24"), device: text("nvme0q1"), count: 60 }],
    };
    let turns = |core| cpu::Turns { core, running_micros: 1_500_000, waiting_micros: 250_000, count: 4 };
    let scaling =
        |core| cpu::Scaling { core, lowest: 800_000_000, highest: 4_000_000_000, governor: text("powersave") };
    let facts = Facts::default()
        .with("kernel.activity", &Ok::<_, Error>(events))
        .with(
            "kernel.caches",
            &Ok::<_, Error>(kernel::CacheCounts { names: 10, names_unused: 4, inodes: 8, inodes_unused: 9 }),
        )
        .with("cpu.schedule", &Ok::<_, Error>(vec![turns(0), turns(1)]))
        .with("cpu.scalings", &Ok::<_, Error>(vec![scaling(0), scaling(1)]));
    check(
        &mut plugin("{}", facts),
        0,
        "system_",
        expect![[r#"
        system_cpu_frequency_limit_hertz{core="0",limit="lowest"} 800000000
        system_cpu_frequency_limit_hertz{core="0",limit="highest"} 4000000000
        system_cpu_frequency_limit_hertz{core="1",limit="lowest"} 800000000
        system_cpu_frequency_limit_hertz{core="1",limit="highest"} 4000000000
        system_cpu_governor_cores{governor="powersave"} 2
        system_cpu_scheduled_seconds_total{state="running"} 3
        system_cpu_scheduled_seconds_total{state="waiting"} 0.5
        system_cpu_timeslices_total 8
        system_process_created_total 9
        system_interrupts_total 100
        system_softirqs_total{kind="timer"} 20
        system_softirqs_total{kind="net_rx"} 10
        system_interrupt_line_total{line="24",device="nvme0q1"} 60
        system_kernel_cache_entries{cache="names",state="used"} 6
        system_kernel_cache_entries{cache="names",state="unused"} 4
        system_kernel_cache_entries{cache="inodes",state="used"} 0
        system_kernel_cache_entries{cache="inodes",state="unused"} 9
    "#]],
    );
}

#[test]
fn the_clock_and_the_machine() {
    let clock = json!({ "Ok": {
        "synchronised": true, "offset": -0.000_001_234_567, "estimated_error": 0.000_016, "greatest_error": 0.123_456_7,
        "frequency_adjustment": 0.000_012_345_678_9, "tai_offset": 37, "status": 8193, "time_constant": 7,
        "suspended_micros": 61_400_000, "source": "tsc", "sources": ["tsc", "hpet"],
    } });
    let machine = json!({ "Ok": {
        "name": "calc-2", "kernel": "6.12.9", "version": "#1", "architecture": "x86_64", "os": "debian", "os_version": "13",
        "os_codename": "trixie", "os_name": "Debian 13", "vendor": "V", "product": "P", "board": "B", "firmware_vendor": "F",
        "firmware": "1", "firmware_date": "2024", "processor": "X", "processors": 22, "sockets": 1, "cores": 0,
    } });
    let facts = Facts {
        kernel: Ok(kernel::Snapshot { boot: 1_700_000_000_123, uptime_micros: 5_000_000 }),
        ..Facts::default().with("kernel.clock", &clock).with("kernel.machine", &machine)
    };
    check(
        &mut plugin("{}", facts),
        0,
        "system_",
        expect![[r#"
        system_uptime_seconds 5
        system_boot_time_seconds 1700000000.123
        system_clock_synchronized 1
        system_clock_offset_seconds -0.000001
        system_clock_error_seconds{kind="estimated"} 0.000016
        system_clock_error_seconds{kind="greatest"} 0.123
        system_clock_frequency_adjustment_ratio 0.000012346
        system_clock_tai_offset_seconds 37
        system_clock_status 8193
        system_clock_time_constant 7
        system_suspended_seconds_total 61
        system_clock_source_info{source="tsc",available="tsc hpet"} 1
        system_os_info{os="debian",os_version="13",os_name="Debian 13",kernel="6.12.9",architecture="x86_64",host_name="calc-2"} 1
        system_hardware_info{vendor="V",product="P",board="B",firmware_vendor="F",firmware="1",firmware_date="2024",processor="X"} 1
        system_cpu_logical_count 22
        system_cpu_socket_count 1
    "#]],
    );
}

#[test]
fn disks_that_fail_say_so() {
    let details = json!({ "Ok": [{
        "name": "sda", "model": "M", "firmware": "1", "kind": "disk", "scheduler": "none", "bytes": 1000, "removable": false,
        "read_only": false, "state": "offline", "errors": 31, "timeouts": null,
    }] });
    let array = json!({ "Ok": [{
        "name": "md0", "level": "raid1", "state": "clean", "action": "recover", "wanted": 2, "degraded": 1, "working": 1,
        "failed": 1, "spare": 0, "bytes": 5, "done": 0.123_456_7, "mismatches": 0,
    }] });
    let fault = disk::FaultCount { fs_type: text("ext4"), name: text("sda1"), kind: text("errors"), count: 4 };
    let zfs = disk::ZfsState {
        pools: vec![disk::Pool { name: text("tank"), state: text("DEGRADED") }],
        size: 1,
        target: 2,
        most: 3,
        hits: 4,
        misses: 5,
    };
    let away = disk::Mount { problem: Some(text("it does not answer")), remote: true, ..mount("/far", "nas:/x") };
    let facts = Facts { mounts: Ok(vec![away]), ..Facts::default() }
        .with("disk.describe", &details)
        .with("disk.arrays", &array)
        .with("disk.faults", &Ok::<_, Error>(vec![fault]))
        .with("disk.zfs", &Ok::<_, Error>(zfs));
    check(
        &mut plugin("{}", facts.clone()),
        0,
        "system_",
        expect![[r#"
        system_filesystem_info{mountpoint="/far",device="nas:/x",type="ext4",remote="true"} 1
        system_filesystem_error{mountpoint="/far",device="nas:/x"} 1
        system_filesystem_readonly{mountpoint="/far",device="nas:/x"} 0
        system_disk_info{device="sda",model="M",firmware="1",kind="disk",scheduler="none",state="offline"} 1
        system_disk_limit_bytes{device="sda"} 1000
        system_disk_readonly{device="sda"} 0
        system_disk_up{device="sda"} 0
        system_disk_errors_total{device="sda",kind="error"} 31
        system_disk_array_info{device="md0",level="raid1",state="clean",action="recover"} 1
        system_disk_array_members{device="md0"} 2
        system_disk_array_disks{device="md0",state="working"} 1
        system_disk_array_disks{device="md0",state="failed"} 1
        system_disk_array_disks{device="md0",state="spare"} 0
        system_disk_array_disks{device="md0",state="missing"} 1
        system_disk_array_action_ratio{device="md0"} 0.1235
        system_disk_array_mismatches{device="md0"} 0
        system_filesystem_errors_total{device="sda1",type="ext4",kind="errors"} 4
        system_zfs_pool_info{pool="tank",state="DEGRADED"} 1
        system_zfs_pool_healthy{pool="tank"} 0
        system_zfs_cache_usage_bytes 1
        system_zfs_cache_limit_bytes{limit="target"} 2
        system_zfs_cache_limit_bytes{limit="most"} 3
        system_zfs_cache_requests_total{outcome="hit"} 4
        system_zfs_cache_requests_total{outcome="miss"} 5
    "#]],
    );
    check(
        &mut plugin(r#"{"remote_filesystems": false, "exclude_devices": ["sd*"]}"#, facts),
        0,
        "system_filesystem_info",
        expect![[""]],
    );
}

#[test]
fn nodes_are_told_where_there_are_more_than_one_and_faulty_memory_always() {
    let node = |id| memory::Node {
        id,
        total: 1000,
        free: 400,
        file: 0,
        anonymous: 0,
        dirty: 0,
        hits: 1,
        misses: 2,
        foreign: 3,
        interleaved: 4,
        local: 5,
        other: 6,
    };
    let controller = memory::Controller {
        name: text("mc0"),
        driver: text("ie31200"),
        corrected: 7,
        uncorrected: 1,
        modules: vec![memory::Module { label: text("DIMM A1"), corrected: 7, uncorrected: 1 }],
    };
    let facts = |nodes: Vec<memory::Node>| Facts::default().with("memory.nodes", &Ok::<_, Error>(nodes));
    check(&mut plugin("{}", facts(vec![node(0)])), 0, "", expect![[""]]);
    let two = facts(vec![node(0), node(1)]).with("memory.controllers", &Ok::<_, Error>(vec![controller]));
    check(
        &mut plugin("{}", two),
        0,
        "",
        expect![[r#"
        system_memory_node_usage_bytes{node="0",state="used"} 600
        system_memory_node_usage_bytes{node="0",state="free"} 400
        system_memory_node_allocations_total{node="0",outcome="hit"} 1
        system_memory_node_allocations_total{node="0",outcome="miss"} 2
        system_memory_node_allocations_total{node="0",outcome="foreign"} 3
        system_memory_node_allocations_total{node="0",outcome="interleaved"} 4
        system_memory_node_allocations_total{node="0",outcome="local"} 5
        system_memory_node_allocations_total{node="0",outcome="other"} 6
        system_memory_node_usage_bytes{node="1",state="used"} 600
        system_memory_node_usage_bytes{node="1",state="free"} 400
        system_memory_node_allocations_total{node="1",outcome="hit"} 1
        system_memory_node_allocations_total{node="1",outcome="miss"} 2
        system_memory_node_allocations_total{node="1",outcome="foreign"} 3
        system_memory_node_allocations_total{node="1",outcome="interleaved"} 4
        system_memory_node_allocations_total{node="1",outcome="local"} 5
        system_memory_node_allocations_total{node="1",outcome="other"} 6
        hw_memory_errors_total{id="mc0",name="ie31200",kind="corrected"} 7
        hw_memory_errors_total{id="mc0",name="ie31200",kind="uncorrected"} 1
        hw_memory_module_errors_total{id="mc0",module="DIMM A1",kind="corrected"} 7
        hw_memory_module_errors_total{id="mc0",module="DIMM A1",kind="uncorrected"} 1
    "#]],
    );
}
