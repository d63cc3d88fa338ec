//! Moments as RFC 3339 spells them. Dates follow H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".

use std::fmt::{self, Write};

use autobot_model::Timestamp;

const DAY: i64 = 86_400_000;

/// `2026-01-02T03:04:05.678+01:00`, or a space for the `T`; fractions are rounded to milliseconds.
pub(crate) fn rfc3339(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let marks = [(4, b"-" as &[u8]), (7, b"-"), (10, b"Tt "), (13, b":"), (16, b":")];
    if !marks.iter().all(|(at, wanted)| bytes.get(*at).is_some_and(|byte| wanted.contains(byte))) {
        return None;
    }
    let number = |from: usize, to: usize| {
        let digits = text.get(from..to).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
        digits.parse::<i64>().ok()
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let mut rest = text.get(19..)?;
    let mut millis = 0;
    if let Some(fraction) = rest.strip_prefix('.') {
        let end = fraction.find(|c: char| !c.is_ascii_digit()).unwrap_or(fraction.len());
        let (digits, zone) = fraction.split_at(end);
        if digits.is_empty() {
            return None;
        }
        millis = (format!("0.{digits}").parse::<f64>().ok()? * 1e3).round() as i64;
        rest = zone;
    }
    let offset = match rest.as_bytes() {
        b"Z" | b"z" => 0,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let at = text.len() - rest.len();
            let (hours, minutes) = (number(at + 1, at + 3)?, number(at + 4, at + 6)?);
            let minutes = (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)?;
            if *sign == b'-' { -minutes } else { minutes }
        }
        _ => return None,
    };
    let days = days(year, month, day);
    let valid = (1..=12).contains(&month) && civil(days) == (year, month, day);
    // Second 60 is a leap second; it reads as the first of the next minute.
    let valid = valid && hour < 24 && minute < 60 && second <= 60;
    valid.then(|| Timestamp((((days * 24 + hour) * 60 + minute - offset) * 60 + second) * 1000 + millis))
}

/// `2026-01-02T03:04:05.678Z`, always with milliseconds, so that texts sort as moments do. `None` outside the years 0 to 9999.
pub(crate) fn write_rfc3339(out: &mut impl Write, time: Timestamp) -> Option<fmt::Result> {
    let (days, rest) = (time.0.div_euclid(DAY), time.0.rem_euclid(DAY));
    // Two centuries of slack keep the arithmetic of dates far from its ends.
    if !(-800_000..=3_000_000).contains(&days) {
        return None;
    }
    let (year, month, day) = civil(days);
    let (hour, minute) = (rest / 3_600_000, rest / 60_000 % 60);
    let (second, millis) = (rest / 1000 % 60, rest % 1000);
    (0..=9999)
        .contains(&year)
        .then(|| write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z"))
}

fn days(year: i64, month: i64, day: i64) -> i64 {
    let shifted = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (shifted.div_euclid(400), shifted.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_dates_that_are_there_are_read() {
        for (text, millis) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-01-02 03:04:05.678Z", 1_767_323_045_678),
            ("2026-01-02T04:04:05.6784+01:00", 1_767_323_045_678),
            ("2000-02-29t12:00:00z", 951_825_600_000),
            ("1969-12-31T23:59:59.999Z", -1),
            ("0000-01-01T00:00:00Z", -62_167_219_200_000),
        ] {
            assert_eq!(rfc3339(text), Some(Timestamp(millis)), "{text}");
        }
        for text in [
            "2026-02-29T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-32T00:00:00Z",
            "2026-01-02T24:00:00Z",
            "2026-01-02T03:04:05",
            "2026-01-02T03:04:05.Z",
            "2026-01-02T03:04:05+1:00",
            "2026-01-02T03:04:05+01:60",
            "2026/01/02T03:04:05Z",
            "+026-01-02T03:04:05Z",
            "2026-01-02T03:04:05é",
            "",
        ] {
            assert_eq!(rfc3339(text), None, "{text}");
        }
        assert!(write_rfc3339(&mut String::new(), Timestamp(i64::MAX)).is_none());
        assert!(write_rfc3339(&mut String::new(), Timestamp(i64::MIN)).is_none());
    }

    proptest! {
        #[test]
        fn a_moment_reads_back_the_same(millis in -62_167_219_200_000_i64..=253_402_300_799_999) {
            let mut text = String::new();
            write_rfc3339(&mut text, Timestamp(millis)).unwrap().unwrap();
            prop_assert_eq!(rfc3339(&text), Some(Timestamp(millis)), "{}", text);
        }
    }
}
