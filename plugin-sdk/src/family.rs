//! Families of series, as a plugin writes them down.

pub use crate::bindings::autobot::plugin::types::Kind;

/// What all series of one name have in common. Made once, as a `static`.
#[derive(Debug)]
pub struct Family {
    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`; a counter's ends in `_total`.
    pub name: &'static str,
    /// UCUM, base units: `s`, `By`, `1` (ratios are 0-1), `Cel`, `W`, `J`, `Hz`.
    pub unit: &'static str,
    /// How its values behave.
    pub kind: Kind,
    /// One sentence for people.
    pub help: &'static str,
    /// Names of the labels of its series; values are given in this order.
    pub labels: &'static [&'static str],
}

impl Family {
    /// A value that goes up and down.
    pub const fn gauge(name: &'static str, unit: &'static str, help: &'static str) -> Self {
        Self { name, unit, kind: Kind::Gauge, help, labels: &[] }
    }

    /// A total that only grows, until what it counts starts anew.
    pub const fn counter(name: &'static str, unit: &'static str, help: &'static str) -> Self {
        Self { name, unit, kind: Kind::Counter, help, labels: &[] }
    }

    /// The family with these labels.
    pub const fn labels(self, labels: &'static [&'static str]) -> Self {
        Self { labels, ..self }
    }
}
