//! Tables with a line for each processor, in hexadecimal: `/proc/net/softnet_stat` (`softnet_seq_show` in the kernel's
//! `net-procfs.c`) and `/proc/net/stat/nf_conntrack`.

use std::path::Path;

use crate::CapabilityError;
use crate::kernel::source::Source;
use crate::kernel::text::{Line, Malformed, hexadecimal, lines, narrow, to_text};

/// What one processor took from network cards since boot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Softnet {
    /// The kernel's number of the processor.
    pub core: u32,
    /// Packets taken.
    pub processed: u64,
    /// Packets lost, because its queue was full.
    pub dropped: u64,
    /// How often its time was over with work left.
    pub squeezed: u64,
}

/// Connections that the firewall follows, all processors summed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tracking {
    /// Packets of known connections (newer kernels do not count them).
    pub found: u64,
    /// Packets that fit no connection.
    pub invalid: u64,
    /// Connections that could not be noted.
    pub insert_failures: u64,
    /// Packets dropped since the table was full.
    pub dropped: u64,
    /// Connections given up to make room for others.
    pub early_dropped: u64,
    /// Searches begun anew, since the table changed meanwhile.
    pub restarts: u64,
}

pub(super) struct SoftnetReader(Source);

impl SoftnetReader {
    pub(super) fn new(root: &Path) -> Self {
        Self(Source::records(root.join("proc/net/softnet_stat")))
    }

    pub(super) fn read(&mut self) -> Result<Vec<Softnet>, CapabilityError> {
        self.0.parse(parse_softnet)
    }
}

/// Columns 1, 2 and 3; since Linux 5.10 the 13th is the processor's number, before it the lines are those that are online.
fn parse_softnet(text: &[u8]) -> Result<Vec<Softnet>, Malformed> {
    let mut all = Vec::new();
    for (at, mut line) in lines(text).enumerate() {
        let mut one = Softnet { core: narrow(at as u64), ..Softnet::default() };
        one.processed = number(&mut line, "packets processed")?;
        one.dropped = number(&mut line, "packets dropped")?;
        one.squeezed = number(&mut line, "times squeezed")?;
        line.skip(9);
        if let Some(core) = line.field().and_then(hexadecimal) {
            one.core = narrow(core);
        }
        all.push(one);
    }
    Ok(all)
}

pub(super) struct TrackingReader(Source);

impl TrackingReader {
    pub(super) fn new(root: &Path) -> Self {
        Self(Source::records(root.join("proc/net/stat/nf_conntrack")))
    }

    pub(super) fn read(&mut self) -> Result<Tracking, CapabilityError> {
        self.0.parse(parse_tracking)
    }
}

fn parse_tracking(text: &[u8]) -> Result<Tracking, Malformed> {
    let mut tracking = Tracking::default();
    let mut all = lines(text);
    let Some(head) = all.next() else { return Err(Malformed::file("is empty")) };
    for mut line in all {
        let mut names = head;
        while let Some(name) = names.field() {
            let target = match name {
                b"found" => &mut tracking.found,
                b"invalid" => &mut tracking.invalid,
                b"insert_failed" => &mut tracking.insert_failures,
                b"drop" => &mut tracking.dropped,
                b"early_drop" => &mut tracking.early_dropped,
                b"search_restart" => &mut tracking.restarts,
                _ => {
                    line.skip(1);
                    continue;
                }
            };
            *target = target.saturating_add(number(&mut line, &to_text(name))?);
        }
    }
    Ok(tracking)
}

fn number(line: &mut Line<'_>, what: &str) -> Result<u64, Malformed> {
    let field = line.expect_field(what)?;
    hexadecimal(field).ok_or_else(|| line.not_a_number(what, field))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn newer_kernels_tell_which_processor_a_line_is_of() {
        let old = "0000000a 00000001 00000002 0 0 0 0 0 0 0 0\n00000010 0 0 0 0 0 0 0 0 0 0\n";
        let found = |text: &str| -> Vec<_> {
            parse_softnet(text.as_bytes()).unwrap().iter().map(|one| (one.core, one.processed, one.squeezed)).collect()
        };
        assert_eq!(found(old), [(0, 10, 2), (1, 16, 0)]);
        assert_eq!(found("ff 0 1 0 0 0 0 0 0 0 0 0 00000007 0 0\n"), [(7, 255, 1)]);
    }

    #[test]
    fn columns_of_connections_are_found_by_their_names() {
        let text = b"entries found invalid drop early_drop\n000000ff 1 2 3 4\n000000ff 0a 0 0 1\n";
        let expected = Tracking { found: 11, invalid: 2, dropped: 3, early_dropped: 5, ..Tracking::default() };
        assert_eq!(parse_tracking(text), Ok(expected));
    }

    #[test]
    fn broken_lines_are_named() {
        let named = |error: Malformed| error.in_file(Path::new("/f")).to_string();
        assert_eq!(
            named(parse_softnet(b"1 2 3\n1 -2 3\n").unwrap_err()),
            "/f, line 2: expected a number for packets dropped, found `-2`"
        );
        assert_eq!(named(parse_tracking(b"found drop\n1\n").unwrap_err()), "/f, line 2: ends before drop");
        assert_eq!(named(parse_tracking(b"").unwrap_err()), "/f: is empty");
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(bytes: Vec<u8>) {
            let _ = parse_softnet(&bytes);
            let _ = parse_tracking(&[b"found drop\n", &bytes[..]].concat());
            let _ = parse_tracking(&bytes);
        }
    }
}
