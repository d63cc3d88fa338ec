//! Single values: what YAML means by them, and whether they are what the schema wants.

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use serde_json::{Number, Value as Json};

use super::{Walk, example, suggest};
use crate::mask;
use crate::report::quoted;
use crate::schema::{Key, Shape};
use crate::secret::Secret;
use crate::tree::{Node, Value};
use crate::units;

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
    let secret = mask::is_secret_name(name) || mask::has_password(text);
    match meaning(text, plain) {
        Meaning::Null => "nothing".to_owned(),
        _ if secret => "something else".to_owned(),
        Meaning::Bool(value) => format!("`{value}`"),
        Meaning::Integer(_) | Meaning::Float(_) => format!("the number `{}`", quoted(text)),
        Meaning::Text(text) => format!("the text `{}`", quoted(text)),
    }
}

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
                    let said = crate::diagnostic::Said::new(format!("{} stands readable in the file", self.place()));
                    let help = "write `${credential:NAME}`, `${file:PATH}` or `${env:NAME}`, and keep it elsewhere";
                    self.report.warn(node.span.clone(), said.help(help));
                }
                Some(Json::Null)
            }
            Err(reason) => {
                let help = "references are `${env:NAME}`, `${file:PATH}` and `${credential:NAME}`";
                self.refuse(node, format!("{}: {reason}", self.place()), help);
                None
            }
        }
    }
}

/// Why a scalar does not fit.
enum Mistake {
    /// It is something else than what is wanted.
    Kind,
    /// It is of the kind, but cannot be.
    Value { reason: String, help: Option<String> },
}

fn value(reason: impl Into<String>) -> Mistake {
    Mistake::Value { reason: reason.into(), help: None }
}

fn value_help(reason: impl Into<String>, help: impl Into<String>) -> Mistake {
    Mistake::Value { reason: reason.into(), help: Some(help.into()) }
}

fn read(shape: &Shape, text: &str, plain: bool, base: &Path) -> Result<Json, Mistake> {
    let meant = meaning(text, plain);
    match shape {
        Shape::Bool => match meant {
            Meaning::Bool(value) => Ok(Json::Bool(value)),
            _ => Err(Mistake::Kind),
        },
        Shape::Integer { least, most } => match meant {
            Meaning::Integer(number) => match u64::try_from(number) {
                Ok(number) if (*least..=*most).contains(&number) => Ok(Json::from(number)),
                _ => Err(value(format!("{number} is not between {least} and {most}"))),
            },
            _ => Err(Mistake::Kind),
        },
        Shape::Duration { least, most } => duration(&meant, *least, *most),
        Shape::Size { least } => size(&meant, *least),
        // From here on text is wanted; a number without quotes is text where no number can be meant.
        Shape::Host | Shape::Bind | Shape::Sha256 | Shape::Path => match meant {
            Meaning::Null | Meaning::Bool(_) => Err(Mistake::Kind),
            _ => plain_text(text).and_then(|text| match shape {
                Shape::Host => host(text),
                Shape::Bind => bind(text),
                Shape::Sha256 => sha256(text),
                _ => path(text, base),
            }),
        },
        Shape::Word(words) => match meant {
            Meaning::Text(text) if words.contains(&text) => Ok(Json::from(text)),
            Meaning::Text(text) => Err(match suggest::nearest(words.iter().copied(), text) {
                Some(near) => value_help(
                    format!("`{}` is not {}", quoted(text), shape.words()),
                    format!("did you mean `{near}`?"),
                ),
                None => Mistake::Kind,
            }),
            _ => Err(Mistake::Kind),
        },
        Shape::Url(schemes) => match meant {
            Meaning::Text(text) => plain_text(text).and_then(|text| url(text, schemes)),
            _ => Err(Mistake::Kind),
        },
        _ => match meant {
            Meaning::Text(text) => plain_text(text).map(Json::from),
            _ => Err(Mistake::Kind),
        },
    }
}

/// Text that is neither empty nor a reference nor holds a password.
fn plain_text(text: &str) -> Result<&str, Mistake> {
    if text.trim().is_empty() {
        Err(value("it is empty"))
    } else if text.contains("${") {
        Err(value_help("`${...}` is read only where a secret is wanted", "write the value itself"))
    } else if mask::has_password(text) {
        Err(value_help("a password stands in the URL", "write it beside the URL: `password: \"${credential:NAME}\"`"))
    } else if text.chars().any(char::is_control) {
        Err(value_help("it has a line end or another control character in it", "write it on one line"))
    } else {
        Ok(text)
    }
}

fn duration(meant: &Meaning<'_>, least: f64, most: f64) -> Result<Json, Mistake> {
    let (read, shown) = match meant {
        Meaning::Integer(number) => (units::from_seconds(*number as f64), number.to_string()),
        Meaning::Float(number) => (units::from_seconds(*number), number.to_string()),
        Meaning::Text(text) => (units::parse_duration(text), quoted(text)),
        Meaning::Null | Meaning::Bool(_) => return Err(Mistake::Kind),
    };
    let read = read.map_err(|reason| value(format!("`{shown}` is not a duration: {reason}")))?;
    let bound = |seconds: f64| units::format_duration(Duration::from_secs_f64(seconds));
    let (shortest, longest) = (bound(least), bound(most));
    if read.as_secs_f64() < least {
        Err(value_help(format!("`{shown}` is too short"), format!("it may be {shortest} to {longest}")))
    } else if read.as_secs_f64() > most {
        Err(value_help(format!("`{shown}` is too long"), format!("it may be {shortest} to {longest}")))
    } else {
        Ok(Json::from(units::format_duration(read)))
    }
}

fn size(meant: &Meaning<'_>, least: u64) -> Result<Json, Mistake> {
    let text = match meant {
        Meaning::Integer(number) => number.to_string(),
        Meaning::Text(text) => (*text).to_owned(),
        Meaning::Null | Meaning::Bool(_) | Meaning::Float(_) => return Err(Mistake::Kind),
    };
    let shown = quoted(&text);
    let bytes = units::parse_size(&text).map_err(|reason| value(format!("`{shown}` is not a size: {reason}")))?;
    if bytes < least {
        return Err(value_help(
            format!("`{shown}` is too small"),
            format!("it has to be {} or more", units::format_size(least)),
        ));
    }
    Ok(Json::from(units::format_size(bytes)))
}

/// An IP address or a host name; `172.16.168.256` is neither.
fn host(text: &str) -> Result<Json, Mistake> {
    if text.parse::<IpAddr>().is_ok() {
        return Ok(Json::from(text));
    }
    let reason = format!("`{}` is neither an IP address nor a host name", quoted(text));
    if text.contains("://") || text.contains('/') {
        return Err(value_help(reason, "write the address alone, without scheme and path"));
    }
    let labels: Vec<&str> = text.trim_end_matches('.').split('.').collect();
    let fits = |label: &&str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
            && !label.starts_with('-')
    };
    let numeric = labels.last().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    if numeric {
        Err(value_help(reason, "an IPv4 address has four numbers from 0 to 255"))
    } else if text.len() <= 253 && labels.iter().all(fits) {
        Ok(Json::from(text))
    } else {
        Err(value_help(reason, "write an address such as `172.16.168.20`, or a name such as `redis.site.example`"))
    }
}

fn bind(text: &str) -> Result<Json, Mistake> {
    match text.parse::<IpAddr>() {
        Ok(address) if address.is_loopback() => Ok(Json::from(text)),
        Ok(address) => Err(value_help(
            format!("{address} can be reached from other machines, and users and TLS are not there yet"),
            "use `127.0.0.1`, and reach it from elsewhere through SSH or a proxy that asks for a login",
        )),
        Err(_) if text == "localhost" => Err(value_help("`localhost` is a name, not an address", "write `127.0.0.1`")),
        Err(_) => Err(Mistake::Kind),
    }
}

fn sha256(text: &str) -> Result<Json, Mistake> {
    if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(Json::from(text.to_ascii_lowercase()));
    }
    let reason = format!("`{}` is not a SHA-256: it has {} characters", quoted(text), text.chars().count());
    Err(value_help(reason, "it is 64 hexadecimal digits, as `sha256sum FILE` prints them"))
}

fn path(text: &str, base: &Path) -> Result<Json, Mistake> {
    if text.starts_with("~/") {
        return Err(value_help("`~` does not stand for a home folder here", "write the whole path"));
    }
    Ok(Json::from(base.join(text).to_string_lossy()))
}

fn url(text: &str, schemes: &[&str]) -> Result<Json, Mistake> {
    let Some((scheme, rest)) = text.split_once("://") else { return Err(Mistake::Kind) };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if !schemes.contains(&scheme) {
        return Err(value_help(
            format!("`{}` is not a scheme that is read here", quoted(scheme)),
            format!("write a URL with {}", crate::schema::list_words(schemes)),
        ));
    }
    // A UNIX socket has a path only.
    if (authority.is_empty() && scheme != "unix") || rest.is_empty() || text.chars().any(char::is_whitespace) {
        return Err(value(format!("`{}` is not a whole URL", quoted(text))));
    }
    Ok(Json::from(text))
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
