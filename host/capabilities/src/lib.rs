//! What plugins may ask of the machine: the native side of each capability, and the grants.
//!
//! A capability is an interface of `plugin-sdk/wit`, a module here that gets the facts, and a name that an operator
//! grants. `host/plugins` asks this crate on a guest's behalf; this crate knows neither WASM nor rules, and makes no
//! metrics: it hands out plain records that mirror those of the WIT.

pub mod browser;
pub mod cgroups;
pub mod containers;
mod dial;
mod error;
pub mod files;
pub mod gpu;
mod grant;
pub mod http;
pub mod kernel;
pub mod npu;
pub mod power_supply;
pub mod probe;
pub mod redis;
pub mod sensors;
pub mod services;
mod sysfs;
mod targets;
#[cfg(test)]
mod testing;
pub mod websocket;

pub use dial::{Certificate, Dialer, Tls};
pub use error::CapabilityError;
pub use grant::{Capability, Grant, UnknownCapability};
pub use targets::{Secret, Target, TargetKind, Targets};
