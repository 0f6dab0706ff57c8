//! Which keys of which files give power: the table that `docs/protected.md` shows.

use std::fmt::Write as _;

use super::super::protected::{AGENT_SETTINGS, INSTRUCTIONS};
use super::row::{Kind, Row, Take};
use super::{ci, lines, packages};

pub(super) type List = &'static [&'static str];

pub(super) const fn row(kind: Kind, files: List, take: Take, keys: List) -> Row {
    Row { kind, files, keys, take }
}

const BARE: Take = Take::Bare { but: &[] };
pub(super) const LINES: Take = Take::Lines { but: &[] };
pub(super) const WORKFLOWS: List =
    &[".forgejo/workflows", ".gitea/workflows", ".github/workflows", "**/action.yaml", "**/action.yml", "**/copilot-setup-steps.yml"];
pub(super) const PACKAGE: List = &["**/package.json"];
const PRE_COMMIT: List = &[".pre-commit-config.yaml", ".pre-commit-config.yml", "prek.toml"];
const GITLAB: List = &[".gitlab", ".gitlab-ci.yml"];
const AZURE: List = &[".azure-pipelines*", "azure-pipelines*"];
const VSCODE: List = &["**/*.code-workspace", "**/.devcontainer", "**/.devcontainer.json", "**/.vscode/settings.json"];
const CONTAINER: List = &["**/.devcontainer", "**/.devcontainer.json"];
const OWNERS: List = &["**/codeowners"];
/// The rules of `engine::scan::RULES_FILES`.
const SCANNED: List = &["**/.betterleaks.toml", "**/.gitleaks.toml"];
const RENOVATE: List = &[".github/renovate*", ".renovaterc*", "renovate.json*"];
const SETTINGS: List = &[".cmpm/config*"];
const ROLES: List = &[".cmpm/agents"];
const MCP_KEYS: List = &["context_servers", "mcp", "mcpServers", "mcp_servers", "servers"];

static ROWS: &[Row] = &[
    row(Kind::CiRights, WORKFLOWS, Take::Made(ci::rights), &["permissions", "jobs/*/permissions"]),
    row(Kind::CiRights, GITLAB, Take::Values, &["*/id_tokens", "id_tokens"]),
    row(Kind::CiTrigger, WORKFLOWS, Take::Made(ci::triggers), &["on", "jobs/*/steps"]),
    row(Kind::CiSecret, WORKFLOWS, Take::Made(ci::secrets), &["env", "jobs"]),
    row(Kind::CiSecret, GITLAB, Take::Values, &["*/secrets"]),
    row(Kind::CiSecret, GITLAB, Take::Made(ci::environments), &["*/environment"]),
    row(Kind::CiSecret, &[".circleci"], Take::Values, &["workflows/*/jobs/*/*/context"]),
    row(Kind::CiRunner, WORKFLOWS, Take::Made(ci::runners), &["jobs/*/runs-on", "jobs/*/strategy", "jobs/*/container"]),
    row(Kind::CiRunner, GITLAB, Take::Values, &["*/tags"]),
    row(Kind::CiRunner, &[".circleci"], Take::Values, &["**/resource_class"]),
    row(Kind::CiRunner, AZURE, Take::Values, &["**/pool/name"]),
    row(
        Kind::CiAction,
        WORKFLOWS,
        Take::Made(ci::actions),
        &["jobs/*/uses", "jobs/*/steps/*/uses", "jobs/*/container", "jobs/*/services", "runs/image"],
    ),
    row(Kind::CiAction, GITLAB, BARE, &["include/component", "include/*/component", "include/*/project", "include/project"]),
    row(Kind::CiAction, GITLAB, Take::From(lines::address), &["include"]),
    row(Kind::CiAction, &[".circleci"], BARE, &["orbs"]),
    row(Kind::CiAction, AZURE, Take::Values, &["resources/repositories/*/name"]),
    row(Kind::Hook, &["**/.githooks", "**/.husky", "**/.gitconfig"], LINES, &[]),
    row(Kind::Hook, PRE_COMMIT, Take::Values, &["repos/*/repo", "repos/*/hooks/*/entry"]),
    row(Kind::Hook, PRE_COMMIT, BARE, &["repos/*/hooks/*/additional_dependencies"]),
    row(Kind::Hook, &[".config/lefthook*", ".lefthook*", "lefthook*"], Take::Values, &["**/run", "**/scripts", "extends", "rc", "remotes"]),
    row(Kind::Hook, &[".overcommit.yml"], Take::Values, &["**/command", "**/required_executable"]),
    row(Kind::Hook, &["**/.lintstagedrc*", "**/.huskyrc*", ".simple-git-hooks.json", "simple-git-hooks.json"], Take::Values, &["*"]),
    row(
        Kind::Hook,
        &[
            "**/.huskyrc.*js",
            "**/.lintstagedrc.*js",
            "**/.lintstagedrc.*ts",
            "**/hk.pkl",
            "**/lint-staged.config.*",
            ".simple-git-hooks.*js",
            "husky.config.*",
            "simple-git-hooks.*js",
        ],
        LINES,
        &[],
    ),
    row(Kind::Hook, PACKAGE, Take::Values, &["gitHooks", "husky/hooks", "lint-staged", "pre-commit", "pre-push", "simple-git-hooks"]),
    row(Kind::Hook, &["**/.gitattributes"], Take::Lines { but: &["filter=lfs"] }, &["filter="]),
    row(Kind::Server, AGENT_SETTINGS, Take::Values, MCP_KEYS),
    row(Kind::Server, &["**/.vscode/settings.json", "**/.zed", "**/*.code-workspace"], Take::Values, &["**/context_servers", "**/mcp"]),
    row(
        Kind::Agent,
        AGENT_SETTINGS,
        Take::Values,
        &[
            "*AuthRefresh",
            "*CredentialExport",
            "*Helper",
            "allowedTools",
            "autoApprove",
            "coreTools",
            "enabledMcpjsonServers",
            "enabledPlugins",
            "env",
            "extraKnownMarketplaces",
            "fileSuggestion",
            "formatter/*/command",
            "formatter/*/environment",
            "hooks",
            "lint-cmd",
            "lsp/*/command",
            "lsp/*/env",
            "model_providers",
            "notify",
            "permissions/additionalDirectories",
            "permissions/allow",
            "plugin",
            "sandbox/*/allow*",
            "sandbox/excludedCommands",
            "sandbox/ignoreViolations",
            "shell_environment_policy",
            "statusLine/command",
            "test-cmd",
            "tools/allowed",
            "tools/core",
            "**/alwaysAllow",
            "**/writable_roots",
        ],
    ),
    row(
        Kind::Agent,
        AGENT_SETTINGS,
        Take::Only(&[
            "acceptedits",
            "allow",
            "auto_edit",
            "bypasspermissions",
            "danger-full-access",
            "dontask",
            "never",
            "on-failure",
            "true",
            "workspace-write",
            "yolo",
        ]),
        &[
            "approval_policy",
            "auto-commits",
            "autoAccept",
            "enableAllProjectMcpServers",
            "general/defaultApprovalMode",
            "permission/**",
            "permissionMode",
            "permissions/defaultMode",
            "profiles/*/approval_policy",
            "profiles/*/sandbox_mode",
            "sandbox/*/allow*",
            "sandbox/allow*",
            "sandbox/autoAllowBashIfSandboxed",
            "sandbox/enableWeaker*",
            "sandbox_mode",
            "trust",
            "yes-always",
            "**/network_access",
        ],
    ),
    row(Kind::Agent, &["**/.cursor/environment.json"], Take::Values, &["build", "install", "start", "terminals", "update"]),
    row(Kind::Agent, AGENT_SETTINGS, Take::Limits, &["sandbox/*/deny*"]),
    row(Kind::Agent, AGENT_SETTINGS, Take::Only(&["false"]), &["sandbox/enabled", "security/folderTrust/enabled"]),
    row(Kind::Agent, AGENT_SETTINGS, Take::Limits, &["excludeTools", "permissions/ask", "permissions/deny", "tools/exclude"]),
    row(Kind::Agent, AGENT_SETTINGS, Take::Bounds, &["disallowedTools"]),
    row(Kind::Agent, AGENT_SETTINGS, Take::Said, &["tools"]),
    row(Kind::Agent, INSTRUCTIONS, Take::Values, &["allowed-tools", "hooks", "mcp-servers", "tools"]),
    row(Kind::Agent, AGENT_SETTINGS, Take::Values, &["allowed-tools", "tools"]),
    row(Kind::Agent, VSCODE, Take::Only(&["true"]), &["**/chat.tools.*autoApprove", "**/chat.tools.*autoApprove/**"]),
    row(Kind::Editor, &["**/.vscode/tasks.json", "**/*.code-workspace"], Take::Made(ci::tasks), &["tasks"]),
    row(
        Kind::Editor,
        VSCODE,
        Take::Values,
        &[
            "**/*.overrideCommand",
            "**/eslint.runtime",
            "**/go.alternateTools",
            "**/go.toolsEnvVars",
            "**/security.workspace.trust.*",
            "**/terminal.integrated.automationProfile.*",
            "**/terminal.integrated.env.*",
            "**/terminal.integrated.profiles.*",
            "**/terminal.integrated.shell.*",
        ],
    ),
    row(Kind::Editor, VSCODE, Take::From(lines::not_installed), &["**/*.path", "**/*.tsdk", "**/*Path"]),
    row(Kind::Editor, VSCODE, Take::Only(&["on"]), &["**/task.allowAutomaticTasks"]),
    row(
        Kind::Editor,
        CONTAINER,
        Take::Values,
        &[
            "capAdd",
            "containerEnv",
            "initializeCommand",
            "mounts",
            "onCreateCommand",
            "postAttachCommand",
            "postCreateCommand",
            "postStartCommand",
            "remoteEnv",
            "runArgs",
            "securityOpt",
            "updateContentCommand",
            "workspaceMount",
        ],
    ),
    row(Kind::Editor, CONTAINER, Take::Names, &["features/*"]),
    row(Kind::Editor, CONTAINER, Take::Only(&["true"]), &["privileged"]),
    row(Kind::Editor, &["**/.gitpod.yml"], Take::Values, &["tasks/*/before", "tasks/*/command", "tasks/*/init"]),
    row(Kind::Editor, &["**/devfile.yaml"], Take::Values, &["commands", "events"]),
    row(Kind::Editor, &["**/.zed"], Take::Values, &["lsp/*/binary", "terminal/env", "terminal/shell"]),
    row(
        Kind::Editor,
        &[
            "**/*.pth",
            "**/.dir-locals.el",
            "**/.direnvrc",
            "**/.envrc",
            "**/.exrc",
            "**/.gdbinit",
            "**/.lldbinit",
            "**/.lvimrc",
            "**/.nvim.lua",
            "**/.nvimrc",
            "**/.vimrc",
            "**/sitecustomize.py",
            "**/usercustomize.py",
        ],
        LINES,
        &[],
    ),
    row(Kind::Policy, OWNERS, Take::LostText(lines::owners), &["@"]),
    row(Kind::Policy, OWNERS, Take::Text(lines::ownerless), &["a pattern alone"]),
    row(Kind::Policy, OWNERS, Take::Exists, &[]),
    row(Kind::Policy, &[".cmpm/allowed_signers*", "**/.gitsigners", "**/allowed_signers"], LINES, &[]),
    row(
        Kind::Policy,
        &["**/.betterleaksignore", "**/.gitleaksignore", "**/.secretsignore", "**/.semgrepignore", "**/.trivyignore*"],
        LINES,
        &[],
    ),
    row(
        Kind::Policy,
        SCANNED,
        Take::Values,
        &["allowlist", "allowlists", "extend/disabledRules", "filter", "prefilter", "rules/*/allowlist*", "rules/*/filter"],
    ),
    row(Kind::Policy, SCANNED, Take::Limits, &["extend/useDefault", "rules/*/id"]),
    row(Kind::Policy, SCANNED, Take::Exists, &[]),
    row(Kind::Policy, SETTINGS, Take::Limits, &["gates/*/name", "gates/*/run"]),
    row(Kind::Policy, SETTINGS, Take::LostMade(ci::blocking), &["gates/*/blocking"]),
    row(Kind::Policy, SETTINGS, Take::Values, &["check/exclude"]),
    row(Kind::Policy, SETTINGS, Take::Level { levels: &["never", "base", "change"], unsaid: "change" }, &["check/secrets/inline_allow"]),
    row(Kind::Policy, SETTINGS, Take::Level { levels: &["require", "auto", "off"], unsaid: "auto" }, &["delegate/sandbox"]),
    row(Kind::Policy, ROLES, Take::Values, &["tools", "write"]),
    row(Kind::Policy, ROLES, Take::Bounds, &["deny"]),
    row(Kind::Policy, ROLES, Take::Said, &["tools"]),
    row(Kind::Policy, &[".cmpm/runners"], Take::Values, &["*"]),
    row(Kind::Policy, RENOVATE, Take::Only(&["true"]), &["**/automerge"]),
    row(Kind::Policy, &[".github/mergify.yml", ".mergify.yml"], Take::Values, &["**/actions", "**/conditions"]),
];

/// Every row.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    ROWS.iter().chain(packages::ROWS)
}

/// The part of `docs/protected.md` about edits.
pub fn page() -> String {
    let mut page = "\n## An edit of a file that a role may write is an error, too, where it gains power\n\n\
                    Versions are compared as what they say, so a new version number or another order gains nothing. `/` leads to a \
                    key below, `*` stands for any key or item, `**` for any number of them. *Lost*: to take one away is the gain.\n\n\
                    | power | files | keys, or words of a line |\n| --- | --- | --- |\n"
        .to_owned();
    for row in rows() {
        let words = |list: List| list.iter().map(|word| format!("`{}`", word.trim())).collect::<Vec<_>>().join(" ");
        let lost = if row.take.is_limit() { "lost: " } else { "" };
        let all = match row.take {
            Take::Exists => "that it is there",
            _ if row.keys.is_empty() => "every line",
            _ => "",
        };
        let values = if let Take::Only(list) = row.take { format!(" if {}", words(list)) } else { String::new() };
        let _ = writeln!(page, "| {} | {} | {lost}{all}{}{values} |", row.kind.means(), words(row.files), words(row.keys));
    }
    page
}
