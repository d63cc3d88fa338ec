//! Goes through the tests of a run.

use std::fs;
use std::path::Path;
use std::time::Instant;

use autobot_stats::{mean, median, median_interval, outliers, standard_deviation};

use crate::busy::Watch;
use crate::measure::{Failure, Stage, remove_leftovers};
use crate::result::rounded;
use crate::sampling::{CONFIDENCE, Samples, sample};
use crate::{
    BenchError, Detail, Environment, Grade, Measurement, Outcome, Progress, Run, RunOptions, SCHEMA_VERSION,
    TargetUsed, Targets, Test, TestResult, component_scores, list, overall_score, score,
};

/// Values farther from the median than so many scaled MADs are called outliers. They stay in every figure.
const OUTLIER: f64 = 3.0;
/// Others' work, as a part of all processors, from which a test's figures are doubtful.
const BUSY: f64 = 0.1;

/// Runs the tests that the options ask for, one after another, in this thread.
///
/// A test that fails is a result with its reason, and the rest goes on. After `cancel` the run ends soon, with what was
/// measured until then. `progress` is called in this thread.
pub fn run(options: &RunOptions, targets: &Targets, progress: &mut dyn FnMut(Progress<'_>)) -> Result<Run, BenchError> {
    let suite = list(options.suite);
    let selected: Vec<&'static Test> = suite.iter().copied().filter(|test| options.wants(test.id)).collect();
    if selected.is_empty() {
        return Err(BenchError::NothingSelected {
            suite: options.suite,
            pattern: options.only.clone().unwrap_or_default(),
            known: suite.iter().map(|test| test.id).collect(),
        });
    }
    let folder = |cause| BenchError::Folder { path: options.dir.clone(), cause };
    fs::read_dir(&options.dir).map_err(folder)?;
    let leftovers = remove_leftovers(&options.dir).map_err(folder)?;

    let started = options.clock.now();
    let start = Instant::now();
    let environment = Environment::read(Path::new("/"), &options.dir);
    let mut warnings = environment.warnings();
    if leftovers > 0 {
        warnings.push(format!("{leftovers} test files of killed runs were removed from {}", options.dir.display()));
    }
    let mut stage = Stage::new(options);
    let mut results: Vec<TestResult> = Vec::with_capacity(selected.len());
    for (index, test) in selected.iter().copied().enumerate() {
        let mut outcome = if options.cancelled() {
            Outcome::Skipped { reason: "the run was interrupted before it".to_owned() }
        } else {
            progress(Progress::Started { index, of: selected.len(), test });
            measure(index, test, &mut stage, progress)
        };
        if let Outcome::Measured(measurement) = &mut outcome {
            judge(test, measurement, targets, environment.processors);
            scaling(test, measurement, &results, environment.processors);
        }
        let result = TestResult {
            id: test.id.to_owned(),
            title: test.title.to_owned(),
            component: test.component,
            unit: test.unit,
            better: test.better,
            outcome,
        };
        progress(Progress::Finished { index, test, result: &result });
        results.push(result);
    }
    drop(stage);
    warnings.extend(doubts(&results, environment.processors));

    let components = component_scores(&results);
    let score = overall_score(&components).map(rounded);
    let scored = results.iter().filter(|result| result.score().is_some()).count();
    Ok(Run {
        schema: SCHEMA_VERSION,
        id: format!("{}-{}", options.suite, started.0),
        suite: options.suite,
        quick: options.quick,
        only: options.only.clone(),
        seed: options.seed,
        started_ms: started,
        elapsed_ms: millis(start),
        environment,
        results,
        components,
        score,
        grade: score.map(Grade::of),
        completeness: rounded(scored as f64 / suite.len() as f64),
        cancelled: options.cancelled(),
        warnings,
    })
}

fn measure(
    index: usize,
    test: &'static Test,
    stage: &mut Stage<'_>,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Outcome {
    let options = stage.options;
    let mut repeats = 0;
    let mut attempt = || {
        let mut measure = stage.prepare(test.work)?;
        let watch = Watch::start("/");
        let samples = sample(&mut *measure, options.limit(), &mut |estimate| {
            repeats = estimate.repeats;
            progress(Progress::Repeat { index, test, estimate });
            !options.cancelled()
        })?;
        let others = watch.others();
        let findings = measure.findings()?;
        let mut measurement = summarize(samples)?;
        measurement.others_busy = others.map(rounded);
        measurement.latency = findings.latency;
        measurement.details = findings.details;
        measurement.notes = findings.notes;
        Ok(measurement)
    };
    match attempt() {
        Ok(measurement) => Outcome::Measured(Box::new(measurement)),
        Err(Failure::Reason(reason)) => Outcome::Failed { reason },
        Err(Failure::Interrupted) => {
            Outcome::Skipped { reason: format!("the run was interrupted after {repeats} repeats of it") }
        }
    }
}

fn summarize(samples: Samples) -> Result<Measurement, Failure> {
    let Samples { values, warm_up, settled, elapsed } = samples;
    let values: Vec<f64> = values.into_iter().map(rounded).collect();
    let none = || Failure::Reason("nothing was measured".to_owned());
    let interval = median_interval(&values, CONFIDENCE);
    Ok(Measurement {
        value: rounded(median(&values).ok_or_else(none)?),
        low: interval.map(|interval| interval.low),
        high: interval.map(|interval| interval.high),
        settled,
        outliers: outliers(&values, OUTLIER),
        mean: rounded(mean(&values).ok_or_else(none)?),
        deviation: rounded(standard_deviation(&values).unwrap_or(0.0)),
        warm_up,
        elapsed_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
        repeats: values,
        others_busy: None,
        latency: None,
        details: Vec::new(),
        notes: Vec::new(),
        target: None,
        score: None,
    })
}

fn judge(test: &Test, measurement: &mut Measurement, targets: &Targets, processors: usize) {
    if let Some(target) = targets.benchmark(test.id) {
        let value = target.on(processors);
        measurement.target = Some(TargetUsed { value, kind: target.kind });
        measurement.score = score(measurement.value, value, test.better).map(rounded);
    } else {
        measurement.notes.push("no score: the targets have no entry for it".to_owned());
    }
}

/// How much of one processor's speed each of all has, when both were measured in this run.
fn scaling(test: &Test, measurement: &mut Measurement, before: &[TestResult], processors: usize) {
    if test.id != "cpu.all" {
        return;
    }
    let single = before.iter().find(|result| result.id == "cpu.single").and_then(TestResult::measurement);
    if let Some(single) = single {
        let speed_up = measurement.value / single.value;
        measurement.details.push(Detail::new("speed-up over one core", speed_up, ""));
        measurement.details.push(Detail::new("scaling", speed_up / processors.max(1) as f64, ""));
    }
}

/// What happened while it was measured that makes figures doubtful.
fn doubts(results: &[TestResult], processors: usize) -> Option<String> {
    let busy: Vec<(&str, f64)> = results
        .iter()
        .filter_map(|result| Some((result.id.as_str(), result.measurement()?.others_busy?)))
        .filter(|(_, others)| *others > BUSY * processors as f64)
        .collect();
    let most = busy.iter().map(|(_, others)| *others).reduce(f64::max)?;
    let names: Vec<&str> = busy.iter().map(|(id, _)| *id).collect();
    Some(format!(
        "others kept up to {most:.1} of {processors} processors busy during {}: a quiet machine would do better",
        names.join(", ")
    ))
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
