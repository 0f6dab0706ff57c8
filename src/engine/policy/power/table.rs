//! Which keys of which files give power: the table that `docs/protected.md` shows.

use std::fmt::Write as _;

use super::super::protected::{AGENT_SETTINGS, INSTRUCTIONS};
use super::ci;
use super::row::{Kind, Row, Take};

type List = &'static [&'static str];

const fn row(kind: Kind, files: List, take: Take, keys: List) -> Row {
    Row { kind, files, keys, take }
}

const BARE: Take = Take::Bare { but: &[] };
/// What Python's packages are built with, as a module or a package.
const BACKENDS: List = &[
    "cffi",
    "cython",
    "flit_core",
    "hatch_fancy_pypi_readme",
    "hatch_vcs",
    "hatchling",
    "maturin",
    "meson_python",
    "mesonpy",
    "numpy",
    "pdm",
    "pdm_backend",
    "poetry",
    "poetry_core",
    "pybind11",
    "scikit_build_core",
    "setuptools",
    "setuptools_scm",
    "uv_build",
    "wheel",
];
const LINES: Take = Take::Lines { but: &[] };
const WORKFLOWS: List =
    &[".forgejo/workflows", ".gitea/workflows", ".github/workflows", "**/action.yaml", "**/action.yml", "**/copilot-setup-steps.yml"];
const PACKAGE: List = &["**/package.json"];
const CARGO: List = &["**/cargo.toml"];
const CARGO_SETTINGS: List = &["**/.cargo/config", "**/.cargo/config.toml"];
const PYTHON: List = &["**/pyproject.toml"];
const PRE_COMMIT: List = &[".pre-commit-config.yaml", ".pre-commit-config.yml", "prek.toml"];
const GITLAB: List = &[".gitlab", ".gitlab-ci.yml"];
const AZURE: List = &[".azure-pipelines*", "azure-pipelines*"];
const YARN: List = &["**/.yarnrc.yml"];
const VSCODE: List = &["**/*.code-workspace", "**/.vscode/settings.json"];
const CONTAINER: List = &["**/.devcontainer", "**/.devcontainer.json"];
const RENOVATE: List = &[".github/renovate*", ".renovaterc*", "renovate.json*"];
const SETTINGS: List = &[".cmpm/config*"];
const ROLES: List = &[".cmpm/agents"];
const MCP_KEYS: List = &["context_servers", "mcp", "mcpServers", "mcp_servers", "servers"];

pub(super) const ROWS: &[Row] = &[
    row(Kind::CiRights, WORKFLOWS, Take::Made(ci::rights), &["permissions", "jobs/*/permissions"]),
    row(Kind::CiRights, GITLAB, Take::Values, &["*/id_tokens", "id_tokens"]),
    row(Kind::CiTrigger, WORKFLOWS, Take::Made(ci::triggers), &["on", "jobs/*/steps"]),
    row(Kind::CiSecret, WORKFLOWS, Take::Made(ci::secrets), &["env", "jobs"]),
    row(Kind::CiSecret, GITLAB, Take::Values, &["*/secrets"]),
    row(Kind::CiSecret, &[".circleci"], Take::Values, &["workflows/*/jobs/*/*/context"]),
    row(Kind::CiRunner, WORKFLOWS, Take::Made(ci::runners), &["jobs/*/runs-on", "jobs/*/strategy", "jobs/*/container"]),
    row(Kind::CiRunner, GITLAB, Take::Values, &["*/tags"]),
    row(Kind::CiRunner, AZURE, Take::Values, &["**/pool/name"]),
    row(Kind::CiAction, WORKFLOWS, Take::Made(ci::actions), &["jobs/*/uses", "jobs/*/steps/*/uses"]),
    row(Kind::CiAction, GITLAB, BARE, &["include/component", "include/*/component", "include/*/project", "include/project"]),
    row(Kind::CiAction, GITLAB, Take::Values, &["include/*/remote", "include/remote"]),
    row(Kind::CiAction, &[".circleci"], BARE, &["orbs"]),
    row(Kind::CiAction, AZURE, Take::Values, &["resources/repositories/*/name"]),
    row(Kind::Hook, &["**/.githooks", "**/.husky", "**/.gitconfig"], LINES, &[]),
    row(Kind::Hook, PRE_COMMIT, Take::Values, &["repos/*/repo", "repos/*/hooks/*/entry"]),
    row(Kind::Hook, &[".lefthook*", "lefthook*"], Take::Values, &["**/run", "extends", "remotes"]),
    row(Kind::Hook, &[".overcommit.yml"], Take::Values, &["**/command", "**/required_executable"]),
    row(Kind::Hook, &[".lintstagedrc*", "**/.huskyrc*"], Take::Values, &["*"]),
    row(Kind::Hook, PACKAGE, Take::Values, &["gitHooks", "husky/hooks", "lint-staged", "pre-commit", "pre-push", "simple-git-hooks"]),
    row(Kind::Hook, &["**/.gitattributes"], Take::Lines { but: &["filter=lfs"] }, &["filter="]),
    row(Kind::Server, AGENT_SETTINGS, Take::Values, MCP_KEYS),
    row(Kind::Server, &["**/.vscode/settings.json", "**/.zed", "**/*.code-workspace"], Take::Values, &["**/context_servers", "**/mcp"]),
    row(
        Kind::Agent,
        AGENT_SETTINGS,
        Take::Values,
        &[
            "allowedTools",
            "apiKeyHelper",
            "autoApprove",
            "awsAuthRefresh",
            "awsCredentialExport",
            "coreTools",
            "enabledMcpjsonServers",
            "enabledPlugins",
            "env",
            "extraKnownMarketplaces",
            "hooks",
            "lint-cmd",
            "notify",
            "otelHeadersHelper",
            "permissions/additionalDirectories",
            "permissions/allow",
            "plugin",
            "sandbox/excludedCommands",
            "shell_environment_policy",
            "statusLine/command",
            "test-cmd",
            "tools/allowed",
            "tools/core",
            "**/alwaysAllow",
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
            "sandbox/allowUnsandboxedCommands",
            "sandbox/autoAllowBashIfSandboxed",
            "sandbox_mode",
            "trust",
            "yes-always",
            "**/network_access",
        ],
    ),
    row(Kind::Agent, AGENT_SETTINGS, Take::Only(&["false"]), &["sandbox/enabled", "security/folderTrust/enabled"]),
    row(Kind::Agent, AGENT_SETTINGS, Take::Limits, &["excludeTools", "permissions/ask", "permissions/deny", "tools/exclude"]),
    row(Kind::Agent, AGENT_SETTINGS, Take::Bounds, &["disallowedTools"]),
    row(Kind::Agent, AGENT_SETTINGS, Take::Said, &["tools"]),
    row(Kind::Agent, INSTRUCTIONS, Take::Values, &["allowed-tools", "hooks", "mcp-servers", "tools"]),
    row(Kind::Agent, AGENT_SETTINGS, Take::Values, &["allowed-tools", "tools"]),
    row(
        Kind::Agent,
        &["**/.vscode/settings.json", "**/*.code-workspace"],
        Take::Only(&["true"]),
        &["**/chat.tools.autoApprove", "**/chat.tools.global.autoApprove"],
    ),
    row(
        Kind::Install,
        PACKAGE,
        Take::Values,
        &[
            "gypfile",
            "onlyBuiltDependencies",
            "pnpm/onlyBuiltDependencies",
            "scripts/dependencies",
            "scripts/install",
            "scripts/pnpm:devPreinstall",
            "scripts/postinstall",
            "scripts/postpack",
            "scripts/postprepare",
            "scripts/preinstall",
            "scripts/prepack",
            "scripts/prepare",
            "scripts/preprepare",
            "scripts/prepublish",
            "scripts/prepublishOnly",
            "trustedDependencies",
        ],
    ),
    row(
        Kind::Install,
        PACKAGE,
        Take::Urls,
        &["dependencies", "devDependencies", "optionalDependencies", "overrides", "pnpm/overrides", "resolutions"],
    ),
    row(Kind::Install, &["pnpm-workspace.yaml"], Take::Values, &["dangerouslyAllowAllBuilds", "onlyBuiltDependencies", "pnpmfile"]),
    row(Kind::Install, &["**/.pnpmfile*", "**/.pnp.*", "**/binding.gyp"], Take::Exists, &[]),
    row(
        Kind::Install,
        &["**/.npmrc"],
        LINES,
        &["_auth", "ignore-scripts=false", "node-options", "registry", "script-shell", "strict-ssl=false"],
    ),
    row(Kind::Install, YARN, Take::Values, &["npmRegistryServer", "npmScopes/*/npmRegistryServer", "plugins", "unsafeHttpWhitelist"]),
    row(Kind::Install, YARN, Take::Only(&["true"]), &["enableScripts"]),
    row(Kind::Install, YARN, Take::Lines { but: &[".yarn/releases/"] }, &["yarnpath"]),
    row(Kind::Install, &["**/pip.conf", "**/requirements*"], LINES, &["find-links", "git+", "index-url", "trusted-host"]),
    row(
        Kind::Install,
        PYTHON,
        Take::Values,
        &["tool/pdm/source", "tool/poetry/source", "tool/uv/extra-index-url", "tool/uv/index", "tool/uv/index-url"],
    ),
    row(Kind::Install, PYTHON, Take::Urls, &["tool/poetry/dependencies", "tool/uv/sources"]),
    row(
        Kind::Install,
        CARGO,
        Take::Values,
        &["build-dependencies/*/git", "dependencies/*/git", "dev-dependencies/*/git", "patch/*/*/git", "workspace/dependencies/*/git"],
    ),
    row(Kind::Install, CARGO_SETTINGS, Take::Values, &["registries", "registry", "source"]),
    row(
        Kind::Install,
        &["**/composer.json"],
        Take::Values,
        &[
            "config/allow-plugins",
            "repositories",
            "scripts/post-autoload-dump",
            "scripts/post-install-cmd",
            "scripts/post-root-package-install",
            "scripts/post-update-cmd",
            "scripts/pre-autoload-dump",
            "scripts/pre-install-cmd",
            "scripts/pre-update-cmd",
        ],
    ),
    row(Kind::Install, &["**/gemfile"], LINES, &["git:", "plugin ", "source "]),
    row(Kind::Install, &["**/.gitmodules"], LINES, &["update =", "url ="]),
    row(Kind::Install, &["**/gradle-wrapper.properties"], Take::Lines { but: &["services.gradle.org"] }, &["distributionurl"]),
    row(Kind::Install, &["**/nuget.config"], LINES, &["<add "]),
    row(Kind::Build, &["**/build.rs", "**/setup.py"], Take::Exists, &[]),
    row(Kind::Build, &["**/build.rs"], LINES, &["command::new", "curl", "http://", "https://", "reqwest", "tcpstream", "ureq"]),
    row(
        Kind::Build,
        &["**/setup.py", "**/setup.cfg"],
        LINES,
        &["__import__", "cmdclass", "eval(", "exec(", "os.system", "popen", "setup_requires", "socket", "subprocess", "urllib", "urlopen"],
    ),
    row(Kind::Build, CARGO, Take::Values, &["lib/proc-macro", "package/build", "package/links"]),
    row(Kind::Build, CARGO, Take::Names, &["build-dependencies/*"]),
    row(
        Kind::Build,
        CARGO_SETTINGS,
        Take::Values,
        &["alias", "build/rustc", "build/rustc-workspace-wrapper", "build/rustc-wrapper", "env", "target/*/linker", "target/*/runner"],
    ),
    row(Kind::Build, PYTHON, Take::Bare { but: BACKENDS }, &["build-system/build-backend", "build-system/requires"]),
    row(Kind::Build, PYTHON, Take::Names, &["tool/hatch/build/hooks/*", "tool/hatch/metadata/hooks/*"]),
    row(
        Kind::Build,
        PYTHON,
        Take::Values,
        &["build-system/backend-path", "tool/hatch/**/path", "tool/pdm/build", "tool/poetry/build", "tool/setuptools/cmdclass"],
    ),
    row(Kind::Build, &["**/*.csproj", "**/directory.build.*"], LINES, &["<exec ", "<usingtask"]),
    row(Kind::Build, &["**/pom.xml"], LINES, &["<pluginrepository>", "<repository>", "antrun", "exec-maven-plugin"]),
    row(Kind::Build, &["**/mise.toml", "**/.mise*"], Take::Values, &["env/_", "hooks", "plugins"]),
    row(Kind::Editor, &["**/.vscode/tasks.json", "**/*.code-workspace"], Take::Made(ci::tasks), &["tasks"]),
    row(
        Kind::Editor,
        VSCODE,
        Take::Values,
        &[
            "**/*.executablePath",
            "**/*.serverPath",
            "**/*nterpreterPath",
            "**/eslint.nodePath",
            "**/eslint.runtime",
            "**/git.path",
            "**/go.alternateTools",
            "**/php.validate.executablePath",
            "**/security.workspace.trust.*",
            "**/terminal.integrated.automationProfile.*",
            "**/terminal.integrated.env.*",
            "**/terminal.integrated.profiles.*",
            "**/terminal.integrated.shell.*",
        ],
    ),
    row(Kind::Editor, VSCODE, Take::Only(&["on"]), &["**/task.allowAutomaticTasks"]),
    row(
        Kind::Editor,
        CONTAINER,
        Take::Values,
        &[
            "capAdd",
            "initializeCommand",
            "mounts",
            "onCreateCommand",
            "postAttachCommand",
            "postCreateCommand",
            "postStartCommand",
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
    row(Kind::Policy, &["**/codeowners"], Take::LostLines { but: &[] }, &[]),
    row(Kind::Policy, &[".cmpm/allowed_signers*", "**/.gitsigners", "**/allowed_signers"], LINES, &[]),
    row(Kind::Policy, &["**/.gitleaksignore", "**/.secretsignore", "**/.semgrepignore", "**/.trivyignore*"], LINES, &[]),
    row(
        Kind::Policy,
        &["**/.gitleaks.toml"],
        Take::Values,
        &["allowlist", "allowlists", "extend/disabledRules", "rules/*/allowlist", "rules/*/allowlists"],
    ),
    row(Kind::Policy, SETTINGS, Take::Limits, &["gates/*/name", "gates/*/run"]),
    row(Kind::Policy, SETTINGS, Take::Only(&["false"]), &["gates/*/blocking"]),
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

/// The part of `docs/protected.md` about edits.
pub fn page() -> String {
    let mut page = "\n## An edit of a file that a role may write is an error, too, where it gains power\n\n\
                    Versions are compared as what they say, so a new version number or another order gains nothing. `/` leads to a \
                    key below, `*` stands for any key or item, `**` for any number of them. *Lost*: to take one away is the gain.\n\n\
                    | power | files | keys, or words of a line |\n| --- | --- | --- |\n"
        .to_owned();
    for row in ROWS {
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
