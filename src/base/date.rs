//! Dates as people and other trackers write them. A moment without a time zone is taken as UTC, a day as its first second.

use jiff::Span;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::Timestamp;

/// Shapes seen in real files. Years of two digits come first: `%Y` would take them for the first century.
const SHAPES: &[&str] = &[
    "%d.%m.%y",
    "%d/%m/%y",
    "%d-%m-%y",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%d/%b/%y",
    "%d/%b/%Y",
    "%d/%b/%y %I:%M %p",
    "%d/%b/%Y %I:%M %p",
    "%d/%b/%y %H:%M",
    "%d/%b/%Y %H:%M",
    "%b %d, %Y, %I:%M %p",
    "%m/%d/%y %I:%M %p",
    "%m/%d/%Y %I:%M %p",
    "%d.%m.%y %H:%M",
    "%d.%m.%Y %H:%M",
    "%d/%m/%y %H:%M",
    "%d/%m/%Y %H:%M",
];

/// The moment that `text` names; `None` if it is in no shape known here.
pub fn parse_moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(moment) = text.parse() {
        return Some(moment);
    }
    SHAPES.iter().find_map(|shape| parse_shape(shape, text))
}

/// Whether `text` is what cmpm itself writes: a day or a moment. (What it reads from others has more shapes.)
pub fn is_plain(text: &str) -> bool {
    let is_day = text.len() == 10 && format!("{text}T00:00:00Z").parse::<Timestamp>().is_ok();
    is_day || text.parse::<Timestamp>().is_ok()
}

/// The day that a word names, seen from `now`: `today`, `tomorrow`, `yesterday`, `+3d`, `-2w`, `+1m`, `+1y`, `fri` (the next one after
/// today), `next fri` (that of the week after this one); anything else as it is.
pub fn written_out(text: &str, now: Timestamp) -> String {
    relative(&text.trim().to_ascii_lowercase(), now).unwrap_or_else(|| text.to_owned())
}

fn relative(word: &str, now: Timestamp) -> Option<String> {
    let today: Date = now.date().parse().ok()?;
    let days = |count: i64| today.checked_add(Span::new().try_days(count).ok()?).ok();
    let day = match word {
        "today" => Some(today),
        "tomorrow" => days(1),
        "yesterday" => days(-1),
        _ if word.starts_with(['+', '-']) => {
            let (count, unit) = word.split_at_checked(word.len().checked_sub(1)?)?;
            let (count, span): (i64, Span) = (count.parse().ok()?, Span::new());
            let span = match unit {
                "d" => span.try_days(count),
                "w" => span.try_weeks(count),
                "m" => span.try_months(count),
                "y" => span.try_years(count),
                _ => return None,
            };
            today.checked_add(span.ok()?).ok()
        }
        _ => {
            let next = word.strip_prefix("next ").map(str::trim);
            let wanted = weekday(next.unwrap_or(word))?;
            let here = i64::from(today.weekday().to_monday_zero_offset());
            let ahead = i64::from(wanted) - here;
            if next.is_some() { days(ahead + 7) } else { days(if ahead > 0 { ahead } else { ahead + 7 }) }
        }
    };
    day.map(|day| day.to_string())
}

/// From Monday on, by the whole word or its first three letters.
fn weekday(word: &str) -> Option<i8> {
    let all = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let place = all.iter().position(|day| *day == word || day.get(..3) == Some(word))?;
    i8::try_from(place).ok()
}

fn parse_shape(shape: &str, text: &str) -> Option<Timestamp> {
    let parsed = jiff::fmt::strtime::parse(shape, text).ok()?;
    let civil = parsed.to_datetime().or_else(|_| parsed.to_date().map(DateTime::from)).ok()?;
    let moment = civil.to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some(Timestamp::from_seconds(moment.as_second()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_date_is_a_day_or_a_moment() {
        assert!(is_plain("2026-03-04") && is_plain("2026-03-04T10:20:30Z"));
        assert!(["", "soon", "2026-02-30", "04.03.2026", "2026-3-4"].iter().all(|text| !is_plain(text)));
    }

    #[test]
    fn a_word_is_a_day_from_today_on() {
        // A Saturday.
        let now: Timestamp = "2026-01-31T23:30:00Z".parse().unwrap();
        for (word, day) in [
            ("today", "2026-01-31"),
            ("Tomorrow", "2026-02-01"),
            ("yesterday", "2026-01-30"),
            ("+3d", "2026-02-03"),
            ("-2w", "2026-01-17"),
            ("+1m", "2026-02-28"),
            ("+1y", "2027-01-31"),
            ("sat", "2026-02-07"),
            ("fri", "2026-02-06"),
            ("sunday", "2026-02-01"),
            ("next fri", "2026-02-06"),
            ("next sunday", "2026-02-08"),
        ] {
            assert_eq!(written_out(word, now), day, "{word}");
        }
        for word in ["", "+", "+3", "+3x", "+d", "3d", "next", "next week", "f", "2026-01-31", "+99999999999d", "é"] {
            assert_eq!(written_out(word, now), word);
        }
    }

    #[test]
    fn every_shape_of_one_day_is_that_day() {
        let day = "2026-03-04T00:00:00Z";
        for text in
            ["2026-03-04", "2026/03/04", "04.03.2026", "04/03/2026", "04-03-2026", "04.03.26", "04/03/26", "04-03-26", " 2026-03-04 00:00 "]
        {
            assert_eq!(parse_moment(text).map(|moment| moment.to_string()).as_deref(), Some(day), "{text}");
        }
        for text in ["2026-03-04T10:20:30Z", "2026-03-04T11:20:30.500+01:00", "2026-03-04 10:20:30", "2026-03-04T10:20:30.999"] {
            assert_eq!(parse_moment(text).unwrap().to_string(), "2026-03-04T10:20:30Z", "{text}");
        }
        for text in ["04/Mar/26 3:45 PM", "04/Mar/2026 15:45", "Mar 4, 2026, 3:45 PM", "3/4/2026 3:45 PM", "04.03.2026 15:45"] {
            assert_eq!(parse_moment(text).map(|moment| moment.to_string()).as_deref(), Some("2026-03-04T15:45:00Z"), "{text}");
        }
        for text in ["", "soon", "2026-13-01", "2026-02-30", "2026-03-04 tomorrow", "Q3 2026"] {
            assert_eq!(parse_moment(text), None, "{text}");
        }
    }
}
