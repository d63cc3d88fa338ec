//! Which plugin instances there are: the files of the plugins folder, refined and added to by the configuration.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use autobot_capabilities::{Capability, Grant, Secret, Target, TargetKind, Targets};
use autobot_config::{Config, GrantScope, MachineSecrets, PluginConfig, PluginLimits, TargetConfig};
use autobot_plugins::{InstanceSpec, Limits, Reachable};

use super::decisions::Decisions;
use crate::shipped;

/// The folder in which each file is an instance.
pub(super) fn folder(config: &Config, data: &Path) -> PathBuf {
    config.plugin_dir.clone().unwrap_or_else(|| data.join("plugins"))
}

/// All instances as they should be now. A folder that cannot be read has no instances; the reason is logged.
pub(super) fn all(config: &Config, folder: &Path, decisions: &Decisions) -> Vec<InstanceSpec> {
    let mut files = wasm_files(folder);
    let mut specs = Vec::new();
    let reachable = reachable(config);
    let spec = |name: &str, file: PathBuf, settings: &PluginConfig| spec(name, file, settings, &reachable);
    for (name, settings) in &config.plugins {
        let stem = settings.plugin_name(name);
        let file = settings.native.as_ref().or(settings.file.as_ref()).cloned();
        let file = file.unwrap_or_else(|| folder.join(format!("{stem}.wasm")));
        // A file that is only the plugin of instances under other names is no instance of its own.
        if stem != name && !config.plugins.contains_key(stem) {
            files.remove(stem);
        }
        files.remove(name);
        specs.push(spec(name, file, &decisions.lay_under(name, settings)));
    }
    let plain = PluginConfig::default();
    specs.extend(files.into_iter().map(|(name, file)| spec(&name, file, &decisions.lay_under(&name, &plain))));
    specs
}

fn wasm_files(folder: &Path) -> BTreeMap<String, PathBuf> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            tracing::warn!(folder = %folder.display(), %error, "the plugins folder cannot be read");
            return BTreeMap::new();
        }
    };
    entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let stem = path.file_stem()?.to_str()?.to_owned();
            (path.extension()? == "wasm" && !stem.starts_with('.')).then_some((stem, path))
        })
        .collect()
}

/// How an instance that is configured as `settings` is tried out with another file.
pub(super) fn trial_spec(config: &Config, name: &str, settings: &PluginConfig) -> InstanceSpec {
    spec(name, PathBuf::new(), settings, &reachable(config))
}

/// What names stand for. A secret that cannot be read makes its target unusable, and says why to whoever asks for it.
fn reachable(config: &Config) -> Reachable {
    let targets: Targets = config.targets.iter().map(|(name, target)| (name.clone(), resolved(name, target))).collect();
    Reachable { targets: Arc::new(targets), machines: Arc::new(config.distributed_vms.clone()) }
}

fn resolved(name: &str, config: &TargetConfig) -> Result<Target, String> {
    let secret = |key: &str, secret: &Option<autobot_config::Secret>| {
        let Some(secret) = secret else { return Ok(None) };
        match secret.resolve(&MachineSecrets) {
            Ok(revealed) => Ok(Some(Secret::new(revealed.expose().to_owned()))),
            Err(reason) => {
                tracing::error!("targets.{name}.{key}: {reason}");
                Err(format!("its {key} cannot be had: {reason}"))
            }
        }
    };
    let (kind, url) = match (&config.redis, &config.http, &config.cdp) {
        (Some(url), ..) => (TargetKind::Redis, url),
        (_, Some(url), _) => (TargetKind::Http, url),
        (_, _, Some(url)) => (TargetKind::Cdp, url),
        _ => return Err("it does not say where it is".to_owned()),
    };
    Ok(Target {
        kind,
        url: url.clone(),
        user: config.user.clone(),
        password: secret("password", &config.password)?,
        bearer: secret("bearer", &config.bearer)?,
    })
}

fn spec(name: &str, file: PathBuf, settings: &PluginConfig, reachable: &Reachable) -> InstanceSpec {
    InstanceSpec {
        name: name.to_owned(),
        file,
        native: settings.native.is_some(),
        interval: settings.interval,
        settings: settings.settings.clone(),
        grant: grant(&settings.grant),
        refused: refused(&settings.grant),
        reachable: reachable.clone(),
        limits: limits(&settings.limits),
        enabled: settings.enabled,
        pin: settings.sha256.as_ref().or(settings.pin.as_ref()).cloned(),
        is_shipped: shipped::is_shipped_plugin,
    }
}

fn limits(given: &PluginLimits) -> Limits {
    let size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    Limits {
        memory: given.memory,
        deadline: given.deadline,
        computing: given.computing,
        series: given.series as usize,
        new_series: given.new_series,
        samples: given.samples as usize,
        label_bytes: size(given.label),
        table_elements: given.table_elements as usize,
        calls: given.calls,
        in_flight: given.in_flight as usize,
        transfer_bytes: size(given.transfer),
        response_bytes: size(given.response),
        log_lines: given.log_lines,
        log_bytes: size(given.log_line),
        state_bytes: size(given.state),
    }
}

/// What the configuration gives. A name that is no capability was refused when the file was checked.
fn grant(scopes: &BTreeMap<String, GrantScope>) -> Grant {
    scopes.iter().fold(Grant::default(), |grant, (name, scope)| match (name.parse::<Capability>(), scope) {
        (Ok(capability), GrantScope::Whole) => grant.with(capability),
        (Ok(capability), GrantScope::Only(scope)) => grant.with_scope(capability, scope.iter().cloned()),
        _ => grant,
    })
}

/// What it takes away even from a shipped plugin.
fn refused(scopes: &BTreeMap<String, GrantScope>) -> Vec<Capability> {
    scopes
        .iter()
        .filter(|(_, scope)| **scope == GrantScope::Refused)
        .filter_map(|(name, _)| name.parse().ok())
        .collect()
}
