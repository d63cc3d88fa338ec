//! What a machine may lack: asked for seldom while it is not there, and told of once.

use crate::{Error, clock, log};

const SECOND: u64 = 1_000_000;
/// For so long it is asked for more often: drivers are loaded while a machine starts, or are just being installed.
const EARLY_MICROS: u64 = 5 * 60 * SECOND;
/// The pause between two questions until then.
const EARLY_PAUSE_MICROS: u64 = 10 * SECOND;
/// The pause between two questions from then on.
const PAUSE_MICROS: u64 = 60 * SECOND;

/// Whether something is there. Where it is not, there is nothing to do and nothing has failed: that is one line of the log, few questions,
/// and nothing collected. When it appears, measuring begins.
///
/// Of what a whole plugin measures, a plugin shows as running, without series, and with a line of information:
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
    /// Asks for what the whole plugin measures, but not again so soon when it was not there. `None`: it is not there, and the
    /// collection should go on as if it had brought all that there is.
    ///
    /// # Errors
    /// Every other error than "not present", which says that something is there and cannot be read.
    pub fn ask<T>(&mut self, question: impl FnOnce() -> Result<T, Error>) -> Result<Option<T>, Error> {
        self.look(
            question,
            |reason| log::info(&format!("nothing to measure here: {reason}")),
            || log::info("there is something to measure now"),
        )
    }

    /// The same of a part of many, which most machines lack: told of for debugging only.
    ///
    /// # Errors
    /// As [`Presence::ask`].
    pub fn ask_part<T>(&mut self, part: &str, question: impl FnOnce() -> Result<T, Error>) -> Result<Option<T>, Error> {
        self.look(
            question,
            |reason| log::debug(&format!("{part}: not present: {reason}")),
            || log::info(&format!("{part}: there now")),
        )
    }

    fn look<T>(
        &mut self,
        question: impl FnOnce() -> Result<T, Error>,
        gone: impl FnOnce(&str),
        back: impl FnOnce(),
    ) -> Result<Option<T>, Error> {
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
                        gone(&reason);
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
                    back();
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
