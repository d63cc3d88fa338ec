//! What one part of the file says about another: names that have to be there, keys that exclude or need each other.

use super::{Walk, suggest};
use crate::diagnostic::Said;
use crate::report::quoted;
use crate::tree::{Entry, Node};

pub(super) fn check(root: &Node, walk: &mut Walk<'_>) {
    if let Some(site) = root.get("site") {
        machine(site.get("machine"), "site.machine", walk);
        let services = site.get("services").map_or(&[][..], Node::entries);
        for service in services {
            let place = format!("site.services.{}", service.key);
            machine(service.value.get("machine"), &format!("{place}.machine"), walk);
            let grounds: Vec<String> =
                names(services).chain(walk.targets.iter().map(String::as_str)).map(str::to_owned).collect();
            for ground in service.value.get("depends").map_or(&[][..], Node::items) {
                known(ground, &grounds, &format!("{place}.depends"), "a service or a target", walk);
            }
        }
    }
    for plugin in root.get("plugins").map_or(&[][..], Node::entries) {
        instance(plugin, walk);
    }
    if let Some(rules) = root.get("rules") {
        let channels: Vec<String> =
            names(rules.get("notify").map_or(&[][..], Node::entries)).map(str::to_owned).collect();
        for severity in rules.get("escalate").map_or(&[][..], Node::entries) {
            for to in severity.value.items().iter().filter_map(|step| step.get("to")) {
                let all = if to.items().is_empty() { std::slice::from_ref(to) } else { to.items() };
                for one in all {
                    known(
                        one,
                        &channels,
                        &format!("rules.escalate.{}", severity.key),
                        "a channel of `rules.notify`",
                        walk,
                    );
                }
            }
        }
    }
}

fn names(entries: &[Entry]) -> impl Iterator<Item = &str> {
    entries.iter().map(|entry| entry.key.as_str())
}

/// A machine's name is one of the machines, where machines are named at all.
fn machine(node: Option<&Node>, place: &str, walk: &mut Walk<'_>) {
    let machines = walk.machines.clone();
    if let Some(node) = node
        && !machines.is_empty()
    {
        known(node, &machines, place, "one of `distributed_vms`", walk);
    }
}

fn known(node: &Node, names: &[String], place: &str, what: &str, walk: &mut Walk<'_>) {
    let Some(text) = node.text().filter(|text| !node.is_null() && !names.iter().any(|name| name == text)) else {
        return;
    };
    let said = Said::new(format!("`{}`: `{}` is not {what}", quoted(place), quoted(text)));
    let said = match suggest::nearest(names.iter().map(String::as_str), &text.chars().take(64).collect::<String>()) {
        Some(near) => said.label(format!("did you mean `{near}`?")),
        None if names.is_empty() => said.help("none is named in this file"),
        None => said.help(format!("there are {}", quoted(&names.join(", ")))),
    };
    walk.report.error(node.span.clone(), said);
}

/// The keys of a plugin instance that say which file it runs.
fn instance(plugin: &Entry, walk: &mut Walk<'_>) {
    let given = |key: &str| plugin.value.entries().iter().find(|entry| entry.key == key && !entry.value.is_null());
    let sources: Vec<&Entry> = ["plugin", "file", "native"].into_iter().filter_map(given).collect();
    if let [_, second, ..] = sources.as_slice() {
        let named: Vec<String> = sources.iter().map(|entry| format!("`{}`", entry.key)).collect();
        let said = Said::new(format!("`plugins.{}` has {} at once", quoted(&plugin.key), named.join(" and ")));
        walk.report.error(second.key_span.clone(), said.help("each says what the instance runs; keep one"));
    }
    if let (Some(native), None) = (given("native"), given("sha256")) {
        let said = Said::new(format!("`plugins.{}` is a native plugin without its hash", quoted(&plugin.key)));
        walk.report.error(native.key_span.clone(), said.help("add `sha256:` with what `sha256sum FILE` prints"));
    }
    if let (None, Some(hash)) = (given("native"), given("sha256")) {
        let said = Said::new(format!("`plugins.{}` has a `sha256` but no `native` plugin", quoted(&plugin.key)));
        walk.report.error(hash.key_span.clone(), said.help("for a WASM plugin write `pin:`"));
    }
}
