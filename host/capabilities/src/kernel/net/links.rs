//! Network interfaces: `/proc/net/dev`.

use std::path::Path;

use crate::CapabilityError;
use crate::kernel::source::Source;
use crate::kernel::text::{Malformed, lines, to_text};

/// One network interface. Counters since it appeared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the columns of the file; rx is received, tx sent")]
pub struct Link {
    pub name: String,
    pub rx_bytes: u64,
    pub rx_packets: u64,
    pub rx_errors: u64,
    pub rx_dropped: u64,
    pub tx_bytes: u64,
    pub tx_packets: u64,
    pub tx_errors: u64,
    pub tx_dropped: u64,
    pub rx_fifo: u64,
    pub rx_frame: u64,
    pub rx_compressed: u64,
    pub rx_multicast: u64,
    pub tx_fifo: u64,
    pub collisions: u64,
    pub tx_carrier: u64,
    pub tx_compressed: u64,
}

pub(super) struct Reader(Source);

impl Reader {
    pub(super) fn new(root: &Path) -> Self {
        Self(Source::records(root.join("proc/net/dev")))
    }

    pub(super) fn read(&mut self) -> Result<Vec<Link>, CapabilityError> {
        self.0.parse(parse_dev)
    }
}

fn parse_dev(text: &[u8]) -> Result<Vec<Link>, Malformed> {
    let mut links = Vec::new();
    for mut line in lines(text) {
        // The two lines of headings have bars instead.
        let Some(colon) = line.rest.iter().rposition(|&byte| byte == b':') else { continue };
        let name = to_text(line.rest[..colon].trim_ascii());
        line.rest = &line.rest[colon + 1..];
        let mut link = Link { name, ..Link::default() };
        link.rx_bytes = line.number("bytes received")?;
        link.rx_packets = line.number("packets received")?;
        link.rx_errors = line.number("errors of receiving")?;
        link.rx_dropped = line.number("packets dropped on receipt")?;
        link.rx_fifo = line.number("overruns of receiving")?;
        link.rx_frame = line.number("broken frames")?;
        link.rx_compressed = line.number("compressed packets received")?;
        link.rx_multicast = line.number("multicast packets")?;
        link.tx_bytes = line.number("bytes sent")?;
        link.tx_packets = line.number("packets sent")?;
        link.tx_errors = line.number("errors of sending")?;
        link.tx_dropped = line.number("packets dropped before sending")?;
        link.tx_fifo = line.number("overruns of sending")?;
        link.collisions = line.number("collisions")?;
        link.tx_carrier = line.number("losses of the carrier")?;
        link.tx_compressed = line.number("compressed packets sent")?;
        links.push(link);
    }
    Ok(links)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_may_stand_close_to_its_numbers() {
        let links = parse_dev(b"eth0:1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n").unwrap();
        assert_eq!((links[0].name.as_str(), links[0].rx_bytes, links[0].tx_compressed), ("eth0", 1, 16));
    }

    #[test]
    fn broken_lines_are_named() {
        for (text, problem) in [
            (&b"eth0: 1 2 x\n"[..], "/f, line 1: expected a number for errors of receiving, found `x`"),
            (b"\n\neth0: 1\n", "/f, line 3: ends before packets received"),
        ] {
            assert_eq!(parse_dev(text).unwrap_err().in_file(Path::new("/f")).to_string(), problem);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(bytes: Vec<u8>) {
            let _ = parse_dev(&[b"eth0: ", &bytes[..]].concat());
        }
    }
}
