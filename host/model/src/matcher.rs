//! Label matchers: how series are selected.

use std::fmt;

use regex::Regex;

use crate::{SeriesKey, quote_into};

/// How a matcher compares. Regular expressions are anchored at both ends, as in Prometheus.
#[derive(Clone, Debug)]
pub enum MatchOp {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`
    Matches(Regex),
    /// `!~`
    NotMatches(Regex),
}

/// One condition on a label; `__name__` is the metric's name, an absent label is empty.
#[derive(Clone, Debug)]
pub struct Matcher {
    /// Name of the label.
    pub label: String,
    /// How it compares.
    pub op: MatchOp,
    /// What it compares with, as written.
    pub value: String,
}

/// A regular expression that does not compile.
#[derive(Debug, thiserror::Error)]
#[error("`{pattern}` is not a regular expression: {reason}")]
pub struct MatcherError {
    /// As written.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Matcher {
    /// `label="value"`
    pub fn equal(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), op: MatchOp::Equal, value: value.into() }
    }

    /// `label!="value"`
    pub fn not_equal(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), op: MatchOp::NotEqual, value: value.into() }
    }

    /// `label=~"pattern"`
    pub fn matches(label: impl Into<String>, pattern: impl Into<String>) -> Result<Self, MatcherError> {
        let pattern = pattern.into();
        Ok(Self { label: label.into(), op: MatchOp::Matches(anchored(&pattern)?), value: pattern })
    }

    /// `label!~"pattern"`
    pub fn not_matches(label: impl Into<String>, pattern: impl Into<String>) -> Result<Self, MatcherError> {
        let pattern = pattern.into();
        Ok(Self { label: label.into(), op: MatchOp::NotMatches(anchored(&pattern)?), value: pattern })
    }

    /// The metric's name, when this matcher demands one.
    pub fn metric_name(&self) -> Option<&str> {
        (self.label == "__name__" && matches!(self.op, MatchOp::Equal)).then_some(&*self.value)
    }

    /// Whether the label's value fulfils the condition.
    pub fn accepts(&self, value: &str) -> bool {
        match &self.op {
            MatchOp::Equal => value == self.value,
            MatchOp::NotEqual => value != self.value,
            MatchOp::Matches(regex) => regex.is_match(value),
            MatchOp::NotMatches(regex) => !regex.is_match(value),
        }
    }

    /// Whether the series fulfils the condition.
    pub fn selects(&self, series: &SeriesKey) -> bool {
        self.accepts(series.label(&self.label))
    }
}

fn anchored(pattern: &str) -> Result<Regex, MatcherError> {
    // Checked alone first: `a)(b` must not become valid by the group around it.
    Regex::new(pattern)
        .and_then(|_| Regex::new(&format!("^(?s:{pattern})$")))
        .map_err(|error| MatcherError { pattern: pattern.to_owned(), reason: error.to_string() })
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        self.label == other.label
            && self.value == other.value
            && std::mem::discriminant(&self.op) == std::mem::discriminant(&other.op)
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let op = match self.op {
            MatchOp::Equal => "=",
            MatchOp::NotEqual => "!=",
            MatchOp::Matches(_) => "=~",
            MatchOp::NotMatches(_) => "!~",
        };
        write!(f, "{}{op}", self.label)?;
        quote_into(f, &self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Labels;

    #[test]
    fn regular_expressions_are_anchored_and_an_absent_label_is_empty() {
        let key = SeriesKey { name: "up".into(), labels: Labels::new([("machine", "main-2")]) };
        for (matcher, selects) in [
            (Matcher::equal("__name__", "up"), true),
            (Matcher::not_equal("machine", "main"), true),
            (Matcher::matches("machine", "main").unwrap(), false),
            (Matcher::matches("machine", "main.*|x").unwrap(), true),
            (Matcher::not_matches("machine", "main.*").unwrap(), false),
            (Matcher::equal("absent", ""), true),
            (Matcher::matches("absent", ".+").unwrap(), false),
        ] {
            assert_eq!(matcher.selects(&key), selects, "{matcher}");
        }
    }

    #[test]
    fn a_pattern_must_be_valid_on_its_own() {
        assert!(Matcher::matches("a", "a)(b").is_err());
        assert!(Matcher::matches("a", "(").is_err());
    }
}
