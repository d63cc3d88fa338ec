//! What a plugin file is, without running more of it than `describe`, which can call nothing.

use autobot_capabilities::{Capability, Grant};
use serde::Serialize;
use wasmtime::component::Component;

use crate::abi::CollectorPre;
use crate::componentize::{self, NotAPlugin};
use crate::guest::Guest;
use crate::instance::Instance;
use crate::{Limits, Manifest, cache, engine, gate, wasi};

/// What a file is, asks for and measures.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
    /// SHA-256 of the file, in hexadecimal.
    pub hash: String,
    /// Its size in bytes.
    pub size: usize,
    /// What it asks for: its imports.
    pub capabilities: Vec<Capability>,
    /// What its language needs to run at all: no capability, it reaches nothing of the machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime: Option<&'static str>,
    /// What it says of itself.
    pub manifest: Manifest,
}

/// Why a file cannot be inspected.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// It is no plugin.
    #[error(transparent)]
    NotAPlugin(#[from] NotAPlugin),
    /// It is one, but not for this host.
    #[error("{0}")]
    Foreign(String),
    /// The host failed at it.
    #[error("the plugin runtime failed: {0}")]
    Runtime(String),
}

/// Looks at a plugin file. Blocks; not to be called from within an async runtime.
///
/// # Errors
/// What makes the file unusable, in a sentence.
pub fn inspect(bytes: &[u8]) -> Result<Inspection, InspectError> {
    let runtime = |error: &dyn std::fmt::Display| InspectError::Runtime(error.to_string());
    let encoded = componentize::component(bytes)?;
    let engine = engine::engine().map_err(|error| runtime(&error))?;
    let component = Component::new(engine, &encoded).map_err(|error| componentize::of_error(&error))?;
    let request = gate::request(engine, &component).map_err(InspectError::Foreign)?;
    let language = wasi::runtime(engine, &component).map_err(InspectError::Foreign)?;
    let mut linker = gate::linker(engine, &Grant::default(), &[]).map_err(|error| runtime(&error))?;
    wasi::link(&mut linker, &component).map_err(InspectError::Foreign)?;
    linker.define_unknown_imports_as_traps(&component).map_err(|error| runtime(&error))?;
    let pre = linker
        .instantiate_pre(&component)
        .and_then(CollectorPre::new)
        .map_err(|error| InspectError::Foreign(format!("it is no plugin of this host: {error:#}")))?;
    let waiting =
        tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(|error| runtime(&error))?;
    let manifest = waiting
        .block_on(Instance::describe(pre, Guest::nobody(&Limits::default())))
        .map_err(|failure| InspectError::Foreign(format!("it {}", failure.0)))?;
    Ok(Inspection {
        hash: cache::hash(bytes),
        size: bytes.len(),
        capabilities: request.capabilities.into_iter().collect(),
        runtime: language,
        manifest,
    })
}
