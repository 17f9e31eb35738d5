//! The time of day in file names.

use std::time::{SystemTime, UNIX_EPOCH};

/// A moment as `20250131T235959.123Z`; before 1970 counts as 1970.
pub(super) fn compact(time: SystemTime) -> String {
    let since_epoch = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, second) = (since_epoch.as_secs() / 86_400, since_epoch.as_secs() % 86_400);
    let (year, month, day) = civil_date(days);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    let millis = since_epoch.subsec_millis();
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}.{millis:03}Z")
}

/// Year, month and day of a day counted from 1970-01-01, by Howard Hinnant's `civil_from_days`
/// (<https://howardhinnant.github.io/date_algorithms.html>). Years begin in March there, so that the leap day
/// is the last.
fn civil_date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468; // from 0000-03-01
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let months_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * months_from_march + 2) / 5 + 1;
    let month = if months_from_march < 10 { months_from_march + 3 } else { months_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn known_moments() {
        // From GNU date: `date -u -d @SECONDS +%Y%m%dT%H%M%S`.
        for (seconds, expected) in [
            (0, "19700101T000000.123Z"),
            (951_782_399, "20000228T235959.123Z"),
            (951_868_799, "20000229T235959.123Z"),
            (1_735_689_599, "20241231T235959.123Z"),
            (4_107_542_400, "21000301T000000.123Z"),
        ] {
            assert_eq!(compact(UNIX_EPOCH + Duration::from_millis(1_000 * seconds + 123)), expected);
        }
    }
}
