//! Dates as people and other trackers write them. A moment without a time zone is taken as UTC, a day as its first second.

use jiff::Span;
use jiff::civil::{Date, DateTime, Time, Weekday};
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

/// The day that words name, seen from `now`, such as `tomorrow`, `+3d`, `in 2 weeks`, `next fri` or `end of month`; anything else as
/// it is. docs/board.md has them all.
pub fn written_out(text: &str, now: Timestamp) -> String {
    let words = text.to_ascii_lowercase();
    let words: Vec<&str> = words.split_whitespace().collect();
    now.date().parse().ok().and_then(|today| relative(&words, today)).map_or_else(|| text.to_owned(), |day| day.to_string())
}

fn relative(words: &[&str], today: Date) -> Option<Date> {
    match words {
        ["today"] => Some(today),
        ["tomorrow"] => today.tomorrow().ok(),
        ["yesterday"] => today.yesterday().ok(),
        ["next", "week"] => coming(Weekday::Monday, today),
        ["next", "month"] => today.last_of_month().tomorrow().ok(),
        ["next", "year"] => today.last_of_year().tomorrow().ok(),
        ["end", "of", "week"] => coming(Weekday::Monday, today)?.yesterday().ok(),
        ["end", "of", "month"] => Some(today.last_of_month()),
        ["end", "of", "year"] => Some(today.last_of_year()),
        ["next", day] => coming(weekday(day)?, today)?.checked_add(Span::new().days(7)).ok(),
        ["in", count, unit] => after(if matches!(*count, "a" | "an" | "one") { 1 } else { count.parse().ok()? }, unit, today),
        [word] => {
            let digits = word.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
            let (count, unit) = word.split_at_checked(digits.len())?;
            if count.is_empty() { coming(weekday(word)?, today) } else { after(count.parse().ok()?, unit, today) }
        }
        _ => None,
    }
}

/// How many seconds a length of time has that a program wrote: `5 days 22 hours 11 minutes`, `1h49m8s`, `12.5s`.
pub fn length_of(text: &str) -> Option<i64> {
    let (mut seconds, mut found, mut rest) = (0.0, false, text);
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let from = rest.get(start..)?;
        let end = from.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(from.len());
        let (number, behind) = from.split_at_checked(end)?;
        let behind = behind.trim_start();
        let unit = match behind.chars().next() {
            Some('d') => 86_400.0,
            Some('h') => 3_600.0,
            Some('m') if behind.starts_with("ms") => 0.001,
            Some('m') => 60.0,
            Some('s') | None => 1.0,
            Some(_) => return None,
        };
        seconds += number.parse::<f64>().ok()? * unit;
        (found, rest) = (true, behind);
    }
    #[expect(clippy::cast_possible_truncation, reason = "a float that is too large becomes the largest number")]
    found.then_some(seconds.ceil() as i64)
}

/// The next moment that a program means by a time of day, perhaps with a date before it: `4:50am`, `Feb 3rd, 2026 5:19 PM`. Without the
/// name of a zone it is this machine's.
pub fn coming_moment(text: &str, zone: Option<&str>, now: Timestamp) -> Option<Timestamp> {
    let zone = zone.map_or_else(|| Some(TimeZone::system()), |name| TimeZone::get(name.trim()).ok())?;
    let here = jiff::Timestamp::from_second(now.seconds()).ok()?.to_zoned(zone.clone());
    let words = text.to_lowercase().replace(',', " ").replace(" am", "am").replace(" pm", "pm").replace(" at ", " ");
    let mut words: Vec<&str> = words.split_whitespace().collect();
    let time = time_of_day(words.pop()?)?;
    let moment = |date: Date| date.to_datetime(time).to_zoned(zone.clone()).ok();
    let found = match words.as_slice() {
        [] => moment(here.date()).filter(|found| *found > here).or_else(|| moment(here.date().tomorrow().ok()?))?,
        [month, day, year @ ..] => {
            let day = day.trim_end_matches(|c: char| c.is_ascii_alphabetic()).parse().ok()?;
            let date = |year: i16| Date::new(year, month_of(month)?, day).ok();
            match year {
                [year] => moment(date(year.parse().ok()?)?)?,
                [] => moment(date(here.year())?).filter(|found| *found > here).or_else(|| moment(date(here.year() + 1)?))?,
                _ => return None,
            }
        }
        [_] => return None,
    };
    Some(Timestamp::from_seconds(found.timestamp().as_second()))
}

/// `4:50am`, `3pm`, `17:00`.
fn time_of_day(word: &str) -> Option<Time> {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let (hour, minute) = digits.split_once(':').unwrap_or((digits, "0"));
    let (hour, minute): (i8, i8) = (hour.parse().ok()?, minute.parse().ok()?);
    let hour = match (word.strip_prefix(digits)?, hour) {
        ("am", 12) => 0,
        ("pm", 1..=11) => hour + 12,
        ("am" | "pm" | "", _) => hour,
        _ => return None,
    };
    Time::new(hour, minute, 0, 0).ok()
}

fn month_of(word: &str) -> Option<i8> {
    let all = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let place = all.iter().position(|month| word.get(..3) == Some(month))?;
    i8::try_from(place + 1).ok()
}

/// The next such day after today.
fn coming(wanted: Weekday, today: Date) -> Option<Date> {
    today.nth_weekday(1, wanted).ok()
}

fn after(count: i64, unit: &str, today: Date) -> Option<Date> {
    let span = match unit {
        "d" | "day" | "days" => Span::new().try_days(count),
        "w" | "week" | "weeks" => Span::new().try_weeks(count),
        "mo" | "month" | "months" => Span::new().try_months(count),
        "y" | "year" | "years" => Span::new().try_years(count),
        _ => return None,
    };
    today.checked_add(span.ok()?).ok()
}

/// A day of the week by its name or the first three letters of it.
fn weekday(word: &str) -> Option<Weekday> {
    let all = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let place = all.iter().position(|day| *day == word || day.get(..3) == Some(word))?;
    Weekday::from_monday_zero_offset(i8::try_from(place).ok()?).ok()
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

    /// The table in the documentation is the test.
    #[test]
    fn words_are_the_days_that_the_documentation_says() {
        let page = include_str!("../../docs/board.md");
        let table = page.split("\n\n").find(|part| part.starts_with("| written |")).unwrap();
        let mut lines = table.lines();
        let days: Vec<&str> = lines.next().unwrap().split('`').skip(1).step_by(2).collect();
        let mut count = 0;
        for line in lines.skip(1) {
            let mut cells = line.trim_matches('|').split('|');
            let (words, expected) = (cells.next().unwrap(), cells.map(str::trim));
            for (today, day) in days.iter().zip(expected) {
                let now: Timestamp = format!("{today}T23:30:00Z").parse().unwrap();
                for word in words.split('`').skip(1).step_by(2) {
                    assert_eq!(written_out(word, now), day, "{word} on {today}");
                    count += 1;
                }
            }
        }
        assert!(count > 40, "{count}");
        let now = "2026-01-31T23:30:00Z".parse().unwrap();
        assert_eq!(written_out(" Next  Friday ", now), "2026-02-13");
        for word in [
            "",
            "+",
            "+3",
            "3",
            "+3x",
            "+d",
            "d",
            "next",
            "next day",
            "in 2",
            "in two weeks",
            "f",
            "2026-01-31",
            "2026",
            "99999999999d",
            "é3d",
        ] {
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
