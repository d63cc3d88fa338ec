//! What the kernel does for everybody: forks, interrupts, deferred interrupts (`/proc/stat`, `/proc/softirqs`,
//! `/proc/interrupts`; Documentation/filesystems/proc.rst).

use std::path::Path;

use super::source::Source;
use super::text::{Line, Malformed, lines, to_text, whole_number};
use crate::CapabilityError;

/// The most lines of interrupts that one call gives.
const MOST_LINES: usize = 200;

/// Counted since boot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity {
    /// Processes and threads that were begun.
    pub forks: u64,
    /// Interrupts of all lines.
    pub interrupts: u64,
    /// Deferred interrupts of all kinds.
    pub softirqs: u64,
    /// Deferred interrupts by kind: `timer`, `net_rx`, `block`.
    pub softirqs_by_kind: Vec<(String, u64)>,
    /// The busiest lines, the busiest first.
    pub interrupts_by_line: Vec<InterruptLine>,
}

/// One line of interrupts, the processors summed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterruptLine {
    /// The kernel's name of it: `24`, `LOC`.
    pub line: String,
    /// What is behind it, as its driver called it: `nvme0q1`, `ehci_hcd:usb1, uhci_hcd:usb2`; empty for those of the
    /// processor itself.
    pub device: String,
    /// How many there were.
    pub count: u64,
}

pub(super) struct Reader {
    stat: Source,
    softirqs: Source,
    interrupts: Source,
}

impl Reader {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            stat: Source::single(root.join("proc/stat")),
            softirqs: Source::single(root.join("proc/softirqs")),
            interrupts: Source::records(root.join("proc/interrupts")),
        }
    }

    pub(super) fn read(&mut self, limit: usize) -> Result<Activity, CapabilityError> {
        let mut activity = self.stat.parse(parse_stat)?;
        activity.softirqs_by_kind = or_none(self.softirqs.parse(parse_softirqs))?;
        let limit = limit.min(MOST_LINES);
        activity.interrupts_by_line = or_none(self.interrupts.parse(|text| parse_interrupts(text, limit)))?;
        Ok(activity)
    }
}

/// The tables are missing in sandboxes, whose `stat` is there.
fn or_none<T>(read: Result<Vec<T>, CapabilityError>) -> Result<Vec<T>, CapabilityError> {
    match read {
        Err(CapabilityError::NotPresent(_) | CapabilityError::Denied(_)) => Ok(Vec::new()),
        other => other,
    }
}

fn parse_stat(text: &[u8]) -> Result<Activity, Malformed> {
    let mut activity = Activity::default();
    for mut line in lines(text) {
        // `intr` and `softirq` begin with their sum; the kilobytes behind it are not looked at.
        let (target, what) = match line.rest.split(|&byte| byte == b' ').next().unwrap_or_default() {
            b"processes" => (&mut activity.forks, "forks"),
            b"intr" => (&mut activity.interrupts, "all interrupts"),
            b"softirq" => (&mut activity.softirqs, "all deferred interrupts"),
            _ => continue,
        };
        line.skip(1);
        *target = line.number(what)?;
    }
    Ok(activity)
}

/// A line of a table with a column a processor: its name, and what follows.
fn name_of<'a>(line: &Line<'a>) -> Option<(&'a [u8], &'a [u8])> {
    let colon = line.rest.iter().position(|&byte| byte == b':')?;
    Some((line.rest[..colon].trim_ascii(), &line.rest[colon + 1..]))
}

/// The sum of as many numbers as there are processors (fewer on lines that count for all of them), and what is left.
fn sum_columns(mut rest: &[u8], columns: usize) -> (u64, &[u8]) {
    let mut sum = 0u64;
    for _ in 0..columns {
        let text = rest.trim_ascii_start();
        let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
        let is_field = text.get(end).is_none_or(u8::is_ascii_whitespace);
        match whole_number(&text[..end]).filter(|_| is_field) {
            Some(count) => sum = sum.saturating_add(count),
            None => break,
        }
        rest = &text[end..];
    }
    (sum, rest)
}

/// Columns of the head: `CPU0 CPU1 CPU3`. Processors that are offline have none.
fn columns(head: Option<Line<'_>>) -> Result<usize, Malformed> {
    let mut head = head.ok_or_else(|| Malformed::file("is empty"))?;
    let mut count = 0;
    while let Some(field) = head.field() {
        if !field.starts_with(b"CPU") {
            return Err(head.malformed("expected a head of processors".to_owned()));
        }
        count += 1;
    }
    Ok(count)
}

fn parse_softirqs(text: &[u8]) -> Result<Vec<(String, u64)>, Malformed> {
    let mut lines = lines(text);
    let columns = columns(lines.next())?;
    // Ten of them, fixed by the kernel.
    let named = lines.filter_map(|line| name_of(&line)).take(MOST_LINES);
    Ok(named.map(|(name, rest)| (to_text(name).to_ascii_lowercase(), sum_columns(rest, columns).0)).collect())
}

fn parse_interrupts(text: &[u8], limit: usize) -> Result<Vec<InterruptLine>, Malformed> {
    let mut lines = lines(text);
    let columns = columns(lines.next())?;
    let mut all: Vec<(u64, &[u8], &[u8])> = lines
        .filter_map(|line| {
            let (name, rest) = name_of(&line)?;
            let (count, rest) = sum_columns(rest, columns);
            Some((count, name, rest))
        })
        .collect();
    // Equal ones in the kernel's order, so that a tie does not make series come and go.
    all.sort_by_key(|one| std::cmp::Reverse(one.0));
    all.truncate(limit);
    let told = all.into_iter().map(|(count, name, rest)| InterruptLine {
        line: to_text(name),
        // Lines with letters are the processor's own: their text is an explanation, and no device.
        device: whole_number(name).map(|_| to_text(device(rest))).unwrap_or_default(),
        count,
    });
    Ok(told.collect())
}

/// `IO-APIC   5-edge      ACPI:Ged`, `GICv3  27 Level     arch_timer`: the controller, its own number of the line, how it
/// is triggered where that is not told with the number, then the drivers.
fn device(rest: &[u8]) -> &[u8] {
    let mut line = Line::whole(rest);
    line.skip(2);
    let mut after_trigger = line;
    if matches!(after_trigger.field(), Some(b"Level" | b"Edge" | b"None")) {
        line = after_trigger;
    }
    line.rest.trim_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn devices_stand_behind_controllers_of_every_architecture() {
        for (rest, name) in [
            (&b" IO-APIC   5-edge      ACPI:Ged"[..], "ACPI:Ged"),
            (b"  PCI-MSIX-0000:00:01.0   0-edge      virtio0-config", "virtio0-config"),
            (b"   GICv3  27 Level     arch_timer", "arch_timer"),
            (b" ITS-MSI 524288 Edge      nvme0q0", "nvme0q0"),
            (b" IR-IO-APIC   16-fasteoi   ehci_hcd:usb1, uhci_hcd:usb2", "ehci_hcd:usb1, uhci_hcd:usb2"),
            (b" IO-APIC   9-fasteoi   ", ""),
            (b"", ""),
        ] {
            assert_eq!(to_text(device(rest)), name);
        }
    }

    #[test]
    fn lines_that_count_for_all_processors_have_one_column() {
        let text = b"      CPU0 CPU2\n  1:  3  4  IO-APIC 1-edge i8042\nERR:  7\nMIS:\nLOC: 9 9 Local timer\n";
        let lines = parse_interrupts(text, 10).unwrap();
        let found: Vec<_> = lines.iter().map(|one| (one.line.as_str(), one.device.as_str(), one.count)).collect();
        assert_eq!(found, [("LOC", "", 18), ("1", "i8042", 7), ("ERR", "", 7), ("MIS", "", 0)]);
        assert_eq!(parse_interrupts(text, 1).unwrap().len(), 1);
    }

    #[test]
    fn a_table_without_its_head_is_refused() {
        let named = |error: Malformed| error.in_file(Path::new("/f")).to_string();
        assert_eq!(named(parse_softirqs(b"").unwrap_err()), "/f: is empty");
        assert_eq!(named(parse_interrupts(b"1: 2\n", 3).unwrap_err()), "/f, line 1: expected a head of processors");
        assert_eq!(
            named(parse_stat(b"intr x\n").unwrap_err()),
            "/f, line 1: expected a number for all interrupts, found `x`"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(bytes: Vec<u8>, limit in 0usize..300) {
            let _ = parse_stat(&[b"intr ", &bytes[..]].concat());
            let _ = parse_softirqs(&[b"CPU0 CPU1\nHI: ", &bytes[..]].concat());
            let _ = parse_interrupts(&[b"CPU0 CPU1\n 1: ", &bytes[..]].concat(), limit);
        }
    }
}
