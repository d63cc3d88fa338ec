//! What queries cost once their samples are in memory: 100 series with a sample each five seconds over six hours, asked for each 15 seconds,
//! which is what a page of charts asks for.
#![expect(clippy::unwrap_used, reason = "a bench whose query is wrong fails")]
#![expect(missing_docs, reason = "criterion's macros")]

use std::time::Duration;

use autobot_model::Timestamp;
use autobot_query::testing::MemoryReader;
use autobot_query::{Engine, parse};
use criterion::{Criterion, criterion_group, criterion_main};

const HOURS: i64 = 6;
const EACH: i64 = 5_000;

fn reader() -> MemoryReader {
    let mut reader = MemoryReader::default();
    for series in 0..100_i64 {
        let (core, mode) = (series / 10, series % 10);
        let samples = (0..HOURS * 3_600_000 / EACH).map(|at| (at * EACH, (at * (mode + 1)) as f64 * 0.01));
        reader.add(&format!("cpu_seconds_total{{core=\"{core}\",mode=\"{mode}\"}}"), samples);
    }
    reader
}

fn queries(criterion: &mut Criterion) {
    let (mut reader, engine) = (reader(), Engine::default());
    let (start, end) = (Timestamp(3_600_000), Timestamp(HOURS * 3_600_000));
    for (name, query) in [
        ("selector", "cpu_seconds_total"),
        ("rate over 5 minutes", "rate(cpu_seconds_total[5m])"),
        ("rate over an hour", "rate(cpu_seconds_total[1h])"),
        ("max over an hour", "max_over_time(cpu_seconds_total[1h])"),
        ("mean over an hour", "avg_over_time(cpu_seconds_total[1h])"),
        ("quantile over 5 minutes", "quantile_over_time(0.9, cpu_seconds_total[5m])"),
        ("sum of rates", "sum by (mode) (rate(cpu_seconds_total[5m]))"),
        (
            "share of rates",
            "sum by (core, mode) (rate(cpu_seconds_total[5m])) / on(core) group_left sum by (core) (rate(cpu_seconds_total[5m]))",
        ),
        ("ten greatest", "topk(10, rate(cpu_seconds_total[5m]))"),
        ("subquery", "max_over_time(sum(rate(cpu_seconds_total[5m]))[30m:1m])"),
    ] {
        let expr = parse(query).unwrap();
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| engine.range(&reader, &expr, start, end, Duration::from_secs(15)).unwrap());
        });
    }
    reader.bucket_width = Some(Duration::from_secs(60));
    let expr = parse("rate(cpu_seconds_total[1h])").unwrap();
    criterion.bench_function("rate over an hour by the minute, from buckets", |bencher| {
        bencher.iter(|| engine.range(&reader, &expr, start, end, Duration::from_secs(60)).unwrap());
    });
    reader.bucket_width = None;
    criterion.bench_function("rate over an hour by the minute, from samples", |bencher| {
        bencher.iter(|| engine.range(&reader, &expr, start, end, Duration::from_secs(60)).unwrap());
    });
}

criterion_group!(benches, queries);
criterion_main!(benches);
