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
    ("claims", 5),
    ("run", 6),
    ("context", 7),
    ("report", 8),
    ("exchange", 8),
    ("nouns", 9),
    ("ui", 9),
    ("mcp", 10),
    ("cli", 11),
];

/// Neighbours in one row of which the first may use the second anyway, each with its reason.
pub const NEIGHBOURS: &[(&str, &str)] = &[("process", "fs")]; // what programs print goes to files, and all file access is in fs

/// Which noun may use which: (user, used).
pub const EDGES: &[(&str, &str)] = &[
    ("agent", "delegation"), // lists its verb that chooses an agent for a ticket
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
    ("tests/cli/ticket/mod.rs::a_new_ticket_is_one_file_in_canonical_form", "mostly the file as it must be"),
    ("tests/cli/ticket/mod.rs::a_ticket_is_shown_with_its_parts_and_comments", "mostly the page as it must be"),
];
pub const FILE_LINES: usize = 400;
pub const FUNCTION_LINES: usize = 50;
pub const FOLDER_FILES: usize = 25;
pub const ARGUMENTS: usize = 4;
/// How many braces may be open in a function, its own included.
pub const BRACES: usize = 5;

/// Names of modules that say nothing.
pub const EMPTY_NAMES: &[&str] = &["util", "utils", "helper", "helpers", "common", "misc"];

/// A sequence of tokens that may stand only in some places (path prefixes), outside tests.
pub struct Ban {
    pub tokens: &'static str,
    pub only_in: &'static [&'static str],
}

const PRINTING: &[&str] = &["src/ui/", "src/main.rs"];
const STARTING: &[&str] = &["src/process/", "src/git/command.rs"];
/// `Path::is_file` and its like go to the disk, and so does every other look at a file.
const LOOKING: &[&str] = &["src/fs/", "src/base/env.rs"];
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
    Ban { tokens: ". is_file ( )", only_in: LOOKING },
    Ban { tokens: ". is_dir ( )", only_in: LOOKING },
    Ban { tokens: ". exists ( )", only_in: LOOKING },
    Ban { tokens: ". try_exists ( )", only_in: LOOKING },
    Ban { tokens: ". read_dir ( )", only_in: LOOKING },
    Ban { tokens: ". metadata ( )", only_in: LOOKING },
    Ban { tokens: ". symlink_metadata ( )", only_in: LOOKING },
    Ban { tokens: ". canonicalize ( )", only_in: LOOKING },
    Ban { tokens: ". read_link ( )", only_in: LOOKING },
    Ban { tokens: "walkdir", only_in: &["src/fs/"] },
    Ban { tokens: "tempfile", only_in: &["src/fs/"] },
    Ban { tokens: "rustix :: fs", only_in: &["src/fs/"] },
    Ban { tokens: "std :: net", only_in: &["src/process/launch.rs", "src/process/sandbox/proxy.rs"] },
    Ban { tokens: "SystemTime :: now", only_in: &["src/base/clock.rs"] },
    Ban { tokens: "Instant :: now", only_in: &["src/fs/", "src/process/", "src/run/upkeep/remnant.rs"] },
    Ban { tokens: "process :: exit", only_in: &["src/ui/mod.rs"] },
    Ban { tokens: "std as", only_in: &[] }, // another name for a room is a way around the lines here
    Ban { tokens: "std :: io as", only_in: &[] },
    Ban { tokens: "crate as", only_in: &[] },
    Ban { tokens: "env :: var", only_in: &["src/base/env.rs"] },
    Ban { tokens: "env :: vars", only_in: &["src/base/env.rs"] },
    Ban { tokens: "env :: var_os", only_in: &["src/base/env.rs"] },
    Ban { tokens: "env :: vars_os", only_in: &["src/base/env.rs"] },
    Ban { tokens: "gix", only_in: &["src/git/"] },
    Ban { tokens: ". unwrap (", only_in: &[] },
    Ban { tokens: ". expect (", only_in: &[] },
    Ban { tokens: ":: unwrap", only_in: &[] },
    Ban { tokens: ":: expect", only_in: &[] },
    Ban { tokens: "panic !", only_in: &[] },
    Ban { tokens: "todo !", only_in: &[] },
    Ban { tokens: "unimplemented !", only_in: &[] },
    Ban { tokens: "unreachable !", only_in: &[] },
    Ban { tokens: "dbg !", only_in: &[] },
    Ban { tokens: "RepoPath :: parse ( )", only_in: &[] }, // of a literal: `RepoPath::of` in a `const`
];
