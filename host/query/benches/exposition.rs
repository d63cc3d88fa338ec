//! How fast bodies are read and written: `cargo bench -p autobot-query`.
#![expect(clippy::unwrap_used, missing_docs, reason = "a bench fails by panicking")]

use autobot_model::{SeriesKey, Timestamp};
use autobot_query::exposition::{Exposed, Format, Limits, Reader, Record, write};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const PROMETHEUS: &str = include_str!("../tests/data/node_exporter-1.5.0.prom");
const OPENMETRICS: &str = include_str!("../tests/data/node_exporter-1.5.0.om");

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
    for (name, format, body) in
        [("prometheus", Format::Prometheus, PROMETHEUS), ("openmetrics", Format::OpenMetrics, OPENMETRICS)]
    {
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| sum(format, body)));
    }
    group.finish();
}

fn writing(c: &mut Criterion) {
    let mut samples = Vec::new();
    let mut reader = Reader::new(Format::Prometheus, PROMETHEUS.as_bytes(), Limits::default());
    while let Some(record) = reader.record().unwrap() {
        if let Record::Sample(sample) = record {
            let key = SeriesKey { name: sample.name.into(), labels: sample.labels.to_labels() };
            samples.push(Exposed { key: key.into(), time: Timestamp(0), value: sample.value });
        }
    }
    let mut group = c.benchmark_group("write");
    for (name, format) in [("prometheus", Format::Prometheus), ("openmetrics", Format::OpenMetrics)] {
        group.throughput(Throughput::Elements(samples.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| write(format, &[], &samples)));
    }
    group.finish();
}

criterion_group!(benches, reading, writing);
criterion_main!(benches);
