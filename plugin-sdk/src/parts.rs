//! The parts of one collect: a part that fails does not hold up the others, and says so once.

use crate::{Error, clock, log};

/// How long a part that is not there is left alone before it is looked for again.
const LOOK_AGAIN_MICROS: u64 = 30_000_000;
/// How long a part that did not answer in time is left alone: it may have cost most of what a collect may take.
const BREATHE_MICROS: u64 = 30_000_000;

/// Which parts fail or are missing, and why. Bounded by the number of names that the plugin gives to its parts.
///
/// ```
/// use autobot_plugin_sdk::{Error, Parts, kernel};
///
/// fn collect(parts: &mut Parts) -> Result<(), Error> {
///     parts.begin();
///     parts.run("uptime", || kernel::read().map(|_| ()));
///     parts.finish()
/// }
/// ```
#[derive(Debug, Default)]
pub struct Parts {
    /// Those that the operator does not want.
    skipped: Vec<String>,
    failing: Vec<(&'static str, Error)>,
    resting: Vec<Rest>,
    succeeded: usize,
    first_failure: Option<Error>,
}

/// A part that is left alone for a while.
#[derive(Debug)]
struct Rest {
    part: &'static str,
    /// By [`clock::monotonic_micros`].
    until: u64,
    why: Error,
}

impl Parts {
    /// All but those of these names.
    #[must_use]
    pub fn without(skipped: &[String]) -> Self {
        Self { skipped: skipped.to_vec(), ..Self::default() }
    }

    /// A collect begins.
    pub fn begin(&mut self) {
        self.succeeded = 0;
        self.first_failure = None;
    }

    /// Runs one part. What the machine does not have is no failure.
    pub fn run(&mut self, part: &'static str, collect: impl FnOnce() -> Result<(), Error>) {
        if !self.skips(part) {
            self.settle(part, collect());
        }
    }

    fn skips(&self, part: &str) -> bool {
        self.skipped.iter().any(|skipped| skipped == part)
    }

    /// Runs one part that many machines do not have, or that may hang. That it is not present is said once, and it is looked
    /// for again every thirty seconds; one that did not answer in time is left alone as long, so that it does not cost each
    /// collect its whole deadline.
    pub fn seek(&mut self, part: &'static str, collect: impl FnOnce() -> Result<(), Error>) {
        if self.skips(part) {
            return;
        }
        let known = self.resting.iter().position(|rest| rest.part == part);
        if let Some(rest) = known.map(|at| &self.resting[at])
            && clock::monotonic_micros() < rest.until
        {
            match &rest.why {
                Error::NotPresent(_) => self.succeeded += 1,
                why => drop(self.first_failure.get_or_insert_with(|| why.clone())),
            }
            return;
        }
        let result = collect();
        let before = known.map(|at| self.resting.swap_remove(at).why);
        let was_absent = matches!(before, Some(Error::NotPresent(_)));
        let pause = match &result {
            Ok(()) if was_absent => {
                log::info(&format!("{part}: there now"));
                None
            }
            Err(Error::NotPresent(text)) => {
                if !was_absent {
                    log::info(&format!("{part}: not present ({text}); looked for every half minute"));
                }
                // It fails no longer, but cannot be read again either.
                self.failing.retain(|(name, _)| *name != part);
                Some(LOOK_AGAIN_MICROS)
            }
            Err(Error::Timeout(_)) => Some(BREATHE_MICROS),
            _ => None,
        };
        if let (Some(pause), Err(why)) = (pause, &result) {
            let until = clock::monotonic_micros().saturating_add(pause);
            self.resting.push(Rest { part, until, why: why.clone() });
        }
        self.settle(part, result);
    }

    /// A collect has failed only when nothing at all could be read.
    ///
    /// # Errors
    /// That of the first part that failed.
    pub fn finish(&mut self) -> Result<(), Error> {
        match self.first_failure.take() {
            Some(error) if self.succeeded == 0 => Err(error),
            _ => Ok(()),
        }
    }

    fn settle(&mut self, part: &'static str, result: Result<(), Error>) {
        let known = self.failing.iter().position(|(name, _)| *name == part);
        match result {
            Ok(()) | Err(Error::NotPresent(_)) => {
                self.succeeded += 1;
                if let Some(known) = known {
                    self.failing.swap_remove(known);
                    log::info(&format!("{part} can be read again"));
                }
            }
            Err(error) => {
                // Only what is new is said: a part that fails would else say so at every tick.
                match known {
                    Some(known) if self.failing[known].1 == error => {}
                    Some(known) => self.failing[known].1 = say(part, error.clone()),
                    None => self.failing.push((part, say(part, error.clone()))),
                }
                self.first_failure.get_or_insert(error);
            }
        }
    }
}

fn say(part: &str, error: Error) -> Error {
    let (Error::NotPresent(text)
    | Error::Denied(text)
    | Error::Timeout(text)
    | Error::Unreachable(text)
    | Error::Invalid(text)
    | Error::TooLarge(text)
    | Error::Failed(text)) = &error;
    log::warn(&format!("{part}: {text}"));
    error
}
