//! What the host keeps of one guest's WASI: lines that are not complete, clocks that it waits for, how many handles it has.

use std::collections::BTreeMap;
use std::time::Duration;

use wasmtime::component::Resource;

use crate::abi::log::{Host as _, Level};
use crate::guest::Guest;

/// Handles at once: a guest that gives none back would fill the host's memory, not its own.
const MOST_HANDLES: u32 = 1_024;

/// An error of a stream; no stream of ours makes one.
pub(super) struct Error;
/// The input, which is at its end.
pub(super) struct Input;
/// An output, which goes to the log.
pub(super) struct Output;
/// Something to wait for.
pub(super) struct Pollable;
/// Says that an output takes whole lines at once: C's library then hands over each line when it is complete.
pub(super) struct Terminal;
/// The network, in which nothing can be done.
pub(super) struct Network;

/// The number of an output.
pub(super) const STDOUT: u32 = 1;
pub(super) const STDERR: u32 = 2;
/// The number of a pollable that is always ready.
const READY: u32 = 0;

/// The WASI side of a guest's store.
#[derive(Debug, Default)]
pub(crate) struct Held {
    handles: u32,
    /// When each timer is over, on the host's monotonic clock.
    timers: BTreeMap<u32, Duration>,
    last_timer: u32,
    /// Lines that have not ended yet.
    out: Vec<u8>,
    err: Vec<u8>,
}

impl Held {
    /// A new handle of the thing numbered `rep`.
    pub(super) fn hold<T: 'static>(&mut self, rep: u32) -> wasmtime::Result<Resource<T>> {
        if self.handles >= MOST_HANDLES {
            return Err(wasmtime::Error::msg(format!("it holds more than {MOST_HANDLES} handles of WASI")));
        }
        self.handles += 1;
        Ok(Resource::new_own(rep))
    }

    /// A pollable that is ready.
    pub(super) fn ready(&mut self) -> wasmtime::Result<Resource<Pollable>> {
        self.hold(READY)
    }

    /// A pollable that is ready from `until` on.
    pub(super) fn timer(&mut self, until: Duration) -> wasmtime::Result<Resource<Pollable>> {
        loop {
            self.last_timer = self.last_timer.wrapping_add(1);
            if self.last_timer != READY && !self.timers.contains_key(&self.last_timer) {
                break;
            }
        }
        let handle = self.hold(self.last_timer)?;
        self.timers.insert(self.last_timer, until);
        Ok(handle)
    }

    /// When the pollable `rep` is ready.
    pub(super) fn ready_at(&self, rep: u32) -> Duration {
        self.timers.get(&rep).copied().unwrap_or_default()
    }

    /// A handle was given back; of a pollable, `timer` is its number.
    pub(super) fn release(&mut self, timer: Option<u32>) {
        self.handles = self.handles.saturating_sub(1);
        if let Some(timer) = timer {
            self.timers.remove(&timer);
        }
    }
}

impl Guest {
    /// Takes what the guest wrote; each line that is complete goes to its log, cut as every line of log is.
    pub(super) fn print(&mut self, output: u32, bytes: &[u8]) {
        let most = self.limits.log_bytes;
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let line = if output == STDERR { &mut self.wasi.err } else { &mut self.wasi.out };
            let (text, ends) = part.strip_suffix(b"\n").map_or((part, false), |text| (text, true));
            line.extend_from_slice(&text[..text.len().min(most.saturating_sub(line.len()))]);
            if !ends {
                continue;
            }
            let line = std::mem::take(line);
            let text: String =
                String::from_utf8_lossy(&line).chars().filter(|c| *c == '\t' || !c.is_control()).collect();
            if text.is_empty() {
                continue;
            }
            let level = if output == STDERR { Level::Warn } else { Level::Info };
            // What a failed assertion or an uncaught exception says just before it ends the guest. Rust ends it with a note
            // on how to see more, which says nothing.
            if level == Level::Warn && !text.starts_with("note: ") {
                self.last_error = Some(text.clone());
            }
            self.log(level, text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    fn lines(written: &[(u32, &str)], limits: &Limits) -> Vec<(&'static str, String)> {
        let mut guest = Guest::nobody(limits);
        for (output, text) in written {
            guest.print(*output, text.as_bytes());
        }
        let status = guest.status.lock();
        status.log.iter().map(|said| (said.level, said.text.clone())).collect()
    }

    #[test]
    fn only_whole_lines_reach_the_log() {
        let written = [(STDOUT, "lo"), (STDERR, "careful\n"), (STDOUT, "ad\r\n\n\u{1b}[1mtwo"), (STDOUT, "\nthree")];
        let expected = [("warn", "careful"), ("info", "load"), ("info", "[1mtwo")];
        let seen = lines(&written, &Limits::default());
        assert_eq!(seen, expected.map(|(level, text)| (level, text.to_owned())));
    }

    #[test]
    fn a_line_without_an_end_is_kept_to_its_bound() {
        let limits = Limits { log_bytes: 8, ..Limits::default() };
        let mut guest = Guest::nobody(&limits);
        for _ in 0..1_000 {
            guest.print(STDOUT, b"0123456789");
        }
        assert_eq!(guest.wasi.out, b"01234567");
        assert_eq!(lines(&[(STDOUT, "0123456789\n")], &limits), [("info", "01234567".to_owned())]);
    }

    #[test]
    fn handles_that_are_not_given_back_come_to_an_end() {
        let mut held = Held::default();
        for _ in 0..MOST_HANDLES {
            held.timer(Duration::from_secs(1)).unwrap();
        }
        assert!(held.timer(Duration::ZERO).is_err_and(|error| error.to_string().contains("1024 handles")));
        assert_eq!(held.timers.len(), MOST_HANDLES as usize);
        held.release(Some(1));
        assert_eq!((held.ready_at(1), held.ready_at(2)), (Duration::ZERO, Duration::from_secs(1)));
        assert!(held.ready().is_ok());
    }
}
