//! Parsing the kernel's text in place: lines, fields, numbers, with errors that say where.

use std::path::Path;

use crate::CapabilityError;

/// Text that is not as the kernel writes it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    /// From 1; 0 when the file as a whole is meant.
    line: usize,
    problem: String,
}

impl Malformed {
    pub(super) fn file(problem: impl Into<String>) -> Self {
        Self { line: 0, problem: problem.into() }
    }

    pub(super) fn in_file(&self, path: &Path) -> CapabilityError {
        let place = if self.line == 0 { String::new() } else { format!(", line {}", self.line) };
        CapabilityError::Failed(format!("{}{place}: {}", path.display(), self.problem))
    }
}

/// The lines of `text`, each with its number from 1.
pub(crate) fn lines(text: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0;
    let ends = memchr::memchr_iter(b'\n', text).chain(std::iter::once(text.len()));
    ends.enumerate().filter_map(move |(at, end)| {
        let line = text.get(start..end)?;
        start = end + 1;
        (!line.is_empty()).then_some(Line { number: at + 1, rest: line })
    })
}

/// What is left of one line.
#[derive(Clone, Copy)]
pub(crate) struct Line<'a> {
    number: usize,
    pub(crate) rest: &'a [u8],
}

impl<'a> Line<'a> {
    /// A line that is the whole of a file.
    pub(crate) fn whole(text: &'a [u8]) -> Self {
        let end = text.iter().position(|&byte| byte == b'\n').unwrap_or(text.len());
        Self { number: 1, rest: &text[..end] }
    }

    /// The next field, up to blanks.
    pub(crate) fn field(&mut self) -> Option<&'a [u8]> {
        let start = self.rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
        let rest = &self.rest[start..];
        let end = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
        let (field, rest) = rest.split_at(end);
        self.rest = rest;
        Some(field)
    }

    /// The next field; `what` says in the error what is missing.
    pub(super) fn expect_field(&mut self, what: &str) -> Result<&'a [u8], Malformed> {
        self.field().ok_or_else(|| self.malformed(format!("ends before {what}")))
    }

    /// The next field as a whole number.
    pub(super) fn number(&mut self, what: &str) -> Result<u64, Malformed> {
        let field = self.expect_field(what)?;
        whole_number(field).ok_or_else(|| self.not_a_number(what, field))
    }

    /// The next field as a whole number, 0 when the line has ended (a column that older kernels do not write).
    pub(super) fn number_or_zero(&mut self, what: &str) -> Result<u64, Malformed> {
        match self.field() {
            None => Ok(0),
            Some(field) => whole_number(field).ok_or_else(|| self.not_a_number(what, field)),
        }
    }

    /// The next field as a number with a fraction.
    pub(super) fn fraction(&mut self, what: &str) -> Result<f64, Malformed> {
        let field = self.expect_field(what)?;
        fraction(field).ok_or_else(|| self.not_a_number(what, field))
    }

    /// Passes over `count` fields.
    pub(super) fn skip(&mut self, count: usize) {
        for _ in 0..count {
            if self.field().is_none() {
                return;
            }
        }
    }

    pub(super) fn not_a_number(&self, what: &str, found: &[u8]) -> Malformed {
        self.malformed(format!("expected a number for {what}, found `{}`", excerpt(found)))
    }

    pub(super) fn malformed(&self, problem: String) -> Malformed {
        Malformed { line: self.number, problem }
    }
}

/// Digits only; nothing when there are none, others, or too many.
pub(crate) fn whole_number(field: &[u8]) -> Option<u64> {
    if field.is_empty() {
        return None;
    }
    field.iter().try_fold(0u64, |sum, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        sum.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// Digits of base 16; nothing when there are none, others, or too many.
pub(super) fn hexadecimal(field: &[u8]) -> Option<u64> {
    if field.is_empty() || field.len() > 16 {
        return None;
    }
    field.iter().try_fold(0u64, |sum, byte| {
        let digit = char::from(*byte).to_digit(16)?;
        Some(sum << 4 | u64::from(digit))
    })
}

/// A finite number that is not negative, as `1.25`.
pub(super) fn fraction(field: &[u8]) -> Option<f64> {
    let number: f64 = std::str::from_utf8(field).ok()?.parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number)
}

/// Text for people and for labels; what is not UTF-8 is replaced.
pub(super) fn to_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A number of a narrower field; what does not fit is the largest.
pub(super) fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn excerpt(bytes: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(bytes).chars().take(40).collect();
    text.escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use proptest::prelude::*;

    #[test]
    fn an_error_names_file_line_and_what_was_found() {
        let mut line = lines(b"\nctxt 12x4\n").next().unwrap();
        line.skip(1);
        let error = line.number("context switches").unwrap_err().in_file(Path::new("/proc/stat"));
        expect!["/proc/stat, line 2: expected a number for context switches, found `12x4`"]
            .assert_eq(&error.to_string());
        let error = line.number("the next").unwrap_err().in_file(Path::new("/proc/stat"));
        expect!["/proc/stat, line 2: ends before the next"].assert_eq(&error.to_string());
    }

    #[test]
    fn numbers_are_digits_and_nothing_else() {
        for (text, number) in [
            ("0", Some(0)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("", None),
            ("-1", None),
            ("+1", None),
            ("1 ", None),
            ("0x1", None),
        ] {
            assert_eq!(whole_number(text.as_bytes()), number, "{text}");
        }
        assert_eq!(
            [&b"0"[..], b"fF", b"ffffffffffffffff", b"10000000000000000", b"", b"-1", b"0x1"].map(hexadecimal),
            [Some(0), Some(255), Some(u64::MAX), None, None, None, None]
        );
        assert_eq!(
            [fraction(b"1.25"), fraction(b"NaN"), fraction(b"-1"), fraction(b"inf")],
            [Some(1.25), None, None, None]
        );
    }

    proptest! {
        #[test]
        fn any_bytes_fall_into_fields_without_blanks(bytes: Vec<u8>) {
            for mut line in lines(&bytes) {
                while let Some(field) = line.field() {
                    prop_assert!(!field.is_empty() && !field.iter().any(u8::is_ascii_whitespace));
                }
            }
        }
    }
}
