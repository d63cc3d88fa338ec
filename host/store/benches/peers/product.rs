//! A store as the product would have it after a month: what the system plugin measures, of as many machines as it takes, ending now.
//!
//! Names, labels and kinds are those of the plugin (`docs/reference/metrics.md`). Half an hour of one machine is made up from this
//! table, and the rest is a bootstrap of that, as with a recording.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use autobot_model::{Clock as _, Kind, Labels, SeriesKey, SystemClock};

use crate::Options;
use crate::data::{Size, Stream};
use crate::ours::{Feeder, SYNC};
use crate::random::Random;
use crate::record::{Column, Recording};

const SCRAPES: usize = 1_801;
const CORES: usize = 8;
const PROCESSES: [&str; 15] = [
    "postgres",
    "redis-server",
    "nginx",
    "node",
    "python3",
    "java",
    "dockerd",
    "containerd",
    "systemd",
    "sshd",
    "cron",
    "rsyslogd",
    "chronyd",
    "ollama",
    "autobot-host",
];

/// How a series of one machine behaves.
#[derive(Clone, Copy)]
enum Course {
    Fixed(f64),
    /// Wanders about a mean, by steps of a unit.
    About(f64, f64),
    /// Counts so much a second, by steps of a unit.
    Counts(f64, f64),
    /// Seconds.
    Clock(f64),
}

/// One series: name, labels, course.
struct Row(&'static str, Vec<(&'static str, String)>, Course);

pub(crate) fn write(folder: &Path, options: &Options) -> Result<()> {
    let file = folder.join("autobot.db");
    ensure!(!file.exists(), "{} is there already; name another folder, or remove it", file.display());
    std::fs::create_dir_all(folder)?;
    let recording = machine(options.seed);
    let step = options.step.max(1);
    let end = SystemClock::new().now().align(Duration::from_secs(step as u64));
    let ticks = (options.days * 86_400.0 / step as f64) as usize;
    let series = options.series.map_or(2_000, |series| series as usize);
    let mut stream = Stream::drawn(&recording, Size { series, ticks, step, seed: options.seed, end });
    for (number, machine) in stream.machines.iter_mut().enumerate() {
        machine.name = if number == 0 { "main".to_owned() } else { format!("machine-{number}") };
        for key in &mut machine.keys {
            let own = key.labels.filter(|name| name != "column" && name != "machine");
            key.labels = own.with("machine", &machine.name).with("plugin", "system");
        }
    }
    let mut feeder = Feeder::new(&stream, folder, SYNC)?;
    let mut tick = 0_usize;
    while let Some(time) = stream.next() {
        for machine in &mut stream.machines {
            for (key, value) in machine.keys.iter().zip(&mut machine.values) {
                if key.name.ends_with("_ratio") {
                    *value = value.min(1.0);
                }
            }
        }
        feeder.push(&stream, time)?;
        tick += 1;
        if tick.is_multiple_of(10_000) {
            eprintln!("  {tick} of {ticks} ticks");
        }
    }
    feeder.store.settle().map_err(anyhow::Error::msg)?;
    feeder.store.close();
    let bytes = std::fs::metadata(&file)?.len();
    let samples = stream.samples();
    println!(
        "{}: {series} series of {} machines, {samples} samples, {:.1} MiB, {:.3} bytes a sample",
        file.display(),
        stream.machines.len(),
        bytes as f64 / f64::from(1 << 20),
        bytes as f64 / samples.max(1) as f64
    );
    Ok(())
}

/// Half an hour of one machine, each second.
fn machine(seed: u64) -> Recording {
    let mut random = Random::new(seed);
    let columns = rows().into_iter().map(|row| column(row, &mut random)).collect();
    Recording { times: (0..SCRAPES as i64).map(|second| second * 1000).collect(), columns }
}

fn column(Row(name, labels, course): Row, random: &mut Random) -> Column {
    let stepped = |value: f64, unit: f64| {
        // By way of the reciprocal, so that the value is the decimal that a program would print.
        if unit < 1.0 { (value / unit).round() / (1.0 / unit).round() } else { (value / unit).round() * unit }
    };
    let mut now = match course {
        Course::About(mean, _) => mean,
        // What a machine counted before the recording began.
        Course::Counts(rate, _) => rate * 86_400.0 * (5.0 + random.share()),
        Course::Fixed(value) | Course::Clock(value) => value,
    };
    let mut next = |_| match course {
        Course::Fixed(value) => value,
        Course::Clock(_) => {
            now += 1.0;
            now
        }
        Course::About(mean, unit) => {
            now = (now + (mean - now) * 0.02 + mean * 0.03 * random.gauss()).max(0.0);
            stepped(now, unit)
        }
        Course::Counts(rate, unit) => {
            now += (rate * (random.gauss() * 0.5).exp()).max(0.0);
            stepped(now, unit)
        }
    };
    let values = (0..SCRAPES).map(&mut next).collect();
    let kind = if matches!(course, Course::Counts(..)) { Kind::Counter } else { Kind::Gauge };
    Column { key: SeriesKey { name: name.into(), labels: Labels::new(labels) }, kind, values }
}

fn rows() -> Vec<Row> {
    use Course::{About, Clock, Counts, Fixed};
    const MIB: f64 = 1_048_576.0;
    let one = |name, value: &str| vec![(name, value.to_owned())];
    let mut rows = vec![
        Row("system_cpu_utilization_ratio", vec![], About(0.32, 1e-4)),
        Row("system_cpu_load_average_1m", vec![], About(2.4, 0.01)),
        Row("system_cpu_load_average_5m", vec![], About(2.2, 0.01)),
        Row("system_cpu_load_average_15m", vec![], About(2.0, 0.01)),
        Row("system_memory_limit_bytes", vec![], Fixed(65_536.0 * MIB)),
        Row("system_memory_utilization_ratio", vec![], About(0.55, 1e-4)),
        Row("system_network_retransmits_total", vec![], Counts(0.4, 1.0)),
        Row("system_uptime_seconds", vec![], Clock(1_234_567.0)),
    ];
    let mut add = |name, labels, course| rows.push(Row(name, labels, course));
    for (mode, share) in [
        ("user", 1.6),
        ("nice", 0.0),
        ("system", 0.7),
        ("idle", 5.4),
        ("iowait", 0.2),
        ("irq", 0.0),
        ("softirq", 0.06),
        ("steal", 0.02),
    ] {
        add(
            "system_cpu_time_seconds_total",
            one("mode", mode),
            if share > 0.0 { Counts(share, 0.01) } else { Fixed(0.0) },
        );
    }
    for core in 0..CORES {
        add("system_cpu_core_utilization_ratio", one("core", &core.to_string()), About(0.3, 1e-4));
        add("system_cpu_frequency_hertz", one("core", &core.to_string()), About(2.9e9, 1e6));
    }
    for (state, mib) in [("used", 30_000.0), ("free", 8_000.0), ("buffers", 900.0), ("cached", 26_000.0)] {
        add("system_memory_usage_bytes", one("state", state), About(mib * MIB, 4096.0));
    }
    for (state, mib) in [("used", 120.0), ("free", 8_000.0)] {
        add("system_paging_usage_bytes", one("state", state), Fixed(mib * MIB));
    }
    for direction in ["in", "out"] {
        add("system_paging_operations_total", one("direction", direction), Counts(3.0, 1.0));
    }
    for (resource, scope) in [("cpu", "some"), ("io", "some"), ("io", "full"), ("memory", "some"), ("memory", "full")] {
        for window in ["10s", "60s", "300s"] {
            let labels =
                vec![("resource", resource.to_owned()), ("scope", scope.to_owned()), ("window", window.to_owned())];
            add("system_pressure_stalled_ratio", labels, About(0.03, 1e-4));
        }
    }
    for (mountpoint, device) in [("/", "/dev/nvme0n1p2"), ("/data", "/dev/sda1"), ("/var/lib/docker", "/dev/nvme0n1p3")]
    {
        let place = || vec![("mountpoint", mountpoint.to_owned()), ("device", device.to_owned())];
        for (state, mib) in [("used", 180_000.0), ("free", 260_000.0), ("reserved", 24_000.0)] {
            let mut labels = place();
            labels.push(("state", state.to_owned()));
            let course = if state == "reserved" { Fixed(mib * MIB) } else { About(mib * MIB, 4096.0) };
            add("system_filesystem_usage_bytes", labels, course);
        }
        add("system_filesystem_utilization_ratio", place(), About(0.41, 1e-4));
        add("system_filesystem_inodes_utilization_ratio", place(), About(0.06, 1e-4));
    }
    for device in ["nvme0n1", "sda"] {
        for direction in ["read", "write"] {
            let labels = || vec![("device", device.to_owned()), ("direction", direction.to_owned())];
            add("system_disk_io_bytes_total", labels(), Counts(3.0 * MIB, 4096.0));
            add("system_disk_operations_total", labels(), Counts(90.0, 1.0));
            add("system_disk_operation_time_seconds_total", labels(), Counts(0.05, 0.001));
        }
        add("system_disk_io_time_seconds_total", one("device", device), Counts(0.08, 0.001));
    }
    for interface in ["eth0", "docker0"] {
        for direction in ["receive", "transmit"] {
            let labels = || vec![("interface", interface.to_owned()), ("direction", direction.to_owned())];
            add("system_network_io_bytes_total", labels(), Counts(1.4 * MIB, 1.0));
            add("system_network_packets_total", labels(), Counts(1_900.0, 1.0));
            add("system_network_errors_total", labels(), Fixed(0.0));
            add("system_network_dropped_total", labels(), Counts(0.01, 1.0));
        }
    }
    for (transport, state, count) in
        [("tcp", "established", 140.0), ("tcp", "time_wait", 60.0), ("tcp", "orphaned", 1.0), ("udp", "open", 12.0)]
    {
        let labels = vec![("transport", transport.to_owned()), ("state", state.to_owned())];
        add("system_network_connections", labels, About(count, 1.0));
    }
    for (state, count) in
        [("running", 3.0), ("sleeping", 240.0), ("blocked", 0.0), ("stopped", 0.0), ("zombie", 0.0), ("idle", 90.0)]
    {
        add("system_process_count", one("state", state), if count > 0.0 { About(count, 1.0) } else { Fixed(0.0) });
    }
    for (at, process) in PROCESSES.into_iter().enumerate() {
        let labels =
            || vec![("process", process.to_owned()), ("user", if at < 3 { process } else { "root" }.to_owned())];
        add("system_process_cpu_utilization_ratio", labels(), About(0.3 / (1 + at) as f64, 1e-4));
        add("system_process_memory_usage_bytes", labels(), About(4_000.0 * MIB / (1 + at) as f64, 4096.0));
    }
    rows
}
