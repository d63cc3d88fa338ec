//! Parameters of a request, and what they mean.

use std::time::Duration;

use autobot_model::{Matcher, TimeRange, Timestamp};
use autobot_query::{ErrorKind, ExprKind, QueryError, json, parse};

/// Parameters of a request in their order; some may stand more than once (`match[]`).
pub(super) struct Parameters(Vec<(String, String)>);

pub(super) fn bad(message: String) -> QueryError {
    QueryError { kind: ErrorKind::BadData, message }
}

impl Parameters {
    pub(super) fn parse(text: &str) -> Result<Self, QueryError> {
        let pairs =
            serde_urlencoded::from_str(text).map_err(|error| bad(format!("the parameters cannot be read: {error}")))?;
        Ok(Self(pairs))
    }

    /// The first value under that name; an empty one is the same as none.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| &**value).filter(|value| !value.is_empty())
    }

    /// Every value under that name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| &**value)
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, QueryError> {
        self.get(name).ok_or_else(|| bad(format!("the parameter `{name}` is missing")))
    }

    pub(super) fn time(&self, name: &str) -> Result<Option<Timestamp>, QueryError> {
        self.get(name).map(|text| json::time(name, text)).transpose()
    }

    pub(super) fn duration(&self, name: &str) -> Result<Option<Duration>, QueryError> {
        self.get(name).map(|text| json::duration(name, text)).transpose()
    }

    /// How many items of an answer are wanted; all of them without the parameter, or when it is 0.
    pub(super) fn limit(&self) -> Result<Option<usize>, QueryError> {
        Ok(self.number("limit")?.filter(|limit| *limit > 0))
    }

    pub(super) fn number(&self, name: &str) -> Result<Option<usize>, QueryError> {
        let read = |text: &str| {
            text.parse()
                .map_err(|_| bad(format!("`{name}={text}` is no number; give a whole one that is not negative")))
        };
        self.get(name).map(read).transpose()
    }

    /// The words that Go reads as true and false.
    pub(super) fn flag(&self, name: &str) -> Result<bool, QueryError> {
        match self.get(name) {
            None => Ok(false),
            Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Ok(true),
            Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Ok(false),
            Some(text) => Err(bad(format!("`{name}={text}` is neither true nor false"))),
        }
    }

    /// `start` and `end`; all of time when they are left out.
    pub(super) fn range(&self) -> Result<TimeRange, QueryError> {
        let range = TimeRange {
            start: self.time("start")?.unwrap_or(Timestamp::MIN),
            end: self.time("end")?.unwrap_or(Timestamp::MAX),
        };
        if range.end < range.start {
            return Err(bad("the `end` is before the `start`".to_owned()));
        }
        Ok(range)
    }

    /// The selections of `match[]`.
    pub(super) fn selections(&self) -> Result<Vec<Vec<Matcher>>, QueryError> {
        self.all("match[]")
            .map(|text| {
                let expr = parse(text).map_err(|error| bad(format!("`match[]={text}`: {error}")))?;
                match expr.kind {
                    ExprKind::Selector(selector) if selector.range.is_none() => Ok(selector.matchers),
                    _ => Err(bad(format!("`match[]={text}` is no selector of series"))),
                }
            })
            .collect()
    }
}

/// The name of a label as it stands in a path. One that begins with `U__` was escaped (Prometheus' `ValueEncodingEscaping`): `__`
/// stands for `_`, and `_2e_` for the character with that number in hexadecimal. What was not escaped so is meant as it is.
pub(super) fn label_name(name: &str) -> String {
    name.strip_prefix("U__").and_then(unescaped).unwrap_or_else(|| name.to_owned())
}

fn unescaped(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('_') {
        plain.push_str(&rest[..at]);
        // Up to the next `_`: nothing, or the number of a character; six digits reach the last one.
        let (digits, behind) = rest[at + 1..].split_once('_')?;
        match digits {
            "" => plain.push('_'),
            digits if digits.len() <= 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
                plain.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
            }
            _ => return None,
        }
        rest = behind;
    }
    plain.push_str(rest);
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_labels_may_be_escaped() {
        for (given, meant) in [
            ("job", "job"),
            ("__name__", "__name__"),
            ("U__http_2e_status", "http.status"),
            ("U__a__b", "a_b"),
            ("U__", ""),
            ("U____", "_"),
            ("U___1f600_", "😀"),
            ("U__http_2e", "U__http_2e"),
            ("U__a_zz_b", "U__a_zz_b"),
            ("U__a_d800_b", "U__a_d800_b"),
            ("U__a_0000041_b", "U__a_0000041_b"),
            ("U__a_", "U__a_"),
        ] {
            assert_eq!(label_name(given), meant, "{given}");
        }
    }
}
