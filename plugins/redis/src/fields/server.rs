//! The sections `Server`, `Clients`, `Cluster` and `Sentinel`.

use super::{Field, gauge};

pub(super) const FIELDS: &[Field] = &[
    gauge("uptime_in_seconds", "redis_uptime_seconds", "s", "How long the server has been running."),
    gauge("io_threads_active", "redis_io_threads_active", "1", "1 while threads share in reading and writing."),
    gauge(
        "connected_clients",
        "redis_clients_connected",
        "1",
        "Connections of clients, those of replicas not counted.",
    ),
    gauge("maxclients", "redis_clients_limit", "1", "Connections that the server takes at most."),
    gauge("blocked_clients", "redis_clients_blocked", "1", "Connections that wait in a blocking command (`BLPOP`)."),
    gauge("tracking_clients", "redis_clients_tracking", "1", "Connections that are told which keys change."),
    gauge("pubsub_clients", "redis_clients_subscribed", "1", "Connections that listen to channels."),
    gauge("watching_clients", "redis_clients_watching", "1", "Connections that watch keys before a transaction."),
    gauge(
        "clients_in_timeout_table",
        "redis_clients_in_timeout_table",
        "1",
        "Connections whose waiting ends at a set time.",
    ),
    gauge("cluster_connections", "redis_cluster_connections", "1", "Connections of the cluster's bus."),
    gauge("total_watched_keys", "redis_keys_watched", "1", "Keys that are watched."),
    gauge("total_blocking_keys", "redis_keys_blocking", "1", "Keys that connections wait for."),
    gauge(
        "total_blocking_keys_on_nokey",
        "redis_keys_blocking_on_nokey",
        "1",
        "Keys for whose deletion connections wait.",
    ),
    gauge(
        "client_recent_max_input_buffer",
        "redis_clients_recent_max_input_buffer_bytes",
        "By",
        "The largest input buffer that a connection had lately.",
    ),
    gauge(
        "client_recent_max_output_buffer",
        "redis_clients_recent_max_output_buffer_bytes",
        "By",
        "The largest output buffer that a connection had lately.",
    ),
    gauge("cluster_enabled", "redis_cluster_enabled", "1", "1 when the server is a node of a cluster."),
    gauge("sentinel_masters", "redis_sentinel_masters", "1", "Masters that this sentinel watches."),
    gauge(
        "sentinel_tilt",
        "redis_sentinel_tilt",
        "1",
        "1 while this sentinel does not trust its clock and only watches.",
    ),
    gauge("sentinel_running_scripts", "redis_sentinel_running_scripts", "1", "Scripts that this sentinel runs."),
    gauge(
        "sentinel_scripts_queue_length",
        "redis_sentinel_scripts_waiting",
        "1",
        "Scripts that wait to be run by this sentinel.",
    ),
];
