//! What one part of the file says about another: names that have to be there, keys that exclude or need each other.

use std::collections::BTreeSet;

use super::Walk;
use super::suggest::{did_you_mean, nearest};
use crate::diagnostic::Said;
use crate::report::quoted;
use crate::tree::{Entry, Node};

/// The names of the entries of a map.
pub(super) fn names(node: Option<&Node>) -> BTreeSet<String> {
    entries(node).iter().map(|entry| entry.key.clone()).collect()
}

fn entries(node: Option<&Node>) -> &[Entry] {
    node.map_or(&[], Node::entries)
}

pub(super) fn check(root: &Node, walk: &mut Walk<'_>) {
    if let Some(site) = root.get("site") {
        let machines = walk.machines.clone();
        machine(site.get("machine"), "site.machine", &machines, walk);
        let services = site.get("services");
        let mut grounds = names(services);
        grounds.extend(walk.targets.iter().cloned());
        for service in entries(services) {
            let place = format!("site.services.{}", service.key);
            machine(service.value.get("machine"), &format!("{place}.machine"), &machines, walk);
            for ground in service.value.get("depends").map_or(&[][..], Node::items) {
                known(ground, &grounds, &format!("{place}.depends"), "a service or a target", walk);
            }
        }
    }
    for target in entries(root.get("targets")) {
        self::target(target, walk);
    }
    for plugin in entries(root.get("plugins")) {
        instance(plugin, walk);
    }
    if let Some(rules) = root.get("rules") {
        let channels = names(rules.get("notify"));
        for severity in entries(rules.get("escalate")) {
            let place = format!("rules.escalate.{}", severity.key);
            for to in severity.value.items().iter().filter_map(|step| step.get("to")) {
                let all = if to.items().is_empty() { std::slice::from_ref(to) } else { to.items() };
                all.iter().for_each(|one| known(one, &channels, &place, "a channel of `rules.notify`", walk));
            }
        }
    }
}

/// A machine's name is one of the machines, where machines are named at all.
fn machine(node: Option<&Node>, place: &str, machines: &BTreeSet<String>, walk: &mut Walk<'_>) {
    if let Some(node) = node
        && !machines.is_empty()
    {
        known(node, machines, place, "one of `distributed_vms`", walk);
    }
}

fn known(node: &Node, names: &BTreeSet<String>, place: &str, what: &str, walk: &mut Walk<'_>) {
    let Some(text) = node.text().filter(|text| !node.is_null() && !names.contains(*text)) else { return };
    let said = Said::new(format!("`{}`: `{}` is not {what}", quoted(place), quoted(text)));
    let said = if walk.report.is_full() {
        said
    } else if let Some(near) = nearest(names.iter().map(String::as_str), text) {
        said.help(did_you_mean(near))
    } else if names.is_empty() {
        said.help("none is named in this file")
    } else {
        let some: Vec<&str> = names.iter().take(10).map(String::as_str).collect();
        said.help(format!("there are {}", quoted(&some.join(", "))))
    };
    walk.report.error(node.span.clone(), said);
}

/// A target is one thing.
fn target(target: &Entry, walk: &mut Walk<'_>) {
    let given = |key: &str| target.value.entries().iter().find(|entry| entry.key == key && !entry.value.is_null());
    let kinds: Vec<&Entry> = ["redis", "http", "cdp"].into_iter().filter_map(given).collect();
    match kinds.as_slice() {
        [_] => {}
        [] if target.value.entries().is_empty() && !target.value.is_null() => {}
        [] => {
            let said = Said::new(format!("`targets.{}` does not say where it is", quoted(&target.key)));
            walk.report.error(target.key_span.clone(), said.help("add one of `redis`, `http` and `cdp`, with its URL"));
        }
        [_, second, ..] => {
            let named: Vec<String> = kinds.iter().map(|entry| format!("`{}`", entry.key)).collect();
            let said = Said::new(format!("`targets.{}` has {} at once", quoted(&target.key), named.join(" and ")));
            walk.report.error(second.key_span.clone(), said.help("a target is one thing; make two of it"));
        }
    }
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
