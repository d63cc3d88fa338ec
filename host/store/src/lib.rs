//! The store: every batch in memory at once, on disk a moment later, and readable as one series from both.
//!
//! [`HotWindow`] holds the last minutes in memory. A writer thread appends batches to the hot tail, a byte log in fixed-size
//! rows of one SQLite file; a keeper thread folds the tail into chunks, merges small ones, and fills the buckets that answer long windows.
//! [`Store`] reads all of them as one.
//!
//! It knows series by number, name and labels; what they mean is none of its business.

pub mod care;
mod catalog;
mod chunk;
mod codec;
mod desk;
mod error;
mod fold;
mod gather;
mod import;
mod keeper;
mod open;
mod options;
mod read;
mod retention;
mod rollup;
mod schema;
mod snapshot;
pub mod sql;
mod store;
mod tail;
mod tidy;
mod window;
mod write;
mod writer;

pub use error::StoreError;
pub use import::{Imported, ImportedSeries};
pub use open::Opened;
pub use options::StoreOptions;
pub use snapshot::Snapshot;
pub use store::{Store, StoreStats};
pub use window::HotWindow;
