//! The server over a real socket: what is asked, and what comes back.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod documents;
mod limits;
mod live;
mod promtool;
mod replay;
mod site;
