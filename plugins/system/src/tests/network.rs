//! Interfaces, protocols, bonds and packets.

use autobot_plugin_sdk::Error;
use autobot_plugin_sdk::net;
use autobot_plugin_sdk::testing::Facts;
use expect_test::expect;
use serde_json::json;

use super::{START, check, link, plugin};

fn details(name: &str, carrier: Option<bool>) -> serde_json::Value {
    json!({
        "name": name, "up": true, "carrier": carrier, "state": "up", "speed": 125_000_000, "duplex": "full", "mtu": 1500,
        "queue_length": 1000, "carrier_ups": 3, "carrier_downs": 2, "rx_unhandled": 1, "driver": "igc", "part_of": "bond0",
        "alias": "up \"link\"\n",
    })
}

#[test]
fn interfaces_tell_how_they_are_and_labels_hold_what_they_hold() {
    let facts =
        Facts::default().with("net.describe", &json!({ "Ok": [details("eth0", Some(true)), details("off", None)] }));
    let mut plugin = plugin(r#"{"exclude_interfaces": ["lo"]}"#, facts);
    check(
        &mut plugin,
        0,
        "system_network",
        expect![[r#"
        system_network_info{interface="eth0",state="up",duplex="full",driver="igc",part_of="bond0",alias="up \"link\"\n"} 1
        system_network_up{interface="eth0"} 1
        system_network_carrier{interface="eth0"} 1
        system_network_carrier_changes_total{interface="eth0",to="up"} 3
        system_network_carrier_changes_total{interface="eth0",to="down"} 2
        system_network_speed_bytes_per_second{interface="eth0"} 125000000
        system_network_mtu_bytes{interface="eth0"} 1500
        system_network_queue_length{interface="eth0"} 1000
        system_network_unhandled_total{interface="eth0"} 1
        system_network_info{interface="off",state="up",duplex="full",driver="igc",part_of="bond0",alias="up \"link\"\n"} 1
        system_network_up{interface="off"} 1
        system_network_carrier_changes_total{interface="off",to="up"} 3
        system_network_carrier_changes_total{interface="off",to="down"} 2
        system_network_speed_bytes_per_second{interface="off"} 125000000
        system_network_mtu_bytes{interface="off"} 1500
        system_network_queue_length{interface="off"} 1000
        system_network_unhandled_total{interface="off"} 1
    "#]],
    );
    let (collected, _) = plugin.collect(START + 5000);
    assert!(!collected.asked.contains("net.describe"), "it is said again, and not asked again");
    assert_eq!(collected.value("system_network_mtu_bytes{interface=\"eth0\"}"), Some(1500.0));
    assert!(plugin.collect(START + 15_000).0.asked.contains("net.describe"));
}

#[test]
fn what_an_interface_was_is_not_said_again_once_it_is_gone() {
    let described = json!({ "Ok": [details("eth0", Some(true)), details("veth7", Some(true))] });
    let facts = Facts { links: Ok(vec![link("eth0"), link("veth7")]), ..Facts::default() };
    let mut plugin = plugin("{}", facts.with("net.describe", &described));
    let up = |name: &str| format!("system_network_up{{interface=\"{name}\"}}");
    assert_eq!(plugin.collect(START).0.value(&up("veth7")), Some(1.0));
    plugin.change(|facts| facts.links = Ok(vec![link("eth0")]));
    let (collected, _) = plugin.collect(START + 1000);
    assert!(!collected.asked.contains("net.describe"));
    assert_eq!((collected.value(&up("eth0")), collected.value(&up("veth7"))), (Some(1.0), None));
    assert!(collected.retired.contains(&up("veth7")), "{:?}", collected.retired);
    // Not known is not gone.
    plugin.change(|facts| facts.links = Err(Error::Failed("no".to_owned())));
    let (collected, _) = plugin.collect(START + 2000);
    assert_eq!(collected.value(&up("veth7")), Some(1.0));
}

#[test]
fn a_thousand_interfaces_are_told_in_part_and_the_rest_is_counted() {
    let links = (0..1000).map(|n| link(&format!("veth{n}"))).collect();
    let mut plugin = plugin(
        r#"{"most_interfaces": 3, "exclude_interfaces": ["veth0"]}"#,
        Facts { links: Ok(links), ..Facts::default() },
    );
    let (collected, _) = plugin.collect(START);
    let io = collected.text("system_network_mult");
    assert_eq!(io.matches("veth").count(), 3, "{io}");
    assert_eq!(collected.value("system_omitted{kind=\"interfaces\"}"), Some(996.0));
    plugin.change(|facts| facts.links = Ok(vec![link("veth1")]));
    let (collected, _) = plugin.collect(START + 5000);
    assert!(collected.retired.contains(&"system_omitted{kind=\"interfaces\"}".to_owned()));
}

#[test]
fn protocols_of_a_machine_without_ipv6() {
    let counts = |names: &[&str]| {
        names.iter().zip(1u64..).map(|(name, n)| ((*name).to_owned(), json!(n))).collect::<serde_json::Map<_, _>>()
    };
    let ip = counts(&[
        "received",
        "received_bytes",
        "delivered",
        "forwarded",
        "sent",
        "sent_bytes",
        "header_errors",
        "address_errors",
        "unknown_protocols",
        "no_routes",
        "received_discarded",
        "sent_discarded",
        "reassembly_failures",
        "fragmentation_failures",
    ]);
    let icmp =
        counts(&["received", "sent", "receive_errors", "send_errors", "received_unreachable", "sent_unreachable"]);
    let udp = counts(&[
        "received",
        "sent",
        "no_port",
        "receive_errors",
        "receive_buffer_errors",
        "send_buffer_errors",
        "checksum_errors",
    ]);
    let tcp = counts(&[
        "active_opens",
        "passive_opens",
        "attempt_failures",
        "established_resets",
        "received_segments",
        "sent_segments",
        "retransmitted_segments",
        "receive_errors",
        "checksum_errors",
        "sent_resets",
        "listen_overflows",
        "listen_drops",
        "request_queue_drops",
        "cookies_sent",
        "cookies_received",
        "cookies_failed",
        "timeouts",
        "syn_retransmits",
        "fast_retransmits",
        "lost_retransmits",
        "loss_probes",
        "spurious_timeouts",
        "out_of_order",
        "out_of_order_drops",
        "receive_queue_drops",
        "backlog_drops",
        "prunes",
        "memory_pressures",
        "memory_pressure_micros",
        "aborts_memory",
        "aborts_timeout",
        "aborts_data",
        "aborts_close",
        "aborts_linger",
        "time_wait_overflows",
        "zero_windows",
        "keep_alives",
    ]);
    let all = json!({ "Ok": {
        "forwarding": true, "ip": ip, "ip6": null, "icmp": icmp, "icmp6": null, "udp": udp, "udp6": null, "tcp": tcp,
    } });
    let mut plugin = plugin("{}", Facts::default().with("net.protocols", &all));
    check(
        &mut plugin,
        0,
        "system_",
        expect![[r#"
        system_network_retransmits_total 7
        system_network_forwarding 1
        system_network_ip_packets_total{version="4",direction="receive"} 1
        system_network_ip_packets_total{version="4",direction="transmit"} 5
        system_network_ip_bytes_total{version="4",direction="receive"} 2
        system_network_ip_bytes_total{version="4",direction="transmit"} 6
        system_network_ip_delivered_total{version="4"} 3
        system_network_ip_forwarded_total{version="4"} 4
        system_network_ip_errors_total{version="4",kind="header"} 7
        system_network_ip_errors_total{version="4",kind="address"} 8
        system_network_ip_errors_total{version="4",kind="protocol"} 9
        system_network_ip_errors_total{version="4",kind="no_route"} 10
        system_network_ip_errors_total{version="4",kind="receive_discard"} 11
        system_network_ip_errors_total{version="4",kind="transmit_discard"} 12
        system_network_ip_errors_total{version="4",kind="reassembly"} 13
        system_network_ip_errors_total{version="4",kind="fragmentation"} 14
        system_network_icmp_messages_total{version="4",direction="receive"} 1
        system_network_icmp_messages_total{version="4",direction="transmit"} 2
        system_network_icmp_errors_total{version="4",direction="receive"} 3
        system_network_icmp_errors_total{version="4",direction="transmit"} 4
        system_network_icmp_unreachable_total{version="4",direction="receive"} 5
        system_network_icmp_unreachable_total{version="4",direction="transmit"} 6
        system_network_udp_datagrams_total{version="4",direction="receive"} 1
        system_network_udp_datagrams_total{version="4",direction="transmit"} 2
        system_network_udp_errors_total{version="4",kind="no_port"} 3
        system_network_udp_errors_total{version="4",kind="receive"} 4
        system_network_udp_errors_total{version="4",kind="receive_buffer"} 5
        system_network_udp_errors_total{version="4",kind="send_buffer"} 6
        system_network_udp_errors_total{version="4",kind="checksum"} 7
        system_network_tcp_segments_total{direction="receive"} 5
        system_network_tcp_segments_total{direction="transmit"} 6
        system_network_tcp_opens_total{side="active"} 1
        system_network_tcp_opens_total{side="passive"} 2
        system_network_tcp_resets_total{kind="sent"} 10
        system_network_tcp_resets_total{kind="established"} 4
        system_network_tcp_errors_total{kind="all"} 8
        system_network_tcp_errors_total{kind="checksum"} 9
        system_network_tcp_syncookies_total{outcome="sent"} 14
        system_network_tcp_syncookies_total{outcome="received"} 15
        system_network_tcp_syncookies_total{outcome="failed"} 16
        system_network_tcp_retransmits_total{cause="syn"} 18
        system_network_tcp_retransmits_total{cause="fast"} 19
        system_network_tcp_retransmits_total{cause="lost"} 20
        system_network_tcp_retransmits_total{cause="probe"} 21
        system_network_tcp_retransmits_total{cause="spurious"} 22
        system_network_tcp_drops_total{queue="out_of_order"} 24
        system_network_tcp_drops_total{queue="receive"} 25
        system_network_tcp_drops_total{queue="backlog"} 26
        system_network_tcp_aborts_total{cause="memory"} 30
        system_network_tcp_aborts_total{cause="timeout"} 31
        system_network_tcp_aborts_total{cause="data"} 32
        system_network_tcp_aborts_total{cause="close"} 33
        system_network_tcp_aborts_total{cause="linger"} 34
        system_network_tcp_attempt_failures_total 3
        system_network_tcp_listen_overflows_total 11
        system_network_tcp_listen_drops_total 12
        system_network_tcp_request_queue_drops_total 13
        system_network_tcp_timeouts_total 17
        system_network_tcp_out_of_order_total 23
        system_network_tcp_prunes_total 27
        system_network_tcp_memory_pressures_total 28
        system_network_tcp_time_wait_overflows_total 35
        system_network_tcp_zero_windows_total 36
        system_network_tcp_keepalives_total 37
        system_network_tcp_memory_pressure_seconds_total 0.000029
    "#]],
    );
}

#[test]
fn bonds_softnet_and_conntrack() {
    let part = |name, up, active| net::BondPart { name, up, active, failures: 3 };
    let bond = net::Bond {
        name: "bond0".to_owned(),
        mode: "active-backup".to_owned(),
        parts: vec![part("ens1".to_owned(), false, false), part("ens2".to_owned(), true, true)],
    };
    let core = |core| net::Softnet { core, processed: 10, dropped: 1, squeezed: 2 };
    let tracking =
        net::TrackingCounts { found: 1, invalid: 2, insert_failures: 3, dropped: 4, early_dropped: 5, restarts: 6 };
    let facts = Facts::default()
        .with("net.bonds", &Ok::<_, Error>(vec![bond]))
        .with("net.softnets", &Ok::<_, Error>(vec![core(0), core(3)]))
        .with("net.tracking", &Ok::<_, Error>(tracking));
    check(
        &mut plugin(r#"{"per_core_detail": true}"#, facts),
        0,
        "system_",
        expect![[r#"
        system_network_bond_info{interface="bond0",mode="active-backup"} 1
        system_network_bond_parts{interface="bond0",state="up"} 1
        system_network_bond_parts{interface="bond0",state="down"} 1
        system_network_bond_part_active{interface="bond0",part="ens1"} 0
        system_network_bond_part_failures_total{interface="bond0",part="ens1"} 3
        system_network_bond_part_active{interface="bond0",part="ens2"} 1
        system_network_bond_part_failures_total{interface="bond0",part="ens2"} 3
        system_network_softnet_packets_total 20
        system_network_softnet_dropped_total 2
        system_network_softnet_squeezed_total 4
        system_network_softnet_core_total{core="0",kind="packets"} 10
        system_network_softnet_core_total{core="0",kind="dropped"} 1
        system_network_softnet_core_total{core="0",kind="squeezed"} 2
        system_network_softnet_core_total{core="3",kind="packets"} 10
        system_network_softnet_core_total{core="3",kind="dropped"} 1
        system_network_softnet_core_total{core="3",kind="squeezed"} 2
        system_network_conntrack_events_total{kind="found"} 1
        system_network_conntrack_events_total{kind="invalid"} 2
        system_network_conntrack_events_total{kind="insert_failed"} 3
        system_network_conntrack_events_total{kind="dropped"} 4
        system_network_conntrack_events_total{kind="early_dropped"} 5
        system_network_conntrack_events_total{kind="search_restarted"} 6
    "#]],
    );
}
