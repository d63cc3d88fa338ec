//! Alert rules judged on their grid, and the book of alerts.
//!
//! An [`Evaluator`] judges a `RuleSet` against a reader of series at the moments that its caller names, and keeps one
//! small state per alert: rule and labels. What changed comes back as [`Transition`]s. The states and how they follow
//! each other are in `state.rs`, one enum and one `match`.
//!
//! No I/O but reading series: who wakes it, who is told, and what is written down is the caller's.

mod book;
mod evaluator;
mod id;
mod judge;
mod state;
mod view;

pub use evaluator::Evaluator;
pub use id::AlertId;
pub use state::{Ended, Phase, Signal, State, Timing, step};
pub use view::{Alert, AlertState, AlertsView, Counts, LastValue, RuleState, RuleStatus, RulesView, Transition};
