//! The built-in lists: what no role ever writes, and what a role writes only if its rule names it.

/// cmpm's own evidence and settings, and git's: no rule can grant them.
pub(super) const NEVER: &[&str] = &[
    "**/.git",
    ".cmpm/agents",
    ".cmpm/audit",
    ".cmpm/config*",
    ".cmpm/gates*",
    ".cmpm/policy*",
    ".cmpm/roles*",
    ".cmpm/runners",
    ".cmpm/runs",
    ".worktrees",
];

/// What runs on other machines or steers git, editors and agents: granted only by a rule that spells it out.
pub(super) const UNLESS_NAMED: &[&str] = &[
    "**/.claude",
    "**/.codex",
    "**/.cursor",
    "**/.devcontainer",
    "**/.envrc",
    "**/.gemini",
    "**/.gitattributes",
    "**/.gitconfig",
    "**/.githooks",
    "**/.gitmodules",
    "**/.husky",
    "**/.idea",
    "**/.mcp.json",
    "**/.opencode",
    "**/.vscode",
    "**/codeowners",
    "**/jenkinsfile",
    ".aider.conf.yml",
    ".appveyor.yml",
    ".buildkite",
    ".circleci",
    ".cirrus.yml",
    ".cmpm",
    ".drone.yml",
    ".forgejo/actions",
    ".forgejo/workflows",
    ".gitea/actions",
    ".gitea/workflows",
    ".github/actions",
    ".github/dependabot.yml",
    ".github/workflows",
    ".gitlab",
    ".gitlab-ci.yml",
    ".lefthook*",
    ".lintstagedrc*",
    ".overcommit.yml",
    ".pre-commit-config.yaml",
    ".pre-commit-config.yml",
    ".pre-commit-hooks.yaml",
    ".semaphore",
    ".travis.yml",
    ".woodpecker",
    ".woodpecker.yaml",
    ".woodpecker.yml",
    ".worktreeinclude",
    "appveyor.yml",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    "lefthook*",
];

/// The first entry of `list` that covers the folded `path`, and how many components of the path it names.
///
/// An entry covers what lies below it, and its parent folders, whose replacement would replace it too.
pub(super) fn find(list: &[&'static str], path: &[String]) -> Option<(&'static str, usize)> {
    list.iter().find_map(|entry| covers(entry, path).map(|depth| (*entry, depth)))
}

fn covers(entry: &str, path: &[String]) -> Option<usize> {
    let Some(name) = entry.strip_prefix("**/") else {
        let same = entry.split('/').zip(path).all(|(pattern, part)| is_like(pattern, part));
        return same.then(|| entry.split('/').count().min(path.len()));
    };
    path.iter().position(|part| is_like(name, part)).map(|index| index + 1)
}

fn is_like(pattern: &str, part: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == part, |start| part.starts_with(start))
}

/// Whether `glob` spells out the first `depth` components of `path`, without any wildcard in them.
pub(super) fn names(glob: &str, path: &str, depth: usize) -> bool {
    let anchored = glob.trim_start_matches('/').trim_start_matches("./");
    let mut literal = anchored.split('/').take_while(|part| !part.contains(['*', '?', '[', ']', '{', '}', '\\']));
    path.split('/').take(depth).all(|part| literal.next() == Some(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(list: &[&'static str], path: &str) -> Option<(&'static str, usize)> {
        let parts: Vec<String> = path.split('/').map(str::to_owned).collect();
        find(list, &parts)
    }

    #[test]
    fn an_entry_covers_itself_what_is_below_and_its_parents() {
        assert_eq!(found(NEVER, ".cmpm/runs/RUN-1.md"), Some((".cmpm/runs", 2)));
        assert_eq!(found(NEVER, ".cmpm/config.ci.yaml"), Some((".cmpm/config*", 2)));
        assert_eq!(found(NEVER, "sub/.git/hooks/x"), Some(("**/.git", 2)));
        assert_eq!(found(NEVER, ".cmpm").map(|(_, depth)| depth), Some(1));
        assert_eq!(found(NEVER, ".cmpm/memory/x.md"), None);
        assert_eq!(found(NEVER, ".gitignore"), None);
        assert_eq!(found(UNLESS_NAMED, ".github/workflows/ci.yml"), Some((".github/workflows", 2)));
        assert_eq!(found(UNLESS_NAMED, ".github/issue_template.md"), None);
    }

    #[test]
    fn a_rule_names_what_it_spells_out() {
        assert!(names(".github/workflows/**", ".github/workflows/ci.yml", 2));
        assert!(names("/.github/workflows/", ".github/workflows/ci.yml", 2));
        assert!(!names(".github/**", ".github/workflows/ci.yml", 2));
        assert!(!names("**", ".gitattributes", 1));
        assert!(!names(".git*", ".gitattributes", 1));
        assert!(!names(".GITHUB/workflows/**", ".github/workflows/ci.yml", 2));
    }

    #[test]
    fn the_lists_are_written_as_names_fold() {
        for entry in NEVER.iter().chain(UNLESS_NAMED) {
            let name = entry.trim_start_matches("**/");
            assert_eq!(super::super::fold::fold_path(name).map(|parts| parts.join("/")).as_deref(), Some(name));
        }
    }
}
