//! What a configuration may say: every key with its shape, meaning, example and first version, as one table.
//!
//! The walk, the reference and `--explain` read it; nothing else knows the names of the keys but the structs that
//! take the values. A key whose engine comes in a later version stands here too: its shape is checked, and the
//! person who wrote it is told that nothing happens yet.

mod later;
mod plugins;
mod table;

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
            Self::Duration { .. } => "a duration such as `30s` or `5m`".to_owned(),
            Self::Size { .. } => "a size such as `64MiB` or `4GiB`".to_owned(),
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
