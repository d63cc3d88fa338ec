//! How fast bodies are written: `cargo bench -p autobot-query`.
#![expect(clippy::unwrap_used, missing_docs, reason = "a bench fails by panicking")]

use autobot_model::{SeriesKey, Timestamp};
use autobot_query::exposition::{Exposed, Format, Limits, Reader, Record, labels, write};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const PROMETHEUS: &str = include_str!("../../../host/exposition/tests/data/node_exporter-1.5.0.prom");

fn writing(c: &mut Criterion) {
    let mut samples = Vec::new();
    let mut reader = Reader::new(Format::Prometheus, PROMETHEUS.as_bytes(), Limits::default());
    while let Some(record) = reader.record().unwrap() {
        if let Record::Sample(sample) = record {
            let key = SeriesKey { name: sample.name.into(), labels: labels(&sample.labels) };
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

criterion_group!(benches, writing);
criterion_main!(benches);
