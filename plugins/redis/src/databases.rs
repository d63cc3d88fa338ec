//! Each database: its keys, how many expire and when.

use std::collections::BTreeMap;

use autobot_plugin_sdk::{Family, Metrics};

use crate::info::{Fields, Info};
use crate::number;

pub(crate) const LABELS: &[&str] = &["target", "db"];

pub(crate) static KEYS: Family = Family::gauge("redis_database_keys", "1", "Keys of a database.").labels(LABELS);
pub(crate) static EXPIRES: Family =
    Family::gauge("redis_database_expires", "1", "Keys of a database that expire.").labels(LABELS);
pub(crate) static AVERAGE_TTL: Family = Family::gauge(
    "redis_database_average_ttl_seconds",
    "s",
    "How long keys of a database that expire have still to live on average, as the server estimates it.",
)
.labels(LABELS);
pub(crate) static WITH_EXPIRING_FIELDS: Family =
    Family::gauge("redis_database_field_expires", "1", "Hashes of a database that have fields that expire.")
        .labels(LABELS);
pub(crate) static OVERHEAD: Family = Family::gauge(
    "redis_database_overhead_bytes",
    "By",
    "Memory of the tables of a database: of its keys, and of when they expire.",
)
.labels(LABELS);

/// Databases that are read from `INFO` at most. Those beyond have no series.
const MOST_READ: usize = 1_000;

/// What `INFO` says of one database.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Keyspace {
    pub(crate) keys: f64,
    expires: f64,
    /// Milliseconds.
    average_ttl: f64,
    with_expiring_fields: Option<f64>,
}

/// Databases with keys.
pub(crate) fn read(info: &Info<'_>) -> BTreeMap<u32, Keyspace> {
    let databases = info.beginning("db").filter_map(|(number, fields)| {
        let fields = Fields(fields);
        let keyspace = Keyspace {
            keys: fields.number("keys")?,
            expires: fields.number("expires").unwrap_or(0.0),
            average_ttl: fields.number("avg_ttl").unwrap_or(0.0),
            with_expiring_fields: fields.number("subexpiry"),
        };
        Some((number.parse().ok()?, keyspace))
    });
    databases.take(MOST_READ).collect()
}

pub(crate) fn collect(
    target: &str,
    chosen: &[u32],
    keyspace: &BTreeMap<u32, Keyspace>,
    overhead: &BTreeMap<u32, f64>,
    metrics: &mut Metrics,
) {
    for database in chosen {
        let one = keyspace.get(database).copied().unwrap_or_default();
        let labels = [target, &*database.to_string()];
        metrics.set(&KEYS, &labels, one.keys);
        metrics.set(&EXPIRES, &labels, one.expires);
        metrics.set(&AVERAGE_TTL, &labels, number::seconds(one.average_ttl / 1e3));
        if let Some(count) = one.with_expiring_fields {
            metrics.set(&WITH_EXPIRING_FIELDS, &labels, count);
        }
        // Of one without keys the server tells none.
        if let Some(bytes) =
            overhead.get(database).copied().or((one.keys == 0.0 && !overhead.is_empty()).then_some(0.0))
        {
            metrics.set(&OVERHEAD, &labels, bytes);
        }
    }
}
