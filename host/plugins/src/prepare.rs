//! From a file's bytes to what can be instantiated again and again: read, hashed, compiled, asked what it wants, linked,
//! described, its settings checked. Nothing here touches the instance that runs meanwhile.

use std::sync::Arc;

use autobot_capabilities::Grant;

use crate::abi::CollectorPre;
use crate::guest::Guest;
use crate::host::Shared;
use crate::instance::{Failure, Instance};
use crate::status::CapabilityStatus;
use crate::{InstanceSpec, Manifest, cache, componentize, engine, gate, schema};

/// A plugin that can run.
pub(crate) struct Prepared {
    pub(crate) pre: CollectorPre<Guest>,
    pub(crate) facts: Facts,
    pub(crate) grant: Grant,
    /// What it says of itself; a failure at that is told, and tried again when it starts.
    pub(crate) manifest: Result<Manifest, Failure>,
}

/// What is known of a file before a line of it runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) hash: Option<String>,
    pub(crate) capabilities: Vec<CapabilityStatus>,
    pub(crate) unused_grants: Vec<&'static str>,
}

/// Why a file, or its settings, cannot run.
pub(crate) struct Refusal {
    pub(crate) reason: String,
    pub(crate) facts: Facts,
}

/// Prepares `file` for `spec`.
pub(crate) async fn prepare(
    spec: &InstanceSpec,
    file: &Result<Arc<[u8]>, String>,
    shared: &Arc<Shared>,
    nobody: Guest,
) -> Result<Prepared, Refusal> {
    let bytes = match file {
        Ok(bytes) => bytes.clone(),
        Err(reason) => return Err(Refusal { reason: reason.clone(), facts: Facts::default() }),
    };
    let (owned, cache_dir) = (spec.clone(), shared.cache_dir.clone());
    let work = move || {
        let mut facts = Facts { hash: Some(cache::hash(&bytes)), ..Facts::default() };
        match link(&owned, &bytes, &cache_dir, &mut facts) {
            Ok((pre, grant)) => Ok((pre, grant, facts)),
            Err(reason) => Err(Refusal { reason, facts }),
        }
    };
    let (pre, grant, facts) = match tokio::task::spawn_blocking(work).await {
        Ok(linked) => linked?,
        Err(error) => {
            let reason = format!("the host failed at reading it: {error}");
            return Err(Refusal { reason, facts: Facts::default() });
        }
    };
    let manifest = Instance::describe(pre.clone(), nobody).await;
    if let Ok(manifest) = &manifest
        && let Err(reason) = schema::check(&manifest.config_schema, &spec.settings)
    {
        return Err(Refusal { reason, facts });
    }
    Ok(Prepared { pre, facts, grant, manifest })
}

fn link(
    spec: &InstanceSpec,
    bytes: &[u8],
    cache_dir: &std::path::Path,
    facts: &mut Facts,
) -> Result<(CollectorPre<Guest>, Grant), String> {
    let hash = facts.hash.clone().unwrap_or_default();
    if let Some(pin) = spec.pin.as_ref().filter(|pin| !pin.eq_ignore_ascii_case(&hash)) {
        return Err(format!("its file has the SHA-256 {hash}, and the configuration pins {pin}"));
    }
    let failed = |error: wasmtime::Error| format!("the plugin runtime failed: {:#}", error.root_cause());
    let encoded = componentize::component(bytes).map_err(|error| error.to_string())?;
    let engine = engine::engine().map_err(failed)?;
    let component =
        cache::compiled(engine, cache_dir, &encoded).map_err(|error| componentize::of_error(&error).to_string())?;
    let request = gate::request(engine, &component)?;
    let grant = spec.effective_grant(&hash);
    facts.capabilities = request
        .capabilities
        .iter()
        .map(|one| CapabilityStatus {
            name: one.name(),
            description: one.description(),
            granted: grant.allows(*one),
            scope: grant.scope(*one).to_vec(),
        })
        .collect();
    facts.unused_grants = spec
        .grant
        .iter()
        .map(|(one, _)| one)
        .filter(|one| !request.capabilities.contains(one))
        .map(|one| one.name())
        .collect();
    if let Some(refusal) = gate::refusal(&spec.name, &request, &grant) {
        return Err(refusal);
    }
    let linker = gate::linker(engine, &grant).map_err(failed)?;
    let pre = linker
        .instantiate_pre(&component)
        .and_then(CollectorPre::new)
        .map_err(|error| format!("it is no plugin of this host: {}", error.root_cause()))?;
    Ok((pre, grant))
}
