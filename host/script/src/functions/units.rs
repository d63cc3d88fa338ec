//! Numbers as people read them, and times as rules write them. A time is a number of seconds.

use rhai::Engine;

use crate::duration;

pub(super) fn register(engine: &mut Engine) {
    text(engine, "percent", percent);
    text(engine, "bytes", bytes);
    text(engine, "duration", duration::words);
    for (name, seconds) in [("seconds", 1.0), ("minutes", 60.0), ("hours", 3_600.0), ("days", 86_400.0)] {
        engine.register_fn(name, move |count: f64| count * seconds);
        engine.register_fn(name, move |count: i64| count as f64 * seconds);
    }
}

fn text(engine: &mut Engine, name: &str, write: fn(f64) -> String) {
    engine.register_fn(name, move |value: f64| write(value));
    engine.register_fn(name, move |value: i64| write(value as f64));
}

/// A ratio as `95 %`; more digits near the ends, where they matter.
pub(super) fn percent(ratio: f64) -> String {
    let value = ratio * 100.0;
    let digits = match value.abs() {
        size if (99.0..100.0).contains(&size) => 2,
        size if size < 10.0 => 1,
        _ => 0,
    };
    format!("{} %", trimmed(value, digits))
}

/// `1.5 GiB`.
pub(super) fn bytes(value: f64) -> String {
    let mut scaled = value;
    let mut unit = "B";
    for next in ["KiB", "MiB", "GiB", "TiB", "PiB"] {
        if scaled.abs() < 1024.0 {
            break;
        }
        scaled /= 1024.0;
        unit = next;
    }
    let digits = usize::from(scaled.abs() < 100.0 && unit != "B");
    format!("{} {unit}", trimmed(scaled, digits))
}

/// With so many digits behind the point, without zeros at the end.
pub(super) fn trimmed(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_and_bytes_are_written_with_the_digits_that_matter() {
        for (ratio, text) in [(0.95, "95 %"), (0.042, "4.2 %"), (0.9995, "99.95 %"), (1.0, "100 %"), (0.0, "0 %")] {
            assert_eq!(percent(ratio), text);
        }
        for (value, text) in [(512.0, "512 B"), (1536.0, "1.5 KiB"), (8e9, "7.5 GiB"), (-2048.0, "-2 KiB")] {
            assert_eq!(bytes(value), text);
        }
    }
}
