//! The parts of one collect: a part that fails does not hold up the others, and says so once.

use autobot_plugin_sdk::{Error, log};

/// Which parts fail, and why.
#[derive(Default)]
pub(crate) struct Parts {
    failing: Vec<(&'static str, Error)>,
    succeeded: usize,
    first_failure: Option<Error>,
}

impl Parts {
    pub(crate) fn begin(&mut self) {
        self.succeeded = 0;
        self.first_failure = None;
    }

    /// Runs one part. What the machine does not have is no failure.
    pub(crate) fn run(&mut self, part: &'static str, collect: impl FnOnce() -> Result<(), Error>) {
        let known = self.failing.iter().position(|(name, _)| *name == part);
        match collect() {
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

    /// A collect has failed only when nothing at all could be read.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        match self.first_failure.take() {
            Some(error) if self.succeeded == 0 => Err(error),
            _ => Ok(()),
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
