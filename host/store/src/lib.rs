//! The store: every batch in memory at once, on disk a moment later, and readable as one series from both.
//!
//! [`HotWindow`] holds the last minutes in memory. A writer thread appends batches to the hot tail, a byte log in fixed-size
//! rows of one SQLite file, and folds the tail into column groups when it is full. [`Store`] reads window, tail and groups as one.
//!
//! It knows series by number, name and labels; what they mean is none of its business.

mod catalog;
mod codec;
mod error;
mod fold;
mod group;
mod open;
mod options;
mod read;
mod retention;
mod schema;
mod store;
mod tail;
mod window;
mod writer;

pub use error::StoreError;
pub use open::Opened;
pub use options::StoreOptions;
pub use store::{Store, StoreStats};
pub use window::HotWindow;
