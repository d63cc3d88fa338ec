//! The kernel's facts from recorded folders: a server with 22 cores, a sandbox that lacks most files, and one whose files
//! are damaged.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use autobot_capabilities::CapabilityError;
use autobot_capabilities::kernel::{Kernel, PressureResource};
use autobot_model::SystemClock;
use expect_test::{Expect, expect};

fn kernel(folder: &str) -> Kernel {
    Kernel::open(&root(folder), Arc::new(SystemClock::new()))
}

fn root(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(folder)
}

fn check(found: impl std::fmt::Debug, expected: Expect) {
    expected.assert_eq(&format!("{found:#?}\n"));
}

#[test]
fn a_server_tells_everything() {
    let kernel = kernel("server-22-cores");
    let cpu = kernel.cpu().unwrap();
    assert_eq!(cpu.cores.iter().map(|core| core.id).collect::<Vec<_>>(), (0..22).collect::<Vec<_>>());
    assert_eq!(cpu.total.user, cpu.cores.iter().map(|core| core.times.user).sum::<u64>());
    assert_eq!((cpu.load1, cpu.load5, cpu.load15, cpu.context_switches), (3.42, 2.98, 2.71, 9_824_409_231));
    let frequencies = kernel.frequencies().unwrap();
    assert_eq!((frequencies.len(), frequencies[10].core, frequencies[10].hertz), (22, 10, 1_800_000_000));
    check(
        kernel.memory().unwrap(),
        expect![[r#"
        MemorySnapshot {
            total: 67265658880,
            available: 42192224256,
            free: 2366672896,
            buffers: 831737856,
            cached: 37994622976,
            slab_reclaimable: 2241949696,
            shared: 1319485440,
            dirty: 4231168,
            swap_total: 8589930496,
            swap_free: 8314896384,
            swap_cached: 1232896,
            paging: Some(
                Paging {
                    swap_in_pages: 1203,
                    swap_out_pages: 68942,
                    major_faults: 120345,
                    oom_kills: 2,
                },
            ),
        }
    "#]],
    );
    check(
        kernel.devices().unwrap(),
        expect![[r#"
        [
            Device {
                name: "nvme0n1",
                reads: 18430211,
                read_bytes: 941671392256,
                read_micros: 4029384000,
                writes: 98203944,
                written_bytes: 3031243986944,
                write_micros: 39203948000,
                busy_micros: 18203944000,
                in_flight: 2,
            },
            Device {
                name: "sda",
                reads: 920394,
                read_bytes: 98324217856,
                read_micros: 829301000,
                writes: 10293,
                written_bytes: 4200419328,
                write_micros: 203948000,
                busy_micros: 920394000,
                in_flight: 0,
            },
            Device {
                name: "dm-0",
                reads: 820394,
                read_bytes: 61642179584,
                read_micros: 392039000,
                writes: 920394,
                written_bytes: 104421795840,
                write_micros: 392039000,
                busy_micros: 392039000,
                in_flight: 0,
            },
        ]
    "#]],
    );
    check(
        kernel.links().unwrap().iter().find(|link| link.name == "enp5s0"),
        expect![[r#"
        Some(
            Link {
                name: "enp5s0",
                rx_bytes: 920394882039,
                rx_packets: 1203948820,
                rx_errors: 3,
                rx_dropped: 92,
                tx_bytes: 420394882039,
                tx_packets: 920394882,
                tx_errors: 1,
                tx_dropped: 12,
            },
        )
    "#]],
    );
    check(
        kernel.sockets().unwrap(),
        expect![[r#"
        SocketCounts {
            tcp_established: 214,
            tcp_time_wait: 41,
            tcp_orphaned: 2,
            udp: 17,
            tcp_sent_segments: 1203948820,
            tcp_retransmitted_segments: 120394,
        }
    "#]],
    );
    check(
        kernel.pressure(PressureResource::Io).unwrap(),
        expect![[r#"
        Pressure {
            some: Stall {
                avg10: 0.015,
                avg60: 0.0075,
                avg300: 0.004,
                total_micros: 29291696262,
            },
            full: Some(
                Stall {
                    avg10: 0.0125,
                    avg60: 0.005,
                    avg300: 0.002,
                    total_micros: 247829072,
                },
            ),
        }
    "#]],
    );
    check(
        (kernel.uptime().unwrap(), kernel.machine()),
        expect![[r#"
        (
            Uptime {
                boot: Timestamp(
                    1795000000000,
                ),
                uptime_micros: 4838400170000,
            },
            MachineInfo {
                name: "calc-2",
                kernel: "6.12.9-amd64",
                os: "Debian GNU/Linux 13 (trixie)",
                processors: 22,
                memory_bytes: 67265658880,
                boot_ms: Timestamp(
                    1795000000000,
                ),
            },
        )
    "#]],
    );
    let mut processes = kernel.processes(200, &[]).unwrap();
    processes.groups.sort_by(|a, b| a.owner.cmp(&b.owner));
    let names: Vec<&str> = processes.groups.iter().map(|group| group.owner.name.as_str()).collect();
    assert_eq!(names, ["a) b (c", "kthreadd", "redis-server", "systemd", "tmux: server"]);
    assert_eq!((processes.counts.total, processes.counts.running, processes.counts.threads), (5, 1, 9));
}

#[test]
fn limits_and_activity_of_a_server() {
    let kernel = kernel("server-22-cores");
    let limits = kernel.limits().unwrap();
    let limits: Vec<_> = limits.iter().map(|limit| (limit.name.as_str(), limit.used, limit.most)).collect();
    assert_eq!(
        limits,
        [
            ("file_descriptors", 13_824, 9_223_372_036_854_775_807),
            ("processes", 1893, 4_194_304),
            ("threads", 1893, 511_898),
            ("conntrack", 1820, 262_144),
            ("entropy", 0, 256),
        ]
    );
    let activity = kernel.activity(4).unwrap();
    check(
        activity,
        expect![[r#"
        Activity {
            forks: 4018473,
            interrupts: 5124338251,
            softirqs: 2531781443,
            softirqs_by_kind: [
                (
                    "hi",
                    231,
                ),
                (
                    "timer",
                    22231,
                ),
                (
                    "net_tx",
                    44231,
                ),
                (
                    "net_rx",
                    66231,
                ),
                (
                    "block",
                    88231,
                ),
                (
                    "irq_poll",
                    110231,
                ),
                (
                    "tasklet",
                    132231,
                ),
                (
                    "sched",
                    154231,
                ),
                (
                    "hrtimer",
                    176231,
                ),
                (
                    "rcu",
                    198231,
                ),
            ],
            interrupts_by_line: [
                InterruptLine {
                    line: "LOC",
                    device: "",
                    count: 20202020311,
                },
                InterruptLine {
                    line: "RES",
                    device: "",
                    count: 110000,
                },
                InterruptLine {
                    line: "121",
                    device: "nvme0q1",
                    count: 22231,
                },
                InterruptLine {
                    line: "16",
                    device: "ehci_hcd:usb1, i801_smbus",
                    count: 77,
                },
            ],
        }
    "#]],
    );
    assert_eq!(kernel.activity(usize::MAX).unwrap().interrupts_by_line.len(), 10);
    assert!(kernel.activity(0).unwrap().interrupts_by_line.is_empty());
}

#[test]
fn sums_of_this_machine_grow() {
    let kernel = Kernel::open(Path::new("/"), Arc::new(SystemClock::new()));
    let before = kernel.activity(200).unwrap();
    std::thread::spawn(|| {}).join().unwrap();
    let after = kernel.activity(200).unwrap();
    assert!(after.forks > before.forks, "a thread is a fork too");
    assert!(after.interrupts >= before.interrupts && after.softirqs >= before.softirqs);
    for one in &before.interrupts_by_line {
        if let Some(later) = after.interrupts_by_line.iter().find(|later| later.line == one.line) {
            assert!(later.count >= one.count, "{one:?}");
        }
    }
    for limit in kernel.limits().unwrap() {
        assert!(limit.used <= limit.most, "{limit:?}");
    }
}

#[test]
fn read_again_it_says_the_same() {
    let kernel = kernel("server-22-cores");
    assert_eq!(kernel.cpu().unwrap(), kernel.cpu().unwrap());
    assert_eq!(kernel.memory().unwrap(), kernel.memory().unwrap());
    assert_eq!(kernel.devices().unwrap(), kernel.devices().unwrap());
    assert_eq!(kernel.frequencies().unwrap(), kernel.frequencies().unwrap());
}

#[test]
fn what_a_sandbox_lacks_is_not_present_and_the_rest_is_there() {
    let kernel = kernel("sandbox");
    assert_eq!(kernel.cpu().unwrap().cores.len(), 1);
    let memory = kernel.memory().unwrap();
    assert_eq!((memory.available, memory.paging), (1_610_612_736, None));
    assert_eq!(kernel.uptime().unwrap().uptime_micros, 12_500_000);
    for missing in [
        kernel.frequencies().map(drop),
        kernel.mounts().map(drop),
        kernel.devices().map(drop),
        kernel.links().map(drop),
        kernel.sockets().map(drop),
        kernel.pressure(PressureResource::Cpu).map(drop),
    ] {
        assert!(matches!(missing, Err(CapabilityError::NotPresent(_))), "{missing:?}");
    }
    assert_eq!(kernel.machine().os, "");
    // Its `stat` has no sums, and no tables stand beside it.
    assert_eq!(kernel.activity(9), Ok(Default::default()));
    assert!(matches!(kernel.limits(), Err(CapabilityError::NotPresent(_))));
}

#[test]
fn damaged_files_are_named_with_line_and_reason() {
    let kernel = kernel("damaged");
    let root = root("damaged").display().to_string();
    let all = [
        kernel.cpu().map(drop),
        kernel.memory().map(drop),
        kernel.uptime().map(drop),
        kernel.devices().map(drop),
        kernel.links().map(drop),
        kernel.sockets().map(drop),
        kernel.mounts().map(drop),
        kernel.pressure(PressureResource::Cpu).map(drop),
        kernel.frequencies().map(drop),
        kernel.processes(1, &[]).map(drop),
        kernel.limits().map(drop),
        kernel.activity(1).map(drop),
    ];
    let shown: Vec<String> = all
        .iter()
        .map(|result| match result {
            Ok(()) => "ok".to_owned(),
            Err(error) => error.to_string().replace(&root, ""),
        })
        .collect();
    expect![[r#"
        /proc/stat, line 2: expected a number for system, found `fifty`
        /proc/vmstat, line 2: ends before pages swapped out
        /proc/uptime, line 1: ends before the uptime
        /proc/diskstats, line 1: ends before time of reads
        /proc/net/dev, line 1: ends before packets dropped on receipt
        /proc/net/snmp, line 2: ends before the value of a column
        /proc/self/mountinfo, line 1: ends before the separator
        /proc/pressure/cpu, line 1: expected `name=value`
        not present: /sys/devices/system/cpu: no processor tells its frequency
        ok
        /proc/sys/fs/file-nr, line 1: expected a number for free files, found `many`
        /proc/interrupts, line 1: expected a head of processors
    "#]]
    .assert_eq(&(shown.join("\n") + "\n"));
}

#[test]
fn a_folder_without_anything_gives_no_facts_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let kernel = Kernel::open(folder.path(), Arc::new(SystemClock::new()));
    assert!(matches!(kernel.cpu(), Err(CapabilityError::NotPresent(_))));
    assert!(matches!(kernel.processes(1, &[]), Err(CapabilityError::NotPresent(_))));
    assert_eq!(kernel.machine(), Default::default());
}

#[test]
fn this_machine_agrees_with_its_own_tools() {
    let kernel = Kernel::open(Path::new("/"), Arc::new(SystemClock::new()));
    let cpu = kernel.cpu().unwrap();
    assert!(!cpu.cores.is_empty() && cpu.total.idle > 0);
    let memory = kernel.memory().unwrap();
    assert!(memory.total > memory.available && memory.available >= memory.free / 2);
    let mounts = kernel.mounts().unwrap();
    let root = mounts.iter().find(|mount| mount.mount_point == "/").unwrap();
    assert!(root.total >= root.free && root.free >= root.available, "{root:?}");
    assert!(kernel.links().unwrap().iter().any(|link| link.name == "lo"));
    assert!(kernel.uptime().unwrap().uptime_micros > 0);
    let machine = kernel.machine();
    assert!(!machine.name.is_empty() && !machine.kernel.is_empty() && machine.processors == cpu.cores.len());
}
