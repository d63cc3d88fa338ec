//! The whole configuration file with every default and what each key means.

use serde_json::Value as Json;

use crate::config::Config;
use crate::schema::{Key, ROOT, Shape};
use crate::yaml;

/// A file that says what an empty one means: every key with its meaning, at its default; what has no value by default
/// or is not used by this version is commented out.
pub fn explain() -> String {
    let defaults = serde_json::to_value(Config::default()).unwrap_or_default();
    let mut text = String::new();
    yaml::comment(&mut text, 0, "Every key of AutoBot host's configuration, at its default.");
    yaml::comment(&mut text, 0, "Durations: 30 or 30s, 500ms, 5m, 30d. Sizes: 64MiB, 4GiB.");
    yaml::comment(
        &mut text,
        0,
        "Secrets: ${env:NAME}, ${file:PATH}, ${credential:NAME}. Relative paths are relative to the file.",
    );
    section(&mut text, ROOT, &defaults, 0);
    text
}

/// The default of `key` in the JSON of its section. The port has another place inside than in the file.
pub(crate) fn default_of<'a>(key: &Key, section: &'a Json) -> Option<&'a Json> {
    let value = match key.name {
        "dashboard_port" => section.get("dashboard").and_then(|dashboard| dashboard.get("port")),
        name => section.get(name),
    };
    // An empty list stands for something else, which the key's words tell.
    let stands_for_another = |value: &Json| value.as_array().is_some_and(Vec::is_empty) && !key.default.is_empty();
    value.filter(|value| !value.is_null() && !stands_for_another(value))
}

fn section(text: &mut String, keys: &[Key], values: &Json, indent: usize) {
    for (index, key) in keys.iter().enumerate() {
        if indent == 0 || index > 0 {
            text.push('\n');
        }
        one(text, key, values, indent);
    }
}

fn one(text: &mut String, key: &Key, values: &Json, indent: usize) {
    let lead = " ".repeat(indent);
    yaml::comment(text, indent, key.doc);
    if key.later {
        yaml::comment(text, indent, "Accepted, not used by this version.");
    }
    let value = default_of(key, values).filter(|_| !key.later);
    match (value, &key.shape) {
        (Some(value), Shape::Section(keys)) => {
            text.push_str(&format!("{lead}{}:\n", key.name));
            section(text, keys, value, indent + 2);
        }
        (Some(Json::Object(entries)), Shape::Names { .. } | Shape::Thresholds) if !entries.is_empty() => {
            text.push_str(&format!("{lead}{}:\n", key.name));
            for (name, value) in entries {
                named(text, &key.shape, name, value, indent + 2);
            }
        }
        (Some(value), _) => text.push_str(&format!("{lead}{}: {}\n", key.name, yaml::flow(value))),
        (None, _) => {
            if !key.default.is_empty() {
                yaml::comment(text, indent, &format!("Default: {}.", key.default));
            }
            text.push_str(&format!("{lead}#{}: {}\n", key.name, key.example));
        }
    }
}

/// One entry of a map whose names people choose.
fn named(text: &mut String, shape: &Shape, name: &str, value: &Json, indent: usize) {
    let lead = " ".repeat(indent);
    if let Shape::Names { of: Shape::Section(keys), .. } = shape {
        text.push_str(&format!("{lead}{}:\n", yaml::scalar(name)));
        section(text, keys, value, indent + 2);
    } else {
        text.push_str(&format!("{lead}{}: {}\n", yaml::scalar(name), yaml::flow(value)));
    }
}
