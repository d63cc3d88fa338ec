//! Parameters of Prometheus' HTTP API: moments and lengths of time.

use std::time::Duration;

use autobot_model::Timestamp;

use crate::error::QueryError;
use crate::{lex, moment};

/// How clients of Go write the earliest and the latest moment that its `time.Time` can hold in milliseconds: all of time.
const EVER: [(&str, Timestamp); 2] =
    [("-292273086-05-16T16:47:06Z", Timestamp::MIN), ("+292277025-08-18T07:12:54.999999999Z", Timestamp::MAX)];

/// A moment as the API writes it: seconds with a fraction, or RFC 3339.
///
/// # Errors
/// A text that is neither, with the name of the parameter.
pub fn time(parameter: &str, text: &str) -> Result<Timestamp, QueryError> {
    if let Ok(seconds) = text.parse::<f64>()
        && seconds.is_finite()
        && seconds.abs() < 9e15
    {
        return Ok(Timestamp((seconds * 1e3).round() as i64));
    }
    let ever = EVER.into_iter().find(|(known, _)| *known == text).map(|(_, time)| time);
    ever.or_else(|| moment::rfc3339(text))
        .ok_or_else(|| QueryError::bad(format!("`{parameter}={text}` is no time; give seconds since 1970 or RFC 3339")))
}

/// A step or a time-out: seconds with a fraction, or a duration like `5m`.
///
/// # Errors
/// A text that is neither, or a duration that is not positive.
pub fn duration(parameter: &str, text: &str) -> Result<Duration, QueryError> {
    let seconds =
        text.parse::<f64>().ok().filter(|seconds| *seconds > 0.0 && *seconds < 1e10).map(Duration::from_secs_f64);
    seconds.or_else(|| lex::duration(text)).filter(|duration| duration.as_millis() > 0).ok_or_else(|| {
        QueryError::bad(format!("`{parameter}={text}` is no duration; give seconds, or a form like 30s or 5m"))
    })
}

/// RFC 3339 in UTC with milliseconds, as the API writes moments that are not samples: `2026-01-02T03:04:05.678Z`. What
/// four digits of a year cannot say is written as the nearest that they can.
pub fn rfc3339_text(time: Timestamp) -> String {
    // 0000-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z.
    let within = Timestamp(time.0.clamp(-62_167_219_200_000, 253_402_300_799_999));
    let mut text = String::new();
    // Writing into a String does not fail.
    let _ = moment::write_rfc3339(&mut text, within);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_are_seconds_or_rfc_3339() {
        for (text, millis) in [
            ("0", 0),
            ("1767323045.678", 1_767_323_045_678),
            ("1970-01-01T00:00:00Z", 0),
            ("2026-01-02T03:04:05.678Z", 1_767_323_045_678),
            ("2026-01-02T04:04:05+01:00", 1_767_323_045_000),
            ("2000-02-29T12:00:00Z", 951_825_600_000),
            ("-292273086-05-16T16:47:06Z", i64::MIN),
            ("+292277025-08-18T07:12:54.999999999Z", i64::MAX),
        ] {
            assert_eq!(time("time", text), Ok(Timestamp(millis)), "{text}");
        }
        for text in ["", "now", "2026-13-02T03:04:05Z", "2026-01-02", "NaN", "1e300", "2026-01-02T03:04:05é"] {
            assert!(time("time", text).is_err(), "{text}");
        }
    }

    #[test]
    fn steps_are_seconds_or_durations() {
        for (text, millis) in [("15", 15_000), ("0.5", 500), ("1h30m", 5_400_000), ("250ms", 250)] {
            assert_eq!(duration("step", text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["0", "-1", "", "5 m", "0s", "m5"] {
            assert!(duration("step", text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_moment_that_was_written_reads_back_as_itself(millis in -62_167_219_200_000_i64..253_402_300_800_000) {
            let text = rfc3339_text(Timestamp(millis));
            prop_assert_eq!(time("time", &text), Ok(Timestamp(millis)), "{}", text);
        }
    }
}
