//! When a check has to be over, and how long that was, in words.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::CapabilityError;

/// What a check gets that names no time.
const USUAL: Duration = Duration::from_secs(10);
/// What it gets at most.
const LONGEST: Duration = Duration::from_mins(10);

/// The end of a check.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    at: Instant,
    allowed: Duration,
}

impl Deadline {
    /// In `micros` from now; 0 stands for the usual time.
    pub(crate) fn of_micros(micros: u64) -> Self {
        Self::after(if micros == 0 { USUAL } else { Duration::from_micros(micros) })
    }

    /// In `allowed` from now, or as late as may be.
    pub(crate) fn after(allowed: Duration) -> Self {
        let allowed = allowed.min(LONGEST);
        Self { at: Instant::now() + allowed, allowed }
    }

    /// What is left.
    pub(crate) fn remaining(self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }

    /// Does `work` while there is time. `late` writes the sentence for when there is none left, around the words `within 2 s`.
    pub(crate) async fn bound<T>(
        self,
        work: impl Future<Output = T>,
        late: impl FnOnce(&str) -> String,
    ) -> Result<T, CapabilityError> {
        let done = timeout_at(self.at, work).await;
        done.map_err(|_| CapabilityError::Timeout(late(&format!("within {}", in_words(self.allowed)))))
    }
}

/// `2 s`, `1.5 s`, `3 ms`, `250 us`.
pub(crate) fn in_words(time: Duration) -> String {
    let micros = time.as_micros();
    if micros >= 1_000_000 {
        let tenths = micros / 100_000;
        let fraction = if tenths.is_multiple_of(10) { String::new() } else { format!(".{}", tenths % 10) };
        format!("{}{fraction} s", tenths / 10)
    } else if micros >= 1_000 {
        format!("{} ms", micros / 1_000)
    } else {
        format!("{micros} us")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_people_say_them() {
        for (micros, words) in [
            (0, "0 us"),
            (250, "250 us"),
            (3_400, "3 ms"),
            (999_999, "999 ms"),
            (1_000_000, "1 s"),
            (1_560_000, "1.5 s"),
            (10_000_000, "10 s"),
        ] {
            assert_eq!(in_words(Duration::from_micros(micros)), words);
        }
    }

    #[tokio::test]
    async fn a_check_without_a_time_gets_the_usual_one_and_none_gets_more_than_the_longest() {
        assert_eq!(Deadline::of_micros(0).allowed, USUAL);
        assert_eq!(Deadline::of_micros(u64::MAX).allowed, LONGEST);
        assert_eq!(Deadline::of_micros(1_500).allowed, Duration::from_micros(1_500));
    }
}
