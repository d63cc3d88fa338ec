//! The kernel's facts from recorded folders: a server with 22 cores, a sandbox that lacks most files, and one whose files
//! are damaged.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use autobot_capabilities::CapabilityError;
use autobot_capabilities::kernel::{Asked, Kernel, PressureResource};
use autobot_model::SystemClock;
use expect_test::{Expect, expect};

fn kernel(folder: &str) -> Kernel {
    Kernel::open(&root(folder), Arc::new(SystemClock::new()))
}

fn root(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(folder)
}

fn all() -> Asked<'static> {
    Asked { limit: 200, ..Asked::default() }
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
                uses: MemoryUses {
                    active_anonymous: 1654784,
                    inactive_anonymous: 407400448,
                    active_file: 1459036160,
                    inactive_file: 1826148352,
                    unevictable: 19472384,
                    locked: 18448384,
                    anonymous: 368861184,
                    mapped: 355786752,
                    kernel_stack: 3866624,
                    page_tables: 11960320,
                    secondary_page_tables: 0,
                    per_cpu: 729088,
                    vmalloc: 16973824,
                    slab_unreclaimable: 38240256,
                    kernel_reclaimable: 274264064,
                    writeback: 0,
                    writeback_temporary: 0,
                    committed: 3125391360,
                    commit_limit: 12638253056,
                    hardware_corrupted: 0,
                    balloon: 0,
                    zswap: 0,
                    zswapped: 0,
                    huge_anonymous: 0,
                    huge_shared: 0,
                    huge_file: 44040192,
                    huge_total: 0,
                    huge_free: 0,
                    huge_reserved: 0,
                    huge_surplus: 0,
                    huge_page_bytes: 2097152,
                    huge_all_bytes: 0,
                    direct_map_4k: 27262976,
                    direct_map_2m: 2120220672,
                    direct_map_1g: 25769803776,
                },
                paging: Some(
                    Paging {
                        swap_in_pages: 1203,
                        swap_out_pages: 68942,
                        faults: 56117981,
                        major_faults: 120345,
                        oom_kills: 2,
                        read_bytes: 10264302592,
                        written_bytes: 10049490944,
                        scanned_background: 0,
                        scanned_direct: 0,
                        reclaimed_background: 0,
                        reclaimed_direct: 0,
                        allocation_stalls: 0,
                        compaction_stalls: 0,
                        refaults_anonymous: 0,
                        refaults_file: 2197976,
                        huge_faults: 63,
                        huge_fallbacks: 0,
                    },
                ),
            }
        "#]],
    );
    check(
        kernel.disks.devices().unwrap(),
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
                    queued_micros: 43233332000,
                    reads_merged: 120394,
                    writes_merged: 40293841,
                    discards: 0,
                    discards_merged: 0,
                    discarded_bytes: 0,
                    discard_micros: 0,
                    flushes: 902934,
                    flush_micros: 1023000,
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
                    queued_micros: 1033249000,
                    reads_merged: 1203,
                    writes_merged: 30294,
                    discards: 0,
                    discards_merged: 0,
                    discarded_bytes: 0,
                    discard_micros: 0,
                    flushes: 0,
                    flush_micros: 0,
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
                    queued_micros: 784078000,
                    reads_merged: 0,
                    writes_merged: 0,
                    discards: 0,
                    discards_merged: 0,
                    discarded_bytes: 0,
                    discard_micros: 0,
                    flushes: 0,
                    flush_micros: 0,
                },
            ]
        "#]],
    );
    check(
        kernel.net.links().unwrap().iter().find(|link| link.name == "enp5s0"),
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
                    rx_fifo: 0,
                    rx_frame: 0,
                    rx_compressed: 0,
                    rx_multicast: 820394,
                    tx_fifo: 0,
                    collisions: 0,
                    tx_carrier: 0,
                    tx_compressed: 0,
                },
            )
        "#]],
    );
    check(
        kernel.net.sockets().unwrap(),
        expect![[r#"
            SocketCounts {
                tcp_established: 214,
                tcp_time_wait: 41,
                tcp_orphaned: 2,
                tcp_allocated: 320,
                tcp_open: 180,
                tcp6_open: 40,
                udp_open: 12,
                udp6_open: 5,
                raw_open: 1,
                used: 1203,
                tcp_memory: 376832,
                udp_memory: 32768,
                fragment_memory: 0,
                fragments: 0,
                tcp_memory_limit: Some(
                    3144622080,
                ),
                tcp_orphaned_limit: Some(
                    262144,
                ),
                tcp_time_wait_limit: Some(
                    262144,
                ),
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
    let mut processes = kernel.processes(&all()).unwrap();
    processes.groups.sort_by(|a, b| a.owner.cmp(&b.owner));
    let names: Vec<&str> = processes.groups.iter().map(|group| group.owner.name.as_str()).collect();
    assert_eq!(names, ["a) b (c", "kthreadd", "redis-server", "systemd", "tmux: server"]);
    assert_eq!((processes.counts.total, processes.counts.running, processes.counts.threads), (5, 1, 9));
}

#[test]
fn read_again_it_says_the_same() {
    let kernel = kernel("server-22-cores");
    assert_eq!(kernel.cpu().unwrap(), kernel.cpu().unwrap());
    assert_eq!(kernel.memory().unwrap(), kernel.memory().unwrap());
    assert_eq!(kernel.disks.devices().unwrap(), kernel.disks.devices().unwrap());
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
        kernel.disks.devices().map(drop),
        kernel.net.links().map(drop),
        kernel.net.sockets().map(drop),
        kernel.net.protocols().map(drop),
        kernel.net.describe().map(drop),
        kernel.net.bonds().map(drop),
        kernel.net.softnets().map(drop),
        kernel.net.queues().map(drop),
        kernel.net.neighbours().map(drop),
        kernel.net.tracking().map(drop),
        kernel.disks.describe().map(drop),
        kernel.disks.arrays().map(drop),
        kernel.disks.faults().map(drop),
        kernel.disks.zfs().map(drop),
        kernel.memory_nodes().map(drop),
        kernel.memory_controllers().map(drop),
        kernel.schedule().map(drop),
        kernel.scalings().map(drop),
        kernel.caches().map(drop),
        kernel.clock().map(drop),
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
        kernel.disks.devices().map(drop),
        kernel.net.links().map(drop),
        kernel.net.sockets().map(drop),
        kernel.mounts().map(drop),
        kernel.pressure(PressureResource::Cpu).map(drop),
        kernel.frequencies().map(drop),
        kernel.processes(&all()).map(drop),
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
        /proc/vmstat, line 2: ends before pswpout
        /proc/uptime, line 1: ends before the uptime
        /proc/diskstats, line 1: ends before time of reads
        /proc/net/dev, line 1: ends before packets dropped on receipt
        /proc/net/sockstat, line 1: expected a number for inuse, found `x`
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
    assert!(matches!(kernel.processes(&all()), Err(CapabilityError::NotPresent(_))));
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
    assert!(kernel.net.links().unwrap().iter().any(|link| link.name == "lo"));
    assert!(kernel.uptime().unwrap().uptime_micros > 0);
    let machine = kernel.machine();
    assert!(!machine.name.is_empty() && !machine.kernel.is_empty() && machine.processors == cpu.cores.len());
}
