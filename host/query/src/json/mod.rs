//! Prometheus' HTTP API: parameters in, results out.
//!
//! Results are written as text at once: a range of many series has millions of values, and a document built first would take
//! many times the memory of the answer.

mod answer;
mod parameters;

pub(crate) use answer::with_exponent;
pub use answer::{failure, metric_into, number_into, number_text, result_into, text_into, time_into};
pub use parameters::{duration, rfc3339_text, time};
