//! What other tools left in repositories for their worktrees, each as far as it says what to copy, link and run. Keys that mean
//! something else are passed over.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Furnishing, Meaning};
use crate::base::{RepoPath, Result};
use crate::config::Setup;

const INCLUDE: RepoPath = RepoPath::of(".worktreeinclude");

type Parser = fn(&str) -> Result<Furnishing, String>;

/// Of these the first that is there counts.
const FILES: [(RepoPath, Parser); 6] = [
    (RepoPath::of(".config/wt.toml"), worktrunk),
    (RepoPath::of(".workmux.yaml"), workmux),
    (RepoPath::of(".gwq.toml"), gwq),
    (RepoPath::of("conductor.json"), conductor),
    (RepoPath::of(".cursor/worktrees.json"), cursor),
    (RepoPath::of(".codex/environments/environment.toml"), codex),
];

/// What they say together, or what is wrong with which.
pub(super) fn read(find: &dyn Fn(&RepoPath) -> Result<Option<Vec<u8>>>) -> Result<Result<Furnishing, (RepoPath, String)>> {
    let text = |path: &RepoPath| -> Result<Option<Result<String, (RepoPath, String)>>> {
        let read = |bytes: Vec<u8>| String::from_utf8(bytes).map_err(|_| (path.clone(), "it is not UTF-8".to_owned()));
        Ok(find(path)?.map(read))
    };
    let included = match text(&INCLUDE)?.transpose() {
        Ok(included) => included.map(|text| patterns(&text)).unwrap_or_default(),
        Err(problem) => return Ok(Err(problem)),
    };
    let mut found = Furnishing::default();
    for (path, parse) in FILES {
        if let Some(read) = text(&path)? {
            found = match read.and_then(|text| parse(&text).map_err(|reason| (path.clone(), reason))) {
                Ok(parsed) => Furnishing { source: path.to_string(), ..parsed },
                Err(problem) => return Ok(Err(problem)),
            };
            break;
        }
    }
    if !included.is_empty() {
        // `*` says as much as the other file does not.
        found.copy.retain(|pattern| pattern != EVERYTHING);
        found.copy = included.into_iter().chain(found.copy).collect();
        let with = if found.source.is_empty() { String::new() } else { format!(", {}", found.source) };
        found.source = format!("{INCLUDE}{with}");
    }
    let control = |text: &str| text.chars().any(|c| c.is_control() && c != '\n' && c != '\t');
    if found.copy.iter().any(|pattern| control(pattern)) || found.setup.iter().any(|setup| control(&setup.run)) {
        return Ok(Err((RepoPath::parse(&found.source).unwrap_or(INCLUDE), "it has control characters".to_owned())));
    }
    Ok(Ok(found))
}

const EVERYTHING: &str = "*";

/// The patterns of a file in the syntax of `.gitignore`.
fn patterns(text: &str) -> Vec<String> {
    let lines = text.trim_start_matches('\u{feff}').lines().map(|line| if line.ends_with("\\ ") { line } else { line.trim_end() });
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

/// A path or glob from the root on as such a pattern.
fn anchored(glob: &str) -> String {
    format!("/{}", glob.trim_start_matches("./").trim_start_matches('/'))
}

fn setup<S: AsRef<str>>(lines: impl IntoIterator<Item = S>) -> Result<Vec<Setup>, String> {
    let lines = lines.into_iter().filter(|line| !line.as_ref().trim().is_empty());
    let setup = |line: S| match line.as_ref() {
        line if line.contains("{{") => Err(format!("cmpm fills in no `{{{{ }}}}` (in `{}`)", line.escape_default())),
        line => Ok(Setup::unbounded(line.trim())),
    };
    lines.map(setup).collect()
}

fn from_toml<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    toml::from_str(text).map_err(|error| format!("it is not valid TOML: {}", error.message()))
}

fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| format!("it is not valid JSON: {error}"))
}

fn variables<const N: usize>(named: [(&str, Meaning); N]) -> BTreeMap<String, Meaning> {
    named.into_iter().map(|(name, meaning)| (name.to_owned(), meaning)).collect()
}

/// One line, several, or lines with names.
#[derive(Deserialize)]
#[serde(untagged)]
enum Lines {
    One(String),
    Several(Vec<Lines>),
    Named(BTreeMap<String, Lines>),
}

impl Lines {
    fn all(&self) -> Vec<&str> {
        match self {
            Self::One(line) => vec![line],
            Self::Several(lines) => lines.iter().flat_map(Self::all).collect(),
            Self::Named(lines) => lines.values().flat_map(Self::all).collect(),
        }
    }
}

/// <https://worktrunk.dev/hook/>
fn worktrunk(text: &str) -> Result<Furnishing, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case")]
    struct File {
        post_create: Option<Lines>,
        pre_start: Option<Lines>,
        post_start: Option<Lines>,
    }
    let File { post_create, pre_start, post_start } = from_toml(text)?;
    let hooks = [post_create, pre_start, post_start];
    // What it copies is what cmpm copies without it.
    let (copies, lines): (Vec<&str>, Vec<&str>) =
        hooks.iter().flatten().flat_map(Lines::all).partition(|line| line.trim_start().starts_with("wt step copy-ignored"));
    let copies_all = copies.iter().any(|line| !line.contains("--require-include"));
    Ok(Furnishing { copy: copies_all.then(|| EVERYTHING.to_owned()).into_iter().collect(), setup: setup(lines)?, ..Furnishing::default() })
}

/// <https://workmux.raine.dev>
fn workmux(text: &str) -> Result<Furnishing, String> {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Files {
        copy: Vec<String>,
        symlink: Vec<String>,
    }
    #[derive(Deserialize)]
    struct File {
        files: Option<Files>,
        post_create: Option<Vec<String>>,
    }
    // An empty file says nothing.
    let file: Option<File> = serde_yaml::from_str(text).map_err(|error| format!("it is not valid YAML: {error}"))?;
    let Some(File { files, post_create }) = file else { return Ok(Furnishing::default()) };
    let (files, is_own) = (files.unwrap_or_default(), |item: &&String| *item != "<global>");
    let link = |path: &String| match RepoPath::parse(path) {
        Some(inside) if !inside.is_empty() && !path.contains(['*', '?', '[']) => Ok(inside),
        _ => Err(format!("`{}` is no path below the root that a link could lead to", path.escape_default())),
    };
    Ok(Furnishing {
        copy: files.copy.iter().filter(is_own).map(|glob| anchored(glob)).collect(),
        link: files.symlink.iter().filter(is_own).map(link).collect::<Result<_, _>>()?,
        setup: setup(post_create.unwrap_or_default().iter().filter(is_own))?,
        ..Furnishing::default()
    })
}

/// <https://github.com/d-kuro/gwq>
fn gwq(text: &str) -> Result<Furnishing, String> {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Of {
        copy_files: Vec<String>,
        setup_commands: Vec<String>,
    }
    #[derive(Deserialize)]
    struct File {
        #[serde(default)]
        repository_settings: Vec<Of>,
    }
    let all = from_toml::<File>(text)?.repository_settings;
    let copy = all.iter().flat_map(|of| &of.copy_files).map(|glob| anchored(glob)).collect();
    Ok(Furnishing { copy, setup: setup(all.iter().flat_map(|of| &of.setup_commands))?, ..Furnishing::default() })
}

/// <https://docs.conductor.build>
fn conductor(text: &str) -> Result<Furnishing, String> {
    #[derive(Deserialize)]
    struct Scripts {
        setup: Option<String>,
    }
    #[derive(Deserialize)]
    struct File {
        scripts: Option<Scripts>,
    }
    let scripts = from_json::<File>(text)?.scripts;
    let variables = variables([
        ("CONDUCTOR_ROOT_PATH", Meaning::Checkout),
        ("CONDUCTOR_WORKSPACE_PATH", Meaning::Worktree),
        ("CONDUCTOR_PORT", Meaning::Port),
    ]);
    Ok(Furnishing { setup: setup(scripts.and_then(|scripts| scripts.setup))?, variables, ..Furnishing::default() })
}

/// <https://cursor.com/docs/configuration/worktrees>
fn cursor(text: &str) -> Result<Furnishing, String> {
    #[derive(Deserialize)]
    struct File {
        #[serde(rename = "setup-worktree-unix")]
        unix: Option<Lines>,
        #[serde(rename = "setup-worktree")]
        any: Option<Lines>,
    }
    let File { unix, any } = from_json(text)?;
    let lines: Vec<String> = match unix.or(any) {
        // One word is a script beside the file.
        Some(Lines::One(script)) if !script.contains(char::is_whitespace) => {
            vec![format!("bash '.cursor/{}'", script.replace('\'', "'\\''"))]
        }
        Some(lines) => lines.all().into_iter().map(str::to_owned).collect(),
        None => Vec::new(),
    };
    let variables = variables([("ROOT_WORKTREE_PATH", Meaning::Checkout)]);
    Ok(Furnishing { setup: setup(lines)?, variables, ..Furnishing::default() })
}

/// <https://developers.openai.com/codex/app/local-environments>
fn codex(text: &str) -> Result<Furnishing, String> {
    #[derive(Deserialize)]
    struct Script {
        script: Option<String>,
    }
    #[derive(Deserialize)]
    struct Setups {
        script: Option<String>,
        linux: Option<Script>,
    }
    #[derive(Deserialize)]
    struct File {
        setup: Option<Setups>,
    }
    let setups = from_toml::<File>(text)?.setup;
    let script = setups.and_then(|setups| setups.linux.and_then(|linux| linux.script).or(setups.script));
    let variables = variables([("CODEX_SOURCE_TREE_PATH", Meaning::Checkout), ("CODEX_WORKTREE_PATH", Meaning::Worktree)]);
    Ok(Furnishing { setup: setup(script)?, variables, ..Furnishing::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a file says, on one line.
    fn said(files: &[(&str, &str)]) -> String {
        let find = |path: &RepoPath| Ok(files.iter().find(|(name, _)| *name == path.lossy()).map(|(_, text)| text.as_bytes().to_vec()));
        match read(&find).unwrap() {
            Ok(found) => found.line(),
            Err((path, reason)) => format!("{path}: {reason}"),
        }
    }

    #[test]
    fn each_tool_s_file_says_what_to_copy_link_and_run() {
        for (file, text, wanted) in [
            (".worktreeinclude", "# ours\n.env\n\n/config/*.json  \n!x.json\n", "copies .env, /config/*.json, !x.json (.worktreeinclude)"),
            (
                ".config/wt.toml",
                "[post-start]\ncopy = \"wt step copy-ignored\"\n[pre-start]\ndeps = \"npm ci\"\n[list]\nfull = true\n",
                "copies *; runs `npm ci` with network (.config/wt.toml)",
            ),
            (".config/wt.toml", "post-create = [\"a\", {b = \"c\"}]\n", "runs `a` with network, `c` with network (.config/wt.toml)"),
            (
                ".workmux.yaml",
                "merge_strategy: rebase\nfiles:\n  copy: [.env, <global>]\n  symlink: [node_modules]\npost_create: [npm ci]\n",
                "copies /.env; links node_modules; runs `npm ci` with network (.workmux.yaml)",
            ),
            (
                ".gwq.toml",
                "[[repository_settings]]\nrepository = \"~/x\"\ncopy_files = [\".env\"]\nsetup_commands = [\"make deps\"]\n",
                "copies /.env; runs `make deps` with network (.gwq.toml)",
            ),
            ("conductor.json", "{\"scripts\": {\"setup\": \"npm i\", \"run\": \"x\"}}", "runs `npm i` with network (conductor.json)"),
            (
                ".cursor/worktrees.json",
                "{\"setup-worktree\": [\"a\"], \"setup-worktree-unix\": \"set up.sh\"}",
                "runs `set up.sh` with network (.cursor/worktrees.json)",
            ),
            (
                ".cursor/worktrees.json",
                "{\"setup-worktree-unix\": \"setup.sh\"}",
                "runs `bash '.cursor/setup.sh'` with network (.cursor/worktrees.json)",
            ),
            (
                ".codex/environments/environment.toml",
                "version = 1\nname = \"x\"\n[setup]\nscript = '''\nnpm ci\n'''\n[[actions]]\nname = \"a\"\n",
                "runs `npm ci` with network (.codex/environments/environment.toml)",
            ),
        ] {
            assert_eq!(said(&[(file, text)]), wanted, "{file}");
        }
        let both = [(".worktreeinclude", ".env\n"), (".config/wt.toml", "pre-start = \"wt step copy-ignored\"\n")];
        assert_eq!(said(&both), "copies .env (.worktreeinclude, .config/wt.toml)");
    }

    #[test]
    fn what_is_broken_furnishes_nothing() {
        for (file, text, wanted) in [
            (".config/wt.toml", "post-start = [", "it is not valid TOML"),
            (".config/wt.toml", "pre-start = \"cp {{ repo_root }}/.env .\"\n", "cmpm fills in no `{{ }}`"),
            (".workmux.yaml", "post_create: 3\n", "it is not valid YAML"),
            (".workmux.yaml", "files: {symlink: [../x]}\n", "`../x` is no path below the root"),
            ("conductor.json", "{", "it is not valid JSON"),
            (".worktreeinclude", "a\u{1}b\n", "it has control characters"),
        ] {
            assert!(said(&[(file, text)]).contains(wanted), "{file}: {}", said(&[(file, text)]));
        }
    }
}
