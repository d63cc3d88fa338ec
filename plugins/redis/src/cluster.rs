//! What a node of a cluster says of it, and a sentinel of the masters that it watches.

use autobot_plugin_sdk::{Family, Metrics};

use crate::fields::TARGET;
use crate::info::{Fields, Info};
use crate::number::label;

pub(crate) static STATE: Family =
    Family::gauge("redis_cluster_state_ok", "1", "1 while the cluster serves.").labels(TARGET);
pub(crate) static SLOTS: Family =
    Family::gauge("redis_cluster_slots", "1", "Slots of the cluster: assigned, ok, pfail (perhaps failing), fail.")
        .labels(&["target", "state"]);
pub(crate) static NODES: Family =
    Family::gauge("redis_cluster_nodes", "1", "Nodes that this one knows.").labels(TARGET);
pub(crate) static SIZE: Family =
    Family::gauge("redis_cluster_masters", "1", "Masters that serve slots.").labels(TARGET);
pub(crate) static EPOCH: Family =
    Family::gauge("redis_cluster_epoch", "1", "The cluster's epoch, which grows at each election.").labels(TARGET);
pub(crate) static OWN_EPOCH: Family =
    Family::gauge("redis_cluster_own_epoch", "1", "The epoch of this node's configuration.").labels(TARGET);
pub(crate) static SENT: Family =
    Family::counter("redis_cluster_messages_sent_total", "1", "Messages of the cluster's bus that were sent.")
        .labels(TARGET);
pub(crate) static RECEIVED: Family =
    Family::counter("redis_cluster_messages_received_total", "1", "Messages of the cluster's bus that came in.")
        .labels(TARGET);
pub(crate) static MASTER_OK: Family =
    Family::gauge("redis_sentinel_master_ok", "1", "1 while a sentinel sees a master as up, with its address.")
        .labels(&["target", "master", "address"]);
pub(crate) static MASTER_REPLICAS: Family =
    Family::gauge("redis_sentinel_master_replicas", "1", "Replicas of a master that a sentinel knows.")
        .labels(&["target", "master"]);
pub(crate) static MASTER_SENTINELS: Family =
    Family::gauge("redis_sentinel_master_sentinels", "1", "Sentinels that watch a master, this one included.")
        .labels(&["target", "master"]);

/// Masters of one sentinel that are followed.
const MOST_MASTERS: usize = 50;

/// `text` is the reply to `CLUSTER INFO`, which reads as that to `INFO`.
pub(crate) fn collect(target: &str, text: &str, metrics: &mut Metrics) {
    let info = Info::parse(text);
    if let Some(state) = info.text("cluster_state") {
        metrics.set(&STATE, &[target], f64::from(u8::from(state == "ok")));
    }
    for state in ["assigned", "ok", "pfail", "fail"] {
        if let Some(count) = info.number(&format!("cluster_slots_{state}")) {
            metrics.set(&SLOTS, &[target, state], count);
        }
    }
    for (family, name) in [
        (&NODES, "cluster_known_nodes"),
        (&SIZE, "cluster_size"),
        (&EPOCH, "cluster_current_epoch"),
        (&OWN_EPOCH, "cluster_my_epoch"),
        (&SENT, "cluster_stats_messages_sent"),
        (&RECEIVED, "cluster_stats_messages_received"),
    ] {
        if let Some(value) = info.number(name) {
            metrics.set(family, &[target], value);
        }
    }
}

/// The masters in a sentinel's `INFO`: `master0:name=main,status=ok,address=10.0.0.1:6379,slaves=2,sentinels=3`.
pub(crate) fn sentinel(target: &str, info: &Info<'_>, metrics: &mut Metrics) {
    let numbered = info.beginning("master").filter(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit()));
    for (_, fields) in numbered.take(MOST_MASTERS) {
        let fields = Fields(fields);
        let (Some(name), Some(status)) = (fields.text("name").map(label), fields.text("status")) else { continue };
        let address = label(fields.text("address").unwrap_or_default());
        metrics.set(&MASTER_OK, &[target, &name, &address], f64::from(u8::from(status == "ok")));
        for (family, key) in [(&MASTER_REPLICAS, "slaves"), (&MASTER_SENTINELS, "sentinels")] {
            if let Some(count) = fields.number(key) {
                metrics.set(family, &[target, &name], count);
            }
        }
    }
}
