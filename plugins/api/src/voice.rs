//! What is said of checks that begin to fail, or pass again: each once, and not more at a time than a log can take.

use autobot_plugin_sdk::log;

use crate::check::Place;
use crate::reason::Failure;

/// Lines of one collect; the host takes 20 when nothing is said.
const MOST_LINES: usize = 10;

/// The changes of one collect.
#[derive(Debug, Default)]
pub(crate) struct Voice {
    lines: usize,
    unsaid: usize,
}

impl Voice {
    /// From how it was to how it is.
    pub(crate) fn changed(&mut self, place: &Place, before: Option<&Failure>, now: Option<&Failure>) {
        let of = |place: &Place| match &*place.target {
            "" => place.name.clone(),
            target => format!("{target}: {}", place.name),
        };
        match (before, now) {
            // A sentence has times and numbers in it; what it says is new when its reason is.
            (Some(before), Some(now)) if before.reason == now.reason => {}
            (_, Some(now)) if self.may() => log::warn(&format!("{}: {}", of(place), now.text)),
            (Some(_), None) if self.may() => log::info(&format!("{}: fine again", of(place))),
            _ => {}
        }
    }

    fn may(&mut self) -> bool {
        let may = self.lines < MOST_LINES;
        if may {
            self.lines += 1
        } else {
            self.unsaid += 1
        }
        may
    }

    /// The end of a collect.
    pub(crate) fn end(self) {
        if self.unsaid > 0 {
            log::warn(&format!("{} more endpoints began to fail, or are fine again", self.unsaid));
        }
    }
}
