//! Suites: which tests run together.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::BenchError;

/// A named set of tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Suite {
    /// Every test there is.
    Comprehensive,
    /// This machine itself: processor, memory, disk, kernel.
    System,
}

impl Suite {
    /// All suites, the widest first.
    pub const ALL: [Self; 2] = [Self::Comprehensive, Self::System];

    /// The word that the command line and results use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Comprehensive => "comprehensive",
            Self::System => "system",
        }
    }

    /// Whether a test of the suite `other` belongs to this one.
    pub fn holds(self, other: Self) -> bool {
        self == Self::Comprehensive || self == other
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Suite {
    type Err = BenchError;

    fn from_str(text: &str) -> Result<Self, BenchError> {
        let wanted = text.to_lowercase();
        Self::ALL.into_iter().find(|suite| suite.as_str() == wanted).ok_or_else(|| {
            let near = Self::ALL
                .into_iter()
                .map(|suite| (strsim::damerau_levenshtein(&wanted, suite.as_str()), suite))
                .filter(|(distance, suite)| *distance <= suite.as_str().len() / 3)
                .min_by_key(|(distance, _)| *distance)
                .map(|(_, suite)| suite);
            BenchError::UnknownSuite { name: text.to_owned(), near }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_is_found_by_name_and_a_near_miss_is_suggested() {
        assert_eq!("System".parse::<Suite>().unwrap(), Suite::System);
        for (name, says) in [
            ("sytem", "there is no suite `sytem`; did you mean `system`?"),
            ("databases", "there is no suite `databases`; there are `comprehensive` and `system`"),
        ] {
            assert_eq!(name.parse::<Suite>().unwrap_err().to_string(), says);
        }
    }
}
