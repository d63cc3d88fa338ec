//! What an operator does to plugins while the host runs: the verbs behind `plugins` on the command line and the dashboard.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use autobot_config::{GrantScope, PluginConfig};
use autobot_server::{Attempt, Control, ControlError, PluginAction};
use serde_json::{Value, json};

use super::instances;
use super::reload::Reload;
use crate::shipped;

/// Acts on the plugins of a running host.
pub(super) struct PluginControl(pub(super) Arc<Reload>);

type Answer = Result<Value, ControlError>;

impl Control for PluginControl {
    fn inspect(&self, bytes: &[u8]) -> Answer {
        let inspection = autobot_plugins::inspect(bytes).map_err(|error| ControlError::invalid(error.to_string()))?;
        let is_shipped = shipped::is_shipped_plugin(&inspection.hash);
        let mut answer = serde_json::to_value(&inspection).map_err(|error| ControlError::failed(error.to_string()))?;
        answer["shipped"] = json!(is_shipped);
        answer["asks"] = inspection
            .capabilities
            .iter()
            .map(|one| {
                let held = is_shipped && !one.is_scoped();
                json!({ "name": one.name(), "description": one.description(), "held": held, "example": one.example_scope() })
            })
            .collect();
        Ok(answer)
    }

    fn attempt(&self, bytes: &[u8], attempt: Attempt) -> Answer {
        let name = if attempt.name.is_empty() { "tried" } else { &attempt.name };
        check_name(name)?;
        let mut settings = self.configured(name);
        if !attempt.grant.is_empty() {
            let wanted = read_json(&attempt.grant, "grant")?;
            settings.grant = if wanted.is_empty() { Default::default() } else { checked(name, &wanted)? };
        }
        if !attempt.settings.is_empty() {
            settings.settings = Value::Object(read_json(&attempt.settings, "settings")?);
        }
        let options = instances::trial_spec(&self.0.current.lock(), name, &settings).trial();
        let world = self.0.plugins.world().clone();
        // Called on a thread that may block.
        let tried = tokio::runtime::Handle::current().block_on(autobot_plugins::trial(bytes.into(), options, world));
        let tried = tried.map_err(ControlError::invalid)?;
        serde_json::to_value(&tried).map_err(|error| ControlError::failed(error.to_string()))
    }

    fn install(&self, name: &str, bytes: &[u8]) -> Answer {
        check_name(name)?;
        autobot_plugins::inspect(bytes).map_err(|error| ControlError::invalid(error.to_string()))?;
        let path = match self.0.plugins.file_of(name) {
            Some(path) => path,
            None => self.0.folder.join(format!("{name}.wasm")),
        };
        put(&path, bytes)?;
        self.0.apply_plugins_now();
        self.shown(name)
    }

    fn remove(&self, name: &str) -> Answer {
        let path = self.file(name)?;
        if path.parent() != Some(&*self.0.folder) {
            return Err(ControlError::conflict(format!(
                "`{name}` runs {}, which is not in the plugins folder",
                path.display()
            ))
            .help("take it out of the configuration"));
        }
        std::fs::remove_file(&path)
            .map_err(|error| ControlError::failed(format!("{} could not be removed: {error}", path.display())))?;
        // Another file under this name is another plugin: it has to ask anew.
        self.decide(name, |decision| *decision = Default::default())?;
        self.0.apply_plugins_now();
        Ok(json!({ "removed": name }))
    }

    fn act(&self, name: &str, action: PluginAction) -> Answer {
        let path = self.file(name)?;
        match action {
            PluginAction::Enable => {
                if !self.configured(name).enabled {
                    return Err(ControlError::conflict(format!("the configuration switches `{name}` off"))
                        .help(format!("take `enabled: false` from `plugins.{name}` in autobot.yaml")));
                }
                self.decide(name, |decision| decision.disabled = false)?;
            }
            PluginAction::Disable => self.decide(name, |decision| decision.disabled = true)?,
            PluginAction::Restart => drop(self.0.plugins.restart(name)),
            PluginAction::Rollback => {
                let Some((hash, bytes)) = self.0.plugins.version_before(name) else {
                    return Err(ControlError::conflict(format!(
                        "no other version of `{name}` ran well before this one"
                    )));
                };
                put(&path, &bytes)?;
                tracing::info!(plugin = name, "rolled back to the file with the SHA-256 {hash}");
            }
            PluginAction::Grant(wanted) => {
                let grant = checked(name, &wanted)?;
                let configured = self.configured(name);
                if let Some(fixed) = grant.keys().find(|capability| configured.grant.contains_key(*capability)) {
                    return Err(ControlError::conflict(format!(
                        "the configuration says what `{name}` may do with `{fixed}`"
                    ))
                    .help(format!("change `plugins.{name}.grant.{fixed}` in autobot.yaml")));
                }
                let hash = std::fs::read(&path).ok().map(|bytes| shipped::hash(&bytes));
                self.decide(name, |decision| {
                    decision.sha256 = hash;
                    decision.grant.extend(grant);
                })?;
            }
            PluginAction::Revoke(capabilities) => {
                let held = self.held(name);
                self.decide(name, |decision| {
                    decision.grant.retain(|one, _| !capabilities.is_empty() && !capabilities.contains(one));
                    // What a shipped plugin brings was granted by nobody: it is refused in so many words.
                    let refused = capabilities.into_iter().filter(|one| held.contains(one));
                    decision.grant.extend(refused.map(|one| (one, GrantScope::Refused)));
                })?;
            }
        }
        self.0.apply_plugins_now();
        self.shown(name)
    }
}

impl PluginControl {
    fn file(&self, name: &str) -> Result<PathBuf, ControlError> {
        let known = || self.0.plugins.status().into_iter().map(|status| status.name).collect::<Vec<_>>().join(", ");
        self.0.plugins.file_of(name).ok_or_else(|| {
            ControlError::not_found(format!("there is no plugin `{name}`")).help(format!("there are: {}", known()))
        })
    }

    fn configured(&self, name: &str) -> PluginConfig {
        self.0.current.lock().plugins.get(name).cloned().unwrap_or_default()
    }

    /// What the file of `name` may use because it is shipped.
    fn held(&self, name: &str) -> Vec<String> {
        let of = |status: autobot_plugins::InstanceStatus| {
            let is_shipped = status.hash.as_deref().is_some_and(shipped::is_shipped_plugin);
            let whole = status.capabilities.into_iter().filter(|one| one.example.is_none());
            if is_shipped { whole.map(|one| one.name.to_owned()).collect() } else { Vec::new() }
        };
        self.0.plugins.status().into_iter().find(|status| status.name == name).map(of).unwrap_or_default()
    }

    fn decide(&self, name: &str, change: impl FnOnce(&mut super::decisions::Decision)) -> Result<(), ControlError> {
        self.0.decisions.change(name, change).map_err(|error| ControlError::failed(format!("{error:#}")))
    }

    fn shown(&self, name: &str) -> Answer {
        // Called on a thread that may block.
        let status = tokio::runtime::Handle::current().block_on(self.0.plugins.settled(name));
        serde_json::to_value(status).map_err(|error| ControlError::failed(error.to_string()))
    }
}

fn read_json(text: &str, what: &str) -> Result<serde_json::Map<String, Value>, ControlError> {
    serde_json::from_str(text).map_err(|error| ControlError::invalid(format!("`{what}` is not a JSON object: {error}")))
}

/// The same rules as for a grant in the configuration: it is read as one.
fn checked(
    name: &str,
    wanted: &serde_json::Map<String, Value>,
) -> Result<std::collections::BTreeMap<String, GrantScope>, ControlError> {
    if wanted.is_empty() {
        return Err(
            ControlError::invalid("nothing is to be granted".to_owned()).help("name capabilities: {\"cpu\": true}")
        );
    }
    let text = json!({ "plugins": { name: { "grant": wanted } } }).to_string();
    let mut loaded = autobot_config::parse(&text, Path::new("grant")).map_err(|mistakes| {
        let all: Vec<&str> = mistakes.iter().map(|mistake| mistake.message.as_str()).collect();
        ControlError::invalid(all.join("; "))
    })?;
    Ok(loaded.config.plugins.remove(name).map(|plugin| plugin.grant).unwrap_or_default())
}

/// A name becomes a file's, and a label's value.
fn check_name(name: &str) -> Result<(), ControlError> {
    let fits = (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if fits {
        return Ok(());
    }
    Err(ControlError::invalid(format!("`{}` cannot be a plugin's name", name.chars().take(80).collect::<String>()))
        .help("letters, digits, `-` and `_`, at most 64"))
}

/// A whole file or none.
fn put(path: &Path, bytes: &[u8]) -> Result<(), ControlError> {
    let beside = path.with_extension("part");
    std::fs::write(&beside, bytes)
        .and_then(|()| std::fs::rename(&beside, path))
        .map_err(|error| ControlError::failed(format!("{} could not be written: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The default configuration brings an instance of its own, which must not be taken for the one that is meant.
    #[test]
    fn what_is_granted_is_granted_to_the_instance_that_is_named() {
        let wanted = read_json(r#"{ "cpu": true, "process": false, "files": ["/var/log/*"] }"#, "grant").unwrap();
        for name in ["aaa", "system", "zz"] {
            let grant = checked(name, &wanted).unwrap();
            assert_eq!(grant["cpu"], GrantScope::Whole, "{name}");
            assert_eq!(grant["process"], GrantScope::Refused, "{name}");
            assert_eq!(grant["files"], GrantScope::Only(vec!["/var/log/*".to_owned()]), "{name}");
        }
        assert!(checked("x", &serde_json::Map::new()).is_err());
        assert!(read_json("[1]", "grant").is_err());
    }
}
