//! Measures the files that it is told of.

use autobot_plugin_sdk::{Collector, Error, Family, Manifest, Metrics, Timestamp, collector, files};
use serde::Deserialize;

static SIZE: Family = Family::gauge("reader_file_bytes", "By", "Size of a file.").labels(&["path"]);

const SCHEMA: &str = r#"{ "type": "object", "additionalProperties": false, "required": ["patterns"],
    "properties": { "patterns": { "type": "array", "items": { "type": "string" }, "minItems": 1 } } }"#;

/// Which files.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    patterns: Vec<String>,
}

/// The plugin.
pub struct Reader(Settings);

impl Collector for Reader {
    type Settings = Settings;

    const MANIFEST: Manifest = Manifest::new("reader", env!("CARGO_PKG_VERSION"), env!("CARGO_PKG_DESCRIPTION"))
        .settings_schema(SCHEMA)
        .interval_ms(1_000);
    const FAMILIES: &[&Family] = &[&SIZE];

    fn new(settings: Settings) -> Result<Self, String> {
        Ok(Self(settings))
    }

    fn collect(&mut self, _at: Timestamp, metrics: &mut Metrics) -> Result<(), Error> {
        for file in files::read_all(&self.0.patterns, 1 << 20)? {
            metrics.set(&SIZE, &[&file.path], file.bytes.len() as f64);
        }
        Ok(())
    }
}

collector!(Reader);
