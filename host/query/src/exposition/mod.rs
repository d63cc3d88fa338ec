//! The text formats of metrics in the model's words: what `autobot-exposition` reads, and how both formats are written.
//!
//! [`write()`] makes the body of `/metrics`; [`Format::negotiate`] chooses which. [`Reader`] reads a body record by record, and
//! [`LineReader`] a stream line by line; [`labels()`] and [`Catalogue`] turn what they find into the model's labels and families.
//! `docs/formats.md` says what is spoken and what is refused. Nothing here knows HTTP or a store.

mod model;
pub(crate) mod names;
pub(crate) mod order;
mod write;
#[cfg(test)]
mod write_tests;

pub(crate) use autobot_exposition::{FamilyRules, number, shown, unit};
pub use autobot_exposition::{Format, LabelView, Limits, LineReader, Reader, Record, Sample, TextError, Type};
pub(crate) use model::type_of;
pub use model::{Catalogue, kind, labels};
pub use write::{Exposed, write};
pub(crate) use write::{Head, head, sample_line};
