//! Numbers of sockets: `/proc/net/sockstat`, `sockstat6`, the established ones of `snmp`, and the limits of `/proc/sys/net/ipv4`.

use std::path::Path;

use crate::CapabilityError;
use crate::kernel::source::{Source, optional};
use crate::kernel::table::{Columns, Slots, slots};
use crate::kernel::text::{Line, Malformed, lines, narrow, to_text};

/// Sockets that are open now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SocketCounts {
    /// Connections.
    pub tcp_established: u32,
    /// Waiting out their end.
    pub tcp_time_wait: u32,
    /// Closed by their owner, not yet by the other side.
    pub tcp_orphaned: u32,
    /// All that have memory.
    pub tcp_allocated: u32,
    /// Of TCP over IPv4, listening ones among them.
    pub tcp_open: u32,
    /// Over IPv6.
    pub tcp6_open: u32,
    /// Of UDP over IPv4.
    pub udp_open: u32,
    /// Over IPv6.
    pub udp6_open: u32,
    /// Raw ones of both versions.
    pub raw_open: u32,
    /// Of all kinds.
    pub used: u32,
    /// Bytes in buffers of TCP.
    pub tcp_memory: u64,
    /// Of UDP.
    pub udp_memory: u64,
    /// Of packets that wait for the rest of their fragments.
    pub fragment_memory: u64,
    /// How many these are.
    pub fragments: u32,
    /// The most bytes that TCP may have in buffers.
    pub tcp_memory_limit: Option<u64>,
    /// The most connections without an owner.
    pub tcp_orphaned_limit: Option<u64>,
    /// The most that may wait out their end.
    pub tcp_time_wait_limit: Option<u64>,
}

/// What is read of `snmp` here.
#[derive(Default)]
struct Established(u64);

const ESTABLISHED: Slots<Established> = slots!(Established { "CurrEstab" => 0 });

pub(super) struct Reader {
    snmp: Source,
    sockstat: Source,
    sockstat6: Source,
    tcp_mem: Source,
    orphans: Source,
    time_wait: Source,
    established: Columns<Established>,
    page_size: u64,
}

impl Reader {
    pub(super) fn new(root: &Path) -> Self {
        let sysctl = |name: &str| Source::single(root.join("proc/sys/net/ipv4").join(name));
        Self {
            snmp: Source::single(root.join("proc/net/snmp")),
            sockstat: Source::single(root.join("proc/net/sockstat")),
            sockstat6: Source::single(root.join("proc/net/sockstat6")),
            tcp_mem: sysctl("tcp_mem"),
            orphans: sysctl("tcp_max_orphans"),
            time_wait: sysctl("tcp_max_tw_buckets"),
            established: Columns::new("Tcp: ", ESTABLISHED),
            page_size: rustix::param::page_size() as u64,
        }
    }

    pub(super) fn read(&mut self) -> Result<SocketCounts, CapabilityError> {
        let mut counts = SocketCounts::default();
        let (established, page_size) = (&mut self.established, self.page_size);
        self.snmp.parse(|text| parse_snmp(text, established, &mut counts))?;
        self.sockstat.parse(|text| parse_sockstat(text, page_size, &mut counts))?;
        // A machine without IPv6.
        optional(self.sockstat6.parse(|text| parse_sockstat(text, page_size, &mut counts)))?;
        // `low  pressure  most`, in pages.
        let most = |text: &[u8]| {
            let mut line = Line::whole(text);
            line.skip(2);
            line.number("the most memory of TCP")
        };
        counts.tcp_memory_limit = optional(self.tcp_mem.parse(most))?.map(|pages| pages.saturating_mul(page_size));
        let number = |text: &[u8]| Line::whole(text).number("a limit");
        counts.tcp_orphaned_limit = optional(self.orphans.parse(number))?;
        counts.tcp_time_wait_limit = optional(self.time_wait.parse(number))?;
        Ok(counts)
    }
}

fn parse_snmp(text: &[u8], established: &mut Columns<Established>, counts: &mut SocketCounts) -> Result<(), Malformed> {
    let mut tcp = lines(text).filter(|line| established.is_of(line));
    let (Some(names), Some(values)) = (tcp.next(), tcp.next()) else {
        return Err(Malformed::file("has no two lines `Tcp:`"));
    };
    drop(tcp);
    let mut found = Established::default();
    established.parse(names, values, &mut found)?;
    counts.tcp_established = narrow(found.0);
    Ok(())
}

/// `TCP: inuse 1 orphan 0 tw 0 alloc 1 mem 130`; memory is in pages, but of fragments in bytes.
fn parse_sockstat(text: &[u8], page_size: u64, counts: &mut SocketCounts) -> Result<(), Malformed> {
    for mut line in lines(text) {
        let protocol = line.expect_field("a protocol")?;
        while let Some(name) = line.field() {
            let value = line.number(&to_text(name))?;
            let more = |count: &mut u32| *count = count.saturating_add(narrow(value));
            match (protocol, name) {
                (b"sockets:", b"used") => counts.used = narrow(value),
                (b"TCP:", b"inuse") => counts.tcp_open = narrow(value),
                (b"TCP:", b"orphan") => counts.tcp_orphaned = narrow(value),
                (b"TCP:", b"tw") => counts.tcp_time_wait = narrow(value),
                (b"TCP:", b"alloc") => counts.tcp_allocated = narrow(value),
                (b"TCP:", b"mem") => counts.tcp_memory = value.saturating_mul(page_size),
                (b"TCP6:", b"inuse") => counts.tcp6_open = narrow(value),
                (b"UDP:", b"inuse") => counts.udp_open = narrow(value),
                (b"UDP:", b"mem") => counts.udp_memory = value.saturating_mul(page_size),
                (b"UDP6:", b"inuse") => counts.udp6_open = narrow(value),
                (b"RAW:" | b"RAW6:", b"inuse") => more(&mut counts.raw_open),
                (b"FRAG:" | b"FRAG6:", b"inuse") => more(&mut counts.fragments),
                (b"FRAG:" | b"FRAG6:", b"memory") => {
                    counts.fragment_memory = counts.fragment_memory.saturating_add(value);
                }
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

    fn snmp(text: &[u8]) -> Result<u32, String> {
        let mut counts = SocketCounts::default();
        let parsed = parse_snmp(text, &mut Columns::new("Tcp: ", ESTABLISHED), &mut counts);
        parsed.map(|()| counts.tcp_established).map_err(|error| error.in_file(Path::new("/f")).to_string())
    }

    #[test]
    fn broken_lines_are_named() {
        assert_eq!(snmp(b"Tcp: CurrEstab\n"), Err("/f: has no two lines `Tcp:`".to_owned()));
        assert_eq!(snmp(b"Tcp: MaxConn CurrEstab\nTcp: -1 7\n"), Ok(7));
        assert_eq!(
            snmp(b"Tcp: MaxConn CurrEstab\nTcp: -1 few\n"),
            Err("/f, line 2: expected a number for CurrEstab, found `few`".to_owned())
        );
        let error = parse_sockstat(b"TCP: inuse 1 orphan -2\n", 1, &mut SocketCounts::default()).unwrap_err();
        assert_eq!(error.in_file(Path::new("/f")).to_string(), "/f, line 1: expected a number for orphan, found `-2`");
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(bytes: Vec<u8>) {
            let _ = snmp(&[b"Tcp: CurrEstab\nTcp: ", &bytes[..]].concat());
            let _ = parse_sockstat(&[b"TCP: ", &bytes[..]].concat(), 4096, &mut SocketCounts::default());
        }
    }
}
