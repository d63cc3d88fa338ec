//! Label sets and the spelling of names.

use std::fmt::{self, Write};
use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};

/// A set of labels, sorted by name, each name once. The metric's name is not among them.
/// A label with an empty value is the same as no label (Prometheus' data model), so it is dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Labels(Box<[(Arc<str>, Arc<str>)]>);

impl Labels {
    /// A set from pairs in any order. Of a name that stands twice, the last one counts.
    pub fn new<N: Into<Arc<str>>, V: Into<Arc<str>>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let mut all: Vec<(Arc<str>, Arc<str>)> = Vec::new();
        for (name, value) in pairs {
            let (name, value) = (name.into(), value.into());
            match all.binary_search_by(|(known, _)| known.cmp(&name)) {
                Ok(at) => all[at].1 = value,
                Err(at) => all.insert(at, (name, value)),
            }
        }
        all.retain(|(_, value)| !value.is_empty());
        Self(all.into_boxed_slice())
    }

    /// The value of `name`, if the set has it.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.binary_search_by(|(known, _)| (**known).cmp(name)).ok().map(|at| &*self.0[at].1)
    }

    /// Names and values, in the order of the names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> + '_ {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// The set's own pairs, to share their text with another set.
    pub fn pairs(&self) -> &[(Arc<str>, Arc<str>)] {
        &self.0
    }

    /// This set with `name` set to `value` (or removed, when `value` is empty).
    pub fn with(&self, name: &str, value: &str) -> Self {
        Self::new(self.0.iter().cloned().chain([(Arc::from(name), Arc::from(value))]))
    }

    /// This set with only the labels whose names `keep` accepts.
    pub fn filter(&self, keep: impl Fn(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|(name, _)| keep(name)).cloned().collect())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Display for Labels {
    /// `{core="0",mode="user"}`; `{}` when empty.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('{')?;
        for (at, (name, value)) in self.iter().enumerate() {
            if at > 0 {
                f.write_char(',')?;
            }
            write!(f, "{name}=")?;
            quote_into(f, value)?;
        }
        f.write_char('}')
    }
}

impl Serialize for Labels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (name, value) in self.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Writes `text` in double quotes with `\`, `"` and line feed escaped, as the Prometheus text format and PromQL do.
pub fn quote_into(out: &mut impl Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    for c in text.chars() {
        match c {
            '\\' => out.write_str("\\\\")?,
            '"' => out.write_str("\\\"")?,
            '\n' => out.write_str("\\n")?,
            c => out.write_char(c)?,
        }
    }
    out.write_char('"')
}

/// Whether `name` may be a metric's: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
pub fn is_metric_name(name: &str) -> bool {
    let valid = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    name.starts_with(|c: char| valid(c) && !c.is_ascii_digit()) && name.chars().all(valid)
}

/// Whether `name` may be a label's: `[a-zA-Z_][a-zA-Z0-9_]*`.
pub fn is_label_name(name: &str) -> bool {
    is_metric_name(name) && !name.contains(':')
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn labels_are_sorted_unique_and_without_empty_values() {
        let labels = Labels::new([("mode", "user"), ("core", "0"), ("gone", ""), ("core", "1")]);
        expect![[r#"{core="1",mode="user"}"#]].assert_eq(&labels.to_string());
        assert_eq!(labels.get("core"), Some("1"));
        assert_eq!(labels.get("gone"), None);
        assert_eq!(labels.with("core", ""), Labels::new([("mode", "user")]));
        assert_eq!(labels.filter(|name| name == "core"), Labels::new([("core", "1")]));
    }

    #[test]
    fn values_are_escaped_as_the_text_format_asks() {
        let labels = Labels::new([("path", "C:\\\"x\"\n")]);
        expect![[r#"{path="C:\\\"x\"\n"}"#]].assert_eq(&labels.to_string());
    }

    #[test]
    fn names_follow_prometheus() {
        for (name, metric, label) in [
            ("up", true, true),
            ("job:up:sum", true, false),
            ("_x1", true, true),
            ("1x", false, false),
            ("", false, false),
            ("a-b", false, false),
            ("ä", false, false),
        ] {
            assert_eq!((is_metric_name(name), is_label_name(name)), (metric, label), "{name}");
        }
    }
}
