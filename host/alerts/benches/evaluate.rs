//! What judging costs: a large site (1,000 rules over 50 series each) and one machine (200 rules over 5 series at 1 s).
#![expect(clippy::unwrap_used, reason = "a bench that cannot write its rules fails")]
#![expect(missing_docs, reason = "criterion's macros")]

use std::fmt::Write;
use std::sync::Arc;

use autobot_alerts::Evaluator;
use autobot_model::{
    Family, Labels, Matcher, ReadError, ReadLimit, SeriesId, SeriesKey, SeriesReader, SeriesSamples, TimeRange,
    Timestamp,
};
use autobot_script::{Environment, load};
use criterion::{Criterion, criterion_group, criterion_main};

/// Answers by the metric's name, as an index would.
struct Fixed(Vec<(String, Vec<SeriesSamples>)>);

impl SeriesReader for Fixed {
    fn read(&self, matchers: &[Matcher], _: TimeRange, _: ReadLimit) -> Result<Vec<SeriesSamples>, ReadError> {
        let name = matchers.iter().find_map(Matcher::metric_name).unwrap_or_default();
        Ok(self.0.iter().find(|(known, _)| known == name).map(|(_, series)| series.clone()).unwrap_or_default())
    }
    fn series(&self, _: &[Matcher], _: TimeRange) -> Result<Vec<Arc<SeriesKey>>, ReadError> {
        Ok(Vec::new())
    }
    fn families(&self) -> Vec<Arc<Family>> {
        Vec::new()
    }
    fn newest(&self) -> Option<Timestamp> {
        None
    }
}

const NOW: i64 = 1_000_000_000;

fn site(metrics: usize, series: usize, interval: i64) -> Arc<Fixed> {
    let metric = |metric: usize| {
        let name = format!("metric_{metric}");
        let one = |at: usize| {
            let labels = Labels::new([("machine", format!("m{at}")), ("plugin", "system".to_owned())]);
            let key = Arc::new(SeriesKey { name: name.as_str().into(), labels });
            let times: Vec<_> = (0..300_000 / interval).rev().map(|tick| Timestamp(NOW - tick * interval)).collect();
            let values = times.iter().map(|time| (time.0 % 97_000) as f64 / 1e5).collect();
            SeriesSamples { id: SeriesId(u32::try_from(metric * series + at).unwrap()), key, times, values }
        };
        (name.clone(), (0..series).map(one).collect())
    };
    Arc::new(Fixed((0..metrics).map(metric).collect()))
}

fn evaluator(rules: usize, metrics: usize, reader: Arc<Fixed>) -> Evaluator {
    let mut text = String::new();
    for rule in 0..rules {
        writeln!(
            text,
            "alert(\"R{rule}\", #{{ severity: \"low\", select: `metric_{}`, pending: \"1m\", when: |s| s.avg(\"1m\") > \
             threshold(\"cpu_percent\") / 100.0 + {}.0, summary: |s| `${{s.machine}}: ${{percent(s.last)}}` }});",
            rule % metrics,
            rule % 2,
        )
        .unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rules.rhai"), text).unwrap();
    let thresholds = Arc::new([("cpu_percent".to_owned(), 80.0)].into());
    let loaded = load(&[folder.path().to_owned()], None, &Environment { thresholds, ..Environment::default() });
    assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics.first());
    let evaluator = Evaluator::new(reader);
    evaluator.replace(loaded.set);
    evaluator
}

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("evaluate");
    group.sample_size(20);
    let large = evaluator(1_000, 100, site(100, 50, 10_000));
    group.bench_function("1000 rules, 50 series each, 10 s", |bench| bench.iter(|| large.evaluate(Timestamp(NOW))));
    let small = evaluator(200, 40, site(40, 5, 1_000));
    group.bench_function("200 rules, 5 series each, 1 s", |bench| bench.iter(|| small.evaluate(Timestamp(NOW))));
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
