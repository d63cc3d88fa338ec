//! Durations and sizes as people write them: `30`, `30s`, `5m`, `500ms`, `64MiB`, `4GiB`; and back again.

use std::time::Duration;

/// Units of time, the longest first, with their milliseconds.
const TIME: [(&str, u64); 6] =
    [("w", 7 * 86_400_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Units of size, the largest first. `GB` and the like are powers of ten, as disks are sold.
const SIZE: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];

/// Reads a duration: a number with one of the units `ms s m h d w`; without a unit it is seconds. Parts add up (`1h30m`).
///
/// # Errors
/// A sentence that says what is wrong with `text`.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>()
        && text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '.'))
    {
        return from_seconds(seconds);
    }
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let (number, after) = split_number(rest).ok_or("it has no number")?;
        if after.starts_with(char::is_whitespace) {
            return Err("a space stands before the unit".to_owned());
        }
        let letters = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let millis = TIME.iter().find(|(name, _)| *name == unit).map(|(_, millis)| *millis);
        let millis = millis.ok_or_else(|| match unit {
            "" => "a part of it has no unit".to_owned(),
            unit => format!("`{unit}` is no unit of time; the units are ms, s, m, h, d, w"),
        })?;
        let part = from_seconds(number * millis as f64 / 1e3)?;
        total = total.checked_add(part).ok_or("it is too long")?;
        rest = after;
    }
    if text.is_empty() { Err("it is empty".to_owned()) } else { Ok(total) }
}

/// Reads a number of seconds.
pub(crate) fn from_seconds(seconds: f64) -> Result<Duration, String> {
    if seconds < 0.0 {
        return Err("a duration cannot be negative".to_owned());
    }
    // To the microsecond: `0.1` and `100ms` shall be the same duration.
    Duration::try_from_secs_f64((seconds * 1e6).round() / 1e6).map_err(|_| "it is too long".to_owned())
}

/// Reads a size in bytes: a number with `B kB MB GB TB` (powers of ten) or `KiB MiB GiB TiB` (powers of two); a bare
/// number is bytes.
///
/// # Errors
/// A sentence that says what is wrong with `text`.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let text = text.trim();
    if text.starts_with('-') {
        return Err("a size cannot be negative".to_owned());
    }
    let (number, unit) = split_number(text).ok_or("it has no number")?;
    let factor = match unit.trim() {
        "" => 1,
        unit => *SIZE.iter().find(|(name, _)| *name == unit).map(|(_, factor)| factor).ok_or_else(|| {
            format!("`{unit}` is no unit of size; the units are KiB, MiB, GiB, TiB and kB, MB, GB, TB")
        })?,
    };
    let bytes = (number * factor as f64).round();
    if bytes < u64::MAX as f64 { Ok(bytes as u64) } else { Err("it is too large".to_owned()) }
}

/// The number at the start of `text` and what follows it.
fn split_number(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    Some((number.parse().ok()?, rest))
}

/// Writes a duration in its largest whole unit: `30s`, `5m`, `30d`, `500ms`.
pub fn format_duration(duration: Duration) -> String {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if !duration.subsec_nanos().is_multiple_of(1_000_000) {
        return format!("{}ms", duration.as_secs_f64() * 1e3);
    }
    // Weeks are read but not written: `30d` and `28d` are easier to compare than `30d` and `4w`.
    match TIME.iter().skip(1).find(|(_, unit)| millis != 0 && millis.is_multiple_of(*unit)) {
        Some((name, unit)) => format!("{}{name}", millis / unit),
        None => "0s".to_owned(),
    }
}

/// Writes a size in its largest whole unit of powers of two: `64MiB`, `4GiB`.
pub fn format_size(bytes: u64) -> String {
    match SIZE.iter().take(4).find(|(_, unit)| bytes != 0 && bytes.is_multiple_of(*unit)) {
        Some((name, unit)) => format!("{}{name}", bytes / unit),
        None => format!("{bytes}B"),
    }
}

/// Serde's view of a duration: text with a unit, or a number of seconds.
pub(crate) mod duration {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(value: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::format_duration(*value))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(deserializer)?;
        super::parse_duration(&text).map_err(D::Error::custom)
    }
}

/// Serde's view of a duration that may be absent.
pub(crate) mod duration_option {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(value: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
        value.map(super::format_duration).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| super::parse_duration(&text)).transpose().map_err(D::Error::custom)
    }
}

/// Serde's view of a size: text with a unit.
pub(crate) mod size {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    pub(crate) fn serialize<S: Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::format_size(*value))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        let text = String::deserialize(deserializer)?;
        super::parse_size(&text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_read_with_and_without_a_unit_and_written_in_its_largest() {
        for (text, millis, written) in [
            ("30", 30_000, "30s"),
            ("30s", 30_000, "30s"),
            ("0.5", 500, "500ms"),
            ("500ms", 500, "500ms"),
            ("90s", 90_000, "90s"),
            ("5m", 300_000, "5m"),
            ("1h30m", 5_400_000, "90m"),
            ("1.5h", 5_400_000, "90m"),
            ("24h", 86_400_000, "1d"),
            ("30d", 2_592_000_000, "30d"),
            ("2w", 1_209_600_000, "14d"),
            ("0", 0, "0s"),
        ] {
            let read = parse_duration(text);
            assert_eq!(read, Ok(Duration::from_millis(millis)), "{text}");
            assert_eq!(format_duration(Duration::from_millis(millis)), written, "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused_with_the_reason() {
        for (text, reason) in [
            ("", "it is empty"),
            ("soon", "it has no number"),
            ("5x", "`x` is no unit of time; the units are ms, s, m, h, d, w"),
            ("5 m", "a space stands before the unit"),
            ("1h30", "a part of it has no unit"),
            ("-5", "a duration cannot be negative"),
            ("-5s", "it has no number"),
            ("1e300", "it is too long"),
            ("99999999999999999999d", "it is too long"),
            ("inf", "it has no number"),
            ("NaN", "it has no number"),
        ] {
            assert_eq!(parse_duration(text), Err(reason.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_size_is_read_in_powers_of_two_and_of_ten() {
        for (text, bytes, written) in [
            ("64MiB", 64 << 20, "64MiB"),
            ("4GiB", 4 << 30, "4GiB"),
            ("4 GiB", 4 << 30, "4GiB"),
            ("1.5GiB", 3 << 29, "1536MiB"),
            ("1MB", 1_000_000, "1000000B"),
            ("4096", 4096, "4KiB"),
            ("0", 0, "0B"),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
            assert_eq!(format_size(bytes), written, "{text}");
        }
        for text in ["", "MiB", "4gib", "-1", "1e9GiB", "99999999TiB"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }
}
