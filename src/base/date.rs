//! Dates as people and other trackers write them. A moment without a time zone is taken as UTC, a day as its first second.

use jiff::civil::DateTime;
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
