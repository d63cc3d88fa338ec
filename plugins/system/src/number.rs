//! Numbers as they are stored: digits that mean nothing cost disk, so there are none.

/// A share of the whole, to five decimals; NaN of nothing.
pub(crate) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { f64::NAN } else { round(part as f64 / whole as f64, 1e5) }
}

/// Microseconds as seconds.
pub(crate) fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

/// Seconds, to a microsecond.
pub(crate) fn to_micros(seconds: f64) -> f64 {
    round(seconds, 1e6)
}

/// To so many parts of one.
pub(crate) fn round(number: f64, parts: f64) -> f64 {
    (number * parts).round() / parts
}

/// 1 for yes.
pub(crate) fn flag(yes: bool) -> f64 {
    f64::from(u8::from(yes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_that_mean_nothing_are_left_out() {
        assert_eq!((ratio(5, 9), ratio(9, 9), ratio(1, u64::MAX)), (0.55556, 1.0, 0.0));
        assert!(ratio(0, 0).is_nan());
        assert_eq!((to_micros(0.000_001_499), to_micros(-1.25), seconds(1_500_000)), (0.000_001, -1.25, 1.5));
    }
}
