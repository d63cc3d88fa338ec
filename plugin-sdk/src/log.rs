//! The host's log, under the plugin's name. The host limits how much it takes.

#[cfg(target_family = "wasm")]
use crate::bindings::autobot::plugin::log as host;
use crate::bindings::autobot::plugin::log::Level;
#[cfg(not(target_family = "wasm"))]
use crate::native::log as host;

/// For the plugin's author.
pub fn debug(message: &str) {
    host::log(Level::Debug, message);
}

/// Worth knowing.
pub fn info(message: &str) {
    host::log(Level::Info, message);
}

/// Something is not as it should be, but the plugin goes on.
pub fn warn(message: &str) {
    host::log(Level::Warn, message);
}

/// Something does not work.
pub fn error(message: &str) {
    host::log(Level::Error, message);
}
