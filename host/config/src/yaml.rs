//! Writes YAML that reads back as the same: values of settings, and pieces of a file that is taken over.

use serde_json::Value as Json;

use crate::check::{Meaning, meaning};
use crate::tree::{Node, Value};

/// Columns that a comment may fill.
const WIDTH: usize = 110;

/// Appends `text` as comment lines, broken between words.
pub(crate) fn comment(into: &mut String, indent: usize, text: &str) {
    let start = format!("{}#", " ".repeat(indent));
    let mut line = start.clone();
    for word in text.split_whitespace() {
        if line.len() + 1 + word.len() > WIDTH && line.len() > start.len() {
            into.push_str(&line);
            into.push('\n');
            line.clone_from(&start);
        }
        line.push(' ');
        line.push_str(word);
    }
    into.push_str(&line);
    into.push('\n');
}

/// A value on one line.
pub(crate) fn flow(value: &Json) -> String {
    match value {
        Json::Null => "null".to_owned(),
        Json::Bool(value) => value.to_string(),
        Json::Number(number) => number.to_string(),
        Json::String(text) => scalar(text),
        Json::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Json::Object(entries) if entries.is_empty() => "{}".to_owned(),
        Json::Object(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("{}: {}", scalar(key), flow(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

/// Text as a scalar: plain where it reads back as the same text, else in quotes as JSON has them, which YAML reads too.
pub(crate) fn scalar(text: &str) -> String {
    let bare = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '_' | '-'))
        && matches!(meaning(text, true), Meaning::Text(_));
    if bare { text.to_owned() } else { Json::from(text).to_string() }
}

/// Appends `key: value` as it stood in a file, in block style.
pub(crate) fn entry(into: &mut String, indent: usize, key: &str, node: &Node) {
    let lead = " ".repeat(indent);
    match &node.value {
        Value::Map(entries) if !entries.is_empty() => {
            into.push_str(&format!("{lead}{}:\n", scalar(key)));
            for inner in entries {
                entry(into, indent + 2, &inner.key, &inner.value);
            }
        }
        _ => into.push_str(&format!("{lead}{}: {}\n", scalar(key), node_flow(node))),
    }
}

/// A node on one line. Plain scalars stay as they were written: `80.0` is not made `80`.
fn node_flow(node: &Node) -> String {
    match &node.value {
        Value::Scalar { text, plain: true } if !matches!(meaning(text, true), Meaning::Text(_)) => {
            if text.is_empty() {
                "null".to_owned()
            } else {
                text.clone()
            }
        }
        Value::Scalar { text, .. } => scalar(text),
        Value::List(items) => format!("[{}]", items.iter().map(node_flow).collect::<Vec<_>>().join(", ")),
        Value::Map(entries) if entries.is_empty() => "{}".to_owned(),
        Value::Map(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|entry| format!("{}: {}", scalar(&entry.key), node_flow(&entry.value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}
