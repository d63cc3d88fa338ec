//! This host's own WIT, and how a core module straight from a compiler becomes a plugin by it.
//!
//! A component says what its imports and exports mean; a core module only has their names and numbers. The Rust SDK leaves
//! a section in the module that says it; C's compiler does not. A module without the section that exports what a collector
//! exports is taken for one of this host's version of the interface.

use std::borrow::Cow;

use wasi_preview1_component_adapter_provider::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER;
use wasmparser::{Parser, Payload};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, SourceMap};

use crate::componentize::{NotAPlugin, of_error};
use crate::untrusted;

/// The package, file by file; the order does not matter.
const WIT: [(&str, &str); 13] = [
    ("types.wit", include_str!("../../../plugin-sdk/wit/types.wit")),
    ("emit.wit", include_str!("../../../plugin-sdk/wit/emit.wit")),
    ("base.wit", include_str!("../../../plugin-sdk/wit/base.wit")),
    ("system.wit", include_str!("../../../plugin-sdk/wit/system.wit")),
    ("hardware.wit", include_str!("../../../plugin-sdk/wit/hardware.wit")),
    ("services.wit", include_str!("../../../plugin-sdk/wit/services.wit")),
    ("files.wit", include_str!("../../../plugin-sdk/wit/files.wit")),
    ("http.wit", include_str!("../../../plugin-sdk/wit/http.wit")),
    ("websocket.wit", include_str!("../../../plugin-sdk/wit/websocket.wit")),
    ("redis.wit", include_str!("../../../plugin-sdk/wit/redis.wit")),
    ("probe.wit", include_str!("../../../plugin-sdk/wit/probe.wit")),
    ("browser.wit", include_str!("../../../plugin-sdk/wit/browser.wit")),
    ("world.wit", include_str!("../../../plugin-sdk/wit/world.wit")),
];

/// What a collector exports.
const EXPORTS: [&str; 3] = ["describe", "configure", "collect"];

/// What matters of a core module for making it a component.
#[derive(Debug, Default)]
struct Outline<'a> {
    /// What toolchains said of its imports and exports.
    descriptions: Vec<&'a [u8]>,
    exports: Vec<&'a str>,
    /// It was built for WASI preview 1, the version before components.
    preview1: bool,
}

impl<'a> Outline<'a> {
    /// Of a module that is valid.
    fn of(module: &'a [u8]) -> wasmparser::Result<Self> {
        let mut outline = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::CustomSection(section) if section.name().starts_with("component-type") => {
                    outline.descriptions.push(section.data());
                }
                Payload::ExportSection(exports) => {
                    for export in exports {
                        outline.exports.push(export?.name);
                    }
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        outline.preview1 |= import?.module == PREVIEW1;
                    }
                }
                _ => {}
            }
        }
        Ok(outline)
    }

    /// That the encoder can take what it says of itself.
    fn check_descriptions(&self) -> Result<(), NotAPlugin> {
        untrusted::check_descriptions(&self.descriptions)?;
        let names_wasi = |section: &&[u8]| section.windows(WASI.len()).any(|bytes| bytes == WASI);
        if self.preview1 && self.descriptions.iter().any(names_wasi) {
            // What it says of WASI, and what the adapter says of it, would have to fit together.
            let sentence = "it is for two versions of WASI at once, preview 1 and one with components";
            return Err(NotAPlugin::Foreign(sentence.to_owned()));
        }
        Ok(())
    }

    /// That it may be taken for a collector although nobody said what it is.
    fn is_collector(&self) -> Result<(), NotAPlugin> {
        let has = |name: &str| self.exports.contains(&name);
        let missing: Vec<&str> = EXPORTS.into_iter().filter(|name| !has(name)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let hint = if has("_start") { "; it is a program: link it with `-mexec-model=reactor`" } else { "" };
        let missing = missing.join("`, `");
        Err(NotAPlugin::Foreign(format!("it does not export `{missing}`, as a collector does{hint}")))
    }
}

/// The component of a core module that is valid: with its own word of what it imports and exports, or with that of this
/// host's interface.
pub(crate) fn component(module: &[u8]) -> Result<Vec<u8>, NotAPlugin> {
    let outline = Outline::of(module).map_err(|error| of_error(&error))?;
    let described = if outline.descriptions.is_empty() {
        outline.is_collector()?;
        let mut described = module.to_vec();
        embed(&mut described).map_err(|error| of_error(&error))?;
        Cow::Owned(described)
    } else {
        outline.check_descriptions()?;
        Cow::Borrowed(module)
    };
    encode(&described, outline.preview1).map_err(|error| of_error(&error))
}

fn encode(module: &[u8], preview1: bool) -> anyhow::Result<Vec<u8>> {
    let mut encoder = ComponentEncoder::default();
    encoder.validate(true).module(module)?;
    if preview1 {
        encoder.adapter(PREVIEW1, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER)?;
    }
    encoder.encode()
}

/// The name under which preview 1 is imported.
const PREVIEW1: &str = "wasi_snapshot_preview1";
/// How the names of all packages of WASI begin.
const WASI: &[u8] = b"wasi:";

fn embed(module: &mut Vec<u8>) -> anyhow::Result<()> {
    let mut files = SourceMap::new();
    for (name, text) in WIT {
        files.push_str(name, text);
    }
    let group = files.parse().map_err(|(files, error)| anyhow::anyhow!("{}", error.render(&files)))?;
    let mut resolve = Resolve::new();
    let package = resolve.push_group(group)?;
    let world = resolve.select_world(&[package], Some("collector"))?;
    embed_component_metadata(module, &resolve, world, StringEncoding::UTF8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interface_comes_with_the_host_whole() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../plugin-sdk/wit");
        let mut here: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        here.sort();
        let mut known = WIT.map(|(name, _)| name.to_owned());
        known.sort();
        assert_eq!(here, known, "a file of plugin-sdk/wit is not named in interface.rs");
        embed(&mut b"\0asm\x01\0\0\0".to_vec()).unwrap();
    }
}
