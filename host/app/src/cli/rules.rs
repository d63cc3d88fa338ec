//! `rules check`: every mistake in rule files, at its place.

use std::path::PathBuf;

use anyhow::{Result, bail};
use autobot_script::Environment;
use serde_json::json;

use super::{Done, Format, Place, output};
use crate::data;

pub(super) fn check(paths: &[PathBuf], place: &Place, format: Format) -> Result<Done> {
    let config = autobot_config::find(place.config.as_deref()).load().map(|loaded| loaded.config).unwrap_or_default();
    let paths = match paths {
        [] if config.rules.paths.is_empty() => vec![data::folder(place.data.as_deref())?.join("rules/alerts")],
        [] => config.rules.paths.clone(),
        named => named.to_vec(),
    };
    if let Some(missing) = paths.iter().find(|path| !path.exists()) {
        bail!("there is no {}", missing.display());
    }
    let environment = Environment { thresholds: config.alert_thresholds.into(), ..Environment::default() };
    let loaded = autobot_script::load(&paths, None, &environment);
    let (broken, diagnostics) = (loaded.has_errors(), &loaded.diagnostics);
    match format {
        Format::Json => output::json("rules-check", &json!({ "usable": !broken, "files": loaded.set.files }))?,
        Format::Table => {
            for diagnostic in diagnostics {
                eprintln!("{}\n", diagnostic.rendered);
            }
            output::text(&format!(
                "{} in {}: {}",
                counted(loaded.set.rules().count(), "rule"),
                counted(loaded.set.files.len(), "file"),
                if diagnostics.is_empty() { "fine".to_owned() } else { counted(diagnostics.len(), "remark") }
            ))?;
        }
    }
    Ok(if broken { Done::Failed } else { Done::Fine })
}

fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
