//! Networks, disks, memory and clocks from recorded folders, and from folders that are as bad as they can be.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use autobot_capabilities::CapabilityError;
use autobot_capabilities::kernel::Kernel;
use autobot_model::SystemClock;
use expect_test::{Expect, expect};

fn open(root: &Path) -> Kernel {
    Kernel::open(root, Arc::new(SystemClock::new()))
}

fn server() -> Kernel {
    open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/server-22-cores"))
}

/// One line for each of `all`.
fn check<T: std::fmt::Debug>(all: &[T], expected: Expect) {
    let lines: String = all.iter().map(|one| format!("{one:?}\n")).collect();
    expected.assert_eq(&lines);
}

#[test]
fn interfaces_are_described_and_bonds_told_by_their_parts() {
    let kernel = server();
    let lines: Vec<_> = kernel
        .net
        .describe()
        .unwrap()
        .into_iter()
        .map(|one| {
            let carrier = one.carrier.map_or("?", |carrier| if carrier { "carrier" } else { "no carrier" });
            let names = [one.driver, one.part_of, one.alias, one.duplex].join("/");
            format!(
                "{} {} {carrier} {} {:?} {} {}/{} {names}",
                one.name, one.up, one.state, one.speed, one.mtu, one.carrier_ups, one.carrier_downs
            )
        })
        .collect();
    check(
        &lines,
        expect![[r#"
        "bond0 true carrier up Some(125000000) 9000 1/0 ///"
        "docker0 true no carrier down None 1500 1/2 ///"
        "enp5s0 true carrier up Some(312500000) 1500 3/2 igc//uplink/full"
        "ens1 true ? up None 9000 1/0 /bond0//"
        "ens2 true ? up None 9000 1/0 /bond0//"
        "lo true ? unknown None 65536 0/0 ///"
    "#]],
    );
    check(
        &kernel.net.bonds().unwrap(),
        expect![[r#"
        Bond { name: "bond0", mode: "active-backup", parts: [BondPart { name: "ens1", up: false, active: false, failures: 3 }, BondPart { name: "ens2", up: true, active: true, failures: 3 }] }
    "#]],
    );
}

#[test]
fn sockets_protocols_and_queues_of_a_server() {
    let net = server().net;
    let protocols = net.protocols().unwrap();
    check(
        &[protocols.tcp],
        expect![[r#"
        TcpCounts { active_opens: 920394, passive_opens: 120394, attempt_failures: 20394, established_resets: 9203, received_segments: 920394882, sent_segments: 1203948820, retransmitted_segments: 120394, receive_errors: 12, checksum_errors: 0, sent_resets: 92039, listen_overflows: 40, listen_drops: 44, request_queue_drops: 6, cookies_sent: 12, cookies_received: 11, cookies_failed: 1, timeouts: 210, syn_retransmits: 88, fast_retransmits: 900, lost_retransmits: 7, loss_probes: 300, spurious_timeouts: 9, out_of_order: 7734, out_of_order_drops: 2, receive_queue_drops: 4, backlog_drops: 1, prunes: 3, memory_pressures: 2, memory_pressure_micros: 150000, aborts_memory: 0, aborts_timeout: 24, aborts_data: 21, aborts_close: 22, aborts_linger: 0, time_wait_overflows: 0, zero_windows: 31, keep_alives: 1203 }
    "#]],
    );
    check(
        &[Some(protocols.ip), protocols.ip6],
        expect![[r#"
        Some(IpCounts { received: 21572, received_bytes: 920394882039, delivered: 21572, forwarded: 0, sent: 13474, sent_bytes: 420394882039, header_errors: 0, address_errors: 0, unknown_protocols: 0, no_routes: 3, received_discarded: 0, sent_discarded: 0, reassembly_failures: 0, fragmentation_failures: 0 })
        Some(IpCounts { received: 903, received_bytes: 88210, delivered: 0, forwarded: 0, sent: 0, sent_bytes: 0, header_errors: 0, address_errors: 0, unknown_protocols: 0, no_routes: 7, received_discarded: 0, sent_discarded: 0, reassembly_failures: 0, fragmentation_failures: 0 })
    "#]],
    );
    check(
        &[(protocols.icmp6, protocols.udp6)],
        expect![[r#"
        (Some(IcmpCounts { received: 17, sent: 0, receive_errors: 0, send_errors: 0, received_unreachable: 0, sent_unreachable: 0 }), Some(UdpCounts { received: 431, sent: 0, no_port: 0, receive_errors: 0, receive_buffer_errors: 3, send_buffer_errors: 0, checksum_errors: 0 }))
    "#]],
    );
    check(
        &net.softnets().unwrap(),
        expect![[r#"
        Softnet { core: 0, processed: 2116421, dropped: 1, squeezed: 2 }
        Softnet { core: 1, processed: 1659605, dropped: 0, squeezed: 1 }
    "#]],
    );
    check(
        &[net.queues().unwrap()],
        expect![[r#"
        UdpQueues { received: 832, sent: 0, drops: 19 }
    "#]],
    );
    check(
        &net.neighbours().unwrap(),
        expect![[r#"
        Neighbours { name: "enp5s0", count: 2 }
        Neighbours { name: "docker0", count: 1 }
    "#]],
    );
    check(
        &[net.tracking().unwrap()],
        expect![[r#"
        Tracking { found: 0, invalid: 32, insert_failures: 2, dropped: 3, early_dropped: 1, restarts: 11 }
    "#]],
    );
}

#[test]
fn disks_arrays_and_the_errors_of_file_systems() {
    let disks = server().disks;
    check(
        &disks.describe().unwrap(),
        expect![[r#"
        DeviceDetails { name: "nvme0n1", model: "Samsung SSD 990 PRO 1TB", firmware: "4B2QJXD7", kind: "nvme", scheduler: "none", bytes: 1024209543168, removable: false, read_only: false, state: "live", errors: None, timeouts: None }
        DeviceDetails { name: "sda", model: "ST2000LM015-2E81", firmware: "0001", kind: "disk", scheduler: "mq-deadline", bytes: 2000398934016, removable: false, read_only: false, state: "running", errors: Some(31), timeouts: Some(2) }
        DeviceDetails { name: "dm-0", model: "", firmware: "", kind: "mapped", scheduler: "", bytes: 512, removable: false, read_only: false, state: "", errors: None, timeouts: None }
    "#]],
    );
    check(
        &disks.arrays().unwrap(),
        expect![[r#"
        DiskArray { name: "md0", level: "raid1", state: "clean", action: "recover", wanted: 2, degraded: 1, working: 1, failed: 1, spare: 1, bytes: 1000069595136, done: Some(0.25), mismatches: 0 }
    "#]],
    );
    check(
        &disks.faults().unwrap(),
        expect![[r#"
        Faults { fs_type: "ext4", name: "nvme0n1p2", kind: "errors", count: 4 }
        Faults { fs_type: "btrfs", name: "backup 1", kind: "write", count: 0 }
        Faults { fs_type: "btrfs", name: "backup 1", kind: "read", count: 3 }
        Faults { fs_type: "btrfs", name: "backup 1", kind: "flush", count: 0 }
        Faults { fs_type: "btrfs", name: "backup 1", kind: "corruption", count: 1 }
        Faults { fs_type: "btrfs", name: "backup 1", kind: "generation", count: 0 }
    "#]],
    );
    check(
        &[disks.zfs().unwrap()],
        expect![[r#"
        Zfs { pools: [Pool { name: "tank", state: "DEGRADED" }], size: 4204967296, target: 4294967296, most: 8589934592, hits: 920394, misses: 1203 }
    "#]],
    );
}

#[test]
fn memory_nodes_clocks_and_the_machine() {
    let kernel = server();
    check(
        &kernel.memory_nodes().unwrap(),
        expect![[r#"
        MemoryNode { id: 0, total: 33632829440, free: 1183336448, file: 18997311488, anonymous: 184430592, dirty: 2115584, hits: 701612410, misses: 12, foreign: 0, interleaved: 1132, local: 701612400, other: 10 }
        MemoryNode { id: 1, total: 33632829440, free: 1183336448, file: 18997311488, anonymous: 184430592, dirty: 2115584, hits: 701612410, misses: 12, foreign: 1, interleaved: 1132, local: 701612400, other: 10 }
    "#]],
    );
    check(
        &kernel.memory_controllers().unwrap(),
        expect![[r#"
        MemoryController { name: "mc0", driver: "Intel_client_SoC#MC0", corrected: 7, uncorrected: 0, modules: [MemoryModule { label: "DIMM A1", corrected: 7, uncorrected: 0 }] }
    "#]],
    );
    check(
        &kernel.schedule().unwrap(),
        expect![[r#"
        Turns { core: 0, running_micros: 912345678901, waiting_micros: 12345678, count: 4321098 }
        Turns { core: 1, running_micros: 812345678901, waiting_micros: 2345678, count: 3321098 }
    "#]],
    );
    check(
        &[kernel.caches().unwrap()],
        expect![[r#"
        Caches { names: 358281, names_unused: 356067, inodes: 229647, inodes_unused: 698 }
    "#]],
    );
    let hardware = kernel.hardware();
    check(
        std::slice::from_ref(&hardware),
        expect![[r##"
        HardwareInfo { name: "calc-2", kernel: "6.12.9-amd64", version: "#1 SMP PREEMPT_DYNAMIC Debian 6.12.9-1", architecture: "x86_64", os: "debian", os_version: "", os_codename: "", os_name: "Debian GNU/Linux 13 (trixie)", vendor: "ASUSTeK COMPUTER INC.", product: "NUC14", board: "NUC14RVB", firmware_vendor: "American Megatrends", firmware: "0035", firmware_date: "05/06/2024", processor: "Intel(R) Core(TM) Ultra 9 185H", processors: 3, sockets: 1, cores: 2 }
    "##]],
    );
    assert!(!format!("{hardware:?}").contains("G6NUC0001"), "serial numbers are not read");
    let clock = kernel.clock().unwrap();
    assert_eq!((clock.source.as_str(), clock.sources.len()), ("tsc", 3));
}

/// A folder with these files.
fn tree(files: &[(&str, &str)]) -> std::io::Result<tempfile::TempDir> {
    let root = tempfile::tempdir()?;
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap_or(root.path()))?;
        fs::write(path, text)?;
    }
    Ok(root)
}

/// What became of a call, without the folder's own name.
fn said<T: std::fmt::Debug>(root: &Path, answer: Result<T, CapabilityError>) -> String {
    match answer {
        Ok(value) => format!("{value:?}"),
        Err(error) => error.to_string().replace(&root.display().to_string(), ""),
    }
}

#[test]
fn half_written_and_negative_values_are_named_or_left_out() {
    type Ask = fn(&Kernel) -> Result<String, CapabilityError>;
    let cases: [(&str, &str, Ask, &str); 12] = [
        (
            "proc/net/snmp",
            "Tcp: InSegs OutSegs\nTcp: 1",
            |k| k.net.protocols().map(|p| format!("{}", p.tcp.received_segments)),
            "/proc/net/snmp, line 2: ends before the value of a column",
        ),
        (
            "proc/net/snmp",
            "Tcp: InSegs\nTcp: -7\n",
            |k| k.net.protocols().map(|_| String::new()),
            "/proc/net/snmp, line 2: expected a number for InSegs, found `-7`",
        ),
        (
            "proc/net/snmp",
            "Tcp: MaxConn InSegs\nTcp: -1 18446744073709551615\n",
            |k| k.net.protocols().map(|p| format!("{}", p.tcp.received_segments)),
            "\"18446744073709551615\"",
        ),
        (
            "proc/net/softnet_stat",
            "0000\n",
            |k| k.net.softnets().map(|_| String::new()),
            "/proc/net/softnet_stat, line 1: ends before packets dropped",
        ),
        (
            "proc/net/arp",
            "head\n10.0.0.1 0x1",
            |k| k.net.neighbours().map(|_| String::new()),
            "/proc/net/arp, line 2: ends before the interface",
        ),
        (
            "proc/sys/fs/dentry-state",
            "-5 3\n",
            |k| k.caches().map(|_| String::new()),
            "not present: /proc/sys/fs/inode-nr: No such file or directory (os error 2)",
        ),
        (
            "proc/diskstats",
            "8 0 sda 1 2 3 4 5 6 -7 8 9 10\n",
            |k| k.disks.devices().map(|_| String::new()),
            "/proc/diskstats, line 1: expected a number for sectors written, found `-7`",
        ),
        ("sys/class/net/eth0/speed", "-1\n", |k| k.net.describe().map(|all| format!("{}", all.len())), "\"0\""),
        (
            "sys/block/md0/md/level",
            "raid1\n",
            |k| k.disks.arrays().map(|all| format!("{} {:?}", all[0].wanted, all[0].done)),
            "\"0 None\"",
        ),
        (
            "sys/block/md0/md/array_state",
            "clear\n",
            |k| k.disks.arrays().map(|_| String::new()),
            "not present: /sys/block: has no array of disks",
        ),
        (
            "sys/fs/ext4/sda1/errors_count",
            "-4\n",
            |k| k.disks.faults().map(|_| String::new()),
            "not present: /sys/fs: no file system counts its errors",
        ),
        (
            "sys/devices/system/node/node0/meminfo",
            "Node 0 MemTotal: x kB\n",
            |k| k.memory_nodes().map(|_| String::new()),
            "/sys/devices/system/node/node0/meminfo, line 1: expected a number for MemTotal, found `x`",
        ),
    ];
    for (path, text, ask, expected) in cases {
        let root = tree(&[(path, text)]).unwrap();
        assert_eq!(said(root.path(), ask(&open(root.path()))), expected, "{path}: {text}");
    }
}

#[test]
fn counters_that_go_back_are_told_as_they_are() {
    let root = tree(&[("proc/net/dev", "eth0: 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9\n")]).unwrap();
    let kernel = open(root.path());
    let bytes = |kernel: &Kernel| kernel.net.links().unwrap()[0].rx_bytes;
    assert_eq!(bytes(&kernel), 9);
    fs::write(root.path().join("proc/net/dev"), "eth0: 2 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9\n").unwrap();
    assert_eq!(bytes(&kernel), 2, "whoever reads it knows that it began anew");
    let most = format!("eth0: {} 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9\n", u64::MAX);
    fs::write(root.path().join("proc/net/dev"), most).unwrap();
    assert_eq!(bytes(&kernel), u64::MAX);
}

#[test]
fn a_thousand_interfaces_are_read_and_the_first_two_hundred_described() {
    let rows: String = (0..1000).map(|n| format!("veth{n}: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n")).collect();
    let root = tree(&[("proc/net/dev", &rows)]).unwrap();
    for n in 0..1000 {
        let folder = root.path().join(format!("sys/class/net/veth{n}"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("flags"), "0x1003\n").unwrap();
    }
    let kernel = open(root.path());
    assert_eq!(kernel.net.links().unwrap().len(), 1000);
    let described = kernel.net.describe().unwrap();
    assert_eq!((described.len(), described[199].name.as_str()), (200, "veth199"));
}

#[test]
fn names_are_told_whatever_they_hold() {
    let root = tempfile::tempdir().unwrap();
    let class = root.path().join("sys/class/net");
    let name = |bytes: &[u8]| -> PathBuf { class.join(std::ffi::OsStr::from_bytes(bytes)) };
    for folder in [&b"qu\"ote"[..], b"back\\slash", b"\xff\xfe", b"eth0"] {
        fs::create_dir_all(name(folder)).unwrap();
        fs::write(name(folder).join("flags"), "0x1003\n").unwrap();
    }
    fs::write(name(b"eth0").join("ifalias"), b"up\nlink \xff \"x\"\n").unwrap();
    let described = open(root.path()).net.describe().unwrap();
    let names: Vec<_> = described.iter().map(|one| (one.name.as_str(), one.alias.as_str())).collect();
    // A name that is no UTF-8 could not be told apart from another such.
    assert_eq!(names, [("back\\slash", ""), ("eth0", "up link \u{fffd} \"x\""), ("qu\"ote", "")]);
    fs::create_dir_all(root.path().join("proc/net")).unwrap();
    let row = b"\xff\"a\\: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n";
    fs::write(root.path().join("proc/net/dev"), row).unwrap();
    assert_eq!(open(root.path()).net.links().unwrap()[0].name, "\u{fffd}\"a\\");
}

#[test]
fn what_vanishes_between_listing_and_reading_is_left_out() {
    let root = tree(&[("sys/class/net/eth0/flags", "0x1003\n"), ("sys/class/net/gone/mtu", "1500\n")]).unwrap();
    // A bond that names parts that are no more, and one that would lead elsewhere.
    fs::write(root.path().join("sys/class/net/bonding_masters"), "bond0 ../../../etc gone\n").unwrap();
    let bonding = root.path().join("sys/class/net/bond0/bonding");
    fs::create_dir_all(&bonding).unwrap();
    fs::write(bonding.join("slaves"), "eth0 .. a/b\n").unwrap();
    let kernel = open(root.path());
    let names: Vec<_> = kernel.net.describe().unwrap().into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["eth0"]);
    let bonds = kernel.net.bonds().unwrap();
    assert_eq!((bonds.len(), bonds[0].parts.len(), bonds[0].parts[0].up), (1, 1, false));
}

#[test]
fn this_machine_tells_of_itself() {
    let kernel = open(Path::new("/"));
    assert!(kernel.net.describe().unwrap().iter().any(|link| link.name == "lo" && link.up));
    let protocols = kernel.net.protocols().unwrap();
    assert!(protocols.ip.received >= protocols.ip.delivered.min(1));
    let memory = kernel.memory().unwrap();
    assert!(memory.uses.anonymous > 0 && memory.uses.anonymous < memory.total, "{memory:?}");
    let hardware = kernel.hardware();
    assert!(hardware.processors > 0 && !hardware.kernel.is_empty(), "{hardware:?}");
}
