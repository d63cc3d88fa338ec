//! Throughput through a TCP echo service: bytes go there and come back at the same time.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};

use super::{LONGEST, Throughput, Transfer};
use crate::CapabilityError;

/// What is sent, over and over: bytes that show when they come back in another order.
static PATTERN: [u8; 1 << 16] = pattern();

const fn pattern() -> [u8; 1 << 16] {
    let mut bytes = [0; 1 << 16];
    let mut at = 0;
    while at < bytes.len() {
        bytes[at] = ((at * 31) ^ (at >> 8)) as u8;
        at += 1;
    }
    bytes
}

/// A transfer's numbers, within their bounds.
#[derive(Debug)]
pub(super) struct Bounds {
    bytes: u64,
    duration: Duration,
    pub(super) timeout: Duration,
}

pub(super) fn bounds(transfer: &Transfer) -> Result<Bounds, CapabilityError> {
    let invalid = |text: &str| Err(CapabilityError::Invalid(format!("the transfer to `{}`: {text}", transfer.host)));
    let (duration, timeout) =
        (Duration::from_micros(transfer.duration_micros), Duration::from_micros(transfer.timeout_micros));
    if transfer.bytes == 0 || duration.is_zero() || timeout.is_zero() {
        invalid("none of its bytes, duration and timeout may be 0")
    } else if transfer.port == 0 {
        invalid("its port is 0; echo services have 7, or what they were given")
    } else if duration.checked_add(timeout).is_none_or(|whole| whole > LONGEST) {
        invalid("its duration and its timeout add up to more than 120 s")
    } else {
        Ok(Bounds { bytes: transfer.bytes, duration, timeout })
    }
}

pub(super) async fn run(host: &str, address: SocketAddr, bounds: &Bounds) -> Result<Throughput, CapabilityError> {
    let place = format!("{host} ({address})");
    let unreachable = |text: String| CapabilityError::Unreachable(format!("{place}: {text}"));
    let late =
        |text: String| CapabilityError::Timeout(format!("{place}: {text} within {} s", bounds.timeout.as_secs_f64()));
    let mut stream = timeout(bounds.timeout, TcpStream::connect(address))
        .await
        .map_err(|_| late("no connection".to_owned()))?
        .map_err(|error| unreachable(format!("{error} (does an echo service run there?)")))?;
    // Two halves: what is sent waits for nothing that comes back.
    let (mut reader, mut writer) = stream.split();
    let mut buffer = vec![0; PATTERN.len()];
    let (mut sent, mut received) = (0_u64, 0_u64);
    let started = Instant::now();
    let stop = started + bounds.duration;
    let end = stop + bounds.timeout;
    let mut last = started;
    loop {
        let now = Instant::now();
        let is_sending = sent < bounds.bytes && now < stop;
        if !is_sending && received == sent {
            return Ok(Throughput {
                bytes: received,
                elapsed: last.duration_since(started).as_secs_f64(),
                address: address.ip().to_string(),
            });
        }
        if now >= end {
            return Err(late(format!("{received} of {sent} bytes came back; the rest did not")));
        }
        tokio::select! {
            wrote = writer.write(upcoming(sent, bounds.bytes - sent)), if is_sending => {
                sent += wrote.map_err(|error| unreachable(error.to_string()))? as u64;
            }
            read = reader.read(&mut buffer) => {
                let count = read.map_err(|error| unreachable(error.to_string()))?;
                if count == 0 {
                    return Err(unreachable(format!("it closed the connection after {received} of {sent} bytes")));
                }
                let came = buffer.get(..count).unwrap_or_default();
                if sent - received < count as u64 || !is_next(received, came) {
                    let text = "what comes back is not what was sent (does an echo service run there?)";
                    return Err(CapabilityError::Failed(format!("{place}: {text}")));
                }
                received += count as u64;
                last = Instant::now();
            }
            () = sleep_until(if is_sending { stop } else { end }) => {}
        }
    }
}

/// The bytes that follow the first `position`, up to the pattern's end and no more than `most`.
fn upcoming(position: u64, most: u64) -> &'static [u8] {
    let start = usize::try_from(position % PATTERN.len() as u64).unwrap_or_default();
    let rest = PATTERN.get(start..).unwrap_or_default();
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    rest.get(..most).unwrap_or(rest)
}

/// Whether `bytes` are those that follow the first `position`.
fn is_next(mut position: u64, mut bytes: &[u8]) -> bool {
    while !bytes.is_empty() {
        let expected = upcoming(position, bytes.len() as u64);
        match bytes.strip_prefix(expected) {
            Some(rest) => bytes = rest,
            None => return false,
        }
        position += expected.len() as u64;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_goes_on_where_it_was_cut() {
        let whole: Vec<u8> = PATTERN.iter().chain(&PATTERN).copied().collect();
        for (position, count) in [(0, 10), (65_530, 20), (65_536, 1), (3, 65_536), (1 << 40, 100)] {
            let start = usize::try_from(position % 65_536).unwrap();
            assert!(is_next(position, &whole[start..start + count]), "{position} {count}");
            assert!(!is_next(position + 1, &whole[start..start + count]), "{position} {count}");
        }
    }
}
