//! When a ticket should be finished, and whether that time is over.

use crate::base::Timestamp;
use crate::base::date::parse_moment;

use super::Ticket;

const DAY: i64 = 24 * 60 * 60;

/// The first second after `due`: a day is over when it ends, a moment when it comes. `None` if it is no date.
pub fn end_of(due: &str) -> Option<Timestamp> {
    let moment = parse_moment(due)?;
    let is_day = moment.seconds().rem_euclid(DAY) == 0;
    Some(Timestamp::from_seconds(moment.seconds() + if is_day { DAY } else { 0 }))
}

/// Whether the ticket should have been finished already and is not.
pub fn is_overdue(ticket: &Ticket, now: Timestamp) -> bool {
    !ticket.category.is_closed() && ticket.due.as_deref().and_then(end_of).is_some_and(|end| end <= now)
}

/// A date as other dates can be compared with it: `2026-12-24`, with its time if it has one; as written if it is no date.
pub fn comparable(date: &str) -> String {
    let Some(moment) = parse_moment(date) else { return date.to_owned() };
    if moment.seconds().rem_euclid(DAY) == 0 { moment.date() } else { moment.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_over_when_it_ends() {
        for (due, end) in [
            ("2026-03-04", Some("2026-03-05T00:00:00Z")),
            ("04.03.2026", Some("2026-03-05T00:00:00Z")),
            ("2026-03-04T10:00:00Z", Some("2026-03-04T10:00:00Z")),
            ("soon", None),
        ] {
            assert_eq!(end_of(due).map(|moment| moment.to_string()).as_deref(), end, "{due}");
        }
        assert_eq!(comparable("04.03.2026"), "2026-03-04");
        assert_eq!(comparable("2026-03-04T10:00:00+01:00"), "2026-03-04T09:00:00Z");
        assert_eq!(comparable("Q3"), "Q3");
    }
}
