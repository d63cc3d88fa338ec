//! Write a collector for AutoBot host.
//!
//! A plugin is a crate of type `cdylib` with one type that implements [`Collector`], and one line that makes a plugin of
//! it: `collector!(MyType);`. What the plugin may ask of the machine are the functions of [`cpu`], [`memory`], [`disk`],
//! [`net`], [`process`], [`kernel`] and [`files`]: **using one is asking for the capability**, because the host reads it from the
//! finished file's imports. [`log`], [`clock`] and [`state`] need no grant.
//!
//! The same code runs natively in tests, where [`testing`] stands in for the host with recorded facts.
//!
//! ```
//! use autobot_plugin_sdk::{Collector, Error, Family, Manifest, Metrics, Timestamp, collector, kernel};
//!
//! static UPTIME: Family = Family::gauge("example_uptime_seconds", "s", "Time since the machine was started.");
//!
//! struct Uptime;
//!
//! impl Collector for Uptime {
//!     type Settings = ();
//!     const MANIFEST: Manifest = Manifest::new("uptime", env!("CARGO_PKG_VERSION"), "Says how long the machine runs.");
//!     const FAMILIES: &[&Family] = &[&UPTIME];
//!
//!     fn new(_settings: ()) -> Result<Self, String> {
//!         Ok(Self)
//!     }
//!
//!     fn collect(&mut self, _at: Timestamp, metrics: &mut Metrics) -> Result<(), Error> {
//!         metrics.set(&UPTIME, &[], kernel::read()?.uptime_micros as f64 / 1e6);
//!         Ok(())
//!     }
//! }
//!
//! collector!(Uptime);
//! ```

#[doc(hidden)]
pub mod bindings;
mod capabilities;
mod collector;
pub mod emit;
mod family;
pub mod glob;
mod histogram;
mod host;
pub mod json;
pub mod log;
mod metrics;
#[cfg(not(target_family = "wasm"))]
#[doc(hidden)]
pub mod native;
mod parts;
mod presence;
#[cfg(not(target_family = "wasm"))]
pub mod testing;

pub use bindings::autobot::plugin::types::{Certificate, Error, Header, Pressure, Stall, Timestamp, Tls};
pub use capabilities::{
    browser, cgroups, clock, containers, cpu, disk, files, gpu, http, kernel, memory, net, npu, power_supply, probe,
    process, redis, sensors, services, state, websocket,
};
pub use collector::{Collector, Manifest, Runtime};
pub use family::{Family, Kind};
pub use histogram::Histogram;
pub use metrics::Metrics;
pub use parts::Parts;
pub use presence::Presence;
