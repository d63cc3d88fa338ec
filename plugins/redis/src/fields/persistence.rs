//! The section `Persistence`.

use super::{Field, counter, gauge};

pub(super) const FIELDS: &[Field] = &[
    gauge("loading", "redis_loading", "1", "1 while data is loaded from the disk and no command is served."),
    gauge("async_loading", "redis_loading_async", "1", "1 while data of a new master is loaded beside the old one."),
    gauge("loading_total_bytes", "redis_loading_size_bytes", "By", "Size of the file that is loaded."),
    gauge("loading_loaded_bytes", "redis_loading_loaded_bytes", "By", "How much of it is loaded."),
    gauge("loading_loaded_perc", "redis_loading_loaded_ratio", "1", "Share of it that is loaded.").percent(),
    gauge("loading_eta_seconds", "redis_loading_remaining_seconds", "s", "How long the loading will still take."),
    gauge(
        "rdb_changes_since_last_save",
        "redis_rdb_changes_since_last_save",
        "1",
        "Changes that no snapshot holds yet.",
    ),
    gauge("rdb_bgsave_in_progress", "redis_rdb_save_in_progress", "1", "1 while a snapshot is saved."),
    gauge(
        "rdb_last_save_time",
        "redis_rdb_last_save_timestamp_seconds",
        "s",
        "When a snapshot was last saved (or the server started), since the Unix epoch.",
    ),
    gauge("rdb_last_bgsave_status", "redis_rdb_last_save_ok", "1", "1 when the last snapshot was saved.").is("ok"),
    gauge("rdb_last_bgsave_time_sec", "redis_rdb_last_save_duration_seconds", "s", "How long the last snapshot took.")
        .if_any(),
    gauge(
        "rdb_current_bgsave_time_sec",
        "redis_rdb_current_save_duration_seconds",
        "s",
        "How long the running snapshot has taken so far.",
    )
    .if_any(),
    counter("rdb_saves", "redis_rdb_saves_total", "1", "Snapshots that were saved."),
    gauge(
        "rdb_last_cow_size",
        "redis_rdb_last_copy_on_write_bytes",
        "By",
        "Memory that was copied while the last snapshot was saved.",
    ),
    gauge("rdb_last_load_keys_loaded", "redis_rdb_last_load_keys_loaded", "1", "Keys that the last loading brought."),
    gauge(
        "rdb_last_load_keys_expired",
        "redis_rdb_last_load_keys_expired",
        "1",
        "Keys that had expired at the last loading.",
    ),
    gauge(
        "current_cow_size",
        "redis_save_copy_on_write_bytes",
        "By",
        "Memory that was copied since the running child began.",
    ),
    gauge(
        "current_cow_peak",
        "redis_save_copy_on_write_peak_bytes",
        "By",
        "The most memory that was copied while a child ran.",
    ),
    gauge(
        "current_cow_size_age",
        "redis_save_copy_on_write_age_seconds",
        "s",
        "How old the size of the copied memory is.",
    ),
    gauge("current_fork_perc", "redis_save_progress_ratio", "1", "How far the running child is.").percent(),
    gauge("current_save_keys_processed", "redis_save_keys_processed", "1", "Keys that the running child has saved."),
    gauge("current_save_keys_total", "redis_save_keys", "1", "Keys that the running child saves."),
    gauge("aof_enabled", "redis_aof_enabled", "1", "1 when every change is appended to a file."),
    gauge(
        "aof_rewrite_in_progress",
        "redis_aof_rewrite_in_progress",
        "1",
        "1 while the append-only file is rewritten.",
    ),
    gauge(
        "aof_rewrite_scheduled",
        "redis_aof_rewrite_scheduled",
        "1",
        "1 when it will be rewritten after the running snapshot.",
    ),
    gauge(
        "aof_last_rewrite_time_sec",
        "redis_aof_last_rewrite_duration_seconds",
        "s",
        "How long the last rewriting took.",
    )
    .if_any(),
    gauge(
        "aof_current_rewrite_time_sec",
        "redis_aof_current_rewrite_duration_seconds",
        "s",
        "How long the running rewriting has taken so far.",
    )
    .if_any(),
    gauge("aof_last_bgrewrite_status", "redis_aof_last_rewrite_ok", "1", "1 when the last rewriting went well.")
        .is("ok"),
    gauge("aof_last_write_status", "redis_aof_last_write_ok", "1", "1 when the last appending went well.").is("ok"),
    counter("aof_rewrites", "redis_aof_rewrites_total", "1", "Times that the append-only file was rewritten."),
    gauge(
        "aof_rewrites_consecutive_failures",
        "redis_aof_rewrite_failures_in_a_row",
        "1",
        "Rewritings that failed since one went well.",
    ),
    gauge(
        "aof_last_cow_size",
        "redis_aof_last_copy_on_write_bytes",
        "By",
        "Memory that was copied at the last rewriting.",
    ),
    gauge("aof_current_size", "redis_aof_size_bytes", "By", "Size of the append-only file."),
    gauge("aof_base_size", "redis_aof_base_size_bytes", "By", "Its size after the last rewriting."),
    gauge("aof_pending_rewrite", "redis_aof_rewrite_pending", "1", "1 when a rewriting waits for a child to end."),
    gauge("aof_buffer_length", "redis_aof_buffer_bytes", "By", "What waits to be appended."),
    gauge("aof_pending_bio_fsync", "redis_aof_pending_fsyncs", "1", "Calls of fsync that wait in the background."),
    counter("aof_delayed_fsync", "redis_aof_delayed_fsyncs_total", "1", "Times that commands waited for fsync."),
    gauge("module_fork_in_progress", "redis_module_fork_in_progress", "1", "1 while a module's child runs."),
    gauge(
        "module_fork_last_cow_size",
        "redis_module_fork_last_copy_on_write_bytes",
        "By",
        "Memory that was copied while a module's child ran.",
    ),
];
