//! What runs, whichever way: a component in this process, or a library in one of its own.

use std::sync::Arc;

use autobot_model::{Batch, Timestamp};
use wasmtime::component::Component;

use crate::Manifest;
use crate::abi::CollectorPre;
use crate::guest::Guest;
use crate::instance::{Failure, Instance, StartError};
use crate::native::{Library, NativeInstance};

/// A plugin that can be started again and again.
#[derive(Clone)]
pub(crate) enum Program {
    Component(Linked),
    Native(Library),
}

/// A component with what it may call.
#[derive(Clone)]
pub(crate) struct Linked {
    pub(crate) pre: CollectorPre<Guest>,
    /// As long as this is there, other instances of the same file get the same code.
    pub(crate) _shared: Arc<Component>,
}

/// A plugin that was started.
pub(crate) enum Running {
    Component(Box<Instance>),
    Native(Box<NativeInstance>),
}

impl Program {
    /// What it says of itself.
    pub(crate) async fn describe(&self, nobody: Guest) -> Result<Manifest, Failure> {
        match self {
            Self::Component(linked) => Instance::describe(linked.pre.clone(), nobody).await,
            Self::Native(library) => library.describe(nobody).await,
        }
    }

    /// Starts it with its settings.
    pub(crate) async fn start(&self, guest: Guest, settings: &str) -> Result<(Running, Manifest), StartError> {
        match self {
            Self::Component(linked) => {
                let (instance, manifest) = Instance::start(linked.pre.clone(), guest, settings).await?;
                Ok((Running::Component(Box::new(instance)), manifest))
            }
            Self::Native(library) => {
                let (instance, manifest) = library.start(guest, settings).await?;
                Ok((Running::Native(Box::new(instance)), manifest))
            }
        }
    }
}

impl Running {
    /// One collection: what was handed over, and what the plugin itself said it failed at.
    pub(crate) async fn collect(&mut self, at: Timestamp) -> Result<(Vec<Batch>, Option<String>), Failure> {
        match self {
            Self::Component(instance) => instance.collect(at).await,
            Self::Native(instance) => instance.collect(at).await,
        }
    }

    /// What the host keeps beside it.
    pub(crate) fn guest(&mut self) -> &mut Guest {
        match self {
            Self::Component(instance) => instance.guest(),
            Self::Native(instance) => instance.guest(),
        }
    }

    /// The memory that it took at most, in bytes.
    pub(crate) fn memory(&mut self) -> u64 {
        match self {
            Self::Component(instance) => instance.guest().limiter.taken,
            Self::Native(instance) => instance.memory().unwrap_or_default(),
        }
    }

    /// How many series it has.
    pub(crate) fn series(&mut self) -> usize {
        self.guest().emit.series()
    }

    /// Ends it: the end of all its series, as of `at`.
    pub(crate) fn end(mut self, at: Timestamp) -> Option<Batch> {
        self.guest().emit.end(at)
    }
}
