//! Network interfaces: what went through them, how they are set up and how they are.

use std::collections::HashSet;

use autobot_plugin_sdk::{Error, Metrics, net};

use crate::family::families;
use crate::number::flag;
use crate::omitted::Omitted;
use crate::pace::Pace;
use crate::settings::Settings;

families! {
    IO: counter "system_network_io_bytes_total" "By" ["interface", "direction"] "Bytes received and sent.";
    PACKETS: counter "system_network_packets_total" "1" ["interface", "direction"] "Packets received and sent.";
    ERRORS: counter "system_network_errors_total" "1" ["interface", "direction"] "Errors of receiving and sending.";
    DROPPED: counter "system_network_dropped_total" "1" ["interface", "direction"]
        "Packets that were dropped, without an error.";
    FIFO: counter "system_network_fifo_errors_total" "1" ["interface", "direction"] "Buffers of the card that ran over or empty.";
    FRAME: counter "system_network_frame_errors_total" "1" ["interface"] "Frames received broken.";
    CARRIER_ERRORS: counter "system_network_carrier_errors_total" "1" ["interface"] "Frames not sent since the carrier was lost.";
    COLLISIONS: counter "system_network_collisions_total" "1" ["interface"] "Collisions of frames.";
    MULTICAST: counter "system_network_multicast_packets_total" "1" ["interface"] "Packets received that were for many.";
    COMPRESSED: counter "system_network_compressed_packets_total" "1" ["interface", "direction"] "Packets that were compressed.";
    INFO: gauge "system_network_info" "1" ["interface", "state", "duplex", "driver", "part_of", "alias"]
        "Always 1: the state of the interface by RFC 2863, its driver, and the bridge or bond that it is a part of.";
    UP: gauge "system_network_up" "1" ["interface"] "1 while the interface is switched on.";
    CARRIER: gauge "system_network_carrier" "1" ["interface"] "1 while there is a cable and another side.";
    CARRIER_CHANGES: counter "system_network_carrier_changes_total" "1" ["interface", "to"] "How often the carrier came and went.";
    SPEED: gauge "system_network_speed_bytes_per_second" "By/s" ["interface"] "Bytes that it can move in a second, each way.";
    MTU: gauge "system_network_mtu_bytes" "By" ["interface"] "The largest packet.";
    QUEUE_LENGTH: gauge "system_network_queue_length" "1" ["interface"] "Packets that may wait to be sent.";
    UNHANDLED: counter "system_network_unhandled_total" "1" ["interface"] "Packets that nobody here wanted.";
    BOND_INFO: gauge "system_network_bond_info" "1" ["interface", "mode"] "Always 1: how the parts of the bond stand in for one another.";
    BOND_PARTS: gauge "system_network_bond_parts" "1" ["interface", "state"] "Parts of the bond that have a link, and that have none.";
    BOND_ACTIVE: gauge "system_network_bond_part_active" "1" ["interface", "part"] "1 for those that packets go by.";
    BOND_FAILURES: counter "system_network_bond_part_failures_total" "1" ["interface", "part"] "How often the part lost its link.";
}

fn traffic(links: &[net::Link], settings: &Settings, omitted: &mut Omitted, metrics: &mut Metrics) {
    let wanted = |link: &&net::Link| !settings.excludes_interface(&link.name);
    for link in omitted.take("interfaces", settings.most_interfaces, links.iter().filter(wanted)) {
        let name = link.name.as_str();
        for (family, received, sent) in [
            (&IO, link.rx_bytes, link.tx_bytes),
            (&PACKETS, link.rx_packets, link.tx_packets),
            (&ERRORS, link.rx_errors, link.tx_errors),
            (&DROPPED, link.rx_dropped, link.tx_dropped),
            (&FIFO, link.rx_fifo, link.tx_fifo),
        ] {
            metrics.set(family, &[name, "receive"], received as f64);
            metrics.set(family, &[name, "transmit"], sent as f64);
        }
        metrics.set(&FRAME, &[name], link.rx_frame as f64);
        metrics.set(&CARRIER_ERRORS, &[name], link.tx_carrier as f64);
        metrics.set(&COLLISIONS, &[name], link.collisions as f64);
        metrics.set(&MULTICAST, &[name], link.rx_multicast as f64);
        // Of dial-up lines.
        if link.rx_compressed > 0 || link.tx_compressed > 0 {
            metrics.set(&COMPRESSED, &[name, "receive"], link.rx_compressed as f64);
            metrics.set(&COMPRESSED, &[name, "transmit"], link.tx_compressed as f64);
        }
    }
}

/// What was last told of the interfaces.
#[derive(Default)]
pub(crate) struct Interfaces {
    /// Those that there are now, if that is known.
    links: Option<Vec<net::Link>>,
    details: Pace<Vec<net::Details>>,
    bonds: Pace<Vec<net::Bond>>,
}

impl Interfaces {
    pub(crate) fn traffic(
        &mut self,
        settings: &Settings,
        omitted: &mut Omitted,
        metrics: &mut Metrics,
    ) -> Result<(), Error> {
        self.links = None;
        traffic(self.links.insert(net::links()?), settings, omitted, metrics);
        Ok(())
    }

    pub(crate) fn collect(&mut self, settings: &Settings, metrics: &mut Metrics) -> Result<(), Error> {
        // What is said again must not outlive what it is said of.
        let present: Option<HashSet<&str>> =
            self.links.as_ref().map(|links| links.iter().map(|link| link.name.as_str()).collect());
        let wanted = |one: &&net::Details| {
            !settings.excludes_interface(&one.name)
                && present.as_ref().is_none_or(|present| present.contains(one.name.as_str()))
        };
        for one in self.details.look(net::describe)?.iter().filter(wanted).take(settings.most_interfaces as usize) {
            let name = one.name.as_str();
            metrics.set(&INFO, &[name, &one.state, &one.duplex, &one.driver, &one.part_of, &one.alias], 1.0);
            metrics.set(&UP, &[name], flag(one.up));
            if let Some(carrier) = one.carrier {
                metrics.set(&CARRIER, &[name], flag(carrier));
            }
            metrics.set(&CARRIER_CHANGES, &[name, "up"], one.carrier_ups as f64);
            metrics.set(&CARRIER_CHANGES, &[name, "down"], one.carrier_downs as f64);
            if let Some(speed) = one.speed {
                metrics.set(&SPEED, &[name], speed as f64);
            }
            metrics.set(&MTU, &[name], one.mtu as f64);
            metrics.set(&QUEUE_LENGTH, &[name], one.queue_length as f64);
            metrics.set(&UNHANDLED, &[name], one.rx_unhandled as f64);
        }
        Ok(())
    }

    pub(crate) fn bonds(&mut self, metrics: &mut Metrics) -> Result<(), Error> {
        for bond in self.bonds.look(net::bonds)? {
            let name = bond.name.as_str();
            metrics.set(&BOND_INFO, &[name, &bond.mode], 1.0);
            let up = bond.parts.iter().filter(|part| part.up).count();
            metrics.set(&BOND_PARTS, &[name, "up"], up as f64);
            metrics.set(&BOND_PARTS, &[name, "down"], bond.parts.len().saturating_sub(up) as f64);
            for part in &bond.parts {
                metrics.set(&BOND_ACTIVE, &[name, &part.name], flag(part.active));
                metrics.set(&BOND_FAILURES, &[name, &part.name], part.failures as f64);
            }
        }
        Ok(())
    }
}
