//! Wall-clock times as job records hold them: ISO 8601 in UTC with milliseconds.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since the Unix epoch.
pub fn now_ms() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
    }
}

/// The present as an ISO 8601 string.
pub fn now_iso() -> String {
    iso(now_ms())
}

/// `2026-05-25T10:05:00.000Z` for milliseconds since the epoch.
pub fn iso(milliseconds: i64) -> String {
    let days = milliseconds.div_euclid(86_400_000);
    let rest = milliseconds.rem_euclid(86_400_000);
    let (year, month, day) = civil_from_days(days);
    let (hour, minute) = (rest / 3_600_000, rest / 60_000 % 60);
    let (second, milli) = (rest / 1000 % 60, rest % 1000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// Reads what [`iso`] writes; fraction and `Z` may be missing.
pub fn parse_iso(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes.len() < 19 || !text.is_ascii() {
        return None;
    }
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let separators = bytes[4] == b'-' && bytes[7] == b'-' && matches!(bytes[10], b'T' | b' ');
    if !separators || bytes[13] != b':' || bytes[16] != b':' {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let fraction = text.get(19..)?.trim_end_matches('Z');
    let milli = match fraction.strip_prefix('.') {
        None if fraction.is_empty() => 0,
        None => return None,
        Some(digits) => {
            let padded: String = digits.chars().chain("000".chars()).take(3).collect();
            padded.parse::<i64>().ok()?
        }
    };
    let days = days_from_civil(year, month, day);
    Some(((days * 24 + hour) * 60 + minute) * 60_000 + second * 1000 + milli)
}

/// `2h 5m`, `4m 0s` or `12s` between two ISO times; none when either is unreadable.
pub fn span(start: &str, end: Option<&str>) -> Option<String> {
    let from = parse_iso(start)?;
    let to = match end {
        Some(text) => parse_iso(text)?,
        None => now_ms(),
    };
    (to >= from).then(|| readable((to - from + 500) / 1000))
}

/// Seconds as `2h 5m`, `4m 0s` or `12s`.
pub fn readable(seconds: i64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}h {minutes}m")
    } else if minutes > 0 {
        format!("{minutes}m {rest}s")
    } else {
        format!("{rest}s")
    }
}

/// A span in seconds, as short as it can be written: `300`, `0.25`.
pub fn seconds(span: std::time::Duration) -> String {
    let milliseconds = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    std::time::Duration::from_millis(milliseconds)
        .as_secs_f64()
        .to_string()
}

// Howard Hinnant's calendar algorithms for the proleptic Gregorian calendar.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_and_back() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_779_703_500_000, "2026-05-25T10:05:00.000Z"),
            (951_827_696_789, "2000-02-29T12:34:56.789Z"),
        ] {
            assert_eq!(iso(ms), text);
            assert_eq!(parse_iso(text), Some(ms));
        }
    }

    #[test]
    fn unreadable_times_are_none() {
        for text in [
            "",
            "yesterday",
            "2026-05-25",
            "2026/05/25T10:05:00Z",
            "2026-05-25T10:05:00+02",
        ] {
            assert_eq!(parse_iso(text), None, "{text}");
        }
    }

    #[test]
    fn seconds_are_short() {
        for (milliseconds, text) in [(0, "0"), (250, "0.25"), (1_000, "1"), (300_000, "300")] {
            assert_eq!(
                seconds(std::time::Duration::from_millis(milliseconds)),
                text
            );
        }
    }

    #[test]
    fn spans_read_well() {
        let start = "2026-05-25T10:05:00.000Z";
        assert_eq!(
            span(start, Some("2026-05-25T10:05:12.400Z")).as_deref(),
            Some("12s")
        );
        assert_eq!(
            span(start, Some("2026-05-25T10:09:00.000Z")).as_deref(),
            Some("4m 0s")
        );
        assert_eq!(
            span(start, Some("2026-05-25T12:10:00.000Z")).as_deref(),
            Some("2h 5m")
        );
        assert_eq!(span(start, Some("2026-05-25T10:04:59.000Z")), None);
    }
}
