//! The section `Stats`. What it has by the second is left out: the counters beside it tell the same over any time.

use super::{Field, counter, gauge};

pub(super) const FIELDS: &[Field] = &[
    counter("total_connections_received", "redis_connections_received_total", "1", "Connections that were taken."),
    counter(
        "rejected_connections",
        "redis_connections_rejected_total",
        "1",
        "Connections that were refused because there were too many.",
    ),
    counter(
        "total_commands_processed",
        "redis_commands_processed_total",
        "1",
        "Commands that were done, all together.",
    ),
    counter("total_net_input_bytes", "redis_net_input_bytes_total", "By", "Bytes from clients."),
    counter("total_net_output_bytes", "redis_net_output_bytes_total", "By", "Bytes to clients."),
    counter(
        "total_net_repl_input_bytes",
        "redis_net_replication_input_bytes_total",
        "By",
        "Bytes of replication that came in.",
    ),
    counter(
        "total_net_repl_output_bytes",
        "redis_net_replication_output_bytes_total",
        "By",
        "Bytes of replication that went out.",
    ),
    counter("keyspace_hits", "redis_keyspace_hits_total", "1", "Keys that were asked for and there."),
    counter("keyspace_misses", "redis_keyspace_misses_total", "1", "Keys that were asked for and not there."),
    counter("expired_keys", "redis_expired_keys_total", "1", "Keys that expired."),
    counter("expired_subkeys", "redis_expired_fields_total", "1", "Fields of hashes that expired."),
    gauge(
        "expired_stale_perc",
        "redis_expired_stale_ratio",
        "1",
        "Share of keys that have probably expired and are still there.",
    )
    .percent(),
    counter(
        "expired_time_cap_reached_count",
        "redis_expire_cycles_cut_total",
        "1",
        "Times that looking for expired keys took so long that it was cut.",
    ),
    counter(
        "expire_cycle_cpu_milliseconds",
        "redis_expire_cycle_cpu_seconds_total",
        "s",
        "Processor time of looking for expired keys.",
    )
    .seconds(1e-3),
    counter("evicted_keys", "redis_evicted_keys_total", "1", "Keys that were dropped because memory was full."),
    counter(
        "evicted_clients",
        "redis_evicted_clients_total",
        "1",
        "Connections that were closed because clients took too much memory.",
    ),
    counter("evicted_scripts", "redis_evicted_scripts_total", "1", "Scripts that were dropped from the cache."),
    counter(
        "total_eviction_exceeded_time",
        "redis_eviction_exceeded_seconds_total",
        "s",
        "Time with more memory in use than is allowed.",
    )
    .seconds(1e-3),
    gauge(
        "current_eviction_exceeded_time",
        "redis_eviction_exceeded_current_seconds",
        "s",
        "How long more memory is in use than is allowed.",
    )
    .seconds(1e-3),
    gauge("pubsub_channels", "redis_pubsub_channels", "1", "Channels that somebody listens to."),
    gauge("pubsub_patterns", "redis_pubsub_patterns", "1", "Patterns of channels that somebody listens to."),
    gauge("pubsubshard_channels", "redis_pubsub_shard_channels", "1", "Channels of shards that somebody listens to."),
    gauge(
        "latest_fork_usec",
        "redis_fork_last_duration_seconds",
        "s",
        "How long the last fork took, while nothing was served.",
    )
    .seconds(1e-6),
    counter("total_forks", "redis_forks_total", "1", "Forks since the start."),
    gauge("migrate_cached_sockets", "redis_migrate_cached_sockets", "1", "Connections that are kept for `MIGRATE`."),
    gauge(
        "slave_expires_tracked_keys",
        "redis_replica_expires_tracked_keys",
        "1",
        "Keys that expire on this writable replica alone.",
    ),
    counter("active_defrag_hits", "redis_defragmentation_hits_total", "1", "Values that defragmentation moved."),
    counter(
        "active_defrag_misses",
        "redis_defragmentation_misses_total",
        "1",
        "Values that it began to move and did not.",
    ),
    counter("active_defrag_key_hits", "redis_defragmentation_key_hits_total", "1", "Keys of which it moved anything."),
    counter(
        "active_defrag_key_misses",
        "redis_defragmentation_key_misses_total",
        "1",
        "Keys that it looked at in vain.",
    ),
    counter(
        "total_active_defrag_time",
        "redis_defragmentation_seconds_total",
        "s",
        "Time with too much fragmentation.",
    )
    .seconds(1e-3),
    gauge(
        "current_active_defrag_time",
        "redis_defragmentation_current_seconds",
        "s",
        "How long there is too much fragmentation.",
    )
    .seconds(1e-3),
    gauge("tracking_total_keys", "redis_tracking_keys", "1", "Keys that clients are told of."),
    gauge("tracking_total_items", "redis_tracking_items", "1", "Keys times the clients that are told of them."),
    gauge("tracking_total_prefixes", "redis_tracking_prefixes", "1", "Prefixes of keys that clients are told of."),
    counter(
        "unexpected_error_replies",
        "redis_unexpected_error_replies_total",
        "1",
        "Errors where none can be, as from loading the append-only file.",
    ),
    counter("total_error_replies", "redis_error_replies_total", "1", "Errors that were answered."),
    counter(
        "dump_payload_sanitizations",
        "redis_dump_payload_sanitizations_total",
        "1",
        "Times that a dumped value was checked in depth.",
    ),
    counter("total_reads_processed", "redis_reads_processed_total", "1", "Reads from connections."),
    counter("total_writes_processed", "redis_writes_processed_total", "1", "Writes to connections."),
    counter("io_threaded_reads_processed", "redis_io_threaded_reads_total", "1", "Reads that threads did."),
    counter("io_threaded_writes_processed", "redis_io_threaded_writes_total", "1", "Writes that threads did."),
    counter(
        "reply_buffer_shrinks",
        "redis_reply_buffer_shrinks_total",
        "1",
        "Times that a connection's buffer was made smaller.",
    ),
    counter(
        "reply_buffer_expands",
        "redis_reply_buffer_expands_total",
        "1",
        "Times that a connection's buffer was made larger.",
    ),
    counter(
        "client_query_buffer_limit_disconnections",
        "redis_clients_closed_for_input_buffer_total",
        "1",
        "Connections that were closed because their input buffer was too large.",
    ),
    counter(
        "client_output_buffer_limit_disconnections",
        "redis_clients_closed_for_output_buffer_total",
        "1",
        "Connections that were closed because their output buffer was too large.",
    ),
    counter("eventloop_cycles", "redis_eventloop_cycles_total", "1", "Turns of the main loop."),
    counter("eventloop_duration_sum", "redis_eventloop_seconds_total", "s", "Time of the turns of the main loop.")
        .seconds(1e-6),
    counter(
        "eventloop_duration_cmd_sum",
        "redis_eventloop_commands_seconds_total",
        "s",
        "Time of them that commands took.",
    )
    .seconds(1e-6),
];
