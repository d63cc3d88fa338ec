//! The store through its public face, on real files.
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
mod damage;
mod elsewhere;
mod endings;
mod long;
mod older;
