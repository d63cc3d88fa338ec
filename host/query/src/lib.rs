//! PromQL over a [`SeriesReader`](autobot_model::SeriesReader), and the text formats of metrics.
//!
//! [`parse`] reads the whole grammar of Prometheus 3 and keeps the place of every part; [`Engine`] evaluates all of it with Prometheus'
//! semantics, but for native histograms, of which there are none here. `docs/promql.md` is the reference. The engine knows nothing of how
//! series are kept.

mod ast;
mod check;
mod error;
mod eval;
pub mod exchange;
pub mod exposition;
mod functions;
pub mod json;
mod lex;
mod moment;
mod notes;
mod parse;
mod primary;
mod reference;
mod report;
mod selector;
mod table;
pub mod testing;
mod value;

pub use ast::{At, BinaryOp, Expr, ExprKind, Grouping, Matching, Place, Selector, Shift, Side};
pub use error::{ErrorKind, ParseError, QueryError};
pub use eval::{Engine, LOOKBACK, Limits, SUBQUERY_STEP};
pub use parse::parse;
pub use reference::reference;
pub use value::{Answer, InstantSample, RangeSeries, Value};
