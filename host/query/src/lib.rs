//! PromQL over a [`SeriesReader`](autobot_model::SeriesReader), and the text formats of metrics.
//!
//! [`parse`] reads the whole grammar of Prometheus 3 and keeps the place of every part; [`Engine`] evaluates selectors,
//! `rate` and its kin, `*_over_time`, common aggregations, and arithmetic, with Prometheus' semantics, and names what it
//! does not evaluate. The engine knows nothing of how series are kept.

mod ast;
mod check;
mod error;
mod eval;
pub mod exposition;
mod functions;
pub mod json;
mod lex;
mod parse;
mod selector;
pub mod testing;
mod value;

pub use ast::{At, BinaryOp, Expr, ExprKind, Grouping, Matching, Selector, Shift, Side};
pub use error::{ErrorKind, ParseError, QueryError};
pub use eval::{Engine, LOOKBACK, Limits};
pub use parse::parse;
pub use value::{InstantSample, RangeSeries, Value};
