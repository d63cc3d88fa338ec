//! Parts of dates, in UTC.

/// A moment as a date of the Gregorian calendar.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Date {
    /// Days since 1970-01-01.
    days: i64,
    second_of_day: i64,
    year: i64,
    month: i64,
    day: i64,
}

impl Date {
    /// The date of so many seconds since 1970. The civil date of a day: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    pub(crate) fn at(seconds: i64) -> Self {
        let (days, second_of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let shifted = days + 719_468;
        let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        // Months are counted from March on, so that the leap day is the year's last.
        let from_march = (5 * of_year + 2) / 153;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self { days, second_of_day, year, month, day: of_year - (153 * from_march + 2) / 5 + 1 }
    }

    fn is_leap(self) -> bool {
        self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0)
    }

    fn days_in(self, month: i64) -> i64 {
        match month {
            2 => 28 + i64::from(self.is_leap()),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }
}

/// A part of the date of so many seconds since 1970, fractions left out; of no number there is none.
pub(crate) fn of_seconds(seconds: f64, part: fn(Date) -> f64) -> f64 {
    // Within what whole seconds are exact in; further away there are no dates.
    if seconds.abs() < 9e15 { part(Date::at(seconds as i64)) } else { f64::NAN }
}

pub(crate) fn minute(date: Date) -> f64 {
    (date.second_of_day / 60 % 60) as f64
}

pub(crate) fn hour(date: Date) -> f64 {
    (date.second_of_day / 3_600) as f64
}

pub(crate) fn day_of_week(date: Date) -> f64 {
    // The first day of 1970 was a Thursday.
    (date.days + 4).rem_euclid(7) as f64
}

pub(crate) fn day_of_month(date: Date) -> f64 {
    date.day as f64
}

pub(crate) fn day_of_year(date: Date) -> f64 {
    ((1..date.month).map(|month| date.days_in(month)).sum::<i64>() + date.day) as f64
}

pub(crate) fn days_in_month(date: Date) -> f64 {
    date.days_in(date.month) as f64
}

pub(crate) fn month(date: Date) -> f64 {
    date.month as f64
}

pub(crate) fn year(date: Date) -> f64 {
    date.year as f64
}
