//! The rules that findings go by. Their names are stable, and `templates/scan/rules.toml` explains each to users.

/// Each rule, with its name in JSON and after `cmpm check --explain`.
macro_rules! rules {
    ($($rule:ident = $name:literal,)+) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Rule { $($rule),+ }

        impl Rule {
            #[cfg(test)]
            pub const ALL: &[Self] = &[$(Self::$rule),+];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$rule => $name),+ }
            }
        }
    };
}

/// Rules that were renamed: the old name, which people may still type, and the new one.
const RENAMED: [(&str, Rule); 1] = [("supersedes-circle", Rule::SupersedesCycle)];

pub fn current_name(name: &str) -> &str {
    RENAMED.iter().find(|(old, _)| *old == name).map_or(name, |(_, rule)| rule.name())
}

rules! {
    // files and the text in them
    Unreadable = "unreadable",
    NewerForm = "newer-form",
    Symlink = "symlink",
    NotUtf8 = "not-utf8",
    NulCharacter = "nul-character",
    HiddenText = "hidden-text",
    ConflictMarker = "conflict-marker",
    ConflictMarkers = "conflict-markers",
    Unmerged = "unmerged",
    BrokenLink = "broken-link",
    BrokenAnchor = "broken-anchor",
    SiteLinks = "site-links",
    NotHere = "not-here",
    FrontMatterUnclosed = "front-matter-unclosed",
    FrontMatterLate = "front-matter-late",
    FrontMatterNotKeys = "front-matter-not-keys",
    FrontMatterSize = "front-matter-size",
    YamlSyntax = "yaml-syntax",
    YamlDuplicateKey = "yaml-duplicate-key",
    YamlTag = "yaml-tag",
    ScanRules = "scan-rules",
    NotScanned = "not-scanned",
    Settings = "settings",

    // records and what they name
    MissingKey = "missing-key",
    BadId = "bad-id",
    BadDate = "bad-date",
    BadConfidence = "bad-confidence",
    DuplicateId = "duplicate-id",
    BrokenReference = "broken-reference",
    Cycle = "cycle",
    SupersedesCycle = "supersedes-cycle",
    NotATicket = "not-a-ticket",
    OtherTracker = "other-tracker",
    NotAMemory = "not-a-memory",
    UnknownKind = "unknown-kind",
    UnknownStatus = "unknown-status",
    UnknownTicket = "unknown-ticket",
    UnknownAgent = "unknown-agent",
    UnknownCategory = "unknown-category",
    SimilarMemory = "similar-memory",
    Project = "project",

    // agents and what they may do
    NotAnAgent = "not-an-agent",
    BadName = "bad-name",
    DuplicateName = "duplicate-name",
    UnknownKey = "unknown-key",
    BadGrant = "bad-grant",
    BadGlob = "bad-glob",
    UnknownSet = "unknown-set",
    Extends = "extends",
    UnknownTool = "unknown-tool",
    WiderTools = "wider-tools",
    AgentPrompt = "agent-prompt",
    BadLimit = "bad-limit",
    BadBranch = "bad-branch",
    NoRights = "no-rights",
    ReadOnlyAgent = "read-only-agent",
    WorktreeSetup = "worktree-setup",
    Role = "role",
    ForgedPage = "forged-page",
    RunPageChanged = "run-page-changed",
    MorePower = "more-power",
    AgentFile = "agent-file",
    SecretAllowed = "secret-allowed",

    // merges, other places and what is going on in them
    LostRecord = "lost-record",
    LostLink = "lost-link",
    IdCollision = "id-collision",
    UnknownBranch = "unknown-branch",
    BrokenWorktree = "broken-worktree",
    UnreadablePlace = "unreadable-place",
    BegunElsewhere = "begun-elsewhere",
    DamagedClaim = "damaged-claim",
    SharedClaims = "shared-claims",
    DamagedRun = "damaged-run",
    InboxFull = "inbox-full",
    LeftOver = "left-over",
    Uncommitted = "uncommitted",

    // imports, exports and plans
    NotImported = "not-imported",
    NotCarried = "not-carried",
    NotJson = "not-json",
    Secret = "secret",
    Repeated = "repeated",
    HereAlready = "here-already",
    ImportedAllTheSame = "imported-all-the-same",
    ChangedSince = "changed-since",
    ChangedOnBothSides = "changed-on-both-sides",
    Plan = "plan",

    // `cmpm init`
    InitBlock = "init-block",
    InitLeft = "init-left",
    InitOlder = "init-older",
    InitSettings = "init-settings",
    InitWorktrees = "init-worktrees",
    ReadOnly = "read-only",
    Hooks = "hooks",
}
