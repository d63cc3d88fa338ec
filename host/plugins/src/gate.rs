//! The gate: a component's imports are read before a line of it runs, and only what is granted is linked.

use std::collections::BTreeSet;

use autobot_capabilities::{Capability, Grant};
use wasmtime::Engine;
use wasmtime::component::{Component, HasSelf, Linker};

use crate::abi;
use crate::guest::Guest;

/// What a component asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) capabilities: BTreeSet<Capability>,
}

/// Interfaces that every plugin has.
const ALWAYS: [&str; 5] = ["types", "emit", "log", "clock", "state"];

/// The capabilities that `component` imports.
///
/// # Errors
/// An import that no version of this host has, in a sentence.
pub(crate) fn request(engine: &Engine, component: &Component) -> Result<Request, String> {
    let mut request = Request::default();
    for (name, _) in component.component_type().imports(engine) {
        if name.starts_with("wasi:") {
            // A runtime, no capability: `wasi` decides on it.
            continue;
        }
        let (path, version) = name.split_once('@').unwrap_or((name, ""));
        let Some(interface) = path.strip_prefix(abi::PACKAGE).and_then(|rest| rest.strip_prefix('/')) else {
            return Err(format!("it imports `{name}`, which this host does not offer to plugins"));
        };
        if version != abi::VERSION {
            return Err(format!(
                "it was built for version {version} of the plugin interface, and this host speaks {}; build it anew",
                abi::VERSION
            ));
        }
        if ALWAYS.contains(&interface) {
            continue;
        }
        match interface.parse() {
            Ok(capability) => drop(request.capabilities.insert(capability)),
            Err(_) => {
                return Err(format!(
                    "it imports `{interface}`, a capability that this version of the host does not have"
                ));
            }
        }
    }
    Ok(request)
}

/// How the configuration grants `capability`; with an example where a scope has to be chosen.
pub fn grant_line(capability: Capability) -> String {
    match capability.example_scope() {
        None => format!("{capability}: true"),
        Some(example) => format!("{capability}: [{example:?}]"),
    }
}

/// The sentence for an instance `name` that asks for something that was neither granted nor refused; `None` when all is decided.
pub(crate) fn refusal(name: &str, request: &Request, grant: &Grant, refused: &[Capability]) -> Option<String> {
    let undecided = |wanted: &&Capability| !grant.allows(**wanted) && !refused.contains(wanted);
    let missing: Vec<Capability> = request.capabilities.iter().filter(undecided).copied().collect();
    if missing.is_empty() {
        return None;
    }
    let lines: Vec<String> = missing.iter().map(|one| grant_line(*one)).collect();
    Some(format!(
        "it asks for {}, which is not granted; to grant it, add to the configuration: plugins: {{ {name}: {{ grant: {{ {} }} }} }}",
        missing.iter().map(|one| one.name()).collect::<Vec<_>>().join(", "),
        lines.join(", ")
    ))
}

/// A linker with what every plugin has and the granted capabilities, nothing else. What was refused in so many words is there
/// too, and answers `denied`: so a plugin can go without what its operator does not want it to have.
pub(crate) fn linker(engine: &Engine, grant: &Grant, refused: &[Capability]) -> wasmtime::Result<Linker<Guest>> {
    let mut linker = Linker::new(engine);
    abi::types::add_to_linker::<_, HasSelf<_>>(&mut linker, Guest::called)?;
    abi::emit::add_to_linker::<_, HasSelf<_>>(&mut linker, Guest::called)?;
    abi::log::add_to_linker::<_, HasSelf<_>>(&mut linker, Guest::called)?;
    abi::clock::add_to_linker::<_, HasSelf<_>>(&mut linker, Guest::called)?;
    abi::state::add_to_linker::<_, HasSelf<_>>(&mut linker, Guest::called)?;
    for capability in Capability::ALL.into_iter().filter(|one| grant.allows(*one) || refused.contains(one)) {
        link(&mut linker, capability)?;
    }
    Ok(linker)
}

/// The one place where a capability becomes callable. No wildcard: a new capability does not compile without a decision here.
fn link(linker: &mut Linker<Guest>, capability: Capability) -> wasmtime::Result<()> {
    macro_rules! to {
        ($interface:ident, $capability:ident) => {
            abi::$interface::add_to_linker::<_, HasSelf<_>>(linker, |guest| guest.of(Capability::$capability))
        };
    }
    match capability {
        Capability::Cpu => to!(cpu, Cpu),
        Capability::Memory => to!(memory, Memory),
        Capability::Disk => to!(disk, Disk),
        Capability::Net => to!(net, Net),
        Capability::Process => to!(process, Process),
        Capability::Kernel => to!(kernel, Kernel),
        Capability::Sensors => to!(sensors, Sensors),
        Capability::PowerSupply => to!(power_supply, PowerSupply),
        Capability::Cgroups => to!(cgroups, Cgroups),
        Capability::Gpu => to!(gpu, Gpu),
        Capability::Npu => to!(npu, Npu),
        Capability::Services => to!(services, Services),
        Capability::Containers => to!(containers, Containers),
        Capability::Files => to!(files, Files),
        Capability::Http => to!(http, Http),
        Capability::Websocket => to!(websocket, Websocket),
        Capability::Redis => to!(redis, Redis),
        Capability::Probe => to!(probe, Probe),
        Capability::Browser => to!(browser, Browser),
    }
}
