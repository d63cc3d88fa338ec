//! The one Rhai engine: what scripts may call, sets of alert rules loaded from files, and diagnostics about them.
//!
//! [`load`] reads rule files into a [`RuleSet`]: each file is compiled, checked by a walk of its syntax tree, and run once
//! without any data, which registers its alerts. A file with a mistake keeps its last good version. A [`Rule`] is
//! then data plus closures; `host/alerts` judges it against an [`Evaluation`], a view of all series at one moment.
//!
//! Scripts keep no state: what a closure captured is copied for every call. They reach nothing but series.

mod check;
mod diagnostic;
mod duration;
mod engine;
mod environment;
mod evaluation;
mod explain;
mod file;
mod functions;
mod load;
mod near;
mod options;
mod rule;
mod select;
mod series;
mod set;
mod stage;
mod window;

pub use diagnostic::{Diagnostic, Level};
pub use environment::Environment;
pub use evaluation::{Budget, Evaluation};
pub use load::{Loaded, check_text, load};
pub use rule::{Rule, RuleError, Verdict};
pub use series::Series;
pub use set::{FileState, RuleFile, RuleSet};
