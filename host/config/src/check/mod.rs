//! The walk of the schema over the tree: it reports all that does not fit, and hands on what does as JSON for serde.
//!
//! A value that is wrong is left out of the JSON, so that one mistake does not hide the next.

mod grant;
mod meaning;
mod references;
mod scalar;
mod settings;
mod suggest;
mod value;

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json};

use crate::diagnostic::Said;
use crate::mask;
use crate::report::{Report, quoted};
use crate::schema::{Key, ROOT, Shape};
use crate::tree::{Entry, Node, Value};

pub(crate) use meaning::{Meaning, meaning};

/// What to do about a key that the schema does not know.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// It is a mistake.
    Refuse,
    /// At the top level it is left out, with a warning: in a file that was written for another program.
    LeaveOut,
}

/// Checks the whole tree; the JSON has the shape of `Config`.
pub(crate) fn check(root: &Node, file: &Path, unknown: Unknown, report: &mut Report) -> Json {
    hide_secrets(root, report);
    let base = file.parent().unwrap_or(Path::new("")).to_owned();
    let names = |section: &str| references::names(root.get(section));
    let mut walk = Walk {
        report,
        base,
        unknown,
        path: Vec::new(),
        later: false,
        targets: names("targets"),
        machines: names("distributed_vms"),
    };
    let mut checked = walk.section(ROOT, root).unwrap_or_default();
    references::check(root, &mut walk);
    // `dashboard_port` is the name that the file has had for years; inside, it belongs to the dashboard.
    if let Json::Object(all) = &mut checked
        && let Some(port) = all.remove("dashboard_port")
        && let Some(dashboard) = all.entry("dashboard").or_insert_with(|| Json::Object(Map::new())).as_object_mut()
    {
        dashboard.insert("port".to_owned(), port);
    }
    checked
}

/// Tells which bytes no message may show, wherever they stand.
fn hide_secrets(node: &Node, report: &mut Report) {
    for entry in node.entries() {
        let reference = entry.value.text().is_some_and(|text| text.starts_with("${"));
        if mask::is_hidden_name(&entry.key) && !reference {
            report.hide(entry.value.span.clone());
        } else {
            hide_secrets(&entry.value, report);
        }
    }
    node.items().iter().for_each(|item| hide_secrets(item, report));
}

/// Where the walk is, and what it needs to know of the rest of the file.
struct Walk<'a> {
    report: &'a mut Report,
    /// The folder that relative paths are relative to.
    base: PathBuf,
    unknown: Unknown,
    path: Vec<String>,
    /// Whether it is within something that a later version will use; said once, at its top.
    later: bool,
    targets: BTreeSet<String>,
    machines: BTreeSet<String>,
}

impl Walk<'_> {
    /// The dotted name of where the walk is.
    fn place(&self) -> String {
        if self.path.is_empty() { "the file".to_owned() } else { format!("`{}`", quoted(&self.path.join("."))) }
    }

    fn value(&mut self, shape: &'static Shape, node: &Node, key: Option<&'static Key>) -> Option<Json> {
        match shape {
            Shape::Section(keys) => self.section(keys, node),
            Shape::Names { of, what } => self.names(of, what, node),
            Shape::List(of) => self.list(of, node, key),
            Shape::OneOrList(of) if matches!(node.value, Value::List(_)) => self.list(of, node, key),
            Shape::OneOrList(of) => self.value(of, node, key),
            Shape::Thresholds => self.thresholds(node),
            Shape::Grant => self.grant(node),
            Shape::Settings => self.settings(node),
            _ => self.scalar(shape, node, key),
        }
    }

    fn section(&mut self, keys: &'static [Key], node: &Node) -> Option<Json> {
        if node.is_null() {
            return Some(Json::Object(Map::new()));
        }
        let Value::Map(entries) = &node.value else {
            self.wrong(node, "a map with keys of its own", None);
            return None;
        };
        let mut checked = Map::new();
        for entry in entries {
            let Some(key) = keys.iter().find(|key| key.name == entry.key) else {
                self.unknown_key(keys, entry);
                continue;
            };
            if entry.value.is_null() {
                continue;
            }
            self.path.push(entry.key.clone());
            let outer = self.later;
            if key.later && !outer {
                self.not_used_yet(entry);
                self.later = true;
            }
            let value = self.value(&key.shape, &entry.value, Some(key));
            if let Some(value) = value
                && !key.later
            {
                checked.insert(entry.key.clone(), value);
            }
            self.later = outer;
            self.path.pop();
        }
        Some(Json::Object(checked))
    }

    /// Says that nothing is done yet with what stands at `entry`, unless it asks for nothing.
    fn not_used_yet(&mut self, entry: &Entry) {
        if !entry.value.is_empty() {
            let said = Said::new(format!("{} is accepted, but not used by this version", self.place()));
            self.report.warn(entry.key_span.clone(), said.help("its form was checked; nothing is done with it yet"));
        }
    }

    fn unknown_key(&mut self, keys: &'static [Key], entry: &Entry) {
        let place = if self.path.is_empty() { "at the top level".to_owned() } else { format!("in {}", self.place()) };
        let message = format!("`{}` is not a key {place}", quoted(&entry.key));
        let said = Said::new(message);
        // Looking for the nearest key costs more than all else; nobody reads it past the first hundred.
        let said = if self.report.is_full() { said } else { said.help(suggest::for_key(keys, &self.path, &entry.key)) };
        match self.unknown {
            Unknown::LeaveOut if self.path.is_empty() => self.report.warn(entry.key_span.clone(), said),
            Unknown::LeaveOut | Unknown::Refuse => self.report.error(entry.key_span.clone(), said),
        }
    }

    /// A map whose keys are names that people choose.
    fn names(&mut self, of: &'static Shape, what: &str, node: &Node) -> Option<Json> {
        if node.is_null() {
            return Some(Json::Object(Map::new()));
        }
        let Value::Map(entries) = &node.value else {
            self.wrong(node, &format!("a map of {what}"), Some("write a name and a value on each line"));
            return None;
        };
        let mut checked = Map::new();
        for entry in entries {
            self.name(&entry.key, entry.key_span.clone());
            self.path.push(entry.key.clone());
            if let Some(value) = self.value(of, &entry.value, None) {
                checked.insert(entry.key.clone(), value);
            }
            self.path.pop();
        }
        Some(Json::Object(checked))
    }

    /// A name becomes a label, a file name and part of an address of a page.
    fn name(&mut self, name: &str, span: Range<usize>) {
        let fits = !name.is_empty()
            && name.len() <= 64
            && !name.starts_with('.')
            && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
        if !fits {
            let said = Said::new(format!("`{}` cannot be a name", quoted(name)));
            self.report.error(span, said.help("use 1 to 64 letters, digits, `-`, `_` and `.`, not beginning with `.`"));
        }
    }

    fn list(&mut self, of: &'static Shape, node: &Node, key: Option<&'static Key>) -> Option<Json> {
        let Value::List(items) = &node.value else {
            let example = key.map(example);
            self.wrong(node, &format!("a list, each item {}", of.words()), example.as_deref());
            return None;
        };
        let mut checked = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            self.path.push((index + 1).to_string());
            checked.extend(self.value(of, item, None));
            self.path.pop();
        }
        Some(Json::Array(checked))
    }

    /// The mistake of a value that is not of the expected kind.
    fn wrong(&mut self, node: &Node, expected: &str, help: Option<&str>) {
        let found = meaning::describe(node, self.path.last().map_or("", String::as_str));
        let said = Said::new(format!("{} has to be {expected}", self.place())).label(format!("this is {found}"));
        let said = match help {
            Some(help) => said.help(help),
            None => said,
        };
        self.report.error(node.span.clone(), said);
    }

    /// The mistake of a value of the right kind that cannot be.
    fn refuse(&mut self, node: &Node, message: String, help: &str) {
        self.report.error(node.span.clone(), Said::new(message).help(help));
    }
}

/// How a value of `key` could look, as help.
fn example(key: &Key) -> String {
    format!("for example `{}: {}`", key.name, key.example)
}
