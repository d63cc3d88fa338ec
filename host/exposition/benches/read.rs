//! How fast bodies are read: `cargo bench -p autobot-exposition`.
#![expect(clippy::unwrap_used, missing_docs, reason = "a bench fails by panicking")]

use autobot_exposition::{Format, Limits, Reader, Record};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const PROMETHEUS: &str = include_str!("../tests/data/node_exporter-1.5.0.prom");
const OPENMETRICS: &str = include_str!("../tests/data/node_exporter-1.5.0.om");

/// Ten thousand lines: a hundred families with their metadata, 98 samples each.
fn ten_thousand(end: &str) -> String {
    let mut body = String::new();
    for family in 0..100 {
        let name = format!("worker_queue_{family}_depth");
        body += &format!("# HELP {name} Tasks that wait, by queue and by host.\n# TYPE {name} gauge\n");
        for series in 0..98 {
            body += &format!(
                "{name}{{queue=\"incoming-{series}\",host=\"host-{family}.example.org\",code=\"200\"}} {series}.125\n"
            );
        }
    }
    body + end
}

fn sum(format: Format, body: &str) -> f64 {
    let mut reader = Reader::new(format, body.as_bytes(), Limits::default());
    let mut sum = 0.0;
    while let Some(record) = reader.record().unwrap() {
        if let Record::Sample(sample) = record {
            sum += sample.value + sample.labels.iter().map(|(_, value)| value.len()).sum::<usize>() as f64;
        }
    }
    sum
}

fn reading(c: &mut Criterion) {
    let mut group = c.benchmark_group("read");
    let (plain, open) = (ten_thousand(""), ten_thousand("# EOF\n"));
    for (name, format, body) in [
        ("prometheus", Format::Prometheus, PROMETHEUS),
        ("openmetrics", Format::OpenMetrics, OPENMETRICS),
        ("prometheus, 10,000 lines", Format::Prometheus, &plain),
        ("openmetrics, 10,000 lines", Format::OpenMetrics, &open),
    ] {
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| sum(format, body)));
    }
    group.finish();
}

criterion_group!(benches, reading);
criterion_main!(benches);
