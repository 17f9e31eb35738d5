//! Moments as text.

use std::time::SystemTime;

use humantime::format_rfc3339_millis;

/// A moment as `2025-01-31T23:59:59.123Z` (RFC 3339).
pub(crate) fn rfc_3339(time: SystemTime) -> String {
    format_rfc3339_millis(time).to_string()
}

/// The same for names of files, as `20250131T235959.123Z`.
pub(super) fn compact(time: SystemTime) -> String {
    rfc_3339(time).replace(['-', ':'], "")
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn known_moments() {
        // From GNU date: `date -u -d @SECONDS +%Y%m%dT%H%M%S`.
        for (seconds, expected) in [
            (0, "19700101T000000.123Z"),
            (951_868_799, "20000229T235959.123Z"),
            (4_107_542_400, "21000301T000000.123Z"),
        ] {
            assert_eq!(compact(UNIX_EPOCH + Duration::from_millis(1_000 * seconds + 123)), expected);
        }
        assert_eq!(rfc_3339(UNIX_EPOCH + Duration::from_secs(951_782_399)), "2000-02-28T23:59:59.000Z");
    }
}
