//! `status`: what a running host says about itself, its plugins and its alerts.

use anyhow::Result;
use serde_json::{Value, json};

use super::output::{self, bytes, duration, table};
use super::{Done, Format, StatusArgs, remote};

pub(super) fn run(args: &StatusArgs) -> Result<Done> {
    let status = remote::get(&args.ask, "status")?;
    let alerts = remote::get(&args.ask, "alerts")?;
    let firing: Vec<&Value> =
        alerts["alerts"].as_array().into_iter().flatten().filter(|alert| alert["state"] == "firing").collect();
    let problems: Vec<&str> = status["problems"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    match args.ask.output {
        Format::Json => {
            let mut data = status.clone();
            data["alerts"] = json!(firing);
            output::json("status", &data)?;
        }
        Format::Table => {
            output::text(&overview(&status))?;
            for problem in &problems {
                output::text(&format!("problem: {problem}"))?;
            }
            let rows = firing.iter().map(|alert| ["severity", "rule", "summary"].map(|field| word(alert, field)));
            if !firing.is_empty() {
                output::text(&format!("\n{}", table(["severity", "rule", "what"], rows)))?;
            }
        }
    }
    Ok(if firing.is_empty() && problems.is_empty() { Done::Fine } else { Done::Findings })
}

/// A text field of a document, `-` when it is not there.
pub(super) fn word(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or("-").to_owned()
}

fn overview(status: &Value) -> String {
    let number = |pointer: &str| status.pointer(pointer).and_then(Value::as_f64).unwrap_or_default();
    let text = |pointer: &str| status.pointer(pointer).and_then(Value::as_str).unwrap_or("-").to_owned();
    let up = (number("/now_ms") - number("/started_ms")) / 1e3;
    let machine_up = (number("/now_ms") - number("/machine/boot_ms")) / 1e3;
    [
        format!(
            "{}, {} ({}), up {}",
            text("/machine/name"),
            text("/machine/os"),
            text("/machine/kernel"),
            duration(machine_up)
        ),
        format!("{} processors, {} memory", number("/machine/processors"), bytes(number("/machine/memory_bytes"))),
        format!(
            "autobot-host {}, up {}, {:.2} % of one processor, {} resident",
            text("/version"),
            duration(up),
            number("/own/cpu_ratio") * 100.0,
            bytes(number("/own/resident_bytes"))
        ),
        format!(
            "{} plugins ({} not running), {} series, store {} ({})",
            number("/counts/plugins"),
            number("/counts/plugins_failing"),
            number("/counts/series"),
            bytes(number("/store/bytes")),
            text("/store/state")
        ),
    ]
    .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn the_overview_fits_in_four_lines() {
        let status = json!({
            "version": "0.1.0", "now_ms": 100_000, "started_ms": 40_000,
            "machine": { "name": "main", "os": "Debian", "kernel": "6.12", "processors": 22, "memory_bytes": 50e9, "boot_ms": 10_000 },
            "own": { "cpu_ratio": 0.0031, "resident_bytes": 35e6 }, "store": { "bytes": 2e6, "state": "writing" },
            "counts": { "plugins": 1, "plugins_failing": 0, "series": 212 },
        });
        expect![[r#"
            main, Debian (6.12), up 1 min 30 s
            22 processors, 46.6 GiB memory
            autobot-host 0.1.0, up 1 min 0 s, 0.31 % of one processor, 33.4 MiB resident
            1 plugins (0 not running), 212 series, store 1.9 MiB (writing)"#]]
        .assert_eq(&overview(&status));
    }
}
