//! `plugins test` and `plugins record`: a plugin outside of a host, on this machine's facts or on recorded ones.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use autobot_capabilities::{Capability, Grant};
use autobot_model::SystemClock;
use autobot_plugins::{Recording, Trial, TrialOptions, World, trial};
use serde_json::Value;

use super::{grant, stem};
use crate::cli::output::{self, bytes, table};
use crate::cli::{Done, Format, TrialArgs};

/// Runs a plugin and prints what it did.
pub(super) fn test(args: &TrialArgs, facts: Option<&Path>, format: Format) -> Result<Done> {
    let facts = facts.map(recording).transpose()?;
    let trial = tried(args, facts)?;
    if format == Format::Json {
        output::json("trial", &trial)?;
    } else {
        print(&trial)?;
    }
    Ok(if trial.error.is_some() || !trial.denied.is_empty() { Done::Findings } else { Done::Fine })
}

/// Runs a plugin and keeps what it asked and was answered.
pub(super) fn record(args: &TrialArgs, out: &Path) -> Result<Done> {
    let trial = tried(args, None)?;
    let text = serde_json::to_string_pretty(&trial.recording)?;
    if let Some(folder) = out.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    std::fs::write(out, text).with_context(|| format!("{} could not be written", out.display()))?;
    let facts: usize = trial.recording.collections.iter().map(Vec::len).sum();
    let lacks = trial.error.as_ref().map(|error| format!("; the plugin: {error}")).unwrap_or_default();
    output::text(&format!(
        "{}: {facts} facts of {} collections{lacks}\nlook through it before you share it: it tells of this machine",
        out.display(),
        trial.recording.collections.len()
    ))?;
    Ok(if trial.error.is_some() { Done::Findings } else { Done::Fine })
}

fn recording(path: &Path) -> Result<Recording> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} could not be read", path.display()))?;
    serde_json::from_str(&text).with_context(|| {
        format!("{} holds no facts (`autobot-host plugins record` writes such a file)", path.display())
    })
}

fn tried(args: &TrialArgs, facts: Option<Recording>) -> Result<Trial> {
    let file = std::fs::read(&args.file).with_context(|| format!("{} could not be read", args.file.display()))?;
    let settings: Value = serde_json::from_str(&args.settings)
        .with_context(|| format!("the settings are JSON, such as '{{\"top\": 3}}'; this is not: {}", args.settings))?;
    let mut options = TrialOptions::new(&stem(&args.file));
    options.settings = settings;
    options.collections = args.collections;
    options.pause = args.pause;
    options.grant = granted(&args.grant, facts.is_some())?;
    options.facts = facts;
    // Whoever runs a native library by hand has decided about it; it is locked in all the same.
    options.native = file.starts_with(b"\x7fELF").then(|| "/proc/self/exe".into());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let world = Arc::new(World::new(Path::new("/"), Arc::new(SystemClock::new())));
    runtime.block_on(trial(file.into(), options, world)).map_err(|error| anyhow!("{}: {error}", args.file.display()))
}

/// Whoever runs a plugin by hand lets it see this machine; what reaches further needs a word. Recorded facts reach nothing.
fn granted(words: &[String], recorded: bool) -> Result<Grant> {
    let mut all = Grant::unscoped();
    if recorded {
        return Ok(Capability::ALL
            .into_iter()
            .filter(|one| one.is_scoped())
            .fold(all, |grant, one| grant.with_scope(one, ["recorded".to_owned()])));
    }
    let Value::Object(wanted) = grant(words) else { return Ok(all) };
    for (name, scope) in wanted {
        let capability: Capability = name.parse()?;
        let scope: Vec<String> = serde_json::from_value(scope).unwrap_or_default();
        if capability.is_scoped() && scope.is_empty() {
            anyhow::bail!("`{name}` needs what for: --grant {name}={}", capability.example_scope().unwrap_or_default());
        }
        all = all.with_scope(capability, scope);
    }
    Ok(all)
}

fn print(trial: &Trial) -> Result<()> {
    let manifest = &trial.manifest;
    output::text(&format!(
        "{} {}: {}\n{} collections, the last in {:.2} ms with {} calls to the host; {} of memory at most; {} series\n",
        manifest.name,
        manifest.version,
        manifest.description,
        trial.collections,
        Duration::from_micros(trial.duration_us).as_secs_f64() * 1e3,
        trial.host_calls,
        bytes(trial.memory_bytes as f64),
        trial.series
    ))?;
    if !trial.samples.is_empty() {
        let rows = trial.samples.iter().map(|sample| [sample.series.clone(), sample.value.to_string()]);
        output::text(&table(["series", "value"], rows))?;
    }
    if !trial.used.is_empty() {
        let rows = trial.used.iter().map(|used| [used.capability.to_owned(), used.calls.to_string()]);
        output::text(&format!("\n{}", table(["used", "calls"], rows)))?;
    }
    for denied in &trial.denied {
        output::text(&format!("denied: {denied}"))?;
    }
    for said in &trial.log {
        output::text(&format!("{}: {}", said.level, said.text))?;
    }
    if let Some(error) = &trial.error {
        output::text(&format!("\nit brought less than it should: {error}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reaches_further_than_this_machine_needs_a_word() {
        let words = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        let grant = granted(&words(&["files=/var/log/*"]), false).unwrap();
        assert!(grant.allows(Capability::Cpu));
        assert_eq!(grant.scope(Capability::Files), ["/var/log/*"]);
        assert!(!granted(&[], false).unwrap().allows(Capability::Files));
        assert!(Capability::ALL.into_iter().all(|one| granted(&[], true).unwrap().allows(one)));
        assert!(granted(&words(&["files"]), false).unwrap_err().to_string().contains("files=/var/log/app/*.log"));
        assert!(granted(&words(&["gup"]), false).is_err());
    }
}
