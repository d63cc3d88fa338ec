//! What plugins may ask of the machine: the native side of each capability, and the grants.
//!
//! A capability is an interface of `plugin-sdk/wit`, a module here that gets the facts, and a name that an operator
//! grants. `host/plugins` asks this crate on a guest's behalf; this crate knows neither WASM nor rules, and makes no
//! metrics: it hands out plain records that mirror those of the WIT.

mod error;
pub mod files;
mod grant;
pub mod kernel;
mod targets;

pub use error::CapabilityError;
pub use grant::{Capability, Grant, UnknownCapability};
pub use targets::{Secret, Target, TargetKind, Targets};
