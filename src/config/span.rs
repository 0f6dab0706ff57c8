//! A length of time in settings, as people write it: `90s`, `15m`, `1h30m`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A length of time of at least a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Span(Duration);

/// A text that is no length of time.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is not a length of time such as 90s, 15m, 2h or 3d")]
pub struct SpanError {
    text: String,
}

impl Span {
    /// So many minutes.
    pub const fn minutes(count: u32) -> Self {
        Self(Duration::from_secs(count as u64 * 60))
    }

    /// In whole seconds.
    pub fn seconds(self) -> u64 {
        self.0.as_secs()
    }
}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        // The library has no days, as some have 23 hours; nobody who writes one here means that.
        let days = text.strip_suffix('d').and_then(|count| count.parse::<u32>().ok());
        let days = days.map(|count| Duration::from_secs(u64::from(count) * 86_400));
        let found = || text.parse::<SignedDuration>().ok().and_then(|length| Duration::try_from(length).ok());
        days.or_else(found).filter(|length| length.as_secs() > 0).map(Self).ok_or_else(|| SpanError { text: text.to_owned() })
    }
}

impl TryFrom<String> for Span {
    type Error = SpanError;

    fn try_from(text: String) -> Result<Self, SpanError> {
        text.parse()
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        span.to_string()
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = SignedDuration::try_from(self.0).unwrap_or(SignedDuration::MAX);
        write!(f, "{length:#}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_and_written() {
        for (text, seconds, written) in
            [("90s", 90, "1m 30s"), ("15m", 900, "15m"), ("120m", 7200, "2h"), ("1h 30m", 5400, "1h 30m"), ("2d", 172_800, "48h")]
        {
            let span: Span = text.parse().unwrap();
            assert_eq!((span.seconds(), span.to_string().as_str()), (seconds, written));
            assert_eq!(written.parse::<Span>().unwrap(), span);
        }
        assert_eq!(Span::minutes(15), "15m".parse().unwrap());
        for text in ["", "15", "0s", "0d", "d", "-1m", "10ms", "soon", "1mo"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
