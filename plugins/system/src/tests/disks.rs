//! File systems, disks, sockets and uptime.

use autobot_plugin_sdk::testing::Facts;
use autobot_plugin_sdk::{disk, kernel, net};
use expect_test::expect;

use super::{check, link, mount, plugin};

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
            system_filesystem_info{mountpoint="/",device="/dev/sda1",type="ext4",remote="false"} 1
            system_filesystem_error{mountpoint="/",device="/dev/sda1"} 0
            system_filesystem_readonly{mountpoint="/",device="/dev/sda1"} 0
            system_filesystem_usage_bytes{mountpoint="/",device="/dev/sda1",state="used"} 500
            system_filesystem_usage_bytes{mountpoint="/",device="/dev/sda1",state="free"} 400
            system_filesystem_usage_bytes{mountpoint="/",device="/dev/sda1",state="reserved"} 100
            system_filesystem_utilization_ratio{mountpoint="/",device="/dev/sda1"} 0.55556
            system_filesystem_inodes{mountpoint="/",device="/dev/sda1",state="used"} 25
            system_filesystem_inodes{mountpoint="/",device="/dev/sda1",state="free"} 75
            system_filesystem_inodes_utilization_ratio{mountpoint="/",device="/dev/sda1"} 0.25
            system_filesystem_info{mountpoint="/mnt",device="/dev/sdb1",type="ext4",remote="false"} 1
            system_filesystem_error{mountpoint="/mnt",device="/dev/sdb1"} 0
            system_filesystem_readonly{mountpoint="/mnt",device="/dev/sdb1"} 0
            system_filesystem_usage_bytes{mountpoint="/mnt",device="/dev/sdb1",state="used"} 500
            system_filesystem_usage_bytes{mountpoint="/mnt",device="/dev/sdb1",state="free"} 400
            system_filesystem_usage_bytes{mountpoint="/mnt",device="/dev/sdb1",state="reserved"} 100
            system_filesystem_utilization_ratio{mountpoint="/mnt",device="/dev/sdb1"} 0.55556
            system_filesystem_inodes{mountpoint="/mnt",device="/dev/sdb1",state="used"} 25
            system_filesystem_inodes{mountpoint="/mnt",device="/dev/sdb1",state="free"} 75
            system_filesystem_inodes_utilization_ratio{mountpoint="/mnt",device="/dev/sdb1"} 0.25
            system_network_io_bytes_total{interface="eth0",direction="receive"} 1
            system_network_io_bytes_total{interface="eth0",direction="transmit"} 5
            system_network_packets_total{interface="eth0",direction="receive"} 2
            system_network_packets_total{interface="eth0",direction="transmit"} 6
            system_network_errors_total{interface="eth0",direction="receive"} 3
            system_network_errors_total{interface="eth0",direction="transmit"} 7
            system_network_dropped_total{interface="eth0",direction="receive"} 4
            system_network_dropped_total{interface="eth0",direction="transmit"} 8
            system_network_fifo_errors_total{interface="eth0",direction="receive"} 9
            system_network_fifo_errors_total{interface="eth0",direction="transmit"} 11
            system_network_frame_errors_total{interface="eth0"} 10
            system_network_carrier_errors_total{interface="eth0"} 12
            system_network_collisions_total{interface="eth0"} 13
            system_network_multicast_packets_total{interface="eth0"} 14
        "#]],
    );
    plugin.change(|facts| facts.mounts = Ok(vec![mount("/mnt", "/dev/sdb1")]));
    plugin.change(|facts| facts.links = Ok(vec![]));
    let gone = check(
        &mut plugin,
        1000,
        "system_filesystem_inodes",
        expect![[r#"
            system_filesystem_inodes{mountpoint="/mnt",device="/dev/sdb1",state="used"} 25
            system_filesystem_inodes{mountpoint="/mnt",device="/dev/sdb1",state="free"} 75
            system_filesystem_inodes_utilization_ratio{mountpoint="/mnt",device="/dev/sdb1"} 0.25
            system_filesystem_inodes{mountpoint="/",device="/dev/sda1",state="used"} ended
            system_filesystem_inodes{mountpoint="/",device="/dev/sda1",state="free"} ended
            system_filesystem_inodes_utilization_ratio{mountpoint="/",device="/dev/sda1"} ended
        "#]],
    );
    assert_eq!((gone.samples.len(), gone.retired.len()), (10, 24));
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
    assert_eq!((back.samples.len(), back.retired.len()), (34, 0));
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
        in_flight: 3,
        queued_micros: 3_500_000,
        reads_merged: 7,
        writes_merged: 8,
        discards: 0,
        discards_merged: 0,
        discarded_bytes: 0,
        discard_micros: 0,
        flushes: 5,
        flush_micros: 1000,
    };
    let dm = disk::Device { name: "dm-0".to_owned(), ..device.clone() };
    let facts = Facts {
        devices: Ok(vec![device, dm]),
        sockets: Ok(net::SocketCounts {
            tcp_established: 4,
            tcp_time_wait: 3,
            tcp_orphaned: 2,
            tcp_allocated: 9,
            tcp_open: 5,
            tcp6_open: 1,
            udp_open: 1,
            udp6_open: 2,
            raw_open: 0,
            used: 26,
            tcp_memory: 8192,
            udp_memory: 4096,
            fragment_memory: 0,
            fragments: 0,
            tcp_memory_limit: Some(32768),
            tcp_orphaned_limit: Some(100),
            tcp_time_wait_limit: None,
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
            system_disk_merged_total{device="sda",direction="read"} 7
            system_disk_merged_total{device="sda",direction="write"} 8
            system_disk_operation_time_seconds_total{device="sda",direction="read"} 0.0015
            system_disk_operation_time_seconds_total{device="sda",direction="write"} 2
            system_disk_io_time_seconds_total{device="sda"} 0.25
            system_disk_weighted_io_time_seconds_total{device="sda"} 3.5
            system_disk_pending_operations{device="sda"} 3
            system_disk_flushes_total{device="sda"} 5
            system_disk_flush_time_seconds_total{device="sda"} 0.001
            system_network_connections{transport="tcp",state="established"} 4
            system_network_connections{transport="tcp",state="time_wait"} 3
            system_network_connections{transport="tcp",state="orphaned"} 2
            system_network_connections{transport="udp",state="open"} 3
            system_network_sockets{transport="tcp"} 5
            system_network_sockets{transport="tcp6"} 1
            system_network_sockets{transport="udp"} 1
            system_network_sockets{transport="udp6"} 2
            system_network_sockets{transport="raw"} 0
            system_network_sockets_used 26
            system_network_tcp_sockets_allocated 9
            system_network_socket_memory_bytes{transport="tcp"} 8192
            system_network_socket_memory_bytes{transport="udp"} 4096
            system_network_socket_memory_bytes{transport="fragments"} 0
            system_network_fragments 0
            system_limit_usage{resource="tcp_memory_bytes"} 8192
            system_limit_maximum{resource="tcp_memory_bytes"} 32768
            system_limit_utilization_ratio{resource="tcp_memory_bytes"} 0.25
            system_limit_usage{resource="tcp_orphaned"} 2
            system_limit_maximum{resource="tcp_orphaned"} 100
            system_limit_utilization_ratio{resource="tcp_orphaned"} 0.02
            system_uptime_seconds 10847.41
            system_boot_time_seconds 0.005
        "#]],
    );
}
