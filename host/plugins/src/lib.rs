//! Plugins: what runs strangers' collectors, and what keeps them from harm.
//!
//! A file becomes a component (`componentize`, `interface`), is compiled once (`cache`), is linked with what it asked for and was
//! granted, nothing else (`gate`; `wasi` is the runtime of other languages): it is prepared (`prepare`). Each version lives (`life`) as an instance with a deadline and
//! bounds (`instance`, `limits`) in a task of its own (`task`) on an aligned grid (`schedule`). [`PluginHost`] makes the running instances be those that are wanted.
//!
//! It gets its facts from `host/capabilities` and hands out batches; it knows neither store nor rules. A trapped instance is
//! never called again.

mod abi;
mod cache;
mod componentize;
mod emit;
mod engine;
mod facts;
mod gate;
mod guest;
mod histogram;
mod host;
mod hosts;
mod inspect;
mod instance;
mod interface;
mod kept;
mod life;
mod limits;
mod manifest;
mod native;
mod prepare;
mod program;
mod reach;
mod schedule;
mod schema;
mod spec;
mod state;
mod status;
mod task;
mod trial;
mod untrusted;
mod wasi;
mod world;

pub use facts::{Fact, Recording};
pub use gate::grant_line;
pub use histogram::Histogram;
pub use host::{PluginHost, PluginHostOptions};
pub use inspect::{InspectError, Inspection, inspect};
pub use limits::Limits;
pub use manifest::Manifest;
pub use native::plugin_child;
pub use spec::{InstanceSpec, Reachable};
pub use status::{CapabilityStatus, InstanceStatus, PluginState, Said};
pub use trial::{Trial, TrialOptions, TrialSample, TrialUse, trial};
pub use world::World;
