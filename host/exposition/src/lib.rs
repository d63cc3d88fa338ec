//! Reads the text formats in which metrics are scraped: OpenMetrics 1.0 and Prometheus' own, 0.0.4.
//!
//! [`Format::negotiate`] chooses which of them is spoken. [`Reader`] reads a body record by record, and [`LineReader`] a stream line by
//! line, without building anything; [`Catalogue`] finds what they say of families. OpenMetrics is read as strictly as its specification
//! asks, Prometheus' format as widely as Prometheus does. `docs/formats.md` says what is spoken and what is refused.
//!
//! The host reads imports by it, and the plugin `prometheus` what it scrapes. Nothing here knows HTTP, a store, or the model of series: it
//! depends on nothing that a guest should not carry.

mod catalogue;
mod error;
mod family;
mod labels;
mod line;
mod metadata;
mod negotiate;
pub mod number;
mod openmetrics;
mod prometheus;
mod read;
mod rules;
mod scan;
pub mod unit;

pub use catalogue::{Catalogue, Described};
pub use error::{TextError, shown};
pub use family::Type;
pub use labels::LabelView;
pub use line::{Limits, LineReader, Record, Sample};
pub use negotiate::Format;
pub use read::Reader;
pub use rules::{Breach, FamilyRules};
