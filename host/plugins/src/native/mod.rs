//! Native plugins: shared libraries, each in a process of its own.
//!
//! `process` is the host's side: it starts this very program again as `plugin-child`, hands it the library as a sealed file in
//! memory, and answers what the plugin asks (`answers`). `child` is the other side: it locks itself in (`sandbox`), loads the
//! library and passes calls on. Between them go frames (`wire`); between child and library the tables of the SDK (`table`).
//!
//! A library runs only by its hash. A crash, an endless loop or an `exit` of it ends that process alone.

mod answers;
mod child;
mod process;
mod sandbox;
#[path = "../../../../plugin-sdk/src/native/abi.rs"]
#[expect(unsafe_code, unreachable_pub, reason = "the border to the library is C; the file is the SDK's own")]
mod table;
mod wire;

pub use child::plugin_child;
pub(crate) use process::{Library, NativeInstance};
