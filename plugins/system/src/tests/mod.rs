//! The whole plugin on recorded facts: what it emits from tick to tick.

use autobot_plugin_sdk::testing::{Collected, Facts, Plugin};
use autobot_plugin_sdk::{cpu, disk, net};

use expect_test::Expect;

use crate::System;

mod disks;
mod kernel;
mod machine;
mod network;
mod settings;
mod top;

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
        guest: 0,
        guest_nice: 0,
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
        runnable: 2,
        blocked: 1,
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
        problem: None,
        remote: false,
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
        rx_fifo: 9,
        rx_frame: 10,
        tx_fifo: 11,
        tx_carrier: 12,
        collisions: 13,
        rx_multicast: 14,
        rx_compressed: 0,
        tx_compressed: 0,
    }
}
