//! The text formats in which metrics are scraped, written and read: OpenMetrics 1.0 and Prometheus' own, 0.0.4.
//!
//! [`write()`] makes the body of `/metrics`; [`Format::negotiate`] chooses which. [`Reader`] reads a body record by record, and
//! [`LineReader`] a stream line by line, without building anything; [`Catalogue`] turns what they say of families into the model's
//! words. OpenMetrics is read as strictly as its specification asks, Prometheus' format as widely as Prometheus does.
//! `docs/formats.md` says what is spoken and what is refused. Nothing here knows HTTP or a store.

mod catalogue;
mod error;
mod family;
mod labels;
mod line;
mod metadata;
pub(crate) mod names;
mod negotiate;
pub(crate) mod number;
mod openmetrics;
pub(crate) mod order;
mod prometheus;
mod read;
mod rules;
mod scan;
pub(crate) mod unit;
mod write;
#[cfg(test)]
mod write_tests;

pub use catalogue::Catalogue;
pub use error::TextError;
pub(crate) use error::shown;
pub(crate) use family::Type;
pub use labels::LabelView;
pub use line::{Limits, LineReader, Record, Sample};
pub use negotiate::Format;
pub use read::Reader;
pub(crate) use rules::FamilyRules;
pub use write::{Exposed, write};
pub(crate) use write::{Head, head, sample_line};
