//! Network interfaces and sockets: `/proc/net/dev`, `sockstat`, `sockstat6`, `snmp`.

use std::path::Path;

use super::source::Source;
use super::text::{Malformed, lines, narrow, to_text, whole_number};
use crate::CapabilityError;

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
}

/// Numbers of sockets, and what TCP has sent since boot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SocketCounts {
    /// Connections.
    pub tcp_established: u32,
    /// Waiting out their end.
    pub tcp_time_wait: u32,
    /// Closed by their owner, not yet by the other side.
    pub tcp_orphaned: u32,
    /// UDP sockets.
    pub udp: u32,
    /// Segments sent.
    pub tcp_sent_segments: u64,
    /// Segments sent again.
    pub tcp_retransmitted_segments: u64,
}

pub(super) struct LinkReader(Source);

impl LinkReader {
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
        line.skip(4);
        link.tx_bytes = line.number("bytes sent")?;
        link.tx_packets = line.number("packets sent")?;
        link.tx_errors = line.number("errors of sending")?;
        link.tx_dropped = line.number("packets dropped before sending")?;
        links.push(link);
    }
    Ok(links)
}

pub(super) struct SocketReader {
    snmp: Source,
    sockstat: Source,
    sockstat6: Source,
}

impl SocketReader {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            snmp: Source::single(root.join("proc/net/snmp")),
            sockstat: Source::single(root.join("proc/net/sockstat")),
            sockstat6: Source::single(root.join("proc/net/sockstat6")),
        }
    }

    pub(super) fn read(&mut self) -> Result<SocketCounts, CapabilityError> {
        let mut counts = SocketCounts::default();
        self.snmp.parse(|text| parse_snmp(text, &mut counts))?;
        self.sockstat.parse(|text| parse_sockstat(text, &mut counts))?;
        match self.sockstat6.parse(|text| parse_sockstat(text, &mut counts)) {
            // A machine without IPv6.
            Ok(()) | Err(CapabilityError::NotPresent(_)) => Ok(counts),
            Err(error) => Err(error),
        }
    }
}

/// `Tcp:` stands twice: names, then numbers (one of which may be -1).
fn parse_snmp(text: &[u8], counts: &mut SocketCounts) -> Result<(), Malformed> {
    let mut tcp = lines(text).filter(|line| line.rest.starts_with(b"Tcp: "));
    let (Some(mut names), Some(mut values)) = (tcp.next(), tcp.next()) else {
        return Err(Malformed::file("has no two lines `Tcp:`"));
    };
    while let Some(name) = names.field() {
        let value = values.expect_field("the value of a column")?;
        let number = || whole_number(value).ok_or_else(|| values.not_a_number(&to_text(name), value));
        match name {
            b"CurrEstab" => counts.tcp_established = narrow(number()?),
            b"OutSegs" => counts.tcp_sent_segments = number()?,
            b"RetransSegs" => counts.tcp_retransmitted_segments = number()?,
            _ => {}
        }
    }
    Ok(())
}

/// `TCP: inuse 1 orphan 0 tw 0 alloc 1 mem 130`
fn parse_sockstat(text: &[u8], counts: &mut SocketCounts) -> Result<(), Malformed> {
    for mut line in lines(text) {
        let protocol = line.expect_field("a protocol")?;
        if !matches!(protocol, b"TCP:" | b"UDP:" | b"UDP6:") {
            continue;
        }
        while let Some(name) = line.field() {
            let value = narrow(line.number(&to_text(name))?);
            match (protocol, name) {
                (b"TCP:", b"orphan") => counts.tcp_orphaned = value,
                (b"TCP:", b"tw") => counts.tcp_time_wait = value,
                (b"UDP:" | b"UDP6:", b"inuse") => counts.udp = counts.udp.saturating_add(value),
                _ => {}
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_may_stand_close_to_its_numbers() {
        let links = parse_dev(b"eth0:1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n").unwrap();
        assert_eq!((links[0].name.as_str(), links[0].rx_bytes, links[0].tx_dropped), ("eth0", 1, 12));
    }

    #[test]
    fn broken_lines_are_named() {
        for (text, problem) in [
            (&b"eth0: 1 2 x\n"[..], "/f, line 1: expected a number for errors of receiving, found `x`"),
            (b"\n\neth0: 1\n", "/f, line 3: ends before packets received"),
        ] {
            assert_eq!(parse_dev(text).unwrap_err().in_file(Path::new("/f")).to_string(), problem);
        }
        let mut counts = SocketCounts::default();
        let error = parse_snmp(b"Tcp: CurrEstab\n", &mut counts).unwrap_err();
        assert_eq!(error.in_file(Path::new("/f")).to_string(), "/f: has no two lines `Tcp:`");
        let error = parse_snmp(b"Tcp: MaxConn CurrEstab\nTcp: -1 few\n", &mut counts).unwrap_err();
        assert_eq!(
            error.in_file(Path::new("/f")).to_string(),
            "/f, line 2: expected a number for CurrEstab, found `few`"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(bytes: Vec<u8>) {
            let mut counts = SocketCounts::default();
            let _ = parse_dev(&[b"eth0: ", &bytes[..]].concat());
            let _ = parse_snmp(&[b"Tcp: CurrEstab\nTcp: ", &bytes[..]].concat(), &mut counts);
            let _ = parse_sockstat(&[b"TCP: ", &bytes[..]].concat(), &mut counts);
        }
    }
}
