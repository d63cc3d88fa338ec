//! What IP, ICMP, UDP and TCP counted.

use autobot_plugin_sdk::net::{self, IcmpCounts, IpCounts, TcpCounts, UdpCounts};
use autobot_plugin_sdk::{Error, Family, Metrics};

use crate::family::families;
use crate::number::{flag, seconds};

families! {
    RETRANSMITS: counter "system_network_retransmits_total" "1" [] "TCP segments that were sent again.";
    FORWARDING: gauge "system_network_forwarding" "1" [] "1 where packets for others are passed on (IPv4).";
    IP_PACKETS: counter "system_network_ip_packets_total" "1" ["version", "direction"] "Packets received, and made here to be sent.";
    IP_BYTES: counter "system_network_ip_bytes_total" "By" ["version", "direction"] "Bytes of packets received and sent.";
    IP_DELIVERED: counter "system_network_ip_delivered_total" "1" ["version"] "Packets received that were for this machine.";
    IP_FORWARDED: counter "system_network_ip_forwarded_total" "1" ["version"] "Packets passed on.";
    IP_ERRORS: counter "system_network_ip_errors_total" "1" ["version", "kind"] "Packets that went no further, by reason.";
    ICMP_MESSAGES: counter "system_network_icmp_messages_total" "1" ["version", "direction"] "Messages of ICMP.";
    ICMP_ERRORS: counter "system_network_icmp_errors_total" "1" ["version", "direction"] "Broken messages, and those that could not be sent.";
    ICMP_UNREACHABLE: counter "system_network_icmp_unreachable_total" "1" ["version", "direction"]
        "Messages that say that something cannot be reached.";
    UDP_DATAGRAMS: counter "system_network_udp_datagrams_total" "1" ["version", "direction"] "Datagrams of UDP.";
    UDP_ERRORS: counter "system_network_udp_errors_total" "1" ["version", "kind"]
        "Datagrams lost: for ports where nobody listens, since a buffer was full, since they were broken.";
    TCP_SEGMENTS: counter "system_network_tcp_segments_total" "1" ["direction"] "Segments of TCP, those sent again left out.";
    TCP_OPENS: counter "system_network_tcp_opens_total" "1" ["side"] "Connections begun from here, and from elsewhere.";
    TCP_FAILURES: counter "system_network_tcp_attempt_failures_total" "1" [] "Connections that did not come about.";
    TCP_RESETS: counter "system_network_tcp_resets_total" "1" ["kind"] "Resets sent, and established connections that were reset.";
    TCP_ERRORS: counter "system_network_tcp_errors_total" "1" ["kind"] "Broken segments; those with wrong checksums are among all.";
    LISTEN_OVERFLOWS: counter "system_network_tcp_listen_overflows_total" "1" []
        "Connections lost since a program did not take them as fast as they came.";
    LISTEN_DROPS: counter "system_network_tcp_listen_drops_total" "1" [] "Connections lost while they were opened, for whatever reason.";
    REQUEST_DROPS: counter "system_network_tcp_request_queue_drops_total" "1" [] "Half-open connections for which there was no room.";
    COOKIES: counter "system_network_tcp_syncookies_total" "1" ["outcome"] "Cookies sent for want of room, and those that came back, good and bad.";
    TIMEOUTS: counter "system_network_tcp_timeouts_total" "1" [] "How often nothing was heard for too long.";
    RETRANSMIT_CAUSES: counter "system_network_tcp_retransmits_total" "1" ["cause"]
        "Segments sent again by cause; those that were lost again and those sent in vain are among them.";
    OUT_OF_ORDER: counter "system_network_tcp_out_of_order_total" "1" [] "Segments that came before their turn.";
    TCP_DROPS: counter "system_network_tcp_drops_total" "1" ["queue"] "Segments dropped since a queue was full or memory short.";
    PRUNES: counter "system_network_tcp_prunes_total" "1" [] "How often a socket had to shrink its queue.";
    MEMORY_PRESSURES: counter "system_network_tcp_memory_pressures_total" "1" [] "How often memory for buffers ran short.";
    MEMORY_PRESSURE_TIME: counter "system_network_tcp_memory_pressure_seconds_total" "s" [] "Time that it was short.";
    ABORTS: counter "system_network_tcp_aborts_total" "1" ["cause"] "Connections that this machine gave up.";
    TIME_WAIT_OVERFLOWS: counter "system_network_tcp_time_wait_overflows_total" "1" []
        "Connections that could not wait out their end, since too many did.";
    ZERO_WINDOWS: counter "system_network_tcp_zero_windows_total" "1" [] "How often a program here did not read, and the other side had to stop.";
    KEEP_ALIVES: counter "system_network_tcp_keepalives_total" "1" [] "Segments sent to see whether the other side is there.";
}

pub(crate) fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let now = net::protocols()?;
    metrics.set(&RETRANSMITS, &[], now.tcp.retransmitted_segments as f64);
    metrics.set(&FORWARDING, &[], flag(now.forwarding));
    ip("4", &now.ip, metrics);
    icmp("4", &now.icmp, metrics);
    udp("4", &now.udp, metrics);
    // A machine without IPv6 has none of it.
    now.ip6.iter().for_each(|six| ip("6", six, metrics));
    now.icmp6.iter().for_each(|six| icmp("6", six, metrics));
    now.udp6.iter().for_each(|six| udp("6", six, metrics));
    tcp(&now.tcp, metrics);
    Ok(())
}

fn both(family: &'static Family, version: &str, received: u64, sent: u64, metrics: &mut Metrics) {
    metrics.set(family, &[version, "receive"], received as f64);
    metrics.set(family, &[version, "transmit"], sent as f64);
}

fn ip(version: &str, ip: &IpCounts, metrics: &mut Metrics) {
    both(&IP_PACKETS, version, ip.received, ip.sent, metrics);
    both(&IP_BYTES, version, ip.received_bytes, ip.sent_bytes, metrics);
    metrics.set(&IP_DELIVERED, &[version], ip.delivered as f64);
    metrics.set(&IP_FORWARDED, &[version], ip.forwarded as f64);
    for (kind, count) in [
        ("header", ip.header_errors),
        ("address", ip.address_errors),
        ("protocol", ip.unknown_protocols),
        ("no_route", ip.no_routes),
        ("receive_discard", ip.received_discarded),
        ("transmit_discard", ip.sent_discarded),
        ("reassembly", ip.reassembly_failures),
        ("fragmentation", ip.fragmentation_failures),
    ] {
        metrics.set(&IP_ERRORS, &[version, kind], count as f64);
    }
}

fn icmp(version: &str, icmp: &IcmpCounts, metrics: &mut Metrics) {
    both(&ICMP_MESSAGES, version, icmp.received, icmp.sent, metrics);
    both(&ICMP_ERRORS, version, icmp.receive_errors, icmp.send_errors, metrics);
    both(&ICMP_UNREACHABLE, version, icmp.received_unreachable, icmp.sent_unreachable, metrics);
}

fn udp(version: &str, udp: &UdpCounts, metrics: &mut Metrics) {
    both(&UDP_DATAGRAMS, version, udp.received, udp.sent, metrics);
    for (kind, count) in [
        ("no_port", udp.no_port),
        ("receive", udp.receive_errors),
        ("receive_buffer", udp.receive_buffer_errors),
        ("send_buffer", udp.send_buffer_errors),
        ("checksum", udp.checksum_errors),
    ] {
        metrics.set(&UDP_ERRORS, &[version, kind], count as f64);
    }
}

fn tcp(tcp: &TcpCounts, metrics: &mut Metrics) {
    for (family, label, count) in [
        (&TCP_SEGMENTS, "receive", tcp.received_segments),
        (&TCP_SEGMENTS, "transmit", tcp.sent_segments),
        (&TCP_OPENS, "active", tcp.active_opens),
        (&TCP_OPENS, "passive", tcp.passive_opens),
        (&TCP_RESETS, "sent", tcp.sent_resets),
        (&TCP_RESETS, "established", tcp.established_resets),
        (&TCP_ERRORS, "all", tcp.receive_errors),
        (&TCP_ERRORS, "checksum", tcp.checksum_errors),
        (&COOKIES, "sent", tcp.cookies_sent),
        (&COOKIES, "received", tcp.cookies_received),
        (&COOKIES, "failed", tcp.cookies_failed),
        (&RETRANSMIT_CAUSES, "syn", tcp.syn_retransmits),
        (&RETRANSMIT_CAUSES, "fast", tcp.fast_retransmits),
        (&RETRANSMIT_CAUSES, "lost", tcp.lost_retransmits),
        (&RETRANSMIT_CAUSES, "probe", tcp.loss_probes),
        (&RETRANSMIT_CAUSES, "spurious", tcp.spurious_timeouts),
        (&TCP_DROPS, "out_of_order", tcp.out_of_order_drops),
        (&TCP_DROPS, "receive", tcp.receive_queue_drops),
        (&TCP_DROPS, "backlog", tcp.backlog_drops),
        (&ABORTS, "memory", tcp.aborts_memory),
        (&ABORTS, "timeout", tcp.aborts_timeout),
        (&ABORTS, "data", tcp.aborts_data),
        (&ABORTS, "close", tcp.aborts_close),
        (&ABORTS, "linger", tcp.aborts_linger),
    ] {
        metrics.set(family, &[label], count as f64);
    }
    for (family, count) in [
        (&TCP_FAILURES, tcp.attempt_failures),
        (&LISTEN_OVERFLOWS, tcp.listen_overflows),
        (&LISTEN_DROPS, tcp.listen_drops),
        (&REQUEST_DROPS, tcp.request_queue_drops),
        (&TIMEOUTS, tcp.timeouts),
        (&OUT_OF_ORDER, tcp.out_of_order),
        (&PRUNES, tcp.prunes),
        (&MEMORY_PRESSURES, tcp.memory_pressures),
        (&TIME_WAIT_OVERFLOWS, tcp.time_wait_overflows),
        (&ZERO_WINDOWS, tcp.zero_windows),
        (&KEEP_ALIVES, tcp.keep_alives),
    ] {
        metrics.set(family, &[], count as f64);
    }
    metrics.set(&MEMORY_PRESSURE_TIME, &[], seconds(tcp.memory_pressure_micros));
}
