//! What the protocols counted since boot: `/proc/net/snmp`, `snmp6` and `netstat` (Documentation/networking/snmp_counter.rst;
//! RFC 1213, 4293 and 4022 for the names).

use std::path::Path;

use crate::CapabilityError;
use crate::kernel::source::{Source, optional};
use crate::kernel::table::{Columns, Rows, Slots, slots};
use crate::kernel::text::{Malformed, lines};

/// One version of IP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of the WIT, and the columns of the files")]
pub struct IpCounts {
    pub received: u64,
    pub received_bytes: u64,
    pub delivered: u64,
    pub forwarded: u64,
    pub sent: u64,
    pub sent_bytes: u64,
    pub header_errors: u64,
    pub address_errors: u64,
    pub unknown_protocols: u64,
    pub no_routes: u64,
    pub received_discarded: u64,
    pub sent_discarded: u64,
    pub reassembly_failures: u64,
    pub fragmentation_failures: u64,
}

/// ICMP of one version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of the WIT, and the columns of the files")]
pub struct IcmpCounts {
    pub received: u64,
    pub sent: u64,
    pub receive_errors: u64,
    pub send_errors: u64,
    pub received_unreachable: u64,
    pub sent_unreachable: u64,
}

/// UDP of one version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of the WIT, and the columns of the files")]
pub struct UdpCounts {
    pub received: u64,
    pub sent: u64,
    pub no_port: u64,
    pub receive_errors: u64,
    pub receive_buffer_errors: u64,
    pub send_buffer_errors: u64,
    pub checksum_errors: u64,
}

/// TCP of both versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of the WIT, and the columns of the files")]
pub struct TcpCounts {
    pub active_opens: u64,
    pub passive_opens: u64,
    pub attempt_failures: u64,
    pub established_resets: u64,
    pub received_segments: u64,
    pub sent_segments: u64,
    pub retransmitted_segments: u64,
    pub receive_errors: u64,
    pub checksum_errors: u64,
    pub sent_resets: u64,
    pub listen_overflows: u64,
    pub listen_drops: u64,
    pub request_queue_drops: u64,
    pub cookies_sent: u64,
    pub cookies_received: u64,
    pub cookies_failed: u64,
    pub timeouts: u64,
    pub syn_retransmits: u64,
    pub fast_retransmits: u64,
    pub lost_retransmits: u64,
    pub loss_probes: u64,
    pub spurious_timeouts: u64,
    pub out_of_order: u64,
    pub out_of_order_drops: u64,
    pub receive_queue_drops: u64,
    pub backlog_drops: u64,
    pub prunes: u64,
    pub memory_pressures: u64,
    pub memory_pressure_micros: u64,
    pub aborts_memory: u64,
    pub aborts_timeout: u64,
    pub aborts_data: u64,
    pub aborts_close: u64,
    pub aborts_linger: u64,
    pub time_wait_overflows: u64,
    pub zero_windows: u64,
    pub keep_alives: u64,
}

/// All of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProtocolCounts {
    /// Whether packets for others are passed on.
    pub forwarding: bool,
    /// IPv4.
    pub ip: IpCounts,
    /// IPv6, where the machine has it; so the other two.
    pub ip6: Option<IpCounts>,
    /// ICMP.
    pub icmp: IcmpCounts,
    /// ICMP of IPv6.
    pub icmp6: Option<IcmpCounts>,
    /// UDP over IPv4.
    pub udp: UdpCounts,
    /// UDP over IPv6.
    pub udp6: Option<UdpCounts>,
    /// TCP.
    pub tcp: TcpCounts,
}

/// As the files have them: two counts of missing routes, one for each way, and of IPv6 everything in one table.
#[derive(Clone, Copy, Debug, Default)]
struct Raw {
    forwarding: u64,
    ip: IpCounts,
    icmp: IcmpCounts,
    udp: UdpCounts,
    tcp: TcpCounts,
    routes_in: u64,
    routes_out: u64,
}

const IP: Slots<Raw> = slots!(Raw {
    "Forwarding" => forwarding,
    "InReceives" => ip.received,
    "InHdrErrors" => ip.header_errors,
    "InAddrErrors" => ip.address_errors,
    "ForwDatagrams" => ip.forwarded,
    "InUnknownProtos" => ip.unknown_protocols,
    "InDiscards" => ip.received_discarded,
    "InDelivers" => ip.delivered,
    "OutRequests" => ip.sent,
    "OutDiscards" => ip.sent_discarded,
    "OutNoRoutes" => routes_out,
    "ReasmFails" => ip.reassembly_failures,
    "FragFails" => ip.fragmentation_failures,
});
const ICMP: Slots<Raw> = slots!(Raw {
    "InMsgs" => icmp.received,
    "InErrors" => icmp.receive_errors,
    "InDestUnreachs" => icmp.received_unreachable,
    "OutMsgs" => icmp.sent,
    "OutErrors" => icmp.send_errors,
    "OutDestUnreachs" => icmp.sent_unreachable,
});
const UDP: Slots<Raw> = slots!(Raw {
    "InDatagrams" => udp.received,
    "NoPorts" => udp.no_port,
    "InErrors" => udp.receive_errors,
    "OutDatagrams" => udp.sent,
    "RcvbufErrors" => udp.receive_buffer_errors,
    "SndbufErrors" => udp.send_buffer_errors,
    "InCsumErrors" => udp.checksum_errors,
});
const TCP: Slots<Raw> = slots!(Raw {
    "ActiveOpens" => tcp.active_opens,
    "PassiveOpens" => tcp.passive_opens,
    "AttemptFails" => tcp.attempt_failures,
    "EstabResets" => tcp.established_resets,
    "InSegs" => tcp.received_segments,
    "OutSegs" => tcp.sent_segments,
    "RetransSegs" => tcp.retransmitted_segments,
    "InErrs" => tcp.receive_errors,
    "OutRsts" => tcp.sent_resets,
    "InCsumErrors" => tcp.checksum_errors,
});
const TCP_MORE: Slots<Raw> = slots!(Raw {
    "SyncookiesSent" => tcp.cookies_sent,
    "SyncookiesRecv" => tcp.cookies_received,
    "SyncookiesFailed" => tcp.cookies_failed,
    "PruneCalled" => tcp.prunes,
    "ListenOverflows" => tcp.listen_overflows,
    "ListenDrops" => tcp.listen_drops,
    "TCPLostRetransmit" => tcp.lost_retransmits,
    "TCPFastRetrans" => tcp.fast_retransmits,
    "TCPTimeouts" => tcp.timeouts,
    "TCPLossProbes" => tcp.loss_probes,
    "TCPAbortOnData" => tcp.aborts_data,
    "TCPAbortOnClose" => tcp.aborts_close,
    "TCPAbortOnMemory" => tcp.aborts_memory,
    "TCPAbortOnTimeout" => tcp.aborts_timeout,
    "TCPAbortOnLinger" => tcp.aborts_linger,
    "TCPMemoryPressures" => tcp.memory_pressures,
    "TCPMemoryPressuresChrono" => tcp.memory_pressure_micros,
    "TCPSpuriousRTOs" => tcp.spurious_timeouts,
    "TCPBacklogDrop" => tcp.backlog_drops,
    "TCPTimeWaitOverflow" => tcp.time_wait_overflows,
    "TCPReqQFullDrop" => tcp.request_queue_drops,
    "TCPOFOQueue" => tcp.out_of_order,
    "TCPOFODrop" => tcp.out_of_order_drops,
    "TCPToZeroWindowAdv" => tcp.zero_windows,
    "TCPSynRetrans" => tcp.syn_retransmits,
    "TCPKeepAlive" => tcp.keep_alives,
    "TCPRcvQDrop" => tcp.receive_queue_drops,
});
const IP_MORE: Slots<Raw> = slots!(Raw {
    "InNoRoutes" => routes_in,
    "InOctets" => ip.received_bytes,
    "OutOctets" => ip.sent_bytes,
});
const SNMP6: Slots<Raw> = slots!(Raw {
    "Ip6InReceives" => ip.received,
    "Ip6InHdrErrors" => ip.header_errors,
    "Ip6InNoRoutes" => routes_in,
    "Ip6InAddrErrors" => ip.address_errors,
    "Ip6InUnknownProtos" => ip.unknown_protocols,
    "Ip6InDiscards" => ip.received_discarded,
    "Ip6InDelivers" => ip.delivered,
    "Ip6OutForwDatagrams" => ip.forwarded,
    "Ip6OutRequests" => ip.sent,
    "Ip6OutDiscards" => ip.sent_discarded,
    "Ip6OutNoRoutes" => routes_out,
    "Ip6ReasmFails" => ip.reassembly_failures,
    "Ip6FragFails" => ip.fragmentation_failures,
    "Ip6InOctets" => ip.received_bytes,
    "Ip6OutOctets" => ip.sent_bytes,
    "Icmp6InMsgs" => icmp.received,
    "Icmp6InErrors" => icmp.receive_errors,
    "Icmp6InDestUnreachs" => icmp.received_unreachable,
    "Icmp6OutMsgs" => icmp.sent,
    "Icmp6OutErrors" => icmp.send_errors,
    "Icmp6OutDestUnreachs" => icmp.sent_unreachable,
    "Udp6InDatagrams" => udp.received,
    "Udp6NoPorts" => udp.no_port,
    "Udp6InErrors" => udp.receive_errors,
    "Udp6OutDatagrams" => udp.sent,
    "Udp6RcvbufErrors" => udp.receive_buffer_errors,
    "Udp6SndbufErrors" => udp.send_buffer_errors,
    "Udp6InCsumErrors" => udp.checksum_errors,
});

pub(super) struct Reader {
    snmp: Source,
    netstat: Source,
    snmp6: Source,
    tables: Vec<Columns<Raw>>,
    more: Vec<Columns<Raw>>,
    lines: Rows<Raw>,
}

impl Reader {
    pub(super) fn new(root: &Path) -> Self {
        let tables = [("Ip: ", IP), ("Icmp: ", ICMP), ("Tcp: ", TCP), ("Udp: ", UDP)];
        Self {
            snmp: Source::single(root.join("proc/net/snmp")),
            netstat: Source::single(root.join("proc/net/netstat")),
            snmp6: Source::single(root.join("proc/net/snmp6")),
            tables: tables.into_iter().map(|(prefix, slots)| Columns::new(prefix, slots)).collect(),
            more: vec![Columns::new("TcpExt: ", TCP_MORE), Columns::new("IpExt: ", IP_MORE)],
            // Names are filled up with blanks; the first one ends them.
            lines: Rows::new(SNMP6, b' '),
        }
    }

    pub(super) fn read(&mut self) -> Result<ProtocolCounts, CapabilityError> {
        let Self { snmp, netstat, snmp6, tables, more, lines } = self;
        let mut raw = Raw::default();
        snmp.parse(|text| parse_pairs(text, tables, &mut raw))?;
        // Sandboxes have the first and not the second.
        optional(netstat.parse(|text| parse_pairs(text, more, &mut raw)))?;
        let six = optional(snmp6.parse(|text| {
            let mut raw = Raw::default();
            lines.parse(text, &mut raw).map(|()| raw)
        }))?;
        Ok(ProtocolCounts {
            forwarding: raw.forwarding == 1,
            ip: ip(&raw),
            ip6: six.as_ref().map(ip),
            icmp: raw.icmp,
            icmp6: six.map(|six| six.icmp),
            udp: raw.udp,
            udp6: six.map(|six| six.udp),
            tcp: TcpCounts {
                // Milliseconds in the file.
                memory_pressure_micros: raw.tcp.memory_pressure_micros.saturating_mul(1000),
                ..raw.tcp
            },
        })
    }
}

fn ip(raw: &Raw) -> IpCounts {
    IpCounts { no_routes: raw.routes_in.saturating_add(raw.routes_out), ..raw.ip }
}

/// Each protocol stands twice: names, then numbers.
fn parse_pairs(text: &[u8], tables: &mut [Columns<Raw>], raw: &mut Raw) -> Result<(), Malformed> {
    let mut all = lines(text);
    while let Some(names) = all.next() {
        let Some(values) = all.next() else {
            return Err(names.malformed("has no line of numbers behind it".to_owned()));
        };
        if let Some(table) = tables.iter_mut().find(|table| table.is_of(&names)) {
            if !table.is_of(&values) {
                return Err(values.malformed("expected the numbers of the line before".to_owned()));
            }
            table.parse(names, values, raw)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tables() -> [Columns<Raw>; 2] {
        [Columns::new("Ip: ", IP), Columns::new("Tcp: ", TCP)]
    }

    #[test]
    fn each_protocol_is_found_by_its_name() {
        let mut raw = Raw::default();
        let text = b"Ip: Forwarding InReceives\nIp: 1 7\nX: A\nX: -3\nTcp: MaxConn OutRsts\nTcp: -1 9\n";
        parse_pairs(text, &mut tables(), &mut raw).unwrap();
        assert_eq!((raw.forwarding, raw.ip.received, raw.tcp.sent_resets), (1, 7, 9));
    }

    #[test]
    fn broken_pairs_are_named() {
        for (text, problem) in [
            (&b"Tcp: InSegs\n"[..], "/f, line 1: has no line of numbers behind it"),
            (b"Tcp: InSegs\nUdp: 1\n", "/f, line 2: expected the numbers of the line before"),
            (b"Tcp: InSegs OutSegs\nTcp: 1\n", "/f, line 2: ends before the value of a column"),
            (b"Tcp: InSegs\nTcp: -1\n", "/f, line 2: expected a number for InSegs, found `-1`"),
        ] {
            let error = parse_pairs(text, &mut tables(), &mut Raw::default()).unwrap_err();
            assert_eq!(error.in_file(Path::new("/f")).to_string(), problem);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(bytes: Vec<u8>) {
            let mut tables = tables();
            let _ = parse_pairs(&bytes, &mut tables, &mut Raw::default());
            let _ = parse_pairs(&[b"Tcp: InSegs OutSegs\nTcp: ", &bytes[..]].concat(), &mut tables, &mut Raw::default());
        }
    }
}
