//! What keys mean for a merge, and how far along a status is. `docs/merging.md` lists it for people.

use crate::words::{Property, StatusWord};

/// How two different changes of one key come together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// The later moment, as when something was last changed.
    Later,
    /// The earlier moment.
    Earlier,
    /// Both differences are added.
    Count,
    /// A person decides; the further one is proposed.
    Status,
    /// A list whose order says nothing.
    Set,
    /// One value. Where files have a list for it, the list is merged.
    One,
    /// Nothing is known.
    Other,
}

const LATER: &[&str] = &[
    "updated",
    "updateddate",
    "updatedat",
    "updatedon",
    "updatedtime",
    "modified",
    "modifieddate",
    "modifiedat",
    "datemodified",
    "dateupdated",
    "lastmodified",
    "lastmodifiedat",
    "lastmod",
    "lastupdated",
    "lastupdatedat",
    "lastupdate",
    "lastreviewed",
    "lastreviewedon",
    "lastreviewedat",
    "lastseen",
    "lastseenat",
    "lastused",
    "lastusedat",
    "lastverified",
    "lastverifiedat",
    "lastsync",
    "lastsynced",
    "lastsyncedat",
    "lastactivity",
    "lastactivityat",
    "lastaccessed",
    "verified",
    "verifiedat",
    "reviewedat",
    "syncedat",
    "closedat",
    "closeddate",
    "completedat",
    "completeddate",
    "completedon",
    "resolvedat",
    "heartbeatat",
];
/// Like the creation date of a ticket.
const EARLIER: &[&str] = &["createdon", "datecreated", "createdtime", "startedat", "starteddate"];
const COUNT: &[&str] = &[
    "count",
    "uses",
    "used",
    "hits",
    "recalls",
    "recalled",
    "attempts",
    "retries",
    "views",
    "timespent",
    "actualhours",
    "actualtokens",
    "hoursspent",
    "tokensused",
    "inputtokens",
    "outputtokens",
];
/// In addition to the lists of a ticket.
const SET: &[&str] = &[
    "keywords",
    "owners",
    "reviewers",
    "authors",
    "contributors",
    "watchers",
    "relatedto",
    "subtasks",
    "children",
    "external",
    "externalrefs",
    "modifiedfiles",
    "references",
    "refs",
    "documentation",
    "links",
    "requires",
    "replaces",
    "supersedes",
    "supersededby",
    "anchors",
    "files",
    "scope",
    "milestones",
    "prs",
    "commits",
    "participants",
    "tools",
    "skills",
    "categories",
];

/// What is known of a key: case, `_`, `-` and spaces do not count.
pub(super) fn rule(key: &str) -> Rule {
    let name = plain(key);
    let is_in = |names: &[&str]| names.contains(&name.as_str());
    let is_property = |property: &&Property| property.row().keys.iter().any(|known| plain(known) == name);
    match Property::ALL.iter().find(is_property) {
        Some(Property::Created) => return Rule::Earlier,
        Some(Property::Status) => return Rule::Status,
        Some(property) if property.is_list() => return Rule::Set,
        Some(_) => return Rule::One,
        None => {}
    }
    match () {
        () if is_in(LATER) => Rule::Later,
        () if is_in(EARLIER) => Rule::Earlier,
        () if is_in(COUNT) || ["_count", "-count", "Count"].iter().any(|end| key.ends_with(end)) => Rule::Count,
        () if is_in(SET) => Rule::Set,
        () => Rule::Other,
    }
}

/// Letters and digits alone, in lower case.
fn plain(key: &str) -> String {
    key.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// How far along a status is; `None` for those that give up or are not known.
pub(super) fn progress(status: &str) -> Option<u8> {
    StatusWord::find(status)?.step
}

/// Whether a status gives a ticket up, which nobody may propose.
pub(super) fn gives_up(status: &str) -> bool {
    StatusWord::find(status).is_some_and(|word| word.step.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lists_of_a_ticket_are_sets() {
        for property in Property::ALL.iter().filter(|property| !matches!(property, Property::Created | Property::Status)) {
            let wanted = if property.is_list() { Rule::Set } else { Rule::One };
            assert!(property.row().keys.iter().all(|key| rule(key) == wanted), "{property:?}");
        }
    }

    #[test]
    fn keys_are_known_in_every_spelling() {
        assert_eq!(["updated_at", "updatedAt", "Last-Modified"].map(rule), [Rule::Later; 3]);
        assert_eq!(["comment_count", "count", "discount", "due"].map(rule), [Rule::Count, Rule::Count, Rule::Other, Rule::One]);
        assert!(progress("In Progress") > progress("todo") && progress("cancelled").is_none());
    }
}
