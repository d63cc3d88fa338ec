//! Network interfaces and sockets.

use autobot_plugin_sdk::{Error, Family, Metrics, net};

use crate::settings::excludes;

pub(crate) static IO: Family = Family::counter("system_network_io_bytes_total", "By", "Bytes received and sent.")
    .labels(&["interface", "direction"]);
pub(crate) static PACKETS: Family = Family::counter("system_network_packets_total", "1", "Packets received and sent.")
    .labels(&["interface", "direction"]);
pub(crate) static ERRORS: Family =
    Family::counter("system_network_errors_total", "1", "Errors of receiving and sending.")
        .labels(&["interface", "direction"]);
pub(crate) static DROPPED: Family =
    Family::counter("system_network_dropped_total", "1", "Packets that were dropped, without an error.")
        .labels(&["interface", "direction"]);
pub(crate) static CONNECTIONS: Family =
    Family::gauge("system_network_connections", "1", "Sockets by state.").labels(&["transport", "state"]);
pub(crate) static RETRANSMITS: Family =
    Family::counter("system_network_retransmits_total", "1", "TCP segments that were sent again.");

pub(crate) fn collect_links(exclude: &[String], metrics: &mut Metrics) -> Result<(), Error> {
    for link in net::links()? {
        let name = link.name.as_str();
        if excludes(exclude, name) {
            continue;
        }
        for (family, received, sent) in [
            (&IO, link.rx_bytes, link.tx_bytes),
            (&PACKETS, link.rx_packets, link.tx_packets),
            (&ERRORS, link.rx_errors, link.tx_errors),
            (&DROPPED, link.rx_dropped, link.tx_dropped),
        ] {
            metrics.set(family, &[name, "receive"], received as f64);
            metrics.set(family, &[name, "transmit"], sent as f64);
        }
    }
    Ok(())
}

pub(crate) fn collect_sockets(metrics: &mut Metrics) -> Result<(), Error> {
    let sockets = net::sockets()?;
    for (transport, state, count) in [
        ("tcp", "established", sockets.tcp_established),
        ("tcp", "time_wait", sockets.tcp_time_wait),
        ("tcp", "orphaned", sockets.tcp_orphaned),
        ("udp", "open", sockets.udp),
    ] {
        metrics.set(&CONNECTIONS, &[transport, state], f64::from(count));
    }
    metrics.set(&RETRANSMITS, &[], sockets.tcp_retransmitted_segments as f64);
    Ok(())
}
