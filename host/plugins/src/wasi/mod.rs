//! WASI 0.2, as far as a sandbox gives it: what the C library and the run-times of other languages expect to find when
//! they start. It is a runtime, no capability: it answers what a program needs to run at all, and says no to the rest.
//!
//! There are clocks, random numbers, and an output whose lines go to the plugin's log. There are no arguments, no
//! environment, no input, no files and no sockets; asking for them is an error that the guest can handle (`denied`). What is
//! neither given nor denied here (HTTP, threads ...) is refused when the file is looked at, by its name. It is defined item
//! by item at the version that the component names, so no version of WASI's own text has to come with the host.
//!
//! It talks to the guest's store alone, and reaches nothing of the machine but the host's clock and random numbers.

mod denied;
mod held;
mod offered;

use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker, LinkerInstance, ResourceType};

use crate::guest::Guest;
pub(crate) use held::Held;

/// What people read of a plugin that needs it.
const RUNTIME: &str = "WASI (no files, no environment, no sockets)";

/// Resources that no guest ever gets: each is a type, and nothing makes one.
const NEVER_MADE: [&str; 8] = [
    "descriptor",
    "directory-entry-stream",
    "terminal-input",
    "tcp-socket",
    "udp-socket",
    "incoming-datagram-stream",
    "outgoing-datagram-stream",
    "resolve-address-stream",
];

/// The runtime that `component` needs, in words for people; `None` when it needs none.
///
/// # Errors
/// An import of WASI that is not offered, in a sentence.
pub(crate) fn runtime(engine: &Engine, component: &Component) -> Result<Option<&'static str>, String> {
    Ok(link(&mut Linker::new(engine), component)?.then_some(RUNTIME))
}

/// Defines what `component` imports of WASI; tells whether that is anything.
///
/// # Errors
/// An import of WASI that is not offered, in a sentence.
pub(crate) fn link(linker: &mut Linker<Guest>, component: &Component) -> Result<bool, String> {
    let engine = linker.engine().clone();
    let mut any = false;
    for (name, import) in component.component_type().imports(&engine) {
        let Some(rest) = name.strip_prefix("wasi:") else { continue };
        let (interface, version) = rest.split_once('@').unwrap_or((rest, ""));
        if !version.starts_with("0.2.") {
            return Err(format!(
                "it imports `{name}`, and of WASI this host knows version 0.2 alone; build it for that"
            ));
        }
        let ComponentItem::ComponentInstance(instance) = import.ty else { return Err(refusal(name, None)) };
        let mut place = linker.instance(name).map_err(failed)?;
        for (item, export) in instance.exports(&engine) {
            let known = match export.ty {
                ComponentItem::ComponentFunc(_) => offered::function(&mut place, interface, item),
                ComponentItem::Resource(_) => resource(&mut place, item),
                ComponentItem::Type(_) => Ok(true),
                _ => Ok(false),
            };
            if !known.map_err(failed)? {
                return Err(refusal(name, Some(item)));
            }
        }
        any = true;
    }
    Ok(any)
}

fn resource(place: &mut LinkerInstance<'_, Guest>, name: &str) -> wasmtime::Result<bool> {
    let kind = match name {
        "error" => ResourceType::host::<held::Error>(),
        "input-stream" => ResourceType::host::<held::Input>(),
        "output-stream" => ResourceType::host::<held::Output>(),
        "pollable" => ResourceType::host::<held::Pollable>(),
        "terminal-output" => ResourceType::host::<held::Terminal>(),
        "network" => ResourceType::host::<held::Network>(),
        other => match (0..).zip(NEVER_MADE).find(|(_, known)| *known == other) {
            Some((number, _)) => ResourceType::host_dynamic(number),
            None => return Ok(false),
        },
    };
    let is_pollable = name == "pollable";
    place.resource(name, kind, move |mut store, rep| {
        store.data_mut().wasi.release(is_pollable.then_some(rep));
        Ok(())
    })?;
    Ok(true)
}

fn refusal(interface: &str, item: Option<&str>) -> String {
    let item = item.map(|item| format!("`{item}` of ")).unwrap_or_default();
    format!(
        "it imports {item}`{interface}`, which this host does not offer; of WASI a plugin has clocks, random numbers and \
         output to the log"
    )
}

fn failed(error: wasmtime::Error) -> String {
    format!("the plugin runtime failed: {:#}", error.root_cause())
}
