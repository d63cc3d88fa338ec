//! The life of one alert: one enum, one `match`.
//!
//! ```text
//!              holds            holds long enough
//! (inactive) --------> pending --------------------> firing <------------------------------+
//!     ^                   |                            |  |  holds                         |
//!     |   clear, no data  |          clear for         |  | no data                        | holds
//!     +-------------------+          keep_firing       |  +-----------> no data -----------+
//!     |                                                v                   |   clear
//!     +---------------------------------------------- resolved <-----------+ (as firing), or no data for a day
//! ```

use std::time::Duration;

use autobot_model::Timestamp;
use serde::Serialize;

/// An alert whose series stays away so long is taken from the board, with that reason: the machine or disk is gone for
/// good, and nobody will ever say that it is well again.
const GONE: Duration = Duration::from_secs(24 * 3600);

/// What an evaluation says of one alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The condition holds.
    Holds,
    /// It does not.
    Clear,
    /// The series has ended, or a window of the rule is empty.
    NoData,
    /// The rule does not exist any more.
    RuleRemoved,
}

/// The times of a rule.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timing {
    /// How long the condition must hold before the alert fires.
    pub pending: Duration,
    /// How long it fires on after the condition ended.
    pub keep_firing: Duration,
}

/// Where an alert is in its life. Not being in the book is being inactive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The condition holds since then, not long enough.
    Pending {
        /// When it began to hold.
        since: Timestamp,
    },
    /// It fires.
    Firing {
        /// When it began to fire.
        since: Timestamp,
        /// When the condition ended, while `keep_firing` lasts.
        clear: Option<Timestamp>,
    },
    /// It fired when its data ended: neither well nor known to be ill.
    NoData {
        /// When it began to fire.
        since: Timestamp,
        /// When the data ended.
        lost: Timestamp,
    },
}

/// Why an alert ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The condition ended, and `keep_firing` after it.
    Cleared,
    /// No data came for a day.
    Gone,
    /// Its rule was removed.
    RuleRemoved,
}

/// A state or its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing to keep: it never fired, or does not any more and was never seen.
    Inactive,
    /// It is in the book.
    Active(State),
    /// It fired and has ended.
    Resolved(Ended),
}

/// The state after a signal at `at`. `None` is inactive.
pub fn step(state: Option<State>, signal: Signal, at: Timestamp, timing: Timing) -> Phase {
    let begin = |since: Timestamp| {
        if at.since(since) >= timing.pending {
            Phase::Active(State::Firing { since: at, clear: None })
        } else {
            Phase::Active(State::Pending { since })
        }
    };
    // `keep_firing` counts from the first evaluation that found the condition ended.
    let ending = |since: Timestamp, clear: Timestamp| {
        if at.since(clear) >= timing.keep_firing {
            Phase::Resolved(Ended::Cleared)
        } else {
            Phase::Active(State::Firing { since, clear: Some(clear) })
        }
    };
    match (state, signal) {
        (None, Signal::Holds) => begin(at),
        (None, _) => Phase::Inactive,

        (Some(State::Pending { since }), Signal::Holds) => begin(since),
        (Some(State::Pending { .. }), _) => Phase::Inactive,

        (Some(State::Firing { since, .. } | State::NoData { since, .. }), Signal::Holds) => {
            Phase::Active(State::Firing { since, clear: None })
        }
        (Some(State::Firing { since, clear }), Signal::Clear) => ending(since, clear.unwrap_or(at)),
        (Some(State::NoData { since, .. }), Signal::Clear) => ending(since, at),
        (Some(State::Firing { since, .. }), Signal::NoData) => Phase::Active(State::NoData { since, lost: at }),
        (Some(State::NoData { lost, .. }), Signal::NoData) if at.since(lost) >= GONE => Phase::Resolved(Ended::Gone),
        (Some(state @ State::NoData { .. }), Signal::NoData) => Phase::Active(state),

        (Some(State::Firing { .. } | State::NoData { .. }), Signal::RuleRemoved) => Phase::Resolved(Ended::RuleRemoved),
    }
}
