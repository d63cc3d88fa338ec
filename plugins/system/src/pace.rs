//! Facts that seldom change, or that most machines do not have: they are asked for every 15 s or every minute, and said again in between.

use autobot_plugin_sdk::{Error, clock};

/// How long an answer is said again.
const KEPT_MICROS: u64 = 15_000_000;
/// How long it is before a machine is asked again for what it did not have.
const ABSENT_MICROS: u64 = 60_000_000;

/// A question to which most machines have no answer: of those it is asked seldom, of others each time.
#[derive(Default)]
pub(crate) struct Seldom {
    /// Not to be asked before.
    until: u64,
}

impl Seldom {
    /// The answer; "not present" without asking while it is not time.
    pub(crate) fn ask<T>(&mut self, ask: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        let now = clock::monotonic_micros();
        if now < self.until {
            return Err(Error::NotPresent("it was not there a moment ago".to_owned()));
        }
        ask().inspect_err(|error| {
            if matches!(error, Error::NotPresent(_)) {
                self.until = now.saturating_add(ABSENT_MICROS);
            }
        })
    }
}

/// The last answer to one question.
pub(crate) struct Pace<T> {
    /// The answer, and from when on it is asked again.
    last: Option<(Result<T, Error>, u64)>,
}

impl<T> Default for Pace<T> {
    fn default() -> Self {
        Self { last: None }
    }
}

impl<T> Pace<T> {
    /// The answer of `ask`, or the last one while it is fresh.
    pub(crate) fn look(&mut self, ask: impl FnOnce() -> Result<T, Error>) -> Result<&T, Error> {
        let now = clock::monotonic_micros();
        if self.last.as_ref().is_none_or(|(_, until)| now >= *until) {
            let answer = ask();
            let pause = if matches!(answer, Err(Error::NotPresent(_))) { ABSENT_MICROS } else { KEPT_MICROS };
            self.last = Some((answer, now.saturating_add(pause)));
        }
        match &self.last {
            Some((answer, _)) => answer.as_ref().map_err(Clone::clone),
            None => Err(Error::Failed("nothing was asked".to_owned())),
        }
    }
}
