//! What was read, in the words of the model.

use autobot_exposition::{LabelView, Record, Type};
use autobot_model::{Family, Kind, Labels};

/// The model's word for a type. Buckets of a gauge go up and down, so they are gauges.
pub const fn kind(of: Type) -> Kind {
    match of {
        Type::Gauge | Type::GaugeHistogram => Kind::Gauge,
        Type::Counter => Kind::Counter,
        Type::Histogram => Kind::Histogram,
        Type::Summary => Kind::Summary,
        Type::Info => Kind::Info,
        Type::Stateset => Kind::Stateset,
        Type::Unknown => Kind::Unknown,
    }
}

/// The formats' word for a kind.
pub(crate) const fn type_of(kind: Kind) -> Type {
    match kind {
        Kind::Gauge => Type::Gauge,
        Kind::Counter => Type::Counter,
        Kind::Histogram => Type::Histogram,
        Kind::Summary => Type::Summary,
        Kind::Info => Type::Info,
        Kind::Stateset => Type::Stateset,
        Kind::Unknown => Type::Unknown,
    }
}

/// The model's set of labels: sorted, without empty values.
pub fn labels(of: &LabelView<'_>) -> Labels {
    Labels::new(of.iter())
}

/// What is known of families, gathered from the metadata of a body. Bounded: families beyond the limit stay unknown.
#[derive(Debug)]
pub struct Catalogue(autobot_exposition::Catalogue);

impl Catalogue {
    /// An empty one, for `most` families.
    pub fn new(most: usize) -> Self {
        Self(autobot_exposition::Catalogue::new(most))
    }

    /// Takes what a record says of its family. Samples say nothing.
    pub fn take(&mut self, record: &Record<'_>) {
        self.0.take(record);
    }

    /// Whether the body named that family, in its own spelling.
    pub fn knows(&self, family: &str) -> bool {
        self.0.knows(family)
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The family of the series called `name`, as the model has it; its labels are not known here.
    pub fn family(&self, name: &str) -> Family {
        let found = self.0.family(name);
        Family {
            name: found.name.to_owned(),
            unit: found.unit.to_owned(),
            kind: kind(found.kind),
            help: found.help.to_owned(),
            labels: Vec::new(),
        }
    }
}
