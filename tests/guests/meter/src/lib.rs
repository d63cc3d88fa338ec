//! Does a given number of things in each collection, to be timed.

use std::hint::black_box;

use autobot_plugin_sdk::bindings::autobot::plugin::emit;
use autobot_plugin_sdk::{Collector, Error, Family, Manifest, Metrics, Timestamp, clock, collector, cpu};
use serde::Deserialize;

static VALUE: Family = Family::gauge("meter_value", "1", "A number.").labels(&["of"]);

const SCHEMA: &str = r#"{ "type": "object", "additionalProperties": false, "properties": {
    "samples": { "type": "integer" }, "calls": { "type": "integer" }, "reads": { "type": "integer" }, "rounds": { "type": "integer" },
    "columns": { "type": "integer" } } }"#;

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
    /// Samples to hand over as they are, without the SDK's help.
    columns: u32,
}

/// The plugin.
pub struct Meter {
    settings: Settings,
    labels: Vec<String>,
    handles: Vec<u32>,
    values: Vec<f64>,
}

impl Collector for Meter {
    type Settings = Settings;

    const MANIFEST: Manifest =
        Manifest::new("meter", env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_DESCRIPTION")).settings_schema(SCHEMA);
    const FAMILIES: &[&Family] = &[&VALUE];

    fn new(settings: Settings) -> Result<Self, String> {
        let labels = (0..settings.samples).map(|number| number.to_string()).collect();
        let values = (0..settings.columns).map(f64::from).collect();
        Ok(Self { settings, labels, handles: Vec::new(), values })
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
        if self.handles.len() != self.values.len() {
            let series = |number: u32| emit::Series {
                family: "meter_value".to_owned(),
                labels: vec![("of".to_owned(), format!("column {number}"))],
            };
            self.handles = emit::register(&(0..self.settings.columns).map(series).collect::<Vec<_>>())?;
        }
        if !self.handles.is_empty() {
            emit::emit_columns(&self.handles, &self.values)?;
        }
        for label in &self.labels {
            metrics.set(&VALUE, &[label], value);
        }
        Ok(())
    }
}

collector!(Meter);
