//! What the kernel does with packets on their way: taking them from the cards, and following connections.

use autobot_plugin_sdk::{Error, Metrics, net};

use crate::family::families;
use crate::pace::Seldom;

families! {
    PACKETS: counter "system_network_softnet_packets_total" "1" [] "Packets that processors took from network cards.";
    DROPPED: counter "system_network_softnet_dropped_total" "1" [] "Packets lost since a processor's queue was full.";
    SQUEEZED: counter "system_network_softnet_squeezed_total" "1" [] "How often a processor had to stop with packets left.";
    CORE: counter "system_network_softnet_core_total" "1" ["core", "kind"] "The same of one processor.";
    CONNTRACK: counter "system_network_conntrack_events_total" "1" ["kind"]
        "What became of connections and packets that the firewall follows.";
}

pub(crate) fn softnet(per_core: bool, metrics: &mut Metrics) -> Result<(), Error> {
    let cores = net::softnets()?;
    let sum = |of: fn(&net::Softnet) -> u64| cores.iter().fold(0u64, |sum, core| sum.saturating_add(of(core))) as f64;
    metrics.set(&PACKETS, &[], sum(|core| core.processed));
    metrics.set(&DROPPED, &[], sum(|core| core.dropped));
    metrics.set(&SQUEEZED, &[], sum(|core| core.squeezed));
    if per_core {
        for core in &cores {
            let name = core.core.to_string();
            for (kind, count) in [("packets", core.processed), ("dropped", core.dropped), ("squeezed", core.squeezed)] {
                metrics.set(&CORE, &[&name, kind], count as f64);
            }
        }
    }
    Ok(())
}

/// Most machines follow no connections.
pub(crate) fn tracking(seldom: &mut Seldom, metrics: &mut Metrics) -> Result<(), Error> {
    let now = seldom.ask(net::tracking)?;
    for (kind, count) in [
        ("found", now.found),
        ("invalid", now.invalid),
        ("insert_failed", now.insert_failures),
        ("dropped", now.dropped),
        ("early_dropped", now.early_dropped),
        ("search_restarted", now.restarts),
    ] {
        metrics.set(&CONNTRACK, &[kind], count as f64);
    }
    Ok(())
}
