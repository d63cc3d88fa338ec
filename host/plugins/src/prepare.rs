//! From a file's bytes to what can be instantiated again and again: read, hashed, compiled, asked what it wants, linked,
//! described, its settings checked. Nothing here touches the instance that runs meanwhile.

use std::sync::Arc;

use autobot_capabilities::{Capability, Grant};
use wasmtime::component::Component;

use crate::abi::CollectorPre;
use crate::cache::Cache;
use crate::guest::Guest;
use crate::host::Shared;
use crate::instance::Failure;
use crate::native::Library;
use crate::program::{Linked, Program};
use crate::status::CapabilityStatus;
use crate::{InstanceSpec, Manifest, cache, componentize, engine, gate, schema, wasi};

/// A plugin that can run.
pub(crate) struct Prepared {
    pub(crate) program: Program,
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
    /// What its language needs to run at all.
    pub(crate) runtime: Option<&'static str>,
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
    let (owned, shared) = (spec.clone(), shared.clone());
    let work = move || {
        let mut facts = Facts { hash: Some(cache::hash(&bytes)), ..Facts::default() };
        match link(&owned, &bytes, &shared, &mut facts) {
            Ok((program, grant)) => Ok((program, grant, facts)),
            Err(reason) => Err(Refusal { reason, facts }),
        }
    };
    let (program, grant, facts) = match tokio::task::spawn_blocking(work).await {
        Ok(linked) => linked?,
        Err(error) => {
            let reason = format!("the host failed at reading it: {error}");
            return Err(Refusal { reason, facts: Facts::default() });
        }
    };
    let manifest = program.describe(nobody).await;
    if let Ok(manifest) = &manifest
        && let Err(reason) = schema::check(&manifest.config_schema, &spec.settings)
    {
        return Err(Refusal { reason, facts });
    }
    Ok(Prepared { program, facts, grant, manifest })
}

fn link(
    spec: &InstanceSpec,
    bytes: &Arc<[u8]>,
    shared: &Shared,
    facts: &mut Facts,
) -> Result<(Program, Grant), String> {
    let hash = facts.hash.clone().unwrap_or_default();
    if let Some(pin) = spec.pin.as_ref().filter(|pin| !pin.eq_ignore_ascii_case(&hash)) {
        return Err(format!("its file has the SHA-256 {hash}, and the configuration pins {pin}"));
    }
    let grant = spec.effective_grant(&hash);
    if spec.native {
        return native(spec, bytes, shared, facts, grant);
    }
    let component = load(bytes, Some(&shared.cache))?;
    let failed = |error: wasmtime::Error| format!("the plugin runtime failed: {:#}", error.root_cause());
    let engine = engine::engine().map_err(failed)?;
    let request = gate::request(engine, &component)?;
    facts.runtime = wasi::runtime(engine, &component)?;
    facts.capabilities = request.capabilities.iter().map(|one| CapabilityStatus::new(*one, &grant)).collect();
    facts.unused_grants = spec
        .grant
        .iter()
        .map(|(one, _)| one)
        .filter(|one| !request.capabilities.contains(one))
        .map(|one| one.name())
        .collect();
    if let Some(refusal) = gate::refusal(&spec.name, &request, &grant, &spec.refused) {
        return Err(refusal);
    }
    Ok((Program::Component(linked(component, &grant, &spec.refused)?), grant))
}

/// The compiled component of a file: from the cache, if there is one.
pub(crate) fn load(bytes: &[u8], cache: Option<&Cache>) -> Result<Arc<Component>, String> {
    let encoded = componentize::component(bytes).map_err(|error| error.to_string())?;
    let engine = engine::engine().map_err(|error| format!("the plugin runtime failed: {:#}", error.root_cause()))?;
    let compiled = match cache {
        Some(cache) => cache.compiled(engine, &encoded),
        None => Component::new(engine, &encoded).map(Arc::new),
    };
    compiled.map_err(|error| componentize::of_error(&error).to_string())
}

/// What can be instantiated of it.
pub(crate) fn linked(component: Arc<Component>, grant: &Grant, refused: &[Capability]) -> Result<Linked, String> {
    let mut linker = gate::linker(component.engine(), grant, refused)
        .map_err(|error| format!("the plugin runtime failed: {:#}", error.root_cause()))?;
    wasi::link(&mut linker, &component)?;
    let pre = linker
        .instantiate_pre(&component)
        .and_then(CollectorPre::new)
        .map_err(|error| format!("it is no plugin of this host: {error:#}"))?;
    Ok(Linked { pre, _shared: component })
}

/// A shared library: what it will ask cannot be read from it, so what it is granted is what it may.
fn native(
    spec: &InstanceSpec,
    bytes: &Arc<[u8]>,
    shared: &Shared,
    facts: &mut Facts,
    grant: Grant,
) -> Result<(Program, Grant), String> {
    if spec.pin.is_none() {
        let hash = facts.hash.as_deref().unwrap_or_default();
        return Err(format!("a native plugin runs only by its hash; to allow this one, add `sha256: {hash}`"));
    }
    if !bytes.starts_with(b"\x7fELF") {
        return Err(
            "this is no shared library: a native plugin is a .so file, made by `cargo build --release`".to_owned()
        );
    }
    facts.capabilities = grant.iter().map(|(one, _)| CapabilityStatus::new(one, &grant)).collect();
    Ok((Program::Native(Library { bytes: bytes.clone(), program: shared.program.clone() }), grant))
}
