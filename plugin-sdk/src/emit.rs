//! Series of families that are found at run time, as a scraper finds them: declared, registered and handed over by handles.
//!
//! [`Metrics`](crate::Metrics) does all of this for families that are written down. A plugin whose manifest says
//! [`dynamic_families`](crate::Manifest::dynamic_families) may use both in one collect.

use crate::Error;
pub use crate::bindings::autobot::plugin::emit::Series;
pub use crate::bindings::autobot::plugin::types::Family as Declaration;

#[cfg(target_family = "wasm")]
use crate::bindings::autobot::plugin::emit as host;
#[cfg(not(target_family = "wasm"))]
use crate::native::emit as host;

/// Declares families. One that is declared again must be the same.
///
/// # Errors
/// Names that the host does not take, a family that is known otherwise, more families than the plugin may have.
pub fn declare(families: &[Declaration]) -> Result<(), Error> {
    host::declare(families)
}

/// Handles of series, in their order; all or none. The same series gives the same handle.
///
/// # Errors
/// Families that are not declared, labels that theirs do not have, more series than the plugin may have.
pub fn register(series: &[Series]) -> Result<Vec<u32>, Error> {
    host::register(series)
}

/// Ends series: they go stale at the running collect, and their handles are void.
///
/// # Errors
/// A handle that is none.
pub fn retire(handles: &[u32]) -> Result<(), Error> {
    host::retire(handles)
}

/// Hands over values of the running collect, one for each handle. NaN: no value this time.
///
/// # Errors
/// Columns of two lengths, a handle that is none, more samples than one collect may have.
pub fn columns(handles: &[u32], values: &[f64]) -> Result<(), Error> {
    host::emit_columns(handles, values)
}
