//! What a machine may lack: asked for seldom while it is not there, and told of once.

use crate::{Error, clock, log};

const SECOND: u64 = 1_000_000;
/// For so long it is asked for more often: drivers are loaded while a machine starts, or are just being installed.
const EARLY_MICROS: u64 = 5 * 60 * SECOND;
/// The pause between two questions until then.
const EARLY_PAUSE_MICROS: u64 = 10 * SECOND;
/// The pause between two questions from then on.
const PAUSE_MICROS: u64 = 60 * SECOND;

/// Whether the thing that a whole plugin measures is there. Where it is not, the plugin has nothing to do and nothing has
/// failed: that is one line of information, few questions, and an empty collection. When it appears, measuring begins.
///
/// The plugin shows as running, without series, and with that line:
///
/// ```text
/// info: nothing to measure here: no NVIDIA driver here
/// ```
#[derive(Debug, Default)]
pub struct Presence {
    absent: Option<Absence>,
}

/// Both by the monotonic clock, in microseconds.
#[derive(Debug)]
struct Absence {
    since: u64,
    asked: u64,
}

impl Presence {
    /// Asks for it, but not again so soon when it was not there. `None`: it is not there, and the collection should go on as
    /// if it had brought all that there is.
    ///
    /// # Errors
    /// Every other error than "not present", which says that something is there and cannot be read.
    pub fn ask<T>(&mut self, question: impl FnOnce() -> Result<T, Error>) -> Result<Option<T>, Error> {
        let now = clock::monotonic_micros();
        if self.absent.as_ref().is_some_and(|absence| !absence.is_over(now)) {
            return Ok(None);
        }
        match question() {
            Err(Error::NotPresent(reason)) => {
                match &mut self.absent {
                    Some(absence) => absence.asked = now,
                    None => {
                        self.absent = Some(Absence { since: now, asked: now });
                        log::info(&format!("nothing to measure here: {reason}"));
                    }
                }
                Ok(None)
            }
            Err(error) => {
                self.absent = None;
                Err(error)
            }
            Ok(answer) => {
                if self.absent.take().is_some() {
                    log::info("there is something to measure now");
                }
                Ok(Some(answer))
            }
        }
    }
}

impl Absence {
    /// Whether it is time to ask again.
    fn is_over(&self, now: u64) -> bool {
        let early = now.saturating_sub(self.since) < EARLY_MICROS;
        now.saturating_sub(self.asked) >= if early { EARLY_PAUSE_MICROS } else { PAUSE_MICROS }
    }
}
