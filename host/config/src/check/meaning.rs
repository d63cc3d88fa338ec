//! What YAML means by a scalar, and how a sentence calls what stands somewhere.

use serde_json::{Number, Value as Json};

use crate::mask;
use crate::report::quoted;
use crate::tree::{Node, Value};

/// What YAML's core schema (1.2) means by a scalar.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Meaning<'a> {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(&'a str),
}

/// What YAML means by `text`, which was written without quotes when `plain`.
pub(crate) fn meaning(text: &str, plain: bool) -> Meaning<'_> {
    if !plain {
        return Meaning::Text(text);
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Meaning::Null,
        "true" | "True" | "TRUE" => return Meaning::Bool(true),
        "false" | "False" | "FALSE" => return Meaning::Bool(false),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Meaning::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Meaning::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Meaning::Float(f64::NAN),
        _ => {}
    }
    let integer = if let Some(digits) = text.strip_prefix("0x") {
        i128::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with(['+', '-']))
    } else if let Some(digits) = text.strip_prefix("0o") {
        i128::from_str_radix(digits, 8).ok().filter(|_| !digits.starts_with(['+', '-']))
    } else {
        text.parse().ok()
    };
    if let Some(integer) = integer {
        return Meaning::Integer(integer);
    }
    // Rust also reads `inf` and `nan`, which are text in YAML.
    let numeric = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
    match text.parse::<f64>() {
        Ok(float) if numeric => Meaning::Float(float),
        _ => Meaning::Text(text),
    }
}

/// What stands at `node`, for a sentence; the value of a secret is not told.
pub(super) fn describe(node: &Node, name: &str) -> String {
    let (text, plain) = match &node.value {
        Value::Map(_) => return "a map".to_owned(),
        Value::List(_) => return "a list".to_owned(),
        Value::Scalar { text, plain } => (text, *plain),
    };
    let secret = mask::is_hidden_name(name) || mask::has_password(text);
    match meaning(text, plain) {
        Meaning::Null => "nothing".to_owned(),
        _ if secret => "something else".to_owned(),
        Meaning::Bool(value) => format!("`{value}`"),
        Meaning::Integer(_) | Meaning::Float(_) => format!("the number `{}`", quoted(text)),
        Meaning::Text(text) => format!("the text `{}`", quoted(text)),
    }
}

/// A number as JSON has it; JSON knows neither infinity nor 'not a number'.
pub(super) fn json_number(number: f64) -> Option<Json> {
    Number::from_f64(number).map(Json::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scalar_means_what_yaml_1_2_says() {
        for (text, expected) in [
            ("", Meaning::Null),
            ("~", Meaning::Null),
            ("true", Meaning::Bool(true)),
            ("yes", Meaning::Text("yes")),
            ("30", Meaning::Integer(30)),
            ("-0", Meaning::Integer(0)),
            ("010", Meaning::Integer(10)),
            ("0x1F", Meaning::Integer(31)),
            ("0o17", Meaning::Integer(15)),
            ("0x-1", Meaning::Text("0x-1")),
            ("80.0", Meaning::Float(80.0)),
            ("1e3", Meaning::Float(1000.0)),
            ("inf", Meaning::Text("inf")),
            ("-.inf", Meaning::Float(f64::NEG_INFINITY)),
            ("0-10", Meaning::Text("0-10")),
            ("172.16.168.20", Meaning::Text("172.16.168.20")),
        ] {
            assert_eq!(meaning(text, true), expected, "{text}");
            assert_eq!(meaning(text, false), Meaning::Text(text), "{text} in quotes");
        }
    }
}
