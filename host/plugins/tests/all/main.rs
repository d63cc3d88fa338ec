//! Plugins as files, run by the real host: what each does wrong stays its own problem.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests are tests too, which clippy only sees in functions marked so"
)]

mod abi_page;
mod bench;
mod formats;
mod languages;
mod lifecycle;
mod misbehaviour;
