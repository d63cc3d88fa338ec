//! What a configuration may say: every key with its shape, meaning, example and first version, as one table.
//!
//! The walk, the reference and `--explain` read it; nothing else knows the names of the keys but the structs that
//! take the values. A key whose engine comes in a later version stands here too: its shape is checked, and the
//! person who wrote it is told that nothing happens yet.

mod later;
mod plugins;
mod table;
mod targets;

use std::time::Duration;

use crate::units;

pub(crate) use plugins::{CAPABILITIES, Scope};
pub(crate) use table::ROOT;

/// One key of a section.
pub(crate) struct Key {
    /// How it is written.
    pub(crate) name: &'static str,
    /// What may stand behind it.
    pub(crate) shape: Shape,
    /// What it means, in sentences.
    pub(crate) doc: &'static str,
    /// A value as it could stand in a file, on one line.
    pub(crate) example: &'static str,
    /// What holds when the key is left out, in words, where the settings themselves cannot tell.
    pub(crate) default: &'static str,
    /// The first version that reads it.
    pub(crate) since: &'static str,
    /// Whether the engine behind it is still to come: accepted, checked, and not used.
    pub(crate) later: bool,
}

/// What may stand behind a key.
pub(crate) enum Shape {
    /// `true` or `false`.
    Bool,
    /// Any text on one line.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number between these, ends included.
    Integer { least: u64, most: u64 },
    /// A duration between these seconds, ends included.
    Duration { least: f64, most: f64 },
    /// A size of at least so many bytes.
    Size { least: u64 },
    /// An IP address of this machine to listen on.
    Bind,
    /// An IP address or a host name.
    Host,
    /// A file or folder; relative to the file's folder.
    Path,
    /// A SHA-256 in hexadecimal.
    Sha256,
    /// A URL with one of these schemes.
    Url(&'static [&'static str]),
    /// A reference to a secret.
    Secret,
    /// Thresholds: names with numbers.
    Thresholds,
    /// What is granted: capabilities with scopes.
    Grant,
    /// Whatever a plugin wants to be told.
    Settings,
    /// A list of such.
    List(&'static Shape),
    /// A list of such, or one without the brackets.
    OneOrList(&'static Shape),
    /// Names that people choose, each with such a value; and what the names are of.
    Names { of: &'static Shape, what: &'static str },
    /// A map with these keys.
    Section(&'static [Key]),
}

impl Shape {
    /// What is expected, in words.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Bool => "`true` or `false`".to_owned(),
            Self::Text => "text".to_owned(),
            Self::Word(words) => format!("one of {}", list_words(words)),
            Self::Integer { least, most } => format!("a whole number from {least} to {most}"),
            Self::Duration { least, most } => format!("a duration, {}", range_words(*least, *most)),
            Self::Size { least } => format!("a size, {} or more", units::format_size(*least)),
            Self::Bind => "an IP address".to_owned(),
            Self::Host => "an IP address or a host name".to_owned(),
            Self::Path => "a path".to_owned(),
            Self::Sha256 => "a SHA-256 in hexadecimal".to_owned(),
            Self::Url(schemes) => format!("a URL with {}", list_words(schemes)),
            Self::Secret => "a secret such as `${env:NAME}`".to_owned(),
            Self::Thresholds => "a map of thresholds".to_owned(),
            Self::Grant => "a map of capabilities".to_owned(),
            Self::Settings => "a map of settings".to_owned(),
            Self::List(of) => format!("a list, each item {}", of.words()),
            Self::OneOrList(of) => format!("{}, or a list of such", of.words()),
            Self::Names { what, .. } => format!("a map of {what}"),
            Self::Section(_) => "a map".to_owned(),
        }
    }
}

/// The bounds of a duration in seconds: `1s to 1d`.
pub(crate) fn range_words(least: f64, most: f64) -> String {
    let bound = |seconds: f64| units::format_duration(Duration::from_secs_f64(seconds));
    format!("{} to {}", bound(least), bound(most))
}

/// `a`, `b` or `c`, each in back quotes.
pub(crate) fn list_words(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        _ => quoted.concat(),
    }
}

impl Key {
    /// A key that this version reads.
    const fn new(name: &'static str, shape: Shape, doc: &'static str, example: &'static str) -> Self {
        Self { name, shape, doc, example, default: "", since: "0.1", later: false }
    }

    /// The same with words for what holds when it is left out.
    const fn default(mut self, words: &'static str) -> Self {
        self.default = words;
        self
    }

    /// The same, to be read by a later version.
    const fn later(mut self) -> Self {
        self.later = true;
        self
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// The rest of a file in which every example has what it names.
    const AROUND: [(&str, &str); 2] = [
        ("distributed_vms", "{ main: 10.0.0.1, redis: 10.0.0.2 }"),
        ("targets", "{ redis-main: { redis: \"redis://10.0.0.2\" } }"),
    ];

    /// A file that says `value` at the end of `path`, the outermost first; `*` is a name, `[]` an item.
    fn file(path: &[&str], value: String) -> String {
        let inner = path.iter().skip(1).rev().fold(value, |value, step| match *step {
            "[]" => format!("[{value}]"),
            "*" => format!("{{ any-name: {value} }}"),
            // These need another key beside them.
            "native" => format!("{{ native: {value}, sha256: '{:064}' }}", 0),
            "sha256" => format!("{{ sha256: {value}, native: x.so }}"),
            "user" | "password" | "bearer" if path[0] == "targets" => {
                format!("{{ {step}: {value}, redis: \"redis://10.0.0.2\" }}")
            }
            "escalate" => format!("{{ escalate: {value}, notify: {{ on-call: {{}}, everyone: {{}} }} }}"),
            key => format!("{{ {key}: {value} }}"),
        });
        let top = path.first().copied().unwrap_or_default();
        let around: String =
            AROUND.iter().filter(|(key, _)| *key != top).map(|(key, value)| format!("{key}: {value}\n")).collect();
        format!("{around}{top}: {inner}\n")
    }

    fn walk(keys: &'static [Key], path: &mut Vec<&'static str>, seen: &mut dyn FnMut(&[&str], &Key)) {
        for key in keys {
            path.push(key.name);
            seen(path, key);
            let depth = path.len();
            let mut shape = &key.shape;
            loop {
                match shape {
                    Shape::Names { of, .. } => (shape, _) = (of, path.push("*")),
                    Shape::List(of) | Shape::OneOrList(of) => (shape, _) = (of, path.push("[]")),
                    Shape::Section(inner) => break walk(inner, path, seen),
                    _ => break,
                }
            }
            path.truncate(depth - 1);
        }
    }

    #[test]
    fn every_example_of_the_table_loads() {
        let mut count = 0;
        walk(ROOT, &mut Vec::new(), &mut |path, key| {
            let text = file(path, key.example.to_owned());
            if let Err(mistakes) = crate::parse(&text, Path::new("example.yaml")) {
                panic!("{mistakes}");
            }
            count += 1;
        });
        assert!(count > 60, "{count}");
    }

    #[test]
    fn every_key_tells_its_default_and_ends_its_sentence() {
        let defaults = serde_json::to_value(crate::Config::default()).expect("JSON");
        walk(ROOT, &mut Vec::new(), &mut |path, key| {
            assert!(key.doc.ends_with('.'), "{path:?}");
            let mut first = path.iter().take_while(|step| **step != "*");
            let value = first.try_fold(&defaults, |value, step| value.get(step));
            let known = value.is_some_and(|value| !value.is_null())
                || path.contains(&"plugins")
                || key.name == "dashboard_port";
            assert!(known || key.later || !key.default.is_empty(), "{path:?} has no default");
        });
    }
}
