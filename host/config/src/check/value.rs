//! Single values: whether a scalar is what the schema wants, and what it is then.

use std::net::IpAddr;
use std::path::Path;

use serde_json::Value as Json;

use super::meaning::{Meaning, meaning};
use super::suggest::{did_you_mean, nearest};
use crate::mask;
use crate::report::quoted;
use crate::schema::{Shape, list_words, range_words};
use crate::units;

/// Why a scalar does not fit.
pub(super) enum Mistake {
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

/// What `text` is as a value of `shape`; relative paths are relative to `base`.
pub(super) fn read(shape: &Shape, text: &str, plain: bool, base: &Path) -> Result<Json, Mistake> {
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
            Meaning::Text(text) => Err(match nearest(words.iter().copied(), text) {
                Some(near) => value_help(format!("`{}` is not {}", quoted(text), shape.words()), did_you_mean(near)),
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
    let bounds = || format!("it may be {}", range_words(least, most));
    if read.as_secs_f64() < least {
        Err(value_help(format!("`{shown}` is too short"), bounds()))
    } else if read.as_secs_f64() > most {
        Err(value_help(format!("`{shown}` is too long"), bounds()))
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
            format!("write a URL with {}", list_words(schemes)),
        ));
    }
    // A UNIX socket has a path only.
    if (authority.is_empty() && scheme != "unix") || rest.is_empty() || text.chars().any(char::is_whitespace) {
        // The text is not told: it may be a hook's URL, and who knows that can post.
        return Err(value("it is not a whole URL"));
    }
    Ok(Json::from(text))
}
