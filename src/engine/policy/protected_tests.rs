//! What is protected, name by name.

use super::*;

fn found(list: &[Group], path: &str) -> Option<(&'static str, usize)> {
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
    assert_eq!(found(UNLESS_NAMED, "a/.config/mise/config.toml"), Some(("**/.config/mise", 3)));
    assert_eq!(found(UNLESS_NAMED, "a/b.code-workspace"), Some(("**/*.code-workspace", 2)));
    assert_eq!(found(UNLESS_NAMED, ".github/workflows/ci.yml"), Some((".github/workflows", 2)));
    assert_eq!(found(UNLESS_NAMED, ".github/issue_template.md"), None);
}

#[test]
fn a_star_stands_for_any_text() {
    for (pattern, part, wanted) in [
        ("a", "a", true),
        ("a*", "b", false),
        ("a*a", "a", false),
        ("*a*.json", "b.a.json", true),
        ("*a*.json", "b.json", false),
        ("a*b*c*", "a1b2c", true),
        ("a*b*c*d", "acbd", false),
    ] {
        assert_eq!(is_like(pattern, part), wanted, "{pattern} {part}");
    }
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
    for entry in NEVER.iter().chain(UNLESS_NAMED).flat_map(|group| group.entries) {
        let name = entry.trim_start_matches("**/");
        assert_eq!(super::super::fold::fold_path(name).map(|parts| parts.join("/")).as_deref(), Some(name));
    }
}

/// One file of each kind that an attack went through, or that another tool protects.
#[test]
fn the_lists_are_complete() {
    let named = "CLAUDE.md a/AGENTS.md GEMINI.md a/b/QWEN.md .cursorrules .windsurfrules .clinerules .roorules .goosehints
        .github/copilot-instructions.md a/.github/instructions/x.md .agents/skills/x/SKILL.md .roo/rules.md .kiro/steering/a.md .zed/settings.json
        .claude/settings.json a/.claude/agents/x.md .codex/config.toml .gemini/settings.json .cursor/mcp.json .mcp.json a/mcp.json
        opencode.json opencode.jsonc .vscode/tasks.json .idea/workspace.xml x.code-workspace .devcontainer/devcontainer.json
        .cargo/config.toml a/.cargo/config rust-toolchain.toml .npmrc .yarnrc .yarnrc.yml .pnpmfile.cjs .mise.toml mise.toml
        .tool-versions .bazelrc pip.conf .envrc .gitattributes .gitmodules .gitconfig .husky/pre-commit lefthook.yml
        .pre-commit-config.yaml .github/workflows/a.yml .github/dependabot.yml .gitlab-ci.yml CODEOWNERS docs/CODEOWNERS
        .gitignore a/.gitignore .gitleaks.toml .gitleaksignore .betterleaks.toml .secrets.baseline .trivyignore .sops.yaml
        allowed_signers keys/allowed_signers .cmpm/templates/x.md";
    let never = ".cmpm/allowed_signers .cmpm/revoked_keys .cmpm/recipients/a .cmpm/roles.yaml .cmpm/rules/a.yml .cmpm/workflows/a.yaml
        .cmpm/trust .cmpm/config.yaml .cmpm/agents/a.md .cmpm/runners/a.yaml .cmpm/runs/RUN-1.md .cmpm/audit/a .cmpm/agent-files.lock .git/config";
    for (list, paths) in [(UNLESS_NAMED, named), (NEVER, never)] {
        for path in paths.split_whitespace() {
            assert!(found(list, &path.to_lowercase()).is_some(), "{path}");
        }
    }
    let free = "README.md src/main.rs docs/agents/intro.md Makefile package.json Cargo.toml tests/a.json docs/claude.txt data/mise.csv";
    for path in free.split_whitespace() {
        assert_eq!(found(UNLESS_NAMED, &path.to_lowercase()), None, "{path}");
    }
}
