//! Times, as the configuration writes them: `250ms`, `5s`, `1m`, `1h`.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// A time in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub u64);

/// What may stand behind the number, and its milliseconds. `ms` first: the others end it.
const UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

impl Span {
    pub(crate) const fn micros(self) -> u64 {
        self.0.saturating_mul(1_000)
    }

    fn read(text: &str) -> Option<Self> {
        let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
        let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit)?;
        number.parse::<u64>().ok()?.checked_mul(*millis).map(Self)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |(_, millis): &&(&str, u64)| self.0 > 0 && self.0.is_multiple_of(*millis);
        let (unit, millis) = UNITS.iter().rev().find(whole).unwrap_or(&("s", 1_000));
        write!(f, "{}{unit}", self.0 / millis)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Span;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time such as `250ms`, `5s` or `1m`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Span, E> {
                Span::read(text)
                    .ok_or_else(|| E::custom(format!("`{text}` is no time; write it as `250ms`, `5s` or `1m`")))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written_as_people_say_them() {
        for (text, millis) in [("250ms", 250), ("5s", 5_000), ("1m", 60_000), ("2h", 7_200_000), ("1d", 86_400_000)] {
            assert_eq!(Span::read(text), Some(Span(millis)), "{text}");
            assert_eq!(Span(millis).to_string(), text);
        }
        for text in ["", "5", "s", "1.5s", "-1s", "5 s", "99999999999999999999s", "999999999999999999d"] {
            assert_eq!(Span::read(text), None, "{text}");
        }
    }
}
