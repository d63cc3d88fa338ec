//! Which databases: `0-10`, `0,3,8-11`, `3`, or all.

use std::fmt;
use std::ops::RangeInclusive;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// Databases that are told of at most. Where a server has more, those with keys go first.
const MOST_DATABASES: usize = 100;

/// Numbers of databases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Databases {
    /// Empty: all.
    ranges: Vec<RangeInclusive<u32>>,
}

impl Databases {
    fn parse(text: &str) -> Result<Self, String> {
        if text.trim() == "all" {
            return Ok(Self::default());
        }
        let range = |part: &str| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
            (first <= last).then_some(first..=last)
        };
        let ranges: Option<Vec<_>> = text.split(',').map(range).collect();
        let ranges = ranges.filter(|ranges| ranges.len() <= MOST_DATABASES);
        ranges.map(|ranges| Self { ranges }).ok_or_else(|| {
            format!(
                "`databases` is `{text}`; it may be `all`, or numbers and ranges of numbers, as `0-10` or `0,3,8-11`"
            )
        })
    }

    fn has(&self, database: u32) -> bool {
        self.ranges.is_empty() || self.ranges.iter().any(|range| range.contains(&database))
    }

    /// Which to tell of, in their order: of a server that has `count` databases, if it says so, and keys in `used`.
    pub(crate) fn choose(&self, count: Option<u32>, used: impl Iterator<Item = u32>) -> Vec<u32> {
        let mut chosen: Vec<u32> = used.filter(|&database| self.has(database)).take(MOST_DATABASES).collect();
        let wanted = self.ranges.iter().map(|range| *range.end()).max();
        // Without the server's word, no more than those with keys are known to be there.
        let end = count.unwrap_or(0).min(wanted.map_or(u32::MAX, |last| last.saturating_add(1)));
        for database in (0..end).filter(|&database| self.has(database)) {
            if chosen.len() >= MOST_DATABASES {
                break;
            }
            if !chosen.contains(&database) {
                chosen.push(database);
            }
        }
        chosen.sort_unstable();
        chosen
    }
}

impl<'de> Deserialize<'de> for Databases {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Numbers;

        impl Visitor<'_> for Numbers {
            type Value = Databases;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("databases, as `0-10`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Databases, E> {
                Databases::parse(text).map_err(E::custom)
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Databases, E> {
                Databases::parse(&number.to_string()).map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_ranges_choose_among_those_that_are_there() {
        for (text, count, used, chosen) in [
            ("all", Some(4), &[2][..], &[0, 1, 2, 3][..]),
            ("all", None, &[2, 9], &[2, 9]),
            ("0-10", Some(16), &[3, 12], &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
            ("0-10", Some(3), &[], &[0, 1, 2]),
            ("0, 3 ,8-9", Some(16), &[], &[0, 3, 8, 9]),
            ("7", None, &[7, 8], &[7]),
            ("0-4294967295", Some(2), &[], &[0, 1]),
        ] {
            let databases = Databases::parse(text).unwrap();
            assert_eq!(databases.choose(count, used.iter().copied()), chosen, "{text}");
        }
        let many = Databases::default().choose(Some(1_000_000), [5_000, 6_000].into_iter());
        assert_eq!((many.len(), many[98], many[99]), (100, 5_000, 6_000));
    }

    #[test]
    fn what_is_no_range_is_quoted() {
        for text in ["", "-1", "3-1", "a", "1-2-3", "0..10", "4294967296"] {
            let error = Databases::parse(text).unwrap_err();
            assert!(error.starts_with(&format!("`databases` is `{text}`; it may be `all`")), "{error}");
        }
    }
}
