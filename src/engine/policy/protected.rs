//! The built-in lists: what no role ever writes, and what a role writes only if its rule names it. In `docs/protected.md` they
//! are a table.

use std::fmt::Write as _;

/// Names that are protected for one reason: below `**/` at any depth, else from the root; `*` at an end stands for any text.
pub(super) struct Group {
    what: &'static str,
    entries: &'static [&'static str],
    /// Whether agents take instructions, settings or tools from them.
    instructs: bool,
}

/// cmpm's own evidence and settings, and git's: no rule can grant them.
pub(super) const NEVER: &[Group] = &[Group {
    what: "git's own files, cmpm's settings, evidence and agents",
    instructs: false,
    entries: &[
        "**/.git",
        ".cmpm/agent-files.lock",
        ".cmpm/agents",
        ".cmpm/allowed_signers*",
        ".cmpm/audit",
        ".cmpm/baseline*",
        ".cmpm/config*",
        ".cmpm/gates*",
        ".cmpm/policy*",
        ".cmpm/recipients*",
        ".cmpm/revoked_keys*",
        ".cmpm/roles*",
        ".cmpm/rules*",
        ".cmpm/runners",
        ".cmpm/runs",
        ".cmpm/secrets*",
        ".cmpm/trust*",
        ".cmpm/workflows",
        ".worktrees",
    ],
}];

/// What tells agents how to work.
pub(super) const INSTRUCTIONS: &[&str] = &[
    "**/.augment-guidelines",
    "**/.clinerules*",
    "**/.continuerules",
    "**/.cursorrules",
    "**/.github/agents",
    "**/.github/chatmodes",
    "**/.github/hooks",
    "**/.github/instructions",
    "**/.github/prompts",
    "**/.github/skills",
    "**/.goosehints",
    "**/.roomodes",
    "**/.roorules*",
    "**/.rules",
    "**/.windsurfrules",
    "**/agent.md",
    "**/agents.md",
    "**/agents.override.md",
    "**/claude.local.md",
    "**/claude.md",
    "**/copilot-instructions.md",
    "**/crush.md",
    "**/gemini.md",
    "**/qwen.md",
    "**/skill.md",
    "**/warp.md",
];

/// What gives agents tools, and people's leave.
pub(super) const AGENT_SETTINGS: &[&str] = &[
    "**/.agent",
    "**/.agents",
    "**/.aider*",
    "**/.amazonq",
    "**/.augment",
    "**/.claude",
    "**/.claude-plugin",
    "**/.claude.json",
    "**/.cline",
    "**/.codex",
    "**/.continue",
    "**/.crush",
    "**/.crush.json",
    "**/.cursor",
    "**/.factory",
    "**/.gemini",
    "**/.goose",
    "**/.junie",
    "**/.kilocode",
    "**/.kiro",
    "**/.mcp",
    "**/.mcp.json",
    "**/.opencode",
    "**/.openhands",
    "**/.qwen",
    "**/.roo",
    "**/.trae",
    "**/.warp",
    "**/.windsurf",
    "**/copilot-setup-steps.yml",
    "**/crush.json",
    "**/mcp.json",
    "**/opencode.json",
    "**/opencode.jsonc",
];

/// What runs on other machines, steers git, editors and agents, or says what is not looked at: granted only by a rule that
/// spells it out.
pub(super) const UNLESS_NAMED: &[Group] = &[
    Group { what: "what tells agents how to work", instructs: true, entries: INSTRUCTIONS },
    Group { what: "settings, tools and MCP servers of agents", instructs: true, entries: AGENT_SETTINGS },
    Group {
        what: "settings of editors that run programs",
        instructs: false,
        entries: &[
            "**/*.code-workspace",
            "**/*.sublime-project",
            "**/.devcontainer",
            "**/.devcontainer.json",
            "**/.dir-locals.el",
            "**/.exrc",
            "**/.fleet",
            "**/.gdbinit",
            "**/.gitpod.dockerfile",
            "**/.gitpod.yml",
            "**/.idea",
            "**/.lldbinit",
            "**/.lvimrc",
            "**/.nvim.lua",
            "**/.nvimrc",
            "**/.vim",
            "**/.vimrc",
            "**/.vs",
            "**/.vscode",
            "**/.zed",
            "**/devfile.yaml",
        ],
    },
    Group {
        what: "what git reads, and hooks",
        instructs: false,
        entries: &[
            "**/.git-blame-ignore-revs",
            "**/.gitattributes",
            "**/.gitconfig",
            "**/.githooks",
            "**/.gitmodules",
            "**/.husky",
            "**/.huskyrc*",
            "**/hk.pkl",
            "**/.lintstagedrc*",
            "**/lint-staged.config.*",
            ".config/lefthook*",
            ".config/wt.toml",
            ".gwq.toml",
            ".lefthook*",
            ".overcommit.yml",
            ".pre-commit-config.yaml",
            ".pre-commit-config.yml",
            ".pre-commit-hooks.yaml",
            ".simple-git-hooks.*",
            ".workmux.yaml",
            ".worktreeinclude",
            "conductor.json",
            "husky.config.*",
            "lefthook*",
            "prek.toml",
            "simple-git-hooks.*",
        ],
    },
    Group {
        what: "settings of shells, tools and package managers that run programs or choose where packages come from",
        instructs: false,
        entries: &[
            "**/*.pth",
            "**/.asdfrc",
            "**/.bazeliskrc",
            "**/.bazelrc",
            "**/.bundle",
            "**/.cargo",
            "**/.config/mise",
            "**/.curlrc",
            "**/.direnvrc",
            "**/.envrc",
            "**/.gemrc",
            "**/.irbrc",
            "**/.mise*",
            "**/.mvn",
            "**/.netrc",
            "**/.npmrc",
            "**/.pdbrc",
            "**/.pnp.*",
            "**/.pnpmfile*",
            "**/.pryrc",
            "**/.pypirc",
            "**/.ssh",
            "**/.tool-versions",
            "**/.wgetrc",
            "**/.yarn",
            "**/.yarnrc*",
            "**/bunfig.toml",
            "**/gradle-wrapper.jar",
            "**/gradle-wrapper.properties",
            "**/init.gradle",
            "**/mise.*.toml",
            "**/mise.toml",
            "**/nuget.config",
            "**/pip.conf",
            "**/rust-toolchain*",
            "**/sitecustomize.py",
            "**/usercustomize.py",
            "**/uv.toml",
        ],
    },
    Group {
        what: "pipelines, and who owns what",
        instructs: false,
        entries: &[
            "**/codeowners",
            "**/jenkinsfile",
            ".appveyor.yml",
            ".azure-pipelines*",
            ".azuredevops",
            ".build.yml",
            ".buildkite",
            ".builds",
            ".circleci",
            ".cirrus.star",
            ".cirrus.yml",
            ".drone.jsonnet",
            ".drone.yml",
            ".forgejo/actions",
            ".forgejo/workflows",
            ".gitea/actions",
            ".gitea/workflows",
            ".github/actions",
            ".github/codeql",
            ".github/dependabot.yaml",
            ".github/dependabot.yml",
            ".github/mergify.yml",
            ".github/renovate*",
            ".github/rulesets",
            ".github/settings.yml",
            ".github/workflows",
            ".gitlab",
            ".gitlab-ci.yml",
            ".mergify.yml",
            ".renovaterc*",
            ".semaphore",
            ".teamcity",
            ".tekton",
            ".travis.yml",
            ".woodpecker",
            ".woodpecker.yaml",
            ".woodpecker.yml",
            "appveyor.yml",
            "azure-pipelines*",
            "bitbucket-pipelines.yml",
            "buildspec*",
            "cloudbuild*",
            "renovate.json*",
        ],
    },
    Group {
        what: "what is ignored and not looked at, and who signs",
        instructs: false,
        entries: &[
            "**/.age-recipients",
            "**/.aiexclude",
            "**/.aiignore",
            "**/.bandit",
            "**/.betterleaks*",
            "**/.checkov*",
            "**/.claudeignore",
            "**/.codeiumignore",
            "**/.cursorignore",
            "**/.cursorindexingignore",
            "**/.geminiignore",
            "**/.ggshield*",
            "**/.gitguardian*",
            "**/.gitignore",
            "**/.gitleaks*",
            "**/.gitsigners",
            "**/.gpg-id",
            "**/.ignore",
            "**/.rooignore",
            "**/.secrets.baseline",
            "**/.secretsignore",
            "**/.semgrep*",
            "**/.snyk",
            "**/.sops.yaml",
            "**/.sops.yml",
            "**/.talismanrc",
            "**/.trivyignore*",
            "**/.trufflehog*",
            "**/allowed_signers",
        ],
    },
    Group { what: "the rest of cmpm's folder", instructs: false, entries: &[".cmpm"] },
];

/// Whether agents take instructions, settings or tools from the file.
pub(super) fn instructs(path: &[String]) -> bool {
    let is_agent = path.len() > 2 && path.iter().zip([".cmpm", "agents"]).all(|(part, name)| part == name);
    let mut entries = UNLESS_NAMED.iter().filter(|group| group.instructs).flat_map(|group| group.entries);
    is_agent || entries.any(|entry| covers(entry, path).is_some())
}

/// The page that shows the lists.
pub fn page() -> String {
    let mut page = "# Files that no role gets by a wildcard\n\nMade from the program. The case of letters does not count, `*` stands for \
                    any text, `**/` for any folder, and what lies below a name is meant with it. A role's `deny` takes away more; \
                    [security.md](security.md) says why.\n"
        .to_owned();
    let parts = [("No role ever writes", NEVER), ("A role writes only what a `write` glob of it spells out", UNLESS_NAMED)];
    for (title, groups) in parts {
        let _ = write!(page, "\n## {title}\n\n| what | names |\n| --- | --- |\n");
        for group in groups {
            let entries: Vec<String> = group.entries.iter().map(|entry| format!("`{entry}`")).collect();
            let _ = writeln!(page, "| {} | {} |", group.what, entries.join(" "));
        }
    }
    page + &super::power::page()
}

/// The first entry of `list` that covers the folded `path`, and how many components of the path it names.
///
/// An entry covers what lies below it, and its parent folders, whose replacement would replace it too.
pub(super) fn find(list: &[Group], path: &[String]) -> Option<(&'static str, usize)> {
    list.iter().flat_map(|group| group.entries).find_map(|entry| covers(entry, path).map(|depth| (*entry, depth)))
}

pub(super) fn covers(entry: &str, path: &[String]) -> Option<usize> {
    let Some(name) = entry.strip_prefix("**/") else {
        let same = entry.split('/').zip(path).all(|(pattern, part)| is_like(pattern, part));
        return same.then(|| entry.split('/').count().min(path.len()));
    };
    let wanted: Vec<&str> = name.split('/').collect();
    let is_there = |parts: &[String]| wanted.iter().zip(parts).all(|(pattern, part)| is_like(pattern, part));
    path.windows(wanted.len()).position(is_there).map(|index| index + wanted.len())
}

/// `*` stands for any text, wherever it is.
pub(super) fn is_like(pattern: &str, part: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == part };
    let (between, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    let inside = part.strip_prefix(start).and_then(|part| part.strip_suffix(end));
    let mut words = between.split('*');
    inside.is_some_and(|inside| words.try_fold(inside, |rest, word| rest.split_once(word).map(|(_, rest)| rest)).is_some())
}

/// Whether `glob` spells out the first `depth` components of `path`, without any wildcard in them.
pub(super) fn names(glob: &str, path: &str, depth: usize) -> bool {
    let anchored = glob.trim_start_matches('/').trim_start_matches("./");
    let mut literal = anchored.split('/').take_while(|part| !part.contains(['*', '?', '[', ']', '{', '}', '\\']));
    path.split('/').take(depth).all(|part| literal.next() == Some(part))
}

#[cfg(test)]
#[path = "protected_tests.rs"]
mod tests;
