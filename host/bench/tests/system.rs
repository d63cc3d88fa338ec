//! The suite `system` really runs here, with tiny durations: every measurement, what is kept of it, and what is left.

use std::fs::{self, File};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use autobot_bench::{BenchError, Better, Outcome, Progress, Run, RunOptions, Sizes, Suite, Targets, list, report, run};
use autobot_model::{ManualClock, Timestamp};

fn options(dir: &Path) -> RunOptions {
    RunOptions {
        quick: true,
        duration: Some(Duration::from_millis(100)),
        sizes: Sizes { file: Some(4 << 20), array: Some(1 << 20) },
        clock: std::sync::Arc::new(ManualClock::at(Timestamp(1_700_000_000_000))),
        ..RunOptions::new(Suite::System, dir)
    }
}

fn go(options: &RunOptions) -> Result<Run, Box<dyn std::error::Error>> {
    Ok(run(options, &Targets::shipped()?, &mut |_| {})?)
}

#[test]
fn every_test_gives_a_plausible_value_and_leaves_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let (mut started, mut repeats, mut finished) = (0, 0, 0);
    let run = run(&options(dir.path()), &Targets::shipped().unwrap(), &mut |event| match event {
        Progress::Started { .. } => started += 1,
        Progress::Repeat { estimate, .. } => {
            repeats += 1;
            assert!(estimate.median > 0.0);
        }
        Progress::Finished { .. } => finished += 1,
    })
    .unwrap();
    let tests = list(Suite::System);
    assert_eq!((started, finished, run.results.len()), (tests.len(), tests.len(), tests.len()));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);

    let mut seen = 0;
    for result in &run.results {
        let measured = result.measurement().unwrap_or_else(|| panic!("{}: {:?}", result.id, result.outcome));
        // From a slow emulator to a machine of the next decade.
        let (low, high) = match result.id.as_str() {
            "cpu.single" | "cpu.all" => (10.0, 1e7),
            "memory.triad" => (0.1, 1e5),
            "disk.sequential_write" | "disk.sequential_read" => (0.1, 1e6),
            "disk.random_read" => (5.0, 1e8),
            "disk.fsync" => (0.5, 2e6),
            "kernel.context_switch" | "kernel.wake_up" => (0.1, 1e5),
            "kernel.system_call" => (5.0, 1e5),
            other => panic!("{other} has no plausible range here"),
        };
        assert!((low..high).contains(&measured.value), "{}: {} {}", result.id, measured.value, result.unit);
        let (from, to) = (measured.low.unwrap(), measured.high.unwrap());
        assert!(from <= measured.value && measured.value <= to, "{}", result.id);
        assert!(measured.repeats.len() >= 6 && measured.warm_up >= 1, "{}", result.id);
        assert!((0.0..=100.0).contains(&measured.score.unwrap()), "{}", result.id);
        let has_latency = result.id.starts_with("disk.") || result.unit.as_str() == "us";
        assert_eq!(measured.latency.is_some(), has_latency, "{}", result.id);
        if let Some(latency) = measured.latency {
            assert!(latency.count > 0 && latency.p50_us <= latency.p95_us && latency.p99_us <= latency.max_us);
        }
        seen += measured.repeats.len();
    }
    assert_eq!(seen, repeats);
    assert_eq!((run.completeness, run.cancelled, run.schema), (1.0, false, 1));
    assert_eq!((run.components.len(), run.id.as_str()), (4, "system-1700000000000"));
    assert!(run.grade.is_some());
    let scaling = run.results[1].measurement().unwrap().details.iter().find(|detail| detail.name == "scaling").unwrap();
    assert!(scaling.value > 0.05 && scaling.value < 5.0, "{scaling:?}");

    let text = report::json(&run).unwrap();
    assert_eq!(serde_json::from_str::<Run>(&text).unwrap(), run);
    let table = report::table(&run);
    for result in &run.results {
        assert!(table.contains(&result.id), "{table}");
    }
}

#[test]
fn a_disk_without_room_is_a_failed_test_that_the_score_mentions() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options(dir.path());
    options.sizes.file = Some(1 << 60);
    options.only = Some("*s*".into());
    let run = go(&options).unwrap();
    let failed: Vec<&str> = run
        .results
        .iter()
        .filter(|result| matches!(&result.outcome, Outcome::Failed { reason } if reason.contains("MiB free")))
        .map(|result| result.id.as_str())
        .collect();
    assert_eq!(failed, ["disk.sequential_write", "disk.sequential_read", "disk.random_read", "disk.fsync"]);
    assert!(run.completeness < 1.0 && run.score.is_some());
    let table = report::table(&run);
    assert!(table.contains("disk.fsync               failed: "), "{table}");
    assert!(table.contains("0 of 4 tests have a score"), "{table}");
    assert!(table.contains("of the suite `system`"), "{table}");
}

#[test]
fn a_run_that_is_interrupted_ends_at_once_and_keeps_what_it_has() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options(dir.path());
    options.duration = Some(Duration::from_secs(1));
    options.only = Some("disk".into());
    let cancel = options.cancel.clone();
    let start = Instant::now();
    let mut finished = 0;
    let run = run(&options, &Targets::shipped().unwrap(), &mut |event| match event {
        Progress::Repeat { index: 1, .. } => cancel.store(true, Ordering::Relaxed),
        Progress::Finished { .. } => finished += 1,
        _ => {}
    })
    .unwrap();
    assert!(start.elapsed() < Duration::from_secs(60));
    assert!(run.cancelled && finished == 4);
    assert!(run.results[0].measurement().is_some());
    for (place, says) in [(1, "interrupted after 1 repeats"), (3, "interrupted before it")] {
        assert!(
            matches!(&run.results[place].outcome, Outcome::Skipped { reason } if reason.contains(says)),
            "{:?}",
            run.results[place].outcome
        );
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn what_a_killed_run_left_is_removed_and_said() {
    let dir = tempfile::tempdir().unwrap();
    File::create(dir.path().join("autobot-bench-4711-00000000000000ff.tmp")).unwrap();
    File::create(dir.path().join("mine.tmp")).unwrap();
    let mut options = options(dir.path());
    options.only = Some("system_call".into());
    let run = go(&options).unwrap();
    assert!(
        run.warnings.iter().any(|warning| warning.starts_with("1 test files of killed runs")),
        "{:?}",
        run.warnings
    );
    let left: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["mine.tmp"]);
}

#[test]
fn a_test_without_a_target_has_a_value_and_no_score() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options(dir.path());
    options.only = Some("system_call".into());
    let run = run(&options, &Targets::parse("", "none.yaml").unwrap(), &mut |_| {}).unwrap();
    let measured = run.results[0].measurement().unwrap();
    assert_eq!((measured.score, run.score, run.grade, run.completeness), (None, None, None, 0.0));
    assert!(measured.notes.iter().any(|note| note.starts_with("no score")));
    assert!(report::table(&run).contains("overall  no score"));
}

#[test]
fn what_cannot_begin_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let targets = Targets::shipped().unwrap();
    let none = RunOptions { only: Some("redis".into()), ..options(dir.path()) };
    let error = run(&none, &targets, &mut |_| {}).unwrap_err();
    assert!(matches!(error, BenchError::NothingSelected { .. }));
    assert!(error.to_string().starts_with("no test of the suite `system` fits `redis`; its tests are cpu.single, "));
    let error = run(&options(Path::new("/nowhere")), &targets, &mut |_| {}).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the folder for test files, /nowhere, cannot be used: No such file or directory (os error 2)"
    );
    assert!(list(Suite::System).iter().all(|test| !test.measures.is_empty() && !test.method.is_empty()));
    assert!(list(Suite::System).iter().any(|test| test.better == Better::Lower));
}
