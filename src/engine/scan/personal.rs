//! Personal data: what looks like it by its form counts only if its digits agree and its surroundings do not say otherwise.

use super::place::Place;
use crate::base::Severity;

/// How far around a number a word says what it is.
const NEAR: usize = 60;

/// Lengths of an IBAN by country, each two letters and two digits.
/// <https://www.swift.com/standards/data-standards/iban-international-bank-account-number>
const IBAN: &str = "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18FR27GB22GE22GI23GL18\
    GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23\
    PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29VA22VG24XK20YE30";

/// Domains that nobody has: <https://www.rfc-editor.org/rfc/rfc2606>, <https://www.rfc-editor.org/rfc/rfc6761>
const NOBODY: [&str; 10] =
    ["example.com", "example.org", "example.net", "example.edu", "example", "test", "invalid", "localhost", "local", "internal"];
/// Keys of records that say who.
const PEOPLE: [&str; 10] =
    ["author", "authors", "owner", "assignee", "assignees", "reporter", "creator", "created_by", "updated_by", "closed_by"];
/// Ends of file names that look like those of domains.
const FILES: [&str; 32] = [
    "png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "js", "mjs", "cjs", "ts", "tsx", "jsx", "css", "scss", "json", "html", "htm", "xml",
    "yml", "yaml", "toml", "lock", "txt", "php", "java", "zip", "gz", "service", "socket", "timer", "target",
];

/// Cards that payment companies publish for tests, on nobody's account; those that begin with 400000 are all Stripe's.
/// <https://docs.stripe.com/testing>, <https://developer.paypal.com/braintree/docs/reference/general/testing>,
/// <https://docs.adyen.com/development-resources/test-cards-and-credentials/test-card-numbers>
const TEST_CARDS: &str = "4111111111111111 4242424242424242 4012888888881881 4000056655665556 4222222222222 4005519200000004 4009348888881881 4012000033330026 \
    4012000077777777 4500600000000061 4217651111111119 4462030000000000 4917610000000000 5555555555554444 5105105105105100 5454545454545454 \
    5200828282828210 5555341244441115 5577000055770004 2223003122003222 2223000048400011 2222400070000005 378282246310005 371449635398431 \
    378734493671000 370000000000002 6011111111111117 6011000990139424 6011601160116611 30569309025904 38520000023237 36227206271667 \
    3056930009020004 3566002020360505 3530111333300000 6759649826438453";

/// What is done with a match before it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    Card,
    Iban,
    Ssn,
    Email,
    Phone,
}

/// A match in its text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Match<'a> {
    pub(super) before: &'a [u8],
    pub(super) value: &'a [u8],
    pub(super) after: &'a [u8],
}

impl Check {
    pub(super) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "card" => Self::Card,
            "iban" => Self::Iban,
            "ssn" => Self::Ssn,
            "email" => Self::Email,
            "phone" => Self::Phone,
            _ => return None,
        })
    }

    /// Whether a text can hold it at all: told in one pass, where an expression has to be compiled first.
    pub(super) fn is_possible(self, text: &[u8]) -> bool {
        match self {
            Self::Card => has_digits(text, 13),
            Self::Ssn => has_digits(text, 9),
            Self::Iban => text.windows(4).any(|four| matches!(four, [b'A'..=b'Z', b'A'..=b'Z', b'0'..=b'9', b'0'..=b'9'])),
            Self::Email | Self::Phone => true,
        }
    }

    /// How much of a match is what it is about; `None` if nothing is.
    pub(super) fn length(self, found: &Match<'_>) -> Option<usize> {
        let value = String::from_utf8_lossy(found.value);
        match self {
            Self::Iban => return iban(found),
            Self::Card => is_alone(found) && is_card(&value),
            Self::Ssn => is_alone(found) && is_ssn(&value, found),
            Self::Email => is_email(&value, found),
            Self::Phone => is_phone(&value, found),
        }
        .then_some(found.value.len())
    }

    /// How much it matters at a place; `None` where it does not.
    pub(super) fn severity(self, place: Place) -> Option<Severity> {
        let is_weak = matches!(self, Self::Email | Self::Phone);
        match place {
            Place::Fixture => None,
            Place::Record if is_weak => Some(Severity::Warning),
            Place::Record => Some(Severity::Error),
            _ if is_weak => None,
            _ => Some(Severity::Warning),
        }
    }
}

/// Whether so many digits stand somewhere with no letter between them.
fn has_digits(text: &[u8], least: usize) -> bool {
    let mut count = 0;
    text.iter().any(|byte| {
        count = if byte.is_ascii_alphabetic() { 0 } else { count + usize::from(byte.is_ascii_digit()) };
        count >= least
    })
}

fn digits(text: &str) -> Vec<u32> {
    text.chars().filter_map(|c| c.to_digit(10)).collect()
}

/// Whether a number is not a part of a longer one, of a decimal, a path or a name.
fn is_alone(found: &Match<'_>) -> bool {
    let word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80);
    let joins = |byte: Option<&u8>| byte.is_some_and(|byte| matches!(byte, b'.' | b'-' | b'/' | b'+' | b','));
    let (mut before, mut after) = (found.before.iter().rev(), found.after.iter());
    let (last, next) = (before.next(), after.next());
    !(word(last) || word(next) || joins(last) && word(before.next()) || joins(next) && word(after.next()))
}

/// The words around a match on its line, in lower case.
fn around(found: &Match<'_>) -> String {
    let before = found.before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let after = found.after.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let before = before.get(before.len().saturating_sub(NEAR)..).unwrap_or_default();
    let after = after.get(..NEAR.min(after.len())).unwrap_or_default();
    format!("{} {}", String::from_utf8_lossy(before), String::from_utf8_lossy(after)).to_lowercase()
}

fn says(found: &Match<'_>, words: &[&str]) -> bool {
    let text = around(found);
    text.split(|c: char| !c.is_alphanumeric()).any(|word| words.contains(&word))
}

/// <https://en.wikipedia.org/wiki/Luhn_algorithm>
fn luhn(digits: &[u32]) -> bool {
    let twice = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 = digits.iter().rev().enumerate().map(|(place, digit)| if place % 2 == 1 { twice(*digit) } else { *digit }).sum();
    sum.is_multiple_of(10)
}

/// Whether a number is in a range that issuers of cards have: <https://en.wikipedia.org/wiki/Payment_card_number>
fn is_card(value: &str) -> bool {
    let digits = digits(value);
    let start = |length: usize| digits.iter().take(length).fold(0, |sum, digit| sum * 10 + digit);
    let (two, three, four, six) = (start(2), start(3), start(4), start(6));
    let is_issued = match digits.len() {
        13 | 19 => start(1) == 4 && value.len() > digits.len() || digits.len() == 19 && two == 62,
        14 => matches!(two, 36 | 38 | 39) || matches!(three, 300..=305) || four == 3095,
        15 => matches!(two, 34 | 37),
        16 => {
            matches!(two, 40..=49 | 51..=55 | 62 | 65)
                || matches!(three, 644..=649)
                || matches!(four, 2221..=2720 | 3528..=3589 | 6011 | 5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761..=6763)
                || matches!(six, 622_126..=622_925)
        }
        _ => false,
    };
    let written: String = digits.iter().filter_map(|digit| char::from_digit(*digit, 10)).collect();
    let is_for_tests = six == 400_000 || TEST_CARDS.split(' ').any(|card| card == written);
    let zeros = digits.iter().rev().take_while(|digit| **digit == 0).count();
    is_issued && luhn(&digits) && zeros < 10 && !is_for_tests
}

/// The length of the IBAN that a match begins with: <https://www.iso.org/standard/81090.html>
fn iban(found: &Match<'_>) -> Option<usize> {
    let word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let country = IBAN.as_bytes().chunks_exact(4).find(|row| row.get(..2) == found.value.get(..2))?;
    let wanted: usize = std::str::from_utf8(country.get(2..)?).ok()?.parse().ok()?;
    let letters: Vec<(usize, u8)> = found.value.iter().copied().enumerate().filter(|(_, byte)| byte.is_ascii_alphanumeric()).collect();
    let end = letters.get(wanted - 1)?.0 + 1;
    let next = found.value.get(end).or_else(|| found.after.first());
    if word(found.before.last()) || word(next) {
        return None;
    }
    let turned = letters.get(4..wanted)?.iter().chain(letters.get(..4)?);
    let rest = turned.fold(0_u32, |rest, (_, byte)| match char::from(*byte).to_digit(36).unwrap_or(0) {
        digit @ 0..=9 => (rest * 10 + digit) % 97,
        letter => (rest * 100 + letter) % 97,
    });
    (rest == 1).then_some(end)
}

/// Areas, groups and serials that are given out: <https://www.ssa.gov/employer/randomization.html>
fn is_ssn(value: &str, found: &Match<'_>) -> bool {
    let number = digits(value).iter().fold(0, |sum, digit| sum * 10 + digit);
    let (area, group, serial) = (number / 1_000_000, number / 10_000 % 100, number % 10_000);
    let is_taxpayer = area >= 900 && matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99);
    let is_given = (!matches!(area, 0 | 666 | 900..) || is_taxpayer) && group > 0 && serial > 0;
    let is_said = says(found, &["ssn", "ssns", "social", "itin", "tin", "taxpayer"]);
    let is_else = says(
        found,
        &["part", "order", "serial", "sku", "ticket", "invoice", "phone", "tel", "fax", "version", "zip", "model", "item", "ref"],
    );
    let count = |sign: u8| value.bytes().filter(|byte| *byte == sign).count();
    let is_form = match (count(b'-'), count(b' ')) {
        (2, _) => true,
        (_, 2) => !is_in_row(found),
        // With one dash it could be many things; where no word stands on the line, nothing says that it is one of them.
        (1, _) => value.find('-') == Some(3) && !around(found).contains(char::is_alphabetic),
        _ => false,
    };
    is_given && (is_said || is_form && !is_else)
}

/// Whether a number stands in a row of others, as in a table.
fn is_in_row(found: &Match<'_>) -> bool {
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    is_digit(found.before.trim_ascii_end().last()) || is_digit(found.after.trim_ascii_start().first())
}

fn is_email(value: &str, found: &Match<'_>) -> bool {
    let Some((name, domain)) = value.rsplit_once('@') else { return false };
    let domain = domain.to_lowercase();
    let end = domain.rsplit('.').next().unwrap_or_default();
    let is_end = end.len() > 1 && (end.starts_with("xn--") || end.bytes().all(|byte| byte.is_ascii_alphabetic()));
    let is_nobody = NOBODY.iter().any(|nobody| domain == *nobody || domain.strip_suffix(nobody).is_some_and(|rest| rest.ends_with('.')));
    let is_machine = matches!(name.to_lowercase().as_str(), "git" | "noreply" | "no-reply" | "donotreply") || domain.contains("noreply");
    let is_address =
        matches!(found.before.last(), Some(b'/' | b':' | b'@' | b'=')) && found.before.windows(3).rev().take(NEAR).any(|at| at == b"://");
    let is_remote = found.after.first() == Some(&b':') && found.after.get(1).is_some_and(|byte| !byte.is_ascii_whitespace());
    let line = found.before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line).trim_start().to_lowercase();
    // Who did something: git says it with an address as well.
    let is_person = line.split_once(':').is_some_and(|(key, _)| key.ends_with("-by") || PEOPLE.contains(&key));
    is_end && !FILES.contains(&end) && !is_nobody && !is_machine && !is_address && !is_remote && !is_person
}

/// E.164 and the forms of North America by themselves; other forms where a word says that it is one.
fn is_phone(value: &str, found: &Match<'_>) -> bool {
    const WORDS: [&str; 19] = [
        "phone",
        "phones",
        "telephone",
        "tel",
        "telefon",
        "mobile",
        "mobil",
        "cell",
        "call",
        "fax",
        "sms",
        "whatsapp",
        "contact",
        "handy",
        "number",
        "telefono",
        "hotline",
        "ph",
        "phonenumber",
    ];
    const ELSE: [&str; 14] =
        ["version", "isbn", "issn", "order", "part", "serial", "sku", "invoice", "id", "timestamp", "hash", "oid", "build", "uuid"];
    let digits = digits(value);
    if !is_alone(found) || !(7..=15).contains(&digits.len()) || digits.windows(2).all(|pair| matches!(pair, [one, other] if one == other)) {
        return false;
    }
    let at = |place: usize| digits.get(place).copied().unwrap_or(0);
    let is_american = |from: usize| digits.len() == from + 10 && at(from) > 1 && at(from + 3) > 1;
    let is_said = says(found, &WORDS);
    let parts = value.bytes().filter(|byte| !byte.is_ascii_digit()).count();
    match value.as_bytes().first() {
        Some(b'+') => digits.len() > 7 && at(0) > 0 && (is_said || parts > 1 || digits.len() > 9),
        Some(b'(') => is_said || is_american(0),
        _ => parts > 0 && is_said || parts > 1 && is_american(0) && value.contains('-') && !says(found, &ELSE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(value: &[u8]) -> Match<'_> {
        Match { before: b"", value, after: b"" }
    }

    #[test]
    fn checksums_are_those_of_the_standards() {
        assert!(is_card("4716 2387 1905 5629") && is_card("376142950381570") && !is_card("4716 2387 1905 5628"));
        assert!(!is_card("4111 1111 1111 1111") && !is_card("378282246310005") && !is_card("4000-0025-0000-3155"));
        assert!(!is_card("4111 1111 1111 1112") && !is_card("0000000000000000") && !is_card("1752223390920"));
        for (country, text) in [("gb", "GB82WEST12345698765432"), ("de", "DE89 3704 0044 0532 0130 00"), ("no", "NO93-8601-1117-947")] {
            assert_eq!(iban(&found(text.as_bytes())), Some(text.len()), "{country}");
            let wrong = text.replace('3', "4");
            assert_eq!(iban(&found(wrong.as_bytes())), None, "{country}");
        }
    }
}
