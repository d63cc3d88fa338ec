//! `plugins`: what runs in a host, and what a file asks for.

mod new;
mod trial;

use std::path::Path;

use anyhow::{Context as _, Result};
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::output::{self, bytes, table};
use super::status::word;
use super::{Ask, Done, Format, PluginsVerb, remote};
use crate::{declared, shipped};

pub(super) fn run(verb: &PluginsVerb) -> Result<Done> {
    let act = |host: &Ask, name: &str, action: &str, body: Option<Value>| {
        let body = body.map_or_else(Vec::new, |body| body.to_string().into_bytes());
        done(host, &remote::send(host, Method::POST, &format!("plugins/{name}/{action}"), body)?)
    };
    match verb {
        PluginsVerb::List(host) => list(host),
        PluginsVerb::Inspect { file, output } => inspect(file, *output),
        PluginsVerb::New { name, into } => new::run(name, into.as_deref()),
        PluginsVerb::Test { trial, facts, output } => trial::test(trial, facts.as_deref(), *output),
        PluginsVerb::Record { trial, out } => trial::record(trial, out),
        PluginsVerb::Install { file, name, host } => {
            let bytes = std::fs::read(file).with_context(|| format!("{} could not be read", file.display()))?;
            let name = name.clone().unwrap_or_else(|| stem(file));
            done(host, &remote::send(host, Method::PUT, &format!("plugins/{name}"), bytes)?)
        }
        PluginsVerb::Remove { name, host } => {
            remote::send(host, Method::DELETE, &format!("plugins/{name}"), Vec::new())?;
            output::text(&format!("{name} is removed; what it measured stays until retention ends it"))?;
            Ok(Done::Fine)
        }
        PluginsVerb::Enable { name, host } => act(host, name, "enable", None),
        PluginsVerb::Disable { name, host } => act(host, name, "disable", None),
        PluginsVerb::Restart { name, host } => act(host, name, "restart", None),
        PluginsVerb::Rollback { name, host } => act(host, name, "rollback", None),
        PluginsVerb::Grant { name, capabilities, host } => act(host, name, "grant", Some(grant(capabilities))),
        PluginsVerb::Revoke { name, capabilities, host } => act(host, name, "revoke", Some(json!(capabilities))),
    }
}

/// `cpu` grants it wholly, `files=/var/log/*` for a path; the same one several times for several paths.
fn grant(capabilities: &[String]) -> Value {
    let mut grant = Map::new();
    for one in capabilities {
        match one.split_once('=') {
            None => drop(grant.insert(one.clone(), Value::Bool(true))),
            Some((name, scope)) => {
                let list = grant.entry(name).or_insert_with(|| json!([]));
                if let Value::Array(list) = list {
                    list.push(scope.into());
                }
            }
        }
    }
    Value::Object(grant)
}

/// How the instance is after it was acted on: it may take a moment more until it runs.
fn done(host: &Ask, plugin: &Value) -> Result<Done> {
    if host.output == Format::Json {
        output::json("plugin", plugin)?;
    } else {
        let why = plugin["successor"].as_str().or(plugin["reason"].as_str());
        let why = why.map(|why| format!(": {why}")).unwrap_or_default();
        output::text(&format!("{} is {}{why}", word(plugin, "name"), word(plugin, "state").replace('_', " ")))?;
    }
    Ok(if failing(plugin) { Done::Findings } else { Done::Fine })
}

fn stem(file: &Path) -> String {
    file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

fn list(args: &Ask) -> Result<Done> {
    let document = remote::get(args, "plugins")?;
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
                    word(plugin, if plugin["successor"].is_string() { "successor" } else { "reason" }),
                ]
            });
            output::text(&table(["plugin", "state", "version", "every", "cost", "series", "restarts", "why"], rows))?;
        }
    }
    let failing = document["plugins"].as_array().into_iter().flatten().any(failing);
    Ok(if failing { Done::Findings } else { Done::Fine })
}

fn failing(plugin: &Value) -> bool {
    plugin["successor"].is_string()
        || matches!(plugin["state"].as_str(), Some("backing_off" | "quarantined" | "refused"))
}

fn inspect(file: &Path, format: Format) -> Result<Done> {
    let bytes_of_file = std::fs::read(file).with_context(|| format!("{} could not be read", file.display()))?;
    if bytes_of_file.starts_with(b"\x7fELF") {
        return native(file, &bytes_of_file, format);
    }
    let inspection = autobot_plugins::inspect(&bytes_of_file)
        .with_context(|| format!("{} is no plugin that could run", file.display()))?;
    if format == Format::Json {
        let mut document = serde_json::to_value(&inspection)?;
        document["manifest"]["interval_ms"] = json!(inspection.manifest.interval.map(|every| every.as_millis()));
        output::json("plugin", &document)?;
        return Ok(Done::Fine);
    }
    let is_shipped = shipped::is_shipped_plugin(&inspection.hash);
    let shipped = if is_shipped { ", shipped with this host" } else { "" };
    let manifest = &inspection.manifest;
    output::text(&format!(
        "{} {}{shipped}\n{}\n{}, SHA-256 {}\ncollects {} where the configuration does not say\n",
        manifest.name,
        manifest.version,
        manifest.description,
        bytes(inspection.size as f64),
        inspection.hash,
        declared::interval(manifest)
    ))?;
    if inspection.capabilities.is_empty() {
        output::text("asks for nothing")?;
    } else {
        let rows = inspection
            .capabilities
            .iter()
            .map(|capability| [capability.name().to_owned(), capability.description().to_owned()]);
        output::text(&table(["asks for", "to"], rows))?;
        let missing: Vec<String> = inspection
            .capabilities
            .iter()
            .filter(|one| !is_shipped || one.is_scoped())
            .map(|one| autobot_plugins::grant_line(*one))
            .collect();
        if !missing.is_empty() {
            let (name, missing) = (stem(file), missing.join(", "));
            output::text(&format!(
                "\nto grant it, add to the configuration:\n  plugins:\n    {name}: {{ grant: {{ {missing} }} }}"
            ))?;
        }
    }
    if let Some(runtime) = inspection.runtime {
        output::text(&format!("\nruntime: {runtime}"))?;
    }
    match declared::settings(&manifest.config_schema) {
        Some(settings) if settings.is_empty() => {}
        Some(settings) => {
            let rows = settings.into_iter().map(|one| [one.name, one.kind, one.default, one.bounds, one.what]);
            output::text(&format!("\n{}", table(["setting", "kind", "default", "bounds", "what"], rows)))?;
        }
        None => output::text(&format!("\nits settings (JSON Schema):\n{}", manifest.config_schema))?,
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

/// What a native plugin asks for cannot be read from it; only that it is this file can be said.
fn native(file: &Path, bytes_of_file: &[u8], format: Format) -> Result<Done> {
    let hash = shipped::hash(bytes_of_file);
    if format == Format::Json {
        output::json("plugin", &json!({ "native": true, "hash": hash, "size": bytes_of_file.len() }))?;
        return Ok(Done::Fine);
    }
    let stem = stem(file);
    let name = stem.strip_prefix("lib").unwrap_or(&stem);
    let size = bytes(bytes_of_file.len() as f64);
    output::text(&format!(
        "a native library, {size}, SHA-256 {hash}\n\nIt would run in a process of its own, by its hash alone, and get what you \
         grant and no more. To allow it, add to the configuration:\n  plugins:\n    {name}:\n      native: {}\n      sha256: {hash}\n      \
         grant: {{ cpu: true }}    # whatever it says it needs",
        std::path::absolute(file).unwrap_or_else(|_| file.to_owned()).display()
    ))?;
    Ok(Done::Fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_are_written_as_words() {
        let words = ["cpu", "files=/var/log/*", "files=/srv/a=b"].map(str::to_owned);
        assert_eq!(grant(&words), json!({ "cpu": true, "files": ["/var/log/*", "/srv/a=b"] }));
    }
}
