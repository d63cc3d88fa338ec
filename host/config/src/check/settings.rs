//! A plugin's settings: any YAML, but no secret.

use serde_json::{Map, Value as Json};

use super::meaning::json_number;
use super::{Meaning, Walk, meaning};
use crate::mask;
use crate::tree::{Node, Value};

const TARGETS: &str = "a plugin never sees a secret: put it under `targets`, and name the target here and in `grant`";

impl Walk<'_> {
    pub(super) fn settings(&mut self, node: &Node) -> Option<Json> {
        if let Value::Map(_) = node.value {
            return self.setting(node);
        }
        self.wrong(node, "a map of settings", Some("write a name and a value on each line"));
        None
    }

    fn setting(&mut self, node: &Node) -> Option<Json> {
        match &node.value {
            Value::Map(entries) => {
                let mut checked = Map::new();
                for entry in entries {
                    self.path.push(entry.key.clone());
                    if mask::is_secret_name(&entry.key) && holds_something(&entry.value) {
                        self.refuse(
                            &entry.value,
                            format!("{} is a secret under a plugin's settings", self.place()),
                            TARGETS,
                        );
                    } else if let Some(value) = self.setting(&entry.value) {
                        checked.insert(entry.key.clone(), value);
                    }
                    self.path.pop();
                }
                Some(Json::Object(checked))
            }
            Value::List(items) => {
                let mut checked = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    self.path.push((index + 1).to_string());
                    checked.extend(self.setting(item));
                    self.path.pop();
                }
                Some(Json::Array(checked))
            }
            Value::Scalar { text, plain } => self.setting_scalar(node, text, *plain),
        }
    }

    fn setting_scalar(&mut self, node: &Node, text: &str, plain: bool) -> Option<Json> {
        let number = match meaning(text, plain) {
            Meaning::Null => return Some(Json::Null),
            Meaning::Bool(value) => return Some(Json::Bool(value)),
            Meaning::Text(text) if ["${env:", "${file:", "${credential:"].iter().any(|start| text.contains(start)) => {
                self.refuse(node, format!("{} names a secret under a plugin's settings", self.place()), TARGETS);
                return None;
            }
            Meaning::Text(text) if mask::has_password(text) => {
                self.refuse(
                    node,
                    format!("{} has a password in its URL, under a plugin's settings", self.place()),
                    TARGETS,
                );
                return None;
            }
            Meaning::Text(text) => return Some(Json::from(text)),
            Meaning::Integer(number) => match (u64::try_from(number), i64::try_from(number)) {
                (Ok(number), _) => return Some(Json::from(number)),
                (_, Ok(number)) => return Some(Json::from(number)),
                _ => number as f64,
            },
            Meaning::Float(number) => number,
        };
        let checked = json_number(number);
        if checked.is_none() {
            self.refuse(
                node,
                format!("{}: {number} cannot be handed to a plugin", self.place()),
                "write a finite number",
            );
        }
        checked
    }
}

/// Whether a value could be a secret: neither nothing nor a switch.
fn holds_something(node: &Node) -> bool {
    match &node.value {
        Value::Scalar { text, plain } => !matches!(meaning(text, *plain), Meaning::Null | Meaning::Bool(_)),
        Value::List(items) => !items.is_empty(),
        Value::Map(entries) => !entries.is_empty(),
    }
}
