//! Pressure stall information: `/proc/pressure/*`.

use std::path::Path;

use super::source::Source;
use super::text::{Line, Malformed, fraction, lines, whole_number};
use crate::CapabilityError;

/// What tasks may stand still for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PressureResource {
    /// Processors.
    Cpu,
    /// Memory.
    Memory,
    /// Input and output.
    Io,
}

impl PressureResource {
    /// All three, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Cpu, Self::Memory, Self::Io];

    const fn path(self) -> &'static str {
        match self {
            Self::Cpu => "proc/pressure/cpu",
            Self::Memory => "proc/pressure/memory",
            Self::Io => "proc/pressure/io",
        }
    }
}

/// How much time tasks stood still for want of one resource.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pressure {
    /// At least one waited.
    pub some: Stall,
    /// All of them waited. Kernels before 5.13 do not say it for processors.
    pub full: Option<Stall>,
}

/// Share of time stalled.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stall {
    /// Ratio over the last 10 seconds.
    pub avg10: f64,
    /// Over the last minute.
    pub avg60: f64,
    /// Over the last five minutes.
    pub avg300: f64,
    /// Since boot.
    pub total_micros: u64,
}

pub(super) struct Reader(Source);

impl Reader {
    pub(super) fn new(root: &Path, resource: PressureResource) -> Self {
        Self(Source::single(root.join(resource.path())))
    }

    pub(super) fn read(&mut self) -> Result<Pressure, CapabilityError> {
        self.0.parse(parse)
    }
}

pub(crate) fn parse(text: &[u8]) -> Result<Pressure, Malformed> {
    let (mut some, mut full) = (None, None);
    for mut line in lines(text) {
        match line.expect_field("a scope")? {
            b"some" => some = Some(parse_stall(&mut line)?),
            b"full" => full = Some(parse_stall(&mut line)?),
            _ => {}
        }
    }
    let some = some.ok_or_else(|| Malformed::file("has no line `some`"))?;
    Ok(Pressure { some, full })
}

/// `avg10=0.00 avg60=0.00 avg300=0.00 total=0`; the averages are percentages.
fn parse_stall(line: &mut Line<'_>) -> Result<Stall, Malformed> {
    let mut stall = Stall::default();
    let mut total = None;
    while let Some(field) = line.field() {
        let Some(at) = field.iter().position(|&byte| byte == b'=') else {
            return Err(line.malformed("expected `name=value`".to_owned()));
        };
        let (name, value) = (&field[..at], &field[at + 1..]);
        let target = match name {
            b"avg10" => &mut stall.avg10,
            b"avg60" => &mut stall.avg60,
            b"avg300" => &mut stall.avg300,
            b"total" => {
                total = Some(whole_number(value).ok_or_else(|| line.not_a_number("total", value))?);
                continue;
            }
            _ => continue,
        };
        // Two decimals of a percentage: hundredths of it are exact as f64 only when divided once.
        *target = fraction(value).ok_or_else(|| line.not_a_number("an average", value))? / 100.0;
    }
    // Of half a line nothing is true: a total of 0 would be taken for one that was begun anew.
    stall.total_micros = total.ok_or_else(|| line.malformed("ends before the total".to_owned()))?;
    Ok(stall)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn percentages_become_ratios_and_full_may_be_missing() {
        let read = parse(b"some avg10=12.50 avg60=1.00 avg300=0.25 total=63902684\n").unwrap();
        assert_eq!(read.some, Stall { avg10: 0.125, avg60: 0.01, avg300: 0.0025, total_micros: 63_902_684 });
        assert_eq!(read.full, None);
    }

    #[test]
    fn broken_lines_are_named() {
        for (text, problem) in [
            (&b""[..], "/f: has no line `some`"),
            (b"some avg10=x", "/f, line 1: expected a number for an average, found `x`"),
            (b"some avg10", "/f, line 1: expected `name=value`"),
            (b"some avg10=0.10 avg60=0", "/f, line 1: ends before the total"),
            (b"some total=-1", "/f, line 1: expected a number for total, found `-1`"),
        ] {
            assert_eq!(parse(text).unwrap_err().in_file(Path::new("/f")).to_string(), problem);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(bytes: Vec<u8>) {
            let _ = parse(&[b"some ", &bytes[..]].concat());
        }
    }
}
