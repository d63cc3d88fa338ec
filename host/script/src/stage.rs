//! What the script that runs on this thread may see: the collector of a load, or the series of one moment.
//!
//! The engine is one for all threads and its functions take no context of their own, so it lies with the thread, for
//! the time of one call.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use rhai::{Map, Position};

use crate::Evaluation;

/// An `alert(name, #{...})` that was called, unchecked.
pub(crate) struct Registered {
    pub(crate) name: String,
    pub(crate) options: Map,
    pub(crate) position: Position,
}

pub(crate) enum Stage {
    /// The one pure run of a file: no series, but alerts may be registered.
    Loading { thresholds: Arc<BTreeMap<String, f64>>, registered: Vec<Registered> },
    /// A closure of a rule.
    Judging(Arc<Evaluation>),
}

/// Why a script was stopped from outside; it cannot catch it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// A window has too few samples for an answer.
    NoData,
    /// The time of the rule is up.
    Time,
}

thread_local! {
    static STAGE: RefCell<Option<Stage>> = const { RefCell::new(None) };
    static DEADLINE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Runs `script` with `stage` around it and gives the stage back with its result.
pub(crate) fn within<T>(stage: Stage, deadline: Instant, script: impl FnOnce() -> T) -> (T, Option<Stage>) {
    STAGE.set(Some(stage));
    DEADLINE.set(Some(deadline));
    let result = script();
    DEADLINE.set(None);
    (result, STAGE.take())
}

/// Whether the running script has used up its time.
pub(crate) fn overdue() -> bool {
    DEADLINE.get().is_some_and(|deadline| Instant::now() >= deadline)
}

/// Asks the stage. Not to be nested: no script runs inside `ask`.
pub(crate) fn with<T>(ask: impl FnOnce(Option<&mut Stage>) -> T) -> T {
    STAGE.with_borrow_mut(|stage| ask(stage.as_mut()))
}

/// The configured threshold of that name.
pub(crate) fn threshold(name: &str) -> Option<f64> {
    with(|stage| match stage? {
        Stage::Loading { thresholds, .. } => thresholds.get(name).copied(),
        Stage::Judging(evaluation) => evaluation.thresholds.get(name).copied(),
    })
}

/// The series of the moment; none during a load.
pub(crate) fn evaluation() -> Option<Arc<Evaluation>> {
    with(|stage| match stage? {
        Stage::Loading { .. } => None,
        Stage::Judging(evaluation) => Some(Arc::clone(evaluation)),
    })
}
