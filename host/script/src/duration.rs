//! Spans of time as rules write them (`2m`, `1h30m`) and as people read them (`1 h 30 min`).

use std::time::Duration;

/// No window and no pending time is longer: nothing older is kept.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

const UNITS: [(&str, u64); 6] =
    [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000)];

/// What `text` says, or why it says nothing.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let refuse = || format!("`{text}` is no duration; write it like \"30s\", \"5m\", \"1h30m\" or \"7d\"");
    let mut rest = text;
    let mut millis = 0u64;
    if rest.is_empty() {
        return Err(refuse());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(refuse)?;
        let number: u64 = rest[..digits].parse().map_err(|_| refuse())?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (_, unit) = UNITS.iter().find(|(name, _)| *name == &rest[..letters]).ok_or_else(refuse)?;
        millis = number.checked_mul(*unit).and_then(|part| millis.checked_add(part)).ok_or_else(refuse)?;
        rest = &rest[letters..];
    }
    let duration = Duration::from_millis(millis);
    if duration > LONGEST { Err(format!("`{text}` is longer than a year")) } else { Ok(duration) }
}

/// `90 s` as `1 min 30 s`: the two largest units that are not zero.
pub(crate) fn words(seconds: f64) -> String {
    if !seconds.is_finite() {
        return if seconds.is_nan() { "unknown".into() } else { "for ever".into() };
    }
    let sign = if seconds < 0.0 { "-" } else { "" };
    let seconds = seconds.abs();
    if seconds < 1.0 {
        return match seconds {
            0.0 => "0 s".into(),
            s if s < 1e-3 => format!("{sign}{} µs", (s * 1e6).round()),
            s => format!("{sign}{} ms", (s * 1e3).round()),
        };
    }
    if seconds < 10.0 && seconds.fract() >= 0.05 {
        return format!("{sign}{seconds:.1} s");
    }
    let mut left = seconds.round();
    let mut parts = Vec::new();
    for (name, size) in [("d", 86_400.0), ("h", 3_600.0), ("min", 60.0), ("s", 1.0)] {
        let count = (left / size).floor();
        left -= count * size;
        if count > 0.0 {
            parts.push(format!("{count} {name}"));
        } else if !parts.is_empty() {
            break;
        }
    }
    parts.truncate(2);
    format!("{sign}{}", parts.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_prometheus_writes_them() {
        for (text, millis) in [("30s", 30_000), ("1h30m", 5_400_000), ("500ms", 500), ("1w", 604_800_000), ("0s", 0)] {
            assert_eq!(parse(text).unwrap().as_millis(), millis, "{text}");
        }
        for text in ["", "5", "m", "5 m", "-5m", "5x", "1.5h", "99999999999999999999s", "5m3", "800d"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn people_read_the_two_largest_units() {
        for (seconds, text) in [
            (0.0, "0 s"),
            (0.0042, "4 ms"),
            (2.5, "2.5 s"),
            (90.0, "1 min 30 s"),
            (3600.0, "1 h"),
            (3605.0, "1 h"),
            (93_784.0, "1 d 2 h"),
            (-120.0, "-2 min"),
            (f64::INFINITY, "for ever"),
            (f64::NAN, "unknown"),
        ] {
            assert_eq!(words(seconds), text, "{seconds}");
        }
    }
}
