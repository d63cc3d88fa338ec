//! What most machines do not have: asked for rarely while it is not there, and at every collect from when it appears.

use autobot_plugin_sdk::{Error, log};

/// Collects from one question to the next, at most. The pause doubles up to it: what was pulled out and put back is found
/// again soon, and what never was there costs nothing.
const LONGEST_PAUSE: u32 = 60;

/// Whether something is there, and when it is asked for next.
#[derive(Default)]
pub(crate) struct Presence {
    /// Collects to let pass after the last question; 0 while it is there.
    pause: u32,
    /// Of these, what is left.
    left: u32,
}

impl Presence {
    /// The answer of `read`; nothing while `what` is not there, which the log says once and quietly.
    ///
    /// # Errors
    /// Any other error than "not present".
    pub(crate) fn ask<T>(&mut self, what: &str, read: impl FnOnce() -> Result<T, Error>) -> Result<Option<T>, Error> {
        if self.left > 0 {
            self.left -= 1;
            return Ok(None);
        }
        match read() {
            Ok(found) => {
                if self.pause > 0 {
                    log::info(&format!("{what}: there now"));
                }
                self.pause = 0;
                Ok(Some(found))
            }
            Err(Error::NotPresent(text)) => {
                if self.pause == 0 {
                    log::debug(&format!("{what}: not present: {text}"));
                }
                self.pause = self.pause.saturating_mul(2).clamp(1, LONGEST_PAUSE);
                self.left = self.pause;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
