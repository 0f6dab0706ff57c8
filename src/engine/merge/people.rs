//! Who an item of a list names, in whatever notation: `Name (@x)`, `Name <@x>`, `Name <mail>`, `@x`.

use std::collections::BTreeSet;

/// What an item says of somebody, in lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Person {
    name: String,
    /// Handles (`@x`) and addresses (`a@b`).
    addresses: BTreeSet<String>,
}

impl Person {
    pub(super) fn parse(text: &str) -> Self {
        let mut rest = text.trim();
        let mut addresses = BTreeSet::new();
        while let Some((before, address)) = split_address(rest) {
            addresses.insert(address.to_lowercase());
            rest = before.trim_end();
        }
        Self { name: rest.to_lowercase(), addresses }
    }

    /// Whether both are reached in one way.
    pub(super) fn shares_address(&self, other: &Self) -> bool {
        !self.addresses.is_disjoint(&other.addresses)
    }

    /// Whether both have one name, and at least one of them more than that.
    pub(super) fn shares_name(&self, other: &Self) -> bool {
        let says_more = !self.addresses.is_empty() || !other.addresses.is_empty();
        says_more && !self.name.is_empty() && self.name == other.name
    }

    /// Whether the other one says nothing that this one does not say.
    pub(super) fn covers(&self, other: &Self) -> bool {
        (other.name.is_empty() || other.name == self.name) && other.addresses.is_subset(&self.addresses)
    }
}

/// `Name (@x)` as what stands before the brackets and in them; `@x` alone is an address without a name.
fn split_address(text: &str) -> Option<(&str, &str)> {
    if text.starts_with('@') && !text.contains(char::is_whitespace) {
        return Some(("", text));
    }
    let (open, close) = if text.ends_with(')') { ('(', ')') } else { ('<', '>') };
    let (before, address) = text.strip_suffix(close)?.rsplit_once(open)?;
    (address.contains('@') && !address.contains(char::is_whitespace)).then_some((before, address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_is_known_in_every_notation() {
        let is_one = |one: &str, other: &str| {
            let (one, other) = (Person::parse(one), Person::parse(other));
            one.shares_address(&other) || one.shares_name(&other)
        };
        for (one, other) in
            [("Ann B (@ann)", "Ann B <@ann>"), ("Ann <a@x.org>", "Ann (@ann)"), ("@ann", "Ann (@Ann)"), ("Ann", "ann <a@x.org>")]
        {
            assert!(is_one(one, other), "{one} {other}");
        }
        for (one, other) in [("Ann (@ann)", "Bob (@bob)"), ("@ann", "ann"), ("home", "Home"), ("a (b)", "a (c)"), ("", "<a@b>")] {
            assert!(!is_one(one, other), "{one} {other}");
        }
        assert!(Person::parse("Ann <a@x.org> (@ann)").covers(&Person::parse("@ann")));
        assert!(!Person::parse("Ann <a@x.org>").covers(&Person::parse("Ann (@ann)")));
    }
}
