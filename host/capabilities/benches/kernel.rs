//! What one tick of the system plugin costs on this machine, by fact; the sum is `everything`.

#![expect(missing_docs, reason = "criterion's macro makes a public function")]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use autobot_capabilities::kernel::{Kernel, PressureResource};
use autobot_model::{ManualClock, Timestamp};
use criterion::{Criterion, criterion_group, criterion_main};

fn read_all(kernel: &Kernel) {
    let _ = black_box(kernel.cpu());
    let _ = black_box(kernel.memory());
    let _ = black_box(kernel.mounts());
    let _ = black_box(kernel.devices());
    let _ = black_box(kernel.links());
    let _ = black_box(kernel.sockets());
    let _ = black_box(kernel.uptime());
    for resource in PressureResource::ALL {
        let _ = black_box(kernel.pressure(resource));
    }
}

fn bench(criterion: &mut Criterion) {
    let clock = Arc::new(ManualClock::at(Timestamp(0)));
    let kernel = Kernel::open(Path::new("/"), clock.clone());
    let mut group = criterion.benchmark_group("kernel");
    group.bench_function("cpu (stat, loadavg)", |b| b.iter(|| kernel.cpu()));
    group.bench_function("memory (meminfo, vmstat)", |b| b.iter(|| kernel.memory()));
    group.bench_function("mounts (mountinfo, statvfs)", |b| b.iter(|| kernel.mounts()));
    group.bench_function("devices (diskstats)", |b| b.iter(|| kernel.devices()));
    group.bench_function("links (net/dev)", |b| b.iter(|| kernel.links()));
    group.bench_function("sockets (snmp, sockstat)", |b| b.iter(|| kernel.sockets()));
    group.bench_function("pressure (one of three)", |b| b.iter(|| kernel.pressure(PressureResource::Cpu)));
    group.bench_function("uptime", |b| b.iter(|| kernel.uptime()));
    group.bench_function("processes (all)", |b| {
        b.iter(|| {
            clock.advance(Duration::from_secs(1));
            kernel.processes(200, &[])
        });
    });
    group.bench_function("everything but processes", |b| b.iter(|| read_all(&kernel)));
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
