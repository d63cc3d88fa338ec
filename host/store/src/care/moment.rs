//! Moments as people read them. Dates follow H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".

use std::fmt;

use autobot_model::Timestamp;

/// Writes `2026-01-02T03:04:05Z`; far outside of four-digit years, the milliseconds.
pub(super) struct Moment(pub(super) Timestamp);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.0.div_euclid(1_000);
        let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        // The years 0 to 9999.
        if !(-719_528..2_932_897).contains(&days) {
            return write!(f, "{}", self.0);
        }
        let shifted = days + 719_468;
        let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_read_as_dates_of_the_years_0_to_9999_and_else_as_milliseconds() {
        for (millis, wanted) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_826_154_999, "2000-02-29T12:09:14Z"),
            (1_790_000_000_000, "2026-09-21T14:13:20Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00Z"),
            (253_402_300_799_000, "9999-12-31T23:59:59Z"),
            (253_402_300_800_000, "253402300800000 ms"),
            (i64::MIN, "-9223372036854775808 ms"),
        ] {
            assert_eq!(Moment(Timestamp(millis)).to_string(), wanted);
        }
    }
}
