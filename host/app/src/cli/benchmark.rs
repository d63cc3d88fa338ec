//! `run-benchmark`: measures, shows how it goes, and reports.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result};
use autobot_bench::{BenchError, Outcome, Progress, RunOptions, Suite, Targets, report};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{BenchmarkArgs, Done, Format, output};
use crate::data;

pub(super) fn run(args: &BenchmarkArgs) -> Result<Done> {
    let suite: Suite = match args.suite.parse() {
        Ok(suite) => suite,
        Err(error @ BenchError::UnknownSuite { .. }) => {
            eprintln!("error: {error}");
            return Ok(Done::Misused);
        }
        Err(error) => return Err(error.into()),
    };
    if args.list {
        return list(suite, args.output);
    }
    let targets = match &args.targets {
        None => Targets::shipped()?,
        Some(file) => {
            let text =
                std::fs::read_to_string(file).with_context(|| format!("{} could not be read", file.display()))?;
            Targets::parse(&text, &file.display().to_string())?
        }
    };
    let dir = match &args.dir {
        Some(dir) => dir.clone(),
        None => {
            let dir = data::folder(None)?;
            std::fs::create_dir_all(&dir)
                .with_context(|| format!("{} cannot be made; name a folder with --dir", dir.display()))?;
            dir
        }
    };
    let mut options = RunOptions::new(suite, dir);
    options.quick = args.quick;
    options.only.clone_from(&args.only);
    options.duration = args.duration;
    let interrupted = cancel_on_interrupt(&options.cancel)?;
    let bar = bar();
    let result = autobot_bench::run(&options, &targets, &mut |progress| show(&bar, progress));
    bar.finish_and_clear();
    let run = result?;
    match args.output {
        Format::Json => output::json("benchmark", &run)?,
        Format::Table => output::text(&report::table(&run))?,
    }
    if interrupted.load(Ordering::Relaxed) {
        return Ok(Done::Interrupted);
    }
    let failed = run.results.iter().any(|test| !matches!(test.outcome, Outcome::Measured(_)));
    Ok(if failed { Done::Findings } else { Done::Fine })
}

fn list(suite: Suite, format: Format) -> Result<Done> {
    let tests = autobot_bench::list(suite);
    match format {
        Format::Json => output::json("benchmarks", &tests.iter().map(|test| serde_json::json!({ "id": test.id, "title": test.title, "unit": test.unit, "measures": test.measures, "method": test.method })).collect::<Vec<_>>())?,
        Format::Table => {
            let rows = tests.iter().map(|test| [test.id.to_owned(), test.title.to_owned(), test.measures.to_owned()]);
            output::text(&output::table(["test", "title", "measures"], rows))?;
        }
    }
    Ok(Done::Fine)
}

/// Ctrl-C ends the run in good order: files are removed, and what was measured is shown.
fn cancel_on_interrupt(cancel: &Arc<AtomicBool>) -> Result<Arc<AtomicBool>> {
    let (cancel, interrupted) = (cancel.clone(), Arc::new(AtomicBool::new(false)));
    let told = interrupted.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("interrupt".into()).spawn(move || {
        runtime.block_on(async {
            if tokio::signal::ctrl_c().await.is_ok() {
                told.store(true, Ordering::Relaxed);
                cancel.store(true, Ordering::Relaxed);
            }
        });
    })?;
    Ok(interrupted)
}

fn bar() -> ProgressBar {
    let shown =
        if std::io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(None, shown);
    if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len}  {msg}") {
        bar.set_style(style);
    }
    bar
}

fn show(bar: &ProgressBar, progress: Progress<'_>) {
    match progress {
        Progress::Started { index, of, test } => {
            bar.set_length(of as u64);
            bar.set_position(index as u64);
            bar.set_message(format!("{}: getting ready", test.title));
        }
        Progress::Repeat { test, estimate, .. } => {
            let interval = estimate
                .interval
                .map_or_else(String::new, |interval| format!(" (95 %: {:.4} to {:.4})", interval.low, interval.high));
            bar.set_message(format!(
                "{}: {:.4} {}{interval}, {} repeats",
                test.title, estimate.median, test.unit, estimate.repeats
            ));
        }
        Progress::Finished { index, .. } => bar.set_position(index as u64 + 1),
    }
}
