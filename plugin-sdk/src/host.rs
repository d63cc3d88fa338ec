//! The way out for measurements: the host in a component, [`crate::testing`] in tests.

use crate::Error;
pub(crate) use crate::bindings::autobot::plugin::emit::Series;

#[cfg(target_family = "wasm")]
use crate::bindings::autobot::plugin::emit;
#[cfg(not(target_family = "wasm"))]
use crate::native::emit;

pub(crate) fn register(series: impl Iterator<Item = Series>) -> Result<Vec<u32>, Error> {
    emit::register(&series.collect::<Vec<_>>())
}

pub(crate) fn retire(handles: &[u32]) -> Result<(), Error> {
    emit::retire(handles)
}

pub(crate) fn emit_columns(handles: &[u32], values: &[f64]) -> Result<(), Error> {
    emit::emit_columns(handles, values)
}
