//! Numbers as they are handed over: what is noise at its source costs space.

/// To a microsecond.
pub(crate) fn seconds(seconds: f64) -> f64 {
    (seconds * 1e6).round() / 1e6
}

/// To four decimals.
pub(crate) fn ratio(ratio: f64) -> f64 {
    (ratio * 1e4).round() / 1e4
}

/// A text from outside as the value of a label: what is no letter to be seen is replaced, and it ends after so many characters.
pub(crate) fn label(text: &str) -> String {
    const MOST_LETTERS: usize = 100;
    text.chars().take(MOST_LETTERS).map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}
