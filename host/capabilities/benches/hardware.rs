//! What one look at a well-equipped machine costs: 40 sensors on 5 chips, 4 zones of energy, 3 thermal zones, 16 cores,
//! 3 supplies, 100 control groups. The trees are files laid out as the kernel documents them, so this is the cost of asking,
//! without that of the drivers.

#![expect(missing_docs, reason = "criterion's macro makes a public function")]
#![expect(clippy::expect_used, reason = "without its trees there is nothing to measure")]

use std::fs;
use std::path::Path;

use autobot_capabilities::cgroups::Cgroups;
use autobot_capabilities::power_supply::PowerSupplies;
use autobot_capabilities::sensors::Sensors;
use criterion::{Criterion, criterion_group, criterion_main};
use tempfile::TempDir;

/// Writes files below `folder`.
fn write(folder: &Path, files: &[(&str, &str)]) {
    fs::create_dir_all(folder).expect("a folder");
    for (name, content) in files {
        fs::write(folder.join(name), content).expect("a file");
    }
}

fn machine() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sys = folder.path().join("sys");
    for chip in 0..5 {
        let place = sys.join(format!("class/hwmon/hwmon{chip}"));
        write(&place, &[("name", "coretemp\n")]);
        for sensor in 1..=8 {
            for (what, content) in [
                ("input", "61000\n"),
                ("label", "Core\n"),
                ("max", "90000\n"),
                ("crit", "100000\n"),
                ("crit_alarm", "0\n"),
            ] {
                write(&place, &[(&format!("temp{sensor}_{what}"), content)]);
            }
        }
    }
    for zone in ["intel-rapl:0", "intel-rapl:0:0", "intel-rapl:0:1", "intel-rapl:1"] {
        let files =
            [("name", "package-0\n"), ("energy_uj", "71828182845\n"), ("max_energy_range_uj", "262143328850\n")];
        write(&sys.join("class/powercap").join(zone), &files);
    }
    for zone in 0..3 {
        let place = sys.join(format!("class/thermal/thermal_zone{zone}"));
        write(&place, &[("type", "acpitz\n"), ("temp", "52000\n")]);
        for (trip, kind) in ["critical", "hot", "passive"].iter().enumerate() {
            let (named, warm) = (format!("trip_point_{trip}_type"), format!("trip_point_{trip}_temp"));
            write(&place, &[(&named, kind), (&warm, "99000\n")]);
        }
    }
    for core in 0..16 {
        let files = [("core_throttle_count", "12\n"), ("package_throttle_count", "340\n")];
        write(&sys.join(format!("devices/system/cpu/cpu{core}/thermal_throttle")), &files);
    }
    for supply in ["AC", "BAT0", "BAT1"] {
        let files = [
            ("type", "Battery\n"),
            ("status", "Discharging\n"),
            ("capacity", "62\n"),
            ("energy_now", "31240000\n"),
            ("energy_full", "49870000\n"),
            ("energy_full_design", "57020000\n"),
            ("power_now", "8724000\n"),
            ("voltage_now", "12113000\n"),
        ];
        write(&sys.join("class/power_supply").join(supply), &files);
    }
    let groups = sys.join("fs/cgroup");
    write(&groups, &[("cgroup.controllers", "cpu io memory pids\n")]);
    let pressure = "some avg10=0.00 avg60=0.00 avg300=0.00 total=63902684\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=31951342\n";
    // As long as the kernel's own: some forty counters.
    let memory: String = (0..40).map(|n| format!("workingset_counter_{n} 1048576\n")).collect();
    for slice in 0..4 {
        for service in 0..25 {
            let path = match service {
                0 => format!("s{slice}.slice"),
                _ => format!("s{slice}.slice/service-{service}.service"),
            };
            let files = [
                ("cgroup.events", "populated 1\nfrozen 0\n"),
                ("cgroup.procs", "1\n2\n3\n"),
                (
                    "cpu.stat",
                    "usage_usec 7000\nuser_usec 5000\nsystem_usec 2000\nnr_periods 0\nnr_throttled 0\nthrottled_usec 0\n",
                ),
                ("cpu.max", "max 100000\n"),
                ("memory.current", "2147483648\n"),
                ("memory.max", "max\n"),
                ("memory.swap.current", "0\n"),
                ("memory.stat", &format!("anon 1900000000\nfile 200000000\n{memory}")),
                ("memory.events", "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n"),
                ("io.stat", "8:0 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=0 dios=0\n"),
                ("cpu.pressure", pressure),
                ("memory.pressure", pressure),
                ("io.pressure", pressure),
            ];
            write(&groups.join(path), &files);
        }
    }
    folder
}

fn bench(criterion: &mut Criterion) {
    let machine = machine();
    let sensors = Sensors::open(machine.path());
    let supplies = PowerSupplies::open(machine.path());
    let cgroups = Cgroups::open(machine.path());
    let mut group = criterion.benchmark_group("hardware");
    group.sample_size(30);
    group.bench_function("sensors (40, 4 energies, 3 zones)", |b| b.iter(|| sensors.read()));
    group.bench_function("throttled (16 cores)", |b| b.iter(|| sensors.throttled()));
    group.bench_function("supplies (3)", |b| b.iter(|| supplies.read()));
    group.bench_function("cgroups (100, all told)", |b| b.iter(|| cgroups.read(2, 100)));
    group.bench_function("cgroups (100, 20 told)", |b| b.iter(|| cgroups.read(2, 20)));
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
