//! How a store is kept.

use std::path::PathBuf;
use std::time::Duration;

/// How a store is kept.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// The database file; made if it is not there.
    pub path: PathBuf,
    /// How long samples are kept.
    pub retention: Duration,
    /// How large the file may grow in bytes before the oldest samples go.
    pub max_size: u64,
    /// How often what was written is forced to the disk: what a power cut may cost.
    pub sync: Duration,
    /// How much of the newest is kept in memory.
    pub window: Duration,
}
