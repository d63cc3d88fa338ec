//! A run as text: a table for people, JSON for programs.

use std::fmt::Write;

use crate::{Outcome, Run, TargetKind, TestResult};

/// The run as JSON, on many lines. Its shape is that of [`Run`]; `schema` is its version.
pub fn json(run: &Run) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(run)
}

/// The run as a table: tests, scores, and everything that speaks against them. Plain text, at most 100 columns but for
/// reasons and warnings.
pub fn table(run: &Run) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut out, run);
    out
}

fn write(out: &mut String, run: &Run) -> std::fmt::Result {
    head(out, run)?;
    writeln!(out, "{:<24} {:>21} {:>8} {:>6} {:>18} {:>6}", "test", "median", "+/-", "n", "target", "score")?;
    for result in &run.results {
        line(out, result)?;
    }
    writeln!(out)?;
    for part in &run.components {
        let (score, grade) = (number(part.score), part.grade.map_or(String::new(), |grade| grade.to_string()));
        let bar = part.score.map_or(String::new(), bar);
        let missing = if part.scored == part.tests {
            String::new()
        } else {
            format!("  {} of {} tests have a score", part.scored, part.tests)
        };
        writeln!(out, "{:<8} {score:>6} {grade:<2} {bar}{missing}", part.component)?;
    }
    match (run.score, run.grade) {
        (Some(score), Some(grade)) => writeln!(out, "{:<8} {score:>6.1} {grade:<2} {}", "overall", bar(score))?,
        _ => writeln!(out, "overall  no score: no test has one")?,
    }
    if run.completeness < 1.0 {
        writeln!(out, "\nThe score stands on {:.0} % of the suite `{}`.", run.completeness * 100.0, run.suite)?;
    }
    if run.cancelled {
        writeln!(out, "The run was interrupted.")?;
    }
    for warning in &run.warnings {
        writeln!(out, "warning: {warning}")?;
    }
    Ok(())
}

fn head(out: &mut String, run: &Run) -> std::fmt::Result {
    let here = &run.environment;
    let cpu = here.cpu.as_deref().unwrap_or("unknown processor");
    let gib =
        |bytes: Option<u64>| bytes.map_or("?".to_owned(), |bytes| format!("{:.0}", bytes as f64 / 2_f64.powi(30)));
    writeln!(out, "{cpu}, {} processors, {} GiB, Linux {}", here.processors, gib(here.memory_bytes), here.kernel)?;
    writeln!(
        out,
        "{} on {} ({}), {} s{}\n",
        here.folder.display(),
        here.file_system.as_deref().unwrap_or("an unknown file system"),
        here.device.as_deref().unwrap_or("unknown device"),
        (run.elapsed_ms + 500) / 1_000,
        if run.quick { ", quick" } else { "" }
    )
}

fn line(out: &mut String, result: &TestResult) -> std::fmt::Result {
    let id = &result.id;
    let measured = match &result.outcome {
        Outcome::Measured(measured) => measured,
        Outcome::Failed { reason } => return writeln!(out, "{id:<24} failed: {reason}"),
        Outcome::Skipped { reason } => return writeln!(out, "{id:<24} skipped: {reason}"),
    };
    let value = format!("{} {:<8}", number(Some(measured.value)), result.unit);
    let spread = measured.half_width().map_or("?".to_owned(), |half| format!("{:.1} %", half * 100.0));
    let target = measured.target.map_or("-".to_owned(), |target| {
        let mark = if target.kind == TargetKind::Reference { "ref " } else { "" };
        format!("{mark}{}", number(Some(target.value)))
    });
    let score = number(measured.score);
    writeln!(out, "{id:<24} {value:>21} {spread:>8} {:>6} {target:>18} {score:>6}", measured.repeats.len())?;
    if let Some(latency) = measured.latency {
        let [p50, p95, p99] = [latency.p50_us, latency.p95_us, latency.p99_us].map(|micros| number(Some(micros)));
        let max = number(Some(latency.max_us));
        writeln!(out, "  each operation: P50 {p50}  P95 {p95}  P99 {p99}  max {max} us")?;
    }
    let details: Vec<String> = measured
        .details
        .iter()
        .map(|detail| format!("{} {} {}", detail.name, number(Some(detail.value)), detail.unit).trim_end().to_owned())
        .collect();
    if !details.is_empty() {
        writeln!(out, "  {}", details.join(", "))?;
    }
    if !measured.outliers.is_empty() {
        let far = measured.outliers.iter().filter_map(|place| measured.repeats.get(*place).copied());
        let (low, high) = far.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
        let count = measured.outliers.len();
        let range = format!("{} to {}", number(Some(low)), number(Some(high)));
        writeln!(out, "  {count} of {} repeats lie far from the rest, {range}; they count", measured.repeats.len())?;
    }
    if !measured.settled {
        writeln!(out, "  not settled: its time was up before the interval was within 2 %")?;
    }
    for note in &measured.notes {
        writeln!(out, "  {note}")?;
    }
    Ok(())
}

/// Three or four digits that mean something; a dash for nothing.
fn number(value: Option<f64>) -> String {
    match value {
        None => "-".to_owned(),
        Some(value) if value.fract() == 0.0 && value.abs() < 1e6 => format!("{value:.0}"),
        Some(value) if value.abs() >= 1_000.0 => format!("{value:.0}"),
        Some(value) if value.abs() >= 10.0 => format!("{value:.1}"),
        Some(value) if value.abs() < 0.1 => format!("{value:.3}"),
        Some(value) => format!("{value:.2}"),
    }
}

/// Twenty columns for 100 points.
fn bar(score: f64) -> String {
    let filled = ((score / 5.0).round().max(0.0) as usize).min(20);
    format!("{}{}", "#".repeat(filled), ".".repeat(20 - filled))
}
