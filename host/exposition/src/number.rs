//! How the formats spell numbers and moments.

use std::fmt::{self, Write};

/// Writes the shortest spelling that reads back as the same value: `+Inf`, `-Inf`, `NaN`, `1e21`, `0.5`. Every NaN is `NaN`.
pub fn write_number(out: &mut impl Write, value: f64) -> fmt::Result {
    match value {
        v if v.is_nan() => out.write_str("NaN"),
        f64::INFINITY => out.write_str("+Inf"),
        f64::NEG_INFINITY => out.write_str("-Inf"),
        // Integers that a double holds exactly need no search for the shortest fraction.
        v if v.fract() == 0.0 && v.abs() < 9e15 && (v != 0.0 || v.is_sign_positive()) => write!(out, "{}", v as i64),
        v if v != 0.0 && (v.abs() >= 1e21 || v.abs() < 1e-7) => write!(out, "{v:e}"),
        v => write!(out, "{v}"),
    }
}

/// A bound or a quantile as OpenMetrics wants it in a label: as [`write_number`], with `.0` where neither point nor exponent stands
/// ("Canonical Numbers" of the specification).
pub fn canonical(value: f64) -> String {
    let mut text = String::new();
    // Writing into a String does not fail.
    let _ = if value.is_finite() && value != 0.0 && (value.abs() >= 1e6 || value.abs() < 1e-4) {
        // Go (`%g`) changes over at these bounds, and writes the exponent with its sign and two digits at least.
        let plain = format!("{value:e}");
        let (digits, exponent) = plain.split_once('e').unwrap_or((&plain, "0"));
        let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
        write!(text, "{digits}e{sign}{exponent:0>2}")
    } else {
        write_number(&mut text, value)
    };
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        text.push_str(".0");
    }
    text
}

/// Writes a moment, given in milliseconds since the Unix epoch, as OpenMetrics does: seconds, with milliseconds where there are any. Exact over the whole range.
pub fn write_seconds(out: &mut impl Write, time: i64) -> fmt::Result {
    let (seconds, millis) = (time.unsigned_abs() / 1000, time.unsigned_abs() % 1000);
    let sign = if time < 0 { "-" } else { "" };
    match millis {
        0 => write!(out, "{sign}{seconds}"),
        _ => {
            let digits = format!("{millis:03}");
            write!(out, "{sign}{seconds}.{}", digits.trim_end_matches('0'))
        }
    }
}

/// The value that a text spells, as Go's `ParseFloat` reads it without underscores and hexadecimal forms.
pub fn number(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    Some(if value.is_nan() { f64::NAN } else { value })
}

/// As OpenMetrics' grammar has it: a NaN has no sign.
pub fn strict_number(text: &str) -> Option<f64> {
    number(text).filter(|value| !value.is_nan() || text.len() == 3)
}

/// A moment of OpenMetrics, in whole nanoseconds, so that two of one millisecond are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(i128);

impl Moment {
    /// Milliseconds since the Unix epoch, to the nearest one.
    pub fn millis(self) -> Option<i64> {
        i64::try_from((self.0 + 500_000).div_euclid(1_000_000)).ok()
    }

    /// The moment so many milliseconds after the Unix epoch.
    pub fn of_millis(millis: i64) -> Self {
        Self(i128::from(millis) * 1_000_000)
    }
}

/// Seconds with a fraction or an exponent; `None` for what is no finite number, or beyond what milliseconds in 64 bits hold.
pub fn seconds(text: &str) -> Option<Moment> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(whole) || !plain(fraction) {
        let value: f64 = text.parse().ok().filter(|value: &f64| value.abs() < 9.2e15)?;
        return Some(Moment((value * 1e9) as i128));
    }
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let nanos = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
    let nanos = nanos.fold(0_i128, |sum, digit| sum * 10 + i128::from(digit - b'0'));
    let all = i128::from(whole) * 1_000_000_000 + nanos;
    let moment = Moment(if negative { -all } else { all });
    moment.millis().map(|_| moment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bounds_are_spelt_as_go_spells_them() {
        for (value, text) in [
            (1.0, "1.0"),
            (0.0, "0.0"),
            (10.0, "10.0"),
            (0.005, "0.005"),
            (f64::INFINITY, "+Inf"),
            (-2.0, "-2.0"),
            (1e-10, "1e-10"),
            (1e-5, "1e-05"),
            (1e6, "1e+06"),
            (100_000.0, "100000.0"),
            (2_500_000.0, "2.5e+06"),
        ] {
            assert_eq!(canonical(value), text);
        }
    }

    #[test]
    fn moments_are_exact() {
        for (text, millis) in [
            ("0", 0),
            ("1767323045.678", 1_767_323_045_678),
            ("-1.5", -1_500),
            ("+2", 2_000),
            ("1.5e3", 1_500_000),
            (".5", 500),
            ("5.", 5_000),
            ("1.0004999999", 1_000),
            ("9223372036854775.807", i64::MAX),
        ] {
            assert_eq!(seconds(text).and_then(Moment::millis), Some(millis), "{text}");
        }
        for text in ["", "-", ".", "NaN", "Inf", "1e300", "9223372036854775.9", "1_0", "1 ", "é", "0x1"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_number_and_every_moment_reads_back_the_same(bits: u64, millis: i64) {
            let value = f64::from_bits(bits);
            let mut text = String::new();
            write_number(&mut text, value).unwrap();
            let back = strict_number(&text).unwrap();
            prop_assert!(back.to_bits() == bits || back.is_nan() && value.is_nan(), "{text}");
            let mut text = String::new();
            write_seconds(&mut text, millis).unwrap();
            prop_assert_eq!(seconds(&text).and_then(Moment::millis), Some(millis));
        }
    }
}
