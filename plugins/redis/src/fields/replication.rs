//! The section `Replication`, but for the replicas themselves.

use super::{Field, counter, gauge};

pub(super) const FIELDS: &[Field] = &[
    gauge("connected_slaves", "redis_replicas_connected", "1", "Replicas that are connected."),
    gauge("min_slaves_good_slaves", "redis_replicas_good", "1", "Replicas that count for `min-replicas-to-write`."),
    gauge("master_repl_offset", "redis_replication_offset_bytes", "By", "How far the stream of replication is."),
    gauge(
        "second_repl_offset",
        "redis_replication_second_offset_bytes",
        "By",
        "Up to where the stream of the former master is continued.",
    )
    .if_any(),
    gauge("repl_backlog_active", "redis_replication_backlog_active", "1", "1 when the server keeps a backlog."),
    gauge("repl_backlog_size", "redis_replication_backlog_size_bytes", "By", "Size of the backlog."),
    gauge(
        "repl_backlog_first_byte_offset",
        "redis_replication_backlog_first_byte_offset_bytes",
        "By",
        "Where in the stream the backlog begins.",
    ),
    gauge(
        "repl_backlog_histlen",
        "redis_replication_backlog_used_bytes",
        "By",
        "How much of the stream the backlog holds.",
    ),
    counter("sync_full", "redis_replication_full_syncs_total", "1", "Times that a replica was sent everything."),
    counter(
        "sync_partial_ok",
        "redis_replication_partial_syncs_total",
        "1",
        "Times that a replica could go on from the backlog.",
    ),
    counter(
        "sync_partial_err",
        "redis_replication_partial_syncs_denied_total",
        "1",
        "Times that a replica could not go on from the backlog.",
    ),
    gauge("master_link_status", "redis_master_link_up", "1", "1 while this replica is connected to its master.")
        .is("up"),
    gauge("master_last_io_seconds_ago", "redis_master_last_io_seconds", "s", "Since the master was last heard of.")
        .if_any(),
    gauge(
        "master_link_down_since_seconds",
        "redis_master_link_down_seconds",
        "s",
        "Since when the link to the master is down.",
    )
    .if_any(),
    gauge("master_sync_in_progress", "redis_master_sync_in_progress", "1", "1 while this replica is sent everything."),
    gauge(
        "master_sync_total_bytes",
        "redis_master_sync_size_bytes",
        "By",
        "Size of what it is sent; 0 when not known.",
    )
    .if_any(),
    gauge("master_sync_read_bytes", "redis_master_sync_read_bytes", "By", "How much of it has come.").if_any(),
    gauge("master_sync_left_bytes", "redis_master_sync_left_bytes", "By", "How much of it has still to come.").if_any(),
    gauge("master_sync_last_io_seconds_ago", "redis_master_sync_last_io_seconds", "s", "Since something of it came.")
        .if_any(),
    gauge(
        "slave_read_repl_offset",
        "redis_replica_read_offset_bytes",
        "By",
        "Up to where this replica has read the stream.",
    ),
    gauge(
        "slave_repl_offset",
        "redis_replica_applied_offset_bytes",
        "By",
        "Up to where this replica has applied the stream.",
    ),
    gauge("slave_priority", "redis_replica_priority", "1", "Which replica becomes master first; 0: never."),
    gauge("slave_read_only", "redis_replica_read_only", "1", "1 when this replica takes no writes."),
    gauge("replica_announced", "redis_replica_announced", "1", "1 when sentinels tell of this replica."),
];
