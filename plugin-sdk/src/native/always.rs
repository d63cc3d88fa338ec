//! What every plugin has: the host's across the border, else that of the stand-in for tests.

use crate::Error;
use crate::testing;

use super::ask;

/// The interface `emit`.
pub(crate) mod emit {
    use super::{Error, ask, testing};
    use crate::emit::Declaration;
    use crate::host::Series;

    pub(crate) fn declare(families: &[Declaration]) -> Result<(), Error> {
        ask("emit.declare", &families).unwrap_or_else(|| testing::emit::declare(families))
    }

    pub(crate) fn register(series: &[Series]) -> Result<Vec<u32>, Error> {
        ask("emit.register", &series).unwrap_or_else(|| testing::emit::register(series))
    }

    pub(crate) fn retire(handles: &[u32]) -> Result<(), Error> {
        ask("emit.retire", &handles).unwrap_or_else(|| testing::emit::retire(handles))
    }

    pub(crate) fn emit_columns(handles: &[u32], values: &[f64]) -> Result<(), Error> {
        ask("emit.emit-columns", &(handles, values)).unwrap_or_else(|| testing::emit::emit_columns(handles, values))
    }
}

/// The interface `log`.
pub(crate) mod log {
    use super::{ask, testing};
    use crate::bindings::autobot::plugin::log::Level;

    pub(crate) fn log(level: Level, message: &str) {
        ask("log.log", &(level, message)).unwrap_or_else(|| testing::log::log(level, message));
    }
}

/// The interface `state`.
pub(crate) mod state {
    use super::{Error, ask, testing};

    pub(crate) fn get(key: &str) -> Result<Option<Vec<u8>>, Error> {
        ask("state.get", &key).unwrap_or_else(|| testing::state::get(key))
    }

    pub(crate) fn set(key: &str, value: &[u8]) -> Result<(), Error> {
        ask("state.set", &(key, value)).unwrap_or_else(|| testing::state::set(key, value))
    }

    pub(crate) fn delete(key: &str) -> Result<(), Error> {
        ask("state.delete", &key).unwrap_or_else(|| testing::state::delete(key))
    }

    pub(crate) fn keys() -> Result<Vec<String>, Error> {
        ask("state.keys", &()).unwrap_or_else(testing::state::keys)
    }
}
