//! What keys mean for a merge, and how far along a status is. Data; `docs/merging.md` lists it for people.

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
const EARLIER: &[&str] = &["created", "createddate", "createdat", "createdon", "datecreated", "createdtime", "startedat", "starteddate"];
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
const SET: &[&str] = &[
    "labels",
    "tags",
    "keywords",
    "assignee",
    "assignees",
    "owners",
    "reviewers",
    "author",
    "authors",
    "contributors",
    "watchers",
    "dependencies",
    "dependson",
    "blocks",
    "blockedby",
    "related",
    "relatedto",
    "relatedissues",
    "relatedtasks",
    "subtasks",
    "children",
    "aliases",
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
    "duplicates",
    "discoveredfrom",
    "paths",
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
    match () {
        () if is_in(LATER) => Rule::Later,
        () if is_in(EARLIER) => Rule::Earlier,
        () if is_in(COUNT) || ["_count", "-count", "Count"].iter().any(|end| key.ends_with(end)) => Rule::Count,
        () if matches!(name.as_str(), "status" | "state") => Rule::Status,
        () if is_in(SET) => Rule::Set,
        () => Rule::Other,
    }
}

const STEPS: [&[&str]; 5] = [
    &["draft", "idea", "proposed", "triage", "new", "open", "backlog", "todo", "planned", "planning", "pending", "ready"],
    &["active", "inprogress", "doing", "started", "working", "wip", "blocked", "onhold", "paused", "hooked"],
    &["review", "inreview", "needsreview", "testing", "verify", "qa"],
    &["lastcall", "approved", "accepted"],
    &["done", "closed", "complete", "completed", "resolved", "finished", "merged", "shipped", "final", "archived"],
];

/// How far along a status is; `None` for those that give up or are not known.
pub(super) fn progress(status: &str) -> Option<usize> {
    let name = plain(status);
    STEPS.iter().position(|names| names.contains(&name.as_str()))
}

const ENDED: &[&str] = &[
    "cancelled",
    "canceled",
    "rejected",
    "wontfix",
    "wontdo",
    "abandoned",
    "declined",
    "dropped",
    "invalid",
    "duplicate",
    "obsolete",
    "superseded",
    "deferred",
];

/// Whether a status gives a ticket up, which nobody may propose.
pub(super) fn gives_up(status: &str) -> bool {
    ENDED.contains(&plain(status).as_str())
}

/// Letters and digits alone, in lower case.
pub(super) fn plain(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_in_every_spelling() {
        assert_eq!(["updated_at", "updatedAt", "Last-Modified"].map(rule), [Rule::Later; 3]);
        assert_eq!(["comment_count", "count", "discount", "due"].map(rule), [Rule::Count, Rule::Count, Rule::Other, Rule::Other]);
        assert!(progress("In Progress") > progress("todo") && progress("cancelled").is_none());
    }
}
