//! `plugins`: what runs in a host, and what a file asks for.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::output::{self, bytes, table};
use super::status::{ask, word};
use super::{Ask, Done, Format};
use crate::shipped;

pub(super) fn list(args: &Ask) -> Result<Done> {
    let document = ask(args, "plugins")?;
    match args.output {
        Format::Json => output::json("plugins", &document["plugins"])?,
        Format::Table => {
            let rows = document["plugins"].as_array().into_iter().flatten().map(|plugin| {
                let number =
                    |field: &str| plugin[field].as_u64().map_or_else(|| "-".to_owned(), |number| number.to_string());
                let seconds =
                    plugin["interval_ms"].as_f64().map_or_else(|| "-".to_owned(), |ms| format!("{} s", ms / 1e3));
                let cost = plugin["last_duration_us"]
                    .as_f64()
                    .map_or_else(|| "-".to_owned(), |us| format!("{:.2} ms", us / 1e3));
                [
                    word(plugin, "name"),
                    word(plugin, "state"),
                    word(plugin, "version"),
                    seconds,
                    cost,
                    number("series"),
                    number("restarts"),
                    word(plugin, "reason"),
                ]
            });
            output::text(&table(["plugin", "state", "version", "every", "cost", "series", "restarts", "why"], rows))?;
        }
    }
    let failing = document["plugins"].as_array().into_iter().flatten().any(failing);
    Ok(if failing { Done::Findings } else { Done::Fine })
}

fn failing(plugin: &Value) -> bool {
    matches!(plugin["state"].as_str(), Some("backing_off" | "quarantined" | "refused"))
}

pub(super) fn inspect(file: &Path, format: Format) -> Result<Done> {
    let bytes_of_file = std::fs::read(file).with_context(|| format!("{} could not be read", file.display()))?;
    let inspection = autobot_plugins::inspect(&bytes_of_file)
        .with_context(|| format!("{} is no plugin that could run", file.display()))?;
    if format == Format::Json {
        output::json("plugin", &inspection)?;
        return Ok(Done::Fine);
    }
    let shipped = if shipped::is_shipped_plugin(&inspection.hash) { ", shipped with this host" } else { "" };
    let manifest = &inspection.manifest;
    output::text(&format!(
        "{} {}{shipped}\n{}\n{}, SHA-256 {}\n",
        manifest.name,
        manifest.version,
        manifest.description,
        bytes(inspection.size as f64),
        inspection.hash
    ))?;
    if inspection.capabilities.is_empty() {
        output::text("asks for nothing")?;
    } else {
        let rows = inspection
            .capabilities
            .iter()
            .map(|capability| [capability.name().to_owned(), capability.description().to_owned()]);
        output::text(&table(["asks for", "and so may"], rows))?;
        let grants: Vec<String> =
            inspection.capabilities.iter().map(|capability| format!("{}: true", capability.name())).collect();
        let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        output::text(&format!("\nto grant it all:\n  plugins:\n    {name}: {{ grant: {{ {} }} }}", grants.join(", ")))?;
    }
    let rows = manifest.families.iter().map(|family| {
        [
            family.name.clone(),
            family.kind.as_str().to_owned(),
            family.unit.clone(),
            family.labels.join(" "),
            family.help.clone(),
        ]
    });
    output::text(&format!("\n{}", table(["measures", "kind", "unit", "labels", "what"], rows)))?;
    Ok(Done::Fine)
}
