//! When the machine was started: `/proc/uptime` and `btime` of `/proc/stat`.

use std::path::Path;

use autobot_model::Timestamp;

use super::source::Source;
use super::text::{Line, Malformed, lines};
use crate::CapabilityError;

/// Start of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uptime {
    /// The moment, to a second.
    pub boot: Timestamp,
    /// Time since then, suspended time included.
    pub uptime_micros: u64,
}

pub(super) struct Reader {
    uptime: Source,
    stat: Source,
    /// `btime` moves with corrections of the clock by a second; the first answer stays.
    boot: Option<Timestamp>,
}

impl Reader {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            uptime: Source::single(root.join("proc/uptime")),
            stat: Source::single(root.join("proc/stat")),
            boot: None,
        }
    }

    pub(super) fn read(&mut self) -> Result<Uptime, CapabilityError> {
        let uptime_micros = self.uptime.parse(parse_uptime)?;
        let boot = match self.boot {
            Some(boot) => boot,
            None => *self.boot.insert(self.stat.parse(parse_boot)?),
        };
        Ok(Uptime { boot, uptime_micros })
    }
}

fn parse_uptime(text: &[u8]) -> Result<u64, Malformed> {
    let seconds = Line::whole(text).fraction("the uptime")?;
    // Written with two decimals, which f64 holds exactly enough up to a billion seconds.
    Ok((seconds * 1e6).round() as u64)
}

fn parse_boot(text: &[u8]) -> Result<Timestamp, Malformed> {
    let mut line = lines(text)
        .find(|line| line.rest.starts_with(b"btime "))
        .ok_or_else(|| Malformed::file("has no line `btime`"))?;
    line.skip(1);
    let seconds = line.number("the time of boot")?;
    let millis = seconds.checked_mul(1000).and_then(|millis| i64::try_from(millis).ok());
    millis.map(Timestamp).ok_or_else(|| line.malformed(format!("{seconds} is no time of boot")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_files_are_read_to_their_precision() {
        assert_eq!(parse_uptime(b"10847.41 20442.94\n"), Ok(10_847_410_000));
        assert_eq!(parse_boot(b"cpu 1\nbtime 1795480491\n"), Ok(Timestamp(1_795_480_491_000)));
        assert!(parse_boot(b"btime 18446744073709551615\n").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(bytes: Vec<u8>) {
            let _ = parse_uptime(&bytes);
            let _ = parse_boot(&[b"btime ", &bytes[..]].concat());
        }
    }
}
