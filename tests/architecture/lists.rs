//! What the guards go by: rooms and their rows, who may use whom, what may stand where, and the exceptions.

/// Rooms and their rows: a file may name only rooms of a lower row, and its own.
pub const ROWS: &[(&str, u8)] = &[
    ("base", 0),
    ("document", 1),
    ("words", 1),
    ("fs", 1),
    ("process", 1),
    ("git", 2),
    ("config", 3),
    ("engine", 3),
    ("store", 4),
    ("run", 5),
    ("context", 6),
    ("report", 7),
    ("exchange", 7),
    ("nouns", 8),
    ("ui", 8),
    ("mcp", 9),
    ("cli", 10),
];

/// Neighbours in one row of which the first may use the second all the same, each with its reason.
pub const NEIGHBOURS: &[(&str, &str)] = &[("process", "fs")]; // what programs print goes to files, and all file access is in fs

/// Which noun may use which: (user, used).
pub const EDGES: &[(&str, &str)] = &[
    ("check", "agent"),
    ("check", "memory"),
    ("check", "ticket"),
    ("hook", "check"),
    ("hook", "ticket"),
    ("delegation", "agent"),
    ("delegation", "memory"),
    ("delegation", "ticket"),
    ("memory", "agent"),
    ("memory", "ticket"),
    ("project", "agent"),
    ("project", "delegation"),
    ("project", "hook"),
    ("project", "memory"),
    ("project", "merge"),
    ("project", "ticket"),
    ("session", "memory"),
    ("session", "ticket"),
    ("ticket", "agent"),
];

/// Files and functions (`path` or `path::function`) that may be longer, each with its reason.
pub const LONG: &[(&str, &str)] = &[
    ("tests/cli/ticket.rs::a_new_ticket_is_one_file_in_canonical_form", "mostly the file as it must be"),
    ("tests/cli/ticket.rs::a_ticket_is_shown_with_its_parts_and_comments", "mostly the page as it must be"),
];
pub const FILE_LINES: usize = 400;
pub const FUNCTION_LINES: usize = 50;

/// Names of modules that say nothing.
pub const EMPTY_NAMES: &[&str] = &["util", "utils", "helper", "helpers", "common", "misc"];

/// A sequence of tokens that may stand only in some places (path prefixes), outside tests.
pub struct Ban {
    pub tokens: &'static str,
    pub only_in: &'static [&'static str],
}

const PRINTING: &[&str] = &["src/ui/", "src/main.rs"];
const STARTING: &[&str] = &["src/process/", "src/git/command.rs"];
pub const BANS: &[Ban] = &[
    Ban { tokens: "println !", only_in: PRINTING },
    Ban { tokens: "print !", only_in: PRINTING },
    Ban { tokens: "eprintln !", only_in: PRINTING },
    Ban { tokens: "eprint !", only_in: PRINTING },
    Ban { tokens: "io :: stdout", only_in: PRINTING },
    Ban { tokens: "io :: stderr", only_in: PRINTING },
    Ban { tokens: "anstream :: stdout", only_in: PRINTING },
    Ban { tokens: "anstream :: stderr", only_in: PRINTING },
    Ban { tokens: "std :: process :: Command", only_in: STARTING },
    Ban { tokens: "std :: process :: self", only_in: STARTING },
    Ban { tokens: "std :: process ;", only_in: STARTING },
    Ban { tokens: "std :: fs", only_in: &["src/fs/"] },
    Ban { tokens: "fs_err", only_in: &["src/fs/"] },
    Ban { tokens: "env :: var", only_in: &["src/base/env.rs"] },
    Ban { tokens: "env :: vars", only_in: &["src/base/env.rs"] },
    Ban { tokens: "env :: var_os", only_in: &["src/base/env.rs"] },
    Ban { tokens: "env :: vars_os", only_in: &["src/base/env.rs"] },
    Ban { tokens: "gix", only_in: &["src/git/"] },
    Ban { tokens: ". unwrap (", only_in: &[] },
    Ban { tokens: ". expect (", only_in: &[] },
    Ban { tokens: "panic !", only_in: &[] },
    Ban { tokens: "todo !", only_in: &[] },
    Ban { tokens: "unimplemented !", only_in: &[] },
    Ban { tokens: "unreachable !", only_in: &[] },
    Ban { tokens: "dbg !", only_in: &[] },
    Ban { tokens: "RepoPath :: parse ( )", only_in: &[] }, // of a literal: `RepoPath::of` in a `const`
];
