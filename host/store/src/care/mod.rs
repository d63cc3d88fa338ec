//! The care of a store's file: what is in it, whether it is sound, copies of it, and what to do when it is not.
//!
//! [`stats`], [`check`] and [`backup`] only read, and work beside a running host. [`restore`], [`compact`] and [`repair`] change the
//! file, and refuse while anybody else has it open; the caller holds the lock of the data folder as well. None of them takes anything
//! away before what replaces it is whole and on the disk.

mod backup;
mod check;
mod compact;
mod error;
mod files;
mod finding;
mod groups;
mod moment;
mod pages;
mod repair;
mod restore;
mod salvage;
mod stats;

pub use backup::{BackedUp, backup};
pub use check::{Checked, check};
pub use compact::{Compacted, compact};
pub use error::CareError;
pub use finding::{Finding, Place};
pub use repair::{Lost, Repaired, repair};
pub use restore::{Restored, restore};
pub use stats::{FileStats, GroupStats, NameStats, TableStats, stats};

pub(crate) use files::open_current;
