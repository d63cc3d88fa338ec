//! `types log clock state`: what every plugin has.

use crate::abi::{clock, log, state, types};
use crate::guest::Guest;

impl types::Host for Guest {}

impl log::Host for Guest {
    fn log(&mut self, level: log::Level, message: String) {
        let message = cut(&message, self.limits.log_bytes);
        if level == log::Level::Error {
            self.last_error = Some(message.to_owned());
        }
        self.call.lines = self.call.lines.saturating_add(1);
        if self.call.lines > self.limits.log_lines {
            if self.call.lines == self.limits.log_lines + 1 {
                let sentence = format!(
                    "more than {} lines of log in one call; the rest of them is left out",
                    self.limits.log_lines
                );
                tracing::warn!(plugin = %self.name, "{sentence}");
                self.say("warn", sentence);
            }
            return;
        }
        match level {
            log::Level::Trace => tracing::trace!(plugin = %self.name, "{message}"),
            log::Level::Debug => tracing::debug!(plugin = %self.name, "{message}"),
            log::Level::Info => tracing::info!(plugin = %self.name, "{message}"),
            log::Level::Warn => tracing::warn!(plugin = %self.name, "{message}"),
            log::Level::Error => tracing::error!(plugin = %self.name, "{message}"),
        }
        let level = match level {
            log::Level::Trace | log::Level::Debug => return,
            log::Level::Info => "info",
            log::Level::Warn => "warn",
            log::Level::Error => "error",
        };
        self.say(level, message.to_owned());
    }
}

/// The first `most` bytes, to the end of a character.
fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most.min(text.len()))]
}

impl clock::Host for Guest {
    fn now(&mut self) -> u64 {
        u64::try_from(self.world.clock.now().0).unwrap_or(0)
    }

    fn monotonic_micros(&mut self) -> u64 {
        u64::try_from(self.world.clock.monotonic().as_micros()).unwrap_or(u64::MAX)
    }
}

impl state::Host for Guest {
    fn get(&mut self, key: String) -> Result<Option<Vec<u8>>, types::Error> {
        Ok(self.state.lock().get(&key).map(<[u8]>::to_vec))
    }

    fn set(&mut self, key: String, value: Vec<u8>) -> Result<(), types::Error> {
        self.state.lock().set(key, value).map_err(types::Error::TooLarge)
    }

    fn delete(&mut self, key: String) -> Result<(), types::Error> {
        self.state.lock().delete(&key);
        Ok(())
    }

    fn keys(&mut self) -> Result<Vec<String>, types::Error> {
        Ok(self.state.lock().keys().cloned().collect())
    }
}
