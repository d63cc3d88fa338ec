//! Scalars in the walk: what fits goes on, what does not is told with what would.

use serde_json::Value as Json;

use super::meaning::{Meaning, meaning};
use super::value::{Mistake, read};
use super::{Walk, example};
use crate::diagnostic::Said;
use crate::report::quoted;
use crate::schema::{Key, Shape};
use crate::secret::Secret;
use crate::tree::{Node, Value};

impl Walk<'_> {
    pub(super) fn scalar(&mut self, shape: &'static Shape, node: &Node, key: Option<&'static Key>) -> Option<Json> {
        let example = key.map(example);
        let Value::Scalar { text, plain } = &node.value else {
            self.wrong(node, &shape.words(), example.as_deref());
            return None;
        };
        if let Shape::Secret = shape {
            return self.secret(node, text, *plain);
        }
        let checked = read(shape, text, *plain, &self.base);
        match checked {
            Ok(value) => Some(value),
            Err(Mistake::Kind) => {
                let help = yaml_help(shape, text, *plain).or(example);
                self.wrong(node, &shape.words(), help.as_deref());
                None
            }
            Err(Mistake::Value { reason, help }) => {
                let help = help.or(example).unwrap_or_default();
                self.refuse(node, format!("{}: {reason}", self.place()), &help);
                None
            }
        }
    }

    fn secret(&mut self, node: &Node, text: &str, plain: bool) -> Option<Json> {
        if !matches!(meaning(text, plain), Meaning::Text(_)) {
            // A password may look like a number; as a number it would lose its leading zeros.
            self.wrong(node, "text or a reference such as `${env:NAME}`", Some("put it in quotes"));
            return None;
        }
        match Secret::parse(text) {
            Ok(secret) => {
                if secret.is_literal() {
                    let said = Said::new(format!("{} stands readable in the file", self.place()));
                    let help = "write `${credential:NAME}`, `${file:PATH}` or `${env:NAME}`, and keep it elsewhere";
                    self.report.warn(node.span.clone(), said.help(help));
                }
                Some(Json::from(text))
            }
            Err(reason) => {
                let help = "references are `${env:NAME}`, `${file:PATH}` and `${credential:NAME}`";
                self.refuse(node, format!("{}: {reason}", self.place()), help);
                None
            }
        }
    }
}

/// Help for what YAML means otherwise than people do.
fn yaml_help(shape: &Shape, text: &str, plain: bool) -> Option<String> {
    match (shape, meaning(text, plain)) {
        (Shape::Bool, Meaning::Text(word)) => match word.to_ascii_lowercase().as_str() {
            "yes" | "on" | "y" | "true" => Some("write `true`".to_owned()),
            "no" | "off" | "n" | "false" => Some("write `false`".to_owned()),
            _ => None,
        },
        (Shape::Text, Meaning::Bool(_) | Meaning::Integer(_) | Meaning::Float(_)) => {
            Some(format!("put it in quotes: `\"{}\"`", quoted(text)))
        }
        (Shape::Integer { .. }, Meaning::Text(digits)) if !plain && digits.parse::<u64>().is_ok() => {
            Some(format!("write it without quotes: `{digits}`"))
        }
        _ => None,
    }
}
