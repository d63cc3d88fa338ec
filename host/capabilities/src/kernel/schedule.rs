//! How long tasks ran and waited for a processor: `/proc/schedstat` (Documentation/scheduler/sched-stats.rst).

use std::path::Path;

use super::source::Source;
use super::text::{Malformed, lines, narrow, whole_number};
use crate::CapabilityError;

/// Tasks on one processor since boot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turns {
    /// The kernel's number of the processor.
    pub core: u32,
    /// Time that they ran.
    pub running_micros: u64,
    /// Time that they could have and did not.
    pub waiting_micros: u64,
    /// How often one had its turn.
    pub count: u64,
}

pub(super) struct Reader(Source);

impl Reader {
    pub(super) fn new(root: &Path) -> Self {
        Self(Source::records(root.join("proc/schedstat")))
    }

    pub(super) fn read(&mut self) -> Result<Vec<Turns>, CapabilityError> {
        self.0.parse(parse)
    }
}

/// `cpu0 0 0 0 0 0 0 RUNNING WAITING COUNT` in nanoseconds; versions 14 to 17 agree in this.
fn parse(text: &[u8]) -> Result<Vec<Turns>, Malformed> {
    let mut all = Vec::new();
    for mut line in lines(text) {
        if !line.rest.starts_with(b"cpu") {
            continue;
        }
        let name = line.expect_field("a name")?;
        let core = whole_number(&name[3..]).ok_or_else(|| line.not_a_number("the processor", name))?;
        line.skip(6);
        all.push(Turns {
            core: narrow(core),
            running_micros: line.number("time running")? / 1000,
            waiting_micros: line.number("time waiting")? / 1000,
            count: line.number("turns")?,
        });
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn domains_between_the_processors_are_passed_over() {
        let text =
            b"version 15\ntimestamp 4295\ncpu0 0 0 0 0 0 0 7000 2999 5\ndomain0 03 1 2\ncpu3 0 0 0 0 0 0 1000 0 1\n";
        let turns = |core, running_micros, waiting_micros, count| Turns { core, running_micros, waiting_micros, count };
        assert_eq!(parse(text), Ok(vec![turns(0, 7, 2, 5), turns(3, 1, 0, 1)]));
        let named = |text: &[u8]| parse(text).unwrap_err().in_file(Path::new("/f")).to_string();
        assert_eq!(named(b"cpu0 0 0 0 0 0 0 7 -2 5\n"), "/f, line 1: expected a number for time waiting, found `-2`");
        assert_eq!(named(b"cpux 0\n"), "/f, line 1: expected a number for the processor, found `cpux`");
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(bytes: Vec<u8>) {
            let _ = parse(&[b"cpu0 0 0 0 0 0 0 ", &bytes[..]].concat());
        }
    }
}
