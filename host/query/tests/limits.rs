//! What a query may not use up, and what it says then.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::time::Duration;

use autobot_model::{ReadLimit, Timestamp};
use autobot_query::testing::MemoryReader;
use autobot_query::{Engine, ErrorKind, Limits, parse};

fn reader() -> MemoryReader {
    let mut reader = MemoryReader::default();
    for core in 0..10 {
        reader.add(&format!("cpu{{core=\"{core}\"}}"), (0..1_000).map(|at| (at * 1_000, at as f64)));
    }
    reader
}

/// Evaluates from 0 to 1000 s each second and gives the error.
fn refused(limits: Limits, query: &str) -> (ErrorKind, String) {
    let expr = parse(query).unwrap();
    let range = Engine { limits }.range(&reader(), &expr, Timestamp(0), Timestamp(1_000_000), Duration::from_secs(1));
    let error = range.expect_err(query);
    (error.kind, error.message)
}

#[test]
fn each_limit_is_named_with_what_to_do() {
    let all = Limits::default();
    let samples = |samples| Limits { read: ReadLimit { samples, ..all.read }, ..all };
    let series = Limits { read: ReadLimit { series: 5, ..all.read }, ..all };
    for (limits, query, part) in [
        (samples(9_999), "cpu", "the query reads more than 9999 samples; select fewer series or a shorter time"),
        // All selectors together.
        (samples(15_000), "cpu + cpu", "the query reads more than 15000 samples"),
        (samples(15_000), "sum(rate(cpu[1m])) + sum(rate(cpu[1m]))", "the query reads more than 15000 samples"),
        (series, "cpu", "the selection has more than 5 series"),
        (Limits { steps: 1_000, ..all }, "1", "1001 steps are more than 1000; ask for a longer step or a shorter time"),
        (
            Limits { subquery_steps: 5_000, ..all },
            "sum_over_time(vector(1)[1h:100ms])",
            "the subquery has more than 5000 steps; give it a longer step or a shorter range",
        ),
        (
            Limits { points: 5_000, ..all },
            "cpu",
            "5 series at 1001 moments are more than 5000 values; select fewer series, or ask for a longer step or a shorter time",
        ),
        (Limits { points: 5_000, ..all }, "rate(cpu[1m])", "5 series at 1001 moments are more than 5000 values"),
        (Limits { points: 5_000, ..all }, "cpu @ 100", "10 series at 1001 moments are more than 5000 values"),
        // Within a subquery it is the subquery's moments that count.
        (Limits { points: 5_000, ..all }, "sum(max_over_time((cpu)[1m:1s]))", "moments are more than 5000 values"),
        // Every value of a counter becomes a series.
        (
            Limits { points: 100_000, ..all },
            "count_values(\"v\", cpu)",
            "series at 1001 moments are more than 100000 values",
        ),
        (Limits { memory: 100_000, ..all }, "cpu", "the query needs more than 0 MiB of memory; select fewer series"),
        (Limits { memory: 1 << 20, ..all }, "count_values(\"v\", cpu{core=\"1\"})", "more than 1 MiB of memory"),
    ] {
        let (kind, message) = refused(limits, query);
        assert!(message.contains(part), "{query}: {message}");
        assert!(matches!(kind, ErrorKind::Execution | ErrorKind::BadData), "{query}: {kind:?}");
    }
}

#[test]
fn a_query_whose_time_is_over_stops_and_says_so() {
    let limits = Limits { time: Duration::ZERO, ..Limits::default() };
    for query in ["cpu", "sum(rate(cpu[5m]))", "max_over_time(cpu[5m:1s])", "cpu * on(core) cpu"] {
        let (kind, message) = refused(limits, query);
        assert_eq!(kind, ErrorKind::Timeout, "{query}");
        assert!(message.contains("took longer than 0ns; select fewer series"), "{query}: {message}");
    }
}

#[test]
fn the_samples_of_an_instant_query_are_limited_too() {
    let limits = Limits { points: 5_000, ..Limits::default() };
    let error = Engine { limits }.instant(&reader(), &parse("cpu[1h]").unwrap(), Timestamp(1_000_000));
    assert!(error.expect_err("10,000 samples").message.contains("more than 5000 values"));
}

#[test]
fn what_a_range_asks_for_makes_sense() {
    let expr = parse("1").unwrap();
    let (engine, reader) = (Engine::default(), reader());
    for (start, end, step, part) in [(0, 10, 0, "the step is zero"), (10, 0, 1, "the end is before the start")] {
        let step = Duration::from_millis(step);
        let error = engine.range(&reader, &expr, Timestamp(start), Timestamp(end), step).expect_err(part);
        assert!(error.message.contains(part), "{error}");
    }
    let Err(error) =
        engine.range(&reader, &parse("\"x\"").unwrap(), Timestamp(0), Timestamp(1), Duration::from_secs(1))
    else {
        panic!("a text is no range")
    };
    assert_eq!(error.message, "a range query gives numbers, not a text");
    let Err(error) =
        engine.range(&reader, &parse("cpu[5m]").unwrap(), Timestamp(0), Timestamp(1), Duration::from_secs(1))
    else {
        panic!("a window is no result")
    };
    assert!(error.message.contains("wrap it in a function like rate"), "{error}");
}
