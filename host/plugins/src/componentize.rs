//! A file's bytes to a component: a core module that says what it is (what `cargo build` made for WebAssembly), one straight
//! from another compiler, for WASI preview 1 or for nothing, or a component as it is.

use wasmparser::Validator;

use crate::{interface, untrusted};

/// Why a file is no plugin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAPlugin {
    /// It does not begin as WebAssembly does.
    #[error("this is not WebAssembly: a plugin is a .wasm file, made by `cargo build --target wasm32-unknown-unknown`")]
    NotWasm,
    /// It ends in the middle.
    #[error("this file is cut off: copy it again")]
    CutOff,
    /// It is WebAssembly, but no plugin for this host.
    #[error("this WebAssembly file is no plugin of this host: {0}")]
    Foreign(String),
}

const MAGIC: &[u8] = b"\0asm";
const CORE: &[u8] = &[1, 0, 0, 0];
const COMPONENT: &[u8] = &[0x0d, 0, 1, 0];

/// The component within `bytes`.
pub(crate) fn component(bytes: &[u8]) -> Result<Vec<u8>, NotAPlugin> {
    untrusted::apart(|| component_of(bytes))
}

fn component_of(bytes: &[u8]) -> Result<Vec<u8>, NotAPlugin> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(if MAGIC.starts_with(bytes) {
        NotAPlugin::CutOff
    } else {
        NotAPlugin::NotWasm
    })?;
    if rest.starts_with(COMPONENT) {
        untrusted::check_component(bytes)?;
        return Ok(bytes.to_vec());
    }
    if !rest.starts_with(CORE) {
        return Err(if rest.len() < 4 {
            NotAPlugin::CutOff
        } else {
            NotAPlugin::Foreign("it is of another version of WebAssembly".to_owned())
        });
    }
    Validator::new().validate_all(bytes).map_err(|error| of_error(&error))?;
    interface::component(bytes)
}

/// What the reader of WebAssembly says, for people.
pub(crate) fn of_error(error: &impl std::fmt::Display) -> NotAPlugin {
    let text = format!("{error:#}");
    if text.contains("unexpected end") || text.contains("extends past end") || text.contains("out of bounds: ") {
        return NotAPlugin::CutOff;
    }
    // What the encoder was at when it happened is of use to its authors alone.
    let line = text.lines().next().unwrap_or_default();
    let line = line.strip_prefix("failed to decode world from module: ").unwrap_or(line);
    NotAPlugin::Foreign(line.strip_prefix("module was not valid: ").unwrap_or(line).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_plugin_is_told_apart() {
        assert_eq!(component(b"#!/bin/sh"), Err(NotAPlugin::NotWasm));
        assert_eq!(component(b""), Err(NotAPlugin::CutOff));
        assert_eq!(component(b"\0asm\x01\0"), Err(NotAPlugin::CutOff));
        assert!(matches!(component(b"\0asm\x02\0\0\0"), Err(NotAPlugin::Foreign(_))));
        // A section that says it is longer than the file.
        assert_eq!(component(b"\0asm\x01\0\0\0\x01\x50\x01"), Err(NotAPlugin::CutOff));
        // An empty module is valid WebAssembly, but exports nothing that a collector has.
        let sentence = "it does not export `describe`, `configure`, `collect`, as a collector does".to_owned();
        assert_eq!(component(b"\0asm\x01\0\0\0"), Err(NotAPlugin::Foreign(sentence)));
    }
}
