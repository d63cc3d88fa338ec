//! `net`: facts of the kernel, from `host/capabilities`. What asks drivers is read where waiting is allowed.

use autobot_capabilities::kernel as facts;

use super::blocking::blocking;
use super::mirror::{Told, mirror};
use crate::abi::{net, types};
use crate::facts::fact;
use crate::guest::Guest;

mirror! {
    facts::Link => net::Link {
        name, rx_bytes, rx_packets, rx_errors, rx_dropped, tx_bytes, tx_packets, tx_errors, tx_dropped, rx_fifo, rx_frame,
        tx_fifo, tx_carrier, collisions, rx_multicast, rx_compressed, tx_compressed,
    }
    facts::LinkDetails => net::Details {
        name, up, carrier, state, speed, duplex, mtu, queue_length, carrier_ups, carrier_downs, rx_unhandled, driver, part_of,
        alias,
    }
    facts::BondPart => net::BondPart { name, up, active, failures }
    facts::Bond => net::Bond { name, mode, parts }
    facts::SocketCounts => net::SocketCounts {
        tcp_established, tcp_time_wait, tcp_orphaned, tcp_allocated, tcp_open, tcp6_open, udp_open, udp6_open, raw_open, used,
        tcp_memory, udp_memory, fragment_memory, fragments, tcp_memory_limit, tcp_orphaned_limit, tcp_time_wait_limit,
    }
    facts::IpCounts => net::IpCounts {
        received, received_bytes, delivered, forwarded, sent, sent_bytes, header_errors, address_errors, unknown_protocols,
        no_routes, received_discarded, sent_discarded, reassembly_failures, fragmentation_failures,
    }
    facts::IcmpCounts => net::IcmpCounts {
        received, sent, receive_errors, send_errors, received_unreachable, sent_unreachable,
    }
    facts::UdpCounts => net::UdpCounts {
        received, sent, no_port, receive_errors, receive_buffer_errors, send_buffer_errors, checksum_errors,
    }
    facts::TcpCounts => net::TcpCounts {
        active_opens, passive_opens, attempt_failures, established_resets, received_segments, sent_segments,
        retransmitted_segments, receive_errors, checksum_errors, sent_resets, listen_overflows, listen_drops,
        request_queue_drops, cookies_sent, cookies_received, cookies_failed, timeouts, syn_retransmits, fast_retransmits,
        lost_retransmits, loss_probes, spurious_timeouts, out_of_order, out_of_order_drops, receive_queue_drops, backlog_drops,
        prunes, memory_pressures, memory_pressure_micros, aborts_memory, aborts_timeout, aborts_data, aborts_close,
        aborts_linger, time_wait_overflows, zero_windows, keep_alives,
    }
    facts::ProtocolCounts => net::ProtocolCounts { forwarding, ip, ip6, icmp, icmp6, udp, udp6, tcp }
    facts::Softnet => net::Softnet { core, processed, dropped, squeezed }
    facts::UdpQueues => net::UdpQueues { received, sent, drops }
    facts::Neighbours => net::NeighbourCount { name, count }
    facts::Tracking => net::TrackingCounts { found, invalid, insert_failures, dropped, early_dropped, restarts }
}

impl net::Host for Guest {
    async fn links(&mut self) -> Result<Vec<net::Link>, types::Error> {
        fact!(self, Net, "net.links", (), self.world.kernel.net.links().told())
    }

    async fn describe(&mut self) -> Result<Vec<net::Details>, types::Error> {
        fact!(self, Net, "net.describe", (), {
            let kernel = self.world.kernel.clone();
            blocking(move || kernel.net.describe()).await
        })
    }

    async fn bonds(&mut self) -> Result<Vec<net::Bond>, types::Error> {
        fact!(self, Net, "net.bonds", (), {
            let kernel = self.world.kernel.clone();
            blocking(move || kernel.net.bonds()).await
        })
    }

    async fn sockets(&mut self) -> Result<net::SocketCounts, types::Error> {
        fact!(self, Net, "net.sockets", (), self.world.kernel.net.sockets().told())
    }

    async fn protocols(&mut self) -> Result<net::ProtocolCounts, types::Error> {
        fact!(self, Net, "net.protocols", (), self.world.kernel.net.protocols().told())
    }

    async fn softnets(&mut self) -> Result<Vec<net::Softnet>, types::Error> {
        fact!(self, Net, "net.softnets", (), self.world.kernel.net.softnets().told())
    }

    async fn queues(&mut self) -> Result<net::UdpQueues, types::Error> {
        fact!(self, Net, "net.queues", (), {
            let kernel = self.world.kernel.clone();
            blocking(move || kernel.net.queues()).await
        })
    }

    async fn neighbours(&mut self) -> Result<Vec<net::NeighbourCount>, types::Error> {
        fact!(self, Net, "net.neighbours", (), self.world.kernel.net.neighbours().told())
    }

    async fn tracking(&mut self) -> Result<net::TrackingCounts, types::Error> {
        fact!(self, Net, "net.tracking", (), self.world.kernel.net.tracking().told())
    }
}
