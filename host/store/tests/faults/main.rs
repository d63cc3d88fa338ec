//! The store while its disk fails: killed, full, returning errors, losing power, locked, cut short.
//!
//! Every test that needs a process of its own runs this program anew, with a variable that wakes one of its tests
//! (`process.rs`). What is measured follows from series and tick (`measured.rs`), so that whatever is read can be judged without
//! having been there when it was written. `AUTOBOT_FAULTS=100` makes the long form, of about so many rounds.
#![expect(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod dice;
mod disk;
mod errors;
mod files;
mod full;
mod kill;
mod measured;
mod power;
mod process;
mod sector;
mod truncated;

/// Rounds of a test: `everyday`, or what the long form asks for.
fn rounds(everyday: usize) -> usize {
    std::env::var("AUTOBOT_FAULTS")
        .ok()
        .and_then(|text| text.parse().ok())
        .map_or(everyday, |most: usize| most.max(everyday))
}
