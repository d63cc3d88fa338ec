//! What one tick of the system plugin costs on this machine, by fact; the sum is `everything`.

#![expect(missing_docs, reason = "criterion's macro makes a public function")]

use std::fs::File;
use std::hint::black_box;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use autobot_capabilities::kernel::{Asked, Kernel, PressureResource};
use autobot_model::{ManualClock, Timestamp};
use criterion::{Criterion, criterion_group, criterion_main};

/// What the plugin asks for at every tick.
fn read_all(kernel: &Kernel) {
    let _ = black_box(kernel.cpu());
    let _ = black_box(kernel.memory());
    let _ = black_box(kernel.mounts());
    let _ = black_box(kernel.disks.devices());
    let _ = black_box(kernel.net.links());
    let _ = black_box(kernel.net.sockets());
    let _ = black_box(kernel.net.protocols());
    let _ = black_box(kernel.net.softnets());
    let _ = black_box(kernel.net.neighbours());
    let _ = black_box(kernel.uptime());
    let _ = black_box(kernel.activity(10));
    let _ = black_box(kernel.limits());
    let _ = black_box(kernel.caches());
    let _ = black_box(kernel.clock());
    for resource in PressureResource::ALL {
        let _ = black_box(kernel.pressure(resource));
    }
}

/// What the plugin asks for every fifteen seconds.
fn describe_all(kernel: &Kernel) {
    let _ = black_box(kernel.net.describe());
    let _ = black_box(kernel.net.queues());
    let _ = black_box(kernel.disks.describe());
    let _ = black_box(kernel.disks.faults());
    let _ = black_box(kernel.memory_nodes());
    let _ = black_box(kernel.hardware());
}

/// The files behind `read_all`, each as often as it is read there, and whether one read gives all of it.
const FILES: &[(&str, bool)] = &[
    ("stat", true),
    ("loadavg", true),
    ("meminfo", true),
    ("vmstat", false),
    ("self/mountinfo", false),
    ("diskstats", false),
    ("net/dev", false),
    ("net/snmp", true),
    ("net/sockstat", true),
    ("net/sockstat6", true),
    ("sys/net/ipv4/tcp_mem", true),
    ("sys/net/ipv4/tcp_max_orphans", true),
    ("sys/net/ipv4/tcp_max_tw_buckets", true),
    ("net/snmp", true),
    ("net/netstat", true),
    ("net/snmp6", true),
    ("net/softnet_stat", false),
    ("net/arp", false),
    ("uptime", true),
    ("stat", true),
    ("softirqs", true),
    ("interrupts", false),
    ("sys/fs/file-nr", true),
    ("loadavg", true),
    ("sys/kernel/threads-max", true),
    ("sys/kernel/pid_max", true),
    ("sys/kernel/random/entropy_avail", true),
    ("sys/kernel/random/poolsize", true),
    ("sys/fs/aio-nr", true),
    ("sys/fs/aio-max-nr", true),
    ("net/arp", false),
    ("sys/net/ipv4/neigh/default/gc_thresh3", true),
    ("sys/fs/dentry-state", true),
    ("sys/fs/inode-nr", true),
    ("pressure/cpu", true),
    ("pressure/memory", true),
    ("pressure/io", true),
];

/// The same files, only read: what the kernel itself costs.
fn only_read(files: &mut [(File, bool, Vec<u8>)]) -> usize {
    let mut sum = 0;
    for (file, single, buffer) in files {
        let mut length = 0;
        while let Ok(count) = file.read_at(&mut buffer[length..], length as u64) {
            length += count;
            if count == 0 || *single {
                break;
            }
        }
        sum += length;
    }
    sum
}

fn bench(criterion: &mut Criterion) {
    let clock = Arc::new(ManualClock::at(Timestamp(0)));
    let kernel = Kernel::open(Path::new("/"), clock.clone());
    let mut group = criterion.benchmark_group("kernel");
    group.bench_function("cpu (stat, loadavg)", |b| b.iter(|| kernel.cpu()));
    group.bench_function("memory (meminfo, vmstat)", |b| b.iter(|| kernel.memory()));
    group.bench_function("mounts (mountinfo, statvfs)", |b| b.iter(|| kernel.mounts()));
    group.bench_function("devices (diskstats)", |b| b.iter(|| kernel.disks.devices()));
    group.bench_function("links (net/dev)", |b| b.iter(|| kernel.net.links()));
    group.bench_function("sockets (snmp, sockstat)", |b| b.iter(|| kernel.net.sockets()));
    group.bench_function("pressure (one of three)", |b| b.iter(|| kernel.pressure(PressureResource::Cpu)));
    group.bench_function("uptime", |b| b.iter(|| kernel.uptime()));
    group.bench_function("processes (all)", |b| {
        b.iter(|| {
            clock.advance(Duration::from_secs(1));
            kernel.processes(&Asked { limit: 200, ..Asked::default() })
        });
    });
    group.bench_function("protocols (snmp, netstat, snmp6)", |b| b.iter(|| kernel.net.protocols()));
    group.bench_function("activity (stat, softirqs, interrupts)", |b| b.iter(|| kernel.activity(10)));
    group.bench_function("udp queues (udp, udp6)", |b| b.iter(|| kernel.net.queues()));
    group.bench_function("limits", |b| b.iter(|| kernel.limits()));
    group.bench_function("descriptions (every 15 s)", |b| b.iter(|| describe_all(&kernel)));
    group.bench_function("everything but processes", |b| b.iter(|| read_all(&kernel)));
    let opened = FILES.iter().filter_map(|(path, single)| {
        // The handlers of sysctl clear as much memory as they are offered.
        let buffer = vec![0; if path.starts_with("sys/") { 8 << 10 } else { 64 << 10 }];
        Some((File::open(Path::new("/proc").join(path)).ok()?, *single, buffer))
    });
    let mut files: Vec<(File, bool, Vec<u8>)> = opened.collect();
    group.bench_function("the same files, only read", |b| b.iter(|| only_read(&mut files)));
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
