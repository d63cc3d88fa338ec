//! Sockets: how many, their memory, and how near they are to their limits.

use autobot_plugin_sdk::{Error, Metrics, net};

use crate::family::families;
use crate::limits;
use crate::pace::Pace;

families! {
    CONNECTIONS: gauge "system_network_connections" "1" ["transport", "state"] "Sockets by state.";
    OPEN: gauge "system_network_sockets" "1" ["transport"] "Sockets that are open, by protocol.";
    USED: gauge "system_network_sockets_used" "1" [] "Sockets of all kinds, those within this machine among them.";
    ALLOCATED: gauge "system_network_tcp_sockets_allocated" "1" [] "TCP sockets that have memory, in whatever state.";
    MEMORY: gauge "system_network_socket_memory_bytes" "By" ["transport"] "Memory of buffers, and of packets that wait for their fragments.";
    FRAGMENTS: gauge "system_network_fragments" "1" [] "Packets that wait for the rest of their fragments.";
    UDP_QUEUE: gauge "system_network_udp_queue_bytes" "By" ["direction"] "Bytes in the buffers of all UDP sockets.";
    UDP_QUEUE_DROPS: gauge "system_network_udp_queue_drops" "1" [] "Packets that the UDP sockets which are open now have lost.";
    NEIGHBOURS: gauge "system_network_neighbours" "1" ["interface"] "Neighbours that are known (IPv4).";
}

pub(crate) fn collect(metrics: &mut Metrics) -> Result<(), Error> {
    let sockets = net::sockets()?;
    let udp = sockets.udp_open.saturating_add(sockets.udp6_open);
    for (transport, state, count) in [
        ("tcp", "established", sockets.tcp_established),
        ("tcp", "time_wait", sockets.tcp_time_wait),
        ("tcp", "orphaned", sockets.tcp_orphaned),
        ("udp", "open", udp),
    ] {
        metrics.set(&CONNECTIONS, &[transport, state], f64::from(count));
    }
    for (transport, count) in [
        ("tcp", sockets.tcp_open),
        ("tcp6", sockets.tcp6_open),
        ("udp", sockets.udp_open),
        ("udp6", sockets.udp6_open),
        ("raw", sockets.raw_open),
    ] {
        metrics.set(&OPEN, &[transport], f64::from(count));
    }
    metrics.set(&USED, &[], f64::from(sockets.used));
    metrics.set(&ALLOCATED, &[], f64::from(sockets.tcp_allocated));
    for (transport, bytes) in
        [("tcp", sockets.tcp_memory), ("udp", sockets.udp_memory), ("fragments", sockets.fragment_memory)]
    {
        metrics.set(&MEMORY, &[transport], bytes as f64);
    }
    metrics.set(&FRAGMENTS, &[], f64::from(sockets.fragments));
    for (name, used, most) in [
        ("tcp_memory_bytes", sockets.tcp_memory, sockets.tcp_memory_limit),
        ("tcp_orphaned", u64::from(sockets.tcp_orphaned), sockets.tcp_orphaned_limit),
        ("tcp_time_wait", u64::from(sockets.tcp_time_wait), sockets.tcp_time_wait_limit),
    ] {
        if let Some(most) = most {
            limits::set(name, used, most, metrics);
        }
    }
    Ok(())
}

/// The kernel walks its whole table of sockets for it, which is dearer than all of the other files of the network together.
pub(crate) fn queues(pace: &mut Pace<net::UdpQueues>, metrics: &mut Metrics) -> Result<(), Error> {
    let queues = pace.look(net::queues)?;
    metrics.set(&UDP_QUEUE, &["receive"], queues.received as f64);
    metrics.set(&UDP_QUEUE, &["transmit"], queues.sent as f64);
    metrics.set(&UDP_QUEUE_DROPS, &[], queues.drops as f64);
    Ok(())
}

pub(crate) fn neighbours(most: u32, metrics: &mut Metrics) -> Result<(), Error> {
    for one in net::neighbours()?.iter().take(most as usize) {
        metrics.set(&NEIGHBOURS, &[&one.name], f64::from(one.count));
    }
    Ok(())
}
