//! The replicas of a master, each by its address.

use autobot_plugin_sdk::{Family, Metrics};

use crate::info::{Fields, Info};
use crate::number::label;

const LABELS: &[&str] = &["target", "replica"];

pub(crate) static ONLINE: Family = Family::gauge(
    "redis_replica_online",
    "1",
    "1 while a replica follows, 0 while it is sent everything or waits for it.",
)
.labels(LABELS);
pub(crate) static LAG: Family =
    Family::gauge("redis_replica_lag_seconds", "s", "Since a replica last said how far it is.").labels(LABELS);
pub(crate) static OFFSET: Family =
    Family::gauge("redis_replica_offset_bytes", "By", "Up to where in the stream a replica has confirmed.")
        .labels(LABELS);
pub(crate) static BEHIND: Family =
    Family::gauge("redis_replica_behind_bytes", "By", "How much of the stream a replica has not confirmed.")
        .labels(LABELS);

/// Replicas of one master that are followed.
const MOST_REPLICAS: usize = 50;

pub(crate) fn collect(target: &str, info: &Info<'_>, metrics: &mut Metrics) {
    let ours = info.number("master_repl_offset");
    let numbered = info.beginning("slave").filter(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit()));
    for (_, fields) in numbered.take(MOST_REPLICAS) {
        let fields = Fields(fields);
        let (Some(host), Some(port)) = (fields.text("ip"), fields.text("port")) else { continue };
        let replica = label(&if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") });
        let labels = [target, replica.as_str()];
        if let Some(state) = fields.text("state") {
            metrics.set(&ONLINE, &labels, f64::from(u8::from(state == "online")));
        }
        // Below 0: it has said nothing yet.
        if let Some(lag) = fields.number("lag").filter(|lag| *lag >= 0.0) {
            metrics.set(&LAG, &labels, lag);
        }
        if let Some(offset) = fields.number("offset") {
            metrics.set(&OFFSET, &labels, offset);
            if let Some(ours) = ours {
                metrics.set(&BEHIND, &labels, (ours - offset).max(0.0));
            }
        }
    }
}
