//! What a plugin file is, without running more of it than `describe`, which can call nothing.

use std::path::Path;
use std::sync::Arc;

use autobot_capabilities::kernel::Kernel;
use autobot_capabilities::{Capability, Grant};
use autobot_model::{Clock, Family, SeriesId, SeriesKey, SeriesRegistry, SystemClock};
use parking_lot::Mutex;
use serde::Serialize;
use wasmtime::component::Component;

use crate::componentize::{self, NotAPlugin};
use crate::emit::Emit;
use crate::guest::Guest;
use crate::instance::Instance;
use crate::limits::Limiter;
use crate::state::State;
use crate::{Limits, Manifest, cache, engine, gate};

/// What a file is, asks for and measures.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
    /// SHA-256 of the file, in hexadecimal.
    pub hash: String,
    /// Its size in bytes.
    pub size: usize,
    /// What it asks for: its imports.
    pub capabilities: Vec<Capability>,
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
    let mut linker = gate::linker(engine, &Grant::default()).map_err(|error| runtime(&error))?;
    linker.define_unknown_imports_as_traps(&component).map_err(|error| runtime(&error))?;
    let pre =
        linker.instantiate_pre(&component).map_err(|error| InspectError::Foreign(error.root_cause().to_string()))?;
    let waiting =
        tokio::runtime::Builder::new_current_thread().enable_time().build().map_err(|error| runtime(&error))?;
    let manifest = waiting
        .block_on(Instance::describe(pre, nobody()))
        .map_err(|failure| InspectError::Foreign(format!("it {}", failure.0)))?;
    Ok(Inspection {
        hash: cache::hash(bytes),
        size: bytes.len(),
        capabilities: request.capabilities.into_iter().collect(),
        manifest,
    })
}

/// A guest of which nothing is wanted.
fn nobody() -> Guest {
    let limits = Limits::default();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    Guest {
        name: "inspected".into(),
        kernel: Arc::new(Kernel::open(Path::new("/nonexistent"), clock.clone())),
        clock,
        emit: Emit::new("inspected".into(), "".into(), Arc::new(NoSeries), &limits),
        state: Arc::new(Mutex::new(State::open("/nonexistent".into(), 0))),
        limiter: Limiter::new(&limits),
        limits,
        ticks: 0,
        lines: 0,
        last_error: None,
    }
}

/// Nothing is registered while a file is looked at.
struct NoSeries;

impl SeriesRegistry for NoSeries {
    fn register(&self, _key: SeriesKey, _family: &Arc<Family>) -> SeriesId {
        SeriesId(0)
    }

    fn resolve(&self, _id: SeriesId) -> Option<Arc<SeriesKey>> {
        None
    }
}
