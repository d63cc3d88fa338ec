//! Neighbours: `/proc/net/arp`.

use std::path::Path;

use crate::CapabilityError;
use crate::kernel::source::Source;
use crate::kernel::text::{Malformed, lines, to_text};

/// Interfaces that are told apart at most.
const MOST: usize = 1000;

/// How many neighbours are known on one interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbours {
    /// The interface.
    pub name: String,
    /// Entries of the table, those that are not answered among them.
    pub count: u32,
}

pub(super) struct Reader(Source);

impl Reader {
    pub(super) fn new(root: &Path) -> Self {
        Self(Source::records(root.join("proc/net/arp")))
    }

    pub(super) fn read(&mut self) -> Result<Vec<Neighbours>, CapabilityError> {
        self.0.parse(parse)
    }
}

/// `192.0.2.1  0x1  0x2  02:fc:00:00:00:05  *  eth0`, under a line of headings.
fn parse(text: &[u8]) -> Result<Vec<Neighbours>, Malformed> {
    let mut found: Vec<Neighbours> = Vec::new();
    for mut line in lines(text).skip(1) {
        line.skip(5);
        let name = line.expect_field("the interface")?;
        if let Some(one) = found.iter_mut().find(|one| one.name.as_bytes() == name) {
            one.count = one.count.saturating_add(1);
        } else if found.len() < MOST {
            found.push(Neighbours { name: to_text(name), count: 1 });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn entries_are_counted_by_interface() {
        let text = b"IP address HW type Flags HW address Mask Device\n\
            10.0.0.1 0x1 0x2 02:00:00:00:00:01 * eth0\n10.0.0.2 0x1 0x0 00:00:00:00:00:00 * eth0\n\
            10.1.0.1 0x1 0x2 02:00:00:00:00:03 * br-lan\n";
        let counts: Vec<_> = parse(text).unwrap().into_iter().map(|one| (one.name, one.count)).collect();
        assert_eq!(counts, [("eth0".to_owned(), 2), ("br-lan".to_owned(), 1)]);
        let error = parse(b"head\n10.0.0.1 0x1\n").unwrap_err();
        assert_eq!(error.in_file(Path::new("/f")).to_string(), "/f, line 2: ends before the interface");
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(bytes: Vec<u8>) {
            let _ = parse(&[b"head\n1 2 3 4 5 ", &bytes[..]].concat());
        }
    }
}
