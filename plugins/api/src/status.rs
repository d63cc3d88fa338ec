//! Which status codes are expected: `200`, `2xx`, `200-399`, one of them or a list.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

/// Ranges of status codes, both ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statuses(Vec<(u16, u16)>);

/// Ranges of one list.
const MOST_RANGES: usize = 50;

impl Statuses {
    /// `2xx`: what is expected when nothing is said.
    pub(crate) fn success() -> Self {
        Self(vec![(200, 299)])
    }

    /// `200-399`: an answer, and no error.
    pub(crate) fn answered() -> Self {
        Self(vec![(200, 399)])
    }

    pub(crate) fn has(&self, status: u16) -> bool {
        self.0.iter().any(|(from, to)| (*from..=*to).contains(&status))
    }
}

impl fmt::Display for Statuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (from, to)) in self.0.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { ", " })?;
            match (from, to) {
                (from, to) if from == to => write!(f, "{from}")?,
                (from, to) if from % 100 == 0 && *to == from + 99 => write!(f, "{}xx", from / 100)?,
                (from, to) => write!(f, "{from}-{to}")?,
            }
        }
        Ok(())
    }
}

fn range(text: &str) -> Option<(u16, u16)> {
    let code = |text: &str| text.parse::<u16>().ok().filter(|code| text.len() == 3 && (100..=999).contains(code));
    if let Some(class) = text.strip_suffix("xx") {
        let from = code(&format!("{class}00"))?;
        return Some((from, from.saturating_add(99)));
    }
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let (from, to) = (code(from)?, code(to)?);
    (from <= to).then_some((from, to))
}

impl<'de> Deserialize<'de> for Statuses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Statuses;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a status such as 200, `2xx` or `200-399`, or a list of them")
            }

            fn visit_u64<E: Error>(self, code: u64) -> Result<Statuses, E> {
                self.visit_str(&code.to_string())
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Statuses, E> {
                let wrong = || E::custom(format!("`{text}` is no status; write it as 200, `2xx` or `200-399`"));
                range(text).map(|range| Statuses(vec![range])).ok_or_else(wrong)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Statuses, A::Error> {
                let mut ranges = Vec::new();
                while let Some(Statuses(one)) = list.next_element()? {
                    ranges.extend(one);
                    if ranges.len() > MOST_RANGES {
                        return Err(A::Error::custom(format!("more than {MOST_RANGES} statuses in one list")));
                    }
                }
                if ranges.is_empty() {
                    return Err(A::Error::custom("a list of no status: no answer would ever be right"));
                }
                Ok(Statuses(ranges))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn statuses_are_numbers_classes_ranges_and_lists_of_them() {
        for (given, shown, has, has_not) in [
            (json!(200), "200", 200, 201),
            (json!("2xx"), "2xx", 299, 300),
            (json!("200-399"), "200-399", 399, 400),
            (json!([204, "3xx", "401-403"]), "204, 3xx, 401-403", 402, 404),
        ] {
            let statuses: Statuses = serde_json::from_value(given).unwrap();
            assert_eq!(statuses.to_string(), shown);
            assert!(statuses.has(has) && !statuses.has(has_not), "{shown}");
        }
        for wrong in [json!(20), json!("ok"), json!("300-200"), json!("0xx"), json!([]), json!("+20"), json!(true)] {
            assert!(serde_json::from_value::<Statuses>(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
