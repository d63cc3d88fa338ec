//! The store through its public face, on real files.
#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod cared;
mod common;
mod copies;
mod damage;
mod elsewhere;
mod endings;
mod filled;
mod long;
mod older;
mod repaired;
mod sql;
