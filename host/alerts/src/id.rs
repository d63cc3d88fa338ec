//! The identity of an alert: rule and labels, as a short number that stays the same over reloads and restarts.

use std::fmt;

use autobot_model::Labels;
use serde::{Serialize, Serializer};

/// Sixteen hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AlertId(u64);

impl AlertId {
    /// Of a rule and labels. FNV-1a, written out because it must never change: links and other systems keep it.
    pub fn of(rule: &str, labels: &Labels) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut feed = |text: &str| {
            // The separator is no byte of UTF-8, so that no two different sets read the same.
            for byte in text.bytes().chain([0xff]) {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
        };
        feed(rule);
        for (name, value) in labels.iter() {
            feed(name);
            feed(value);
        }
        Self(hash)
    }
}

impl fmt::Display for AlertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for AlertId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_for_ever() {
        let labels = Labels::new([("machine", "main"), ("mountpoint", "/")]);
        assert_eq!(AlertId::of("DiskFull", &labels).to_string(), "8a6e2347ef7e57f2");
        assert_ne!(AlertId::of("DiskFull", &labels), AlertId::of("DiskFul", &Labels::new([("lmachine", "main")])));
    }
}
