//! Does a given number of things in each collection, to be timed.

use std::hint::black_box;

use autobot_plugin_sdk::{Collector, Error, Family, Manifest, Metrics, Timestamp, clock, collector, cpu};
use serde::Deserialize;

static VALUE: Family = Family::gauge("meter_value", "1", "A number.").labels(&["of"]);

const SCHEMA: &str = r#"{ "type": "object", "additionalProperties": false, "properties": {
    "samples": { "type": "integer" }, "calls": { "type": "integer" }, "reads": { "type": "integer" }, "rounds": { "type": "integer" } } }"#;

/// What to do in a collection.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Samples to hand over.
    samples: u32,
    /// Calls of a function that answers with a number.
    calls: u32,
    /// Calls of a function that reads files of the kernel.
    reads: u32,
    /// Rounds of arithmetic.
    rounds: u32,
}

/// The plugin.
pub struct Meter {
    settings: Settings,
    labels: Vec<String>,
}

impl Collector for Meter {
    type Settings = Settings;

    const MANIFEST: Manifest =
        Manifest::new("meter", env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_DESCRIPTION")).settings_schema(SCHEMA);
    const FAMILIES: &[&Family] = &[&VALUE];

    fn new(settings: Settings) -> Result<Self, String> {
        let labels = (0..settings.samples).map(|number| number.to_string()).collect();
        Ok(Self { settings, labels })
    }

    fn collect(&mut self, _at: Timestamp, metrics: &mut Metrics) -> Result<(), Error> {
        for _ in 0..self.settings.calls {
            black_box(clock::monotonic_micros());
        }
        for _ in 0..self.settings.reads {
            black_box(cpu::read()?);
        }
        let mut value = 1.0_f64;
        for round in 0..self.settings.rounds {
            value = black_box((value + f64::from(round)).sqrt());
        }
        for label in &self.labels {
            metrics.set(&VALUE, &[label], value);
        }
        Ok(())
    }
}

collector!(Meter);
