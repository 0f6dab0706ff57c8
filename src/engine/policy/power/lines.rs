//! Where packages come from, and who owns what: values and files that say it in a form of their own.

use super::Power;

/// What a line of a lock file says of a source.
pub(super) const LOCKED: &[&str] = &["\"resolved\":", "resolved \"", "resolution:", "tarball:", "source =", "url ="];
/// Where packages come from if nobody says otherwise.
const USUAL: &[&str] = &[
    "files.pythonhosted.org/",
    "github.com/rust-lang/crates.io-index",
    "index.crates.io/",
    "pypi.org/",
    "registry.npmjs.org/",
    "registry.yarnpkg.com/",
];
const SHORT: &[&str] = &["github:", "gitlab:", "bitbucket:", "gist:", "git@"];
const ARCHIVES: &[&str] = &[".tgz", ".gz", ".zip", ".whl", ".xz"];

/// The address that a value names, without what changes with a version: the host and two parts of the path.
pub(super) fn address(value: &str) -> Option<String> {
    let full = value.split_once("://").map(|(_, rest)| rest.to_owned());
    let short = || SHORT.iter().find_map(|sign| value.split_once(sign).map(|(_, rest)| format!("{sign}{rest}")));
    let place = full.or_else(short)?;
    let end = place.find(|c: char| c.is_whitespace() || "#?\"',;}".contains(c)).unwrap_or(place.len());
    let mut parts = place.get(..end).unwrap_or_default().split('/');
    let host = parts.next().map(|host| host.rsplit_once('@').map_or(host, |(_, host)| host)).unwrap_or_default();
    let is_kept = |part: &&str| !part.is_empty() && !ARCHIVES.iter().any(|end| part.ends_with(end));
    let below = parts.take(2).filter(is_kept).map(|part| part.split('@').next().unwrap_or_default().trim_end_matches(".git"));
    Some(std::iter::once(host).chain(below).collect::<Vec<_>>().join("/"))
}

/// Where npm gets a package that is not the one of that name in the registry: an address, `npm:other@1`, `owner/repo`.
pub(super) fn npm(value: &str) -> Option<String> {
    let alias = |sign: &str| {
        let rest = value.strip_prefix(sign)?;
        let scope = usize::from(rest.starts_with('@'));
        let end = rest.get(scope..)?.find('@').map(|at| at + scope);
        (scope == 1 || end.is_some_and(|end| end > 0))
            .then(|| format!("{sign}{}", rest.get(..end.unwrap_or(rest.len())).unwrap_or_default()))
    };
    let short = || {
        let name = value.split('#').next().unwrap_or_default();
        let (owner, repository) = name.split_once('/')?;
        let is_name = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c));
        (is_name(owner) && is_name(repository) && !owner.starts_with('.')).then(|| name.to_owned())
    };
    address(value).or_else(|| alias("npm:")).or_else(|| alias("jsr:")).or_else(short)
}

/// A program of a package that is not an installed one.
pub(super) fn not_installed(value: &str) -> Option<String> {
    let path = value.trim_start_matches("./");
    let is_installed = ["node_modules/", ".yarn/sdks/"].iter().any(|folder| path.starts_with(folder)) && !path.contains("..");
    (!is_installed).then(|| value.to_owned())
}

/// Yarn itself, from where yarn does not put it.
pub(super) fn not_released(value: &str) -> Option<String> {
    (!value.trim_start_matches("./").starts_with(".yarn/releases/") || value.contains("..")).then(|| value.to_owned())
}

fn is_usual(address: &str) -> bool {
    USUAL.iter().any(|known| format!("{address}/").starts_with(known))
}

fn source(address: &str, line: &str) -> Option<Power> {
    (!is_usual(address)).then(|| Power::new(address, format!("packages from {address}"), line))
}

/// The hosts of a lock file.
pub(super) fn hosts(text: &str) -> Vec<Power> {
    let lines = text.lines().filter(|line| line.contains("://") && LOCKED.iter().any(|word| line.contains(word)));
    let foreign = lines.filter_map(|line| Some((address(line).filter(|address| !is_usual(address))?, line)));
    foreign.filter_map(|(address, line)| source(address.split('/').next()?, line)).collect()
}

/// What a list of requirements takes from elsewhere.
pub(super) fn requirements(text: &str) -> Vec<Power> {
    let joined = text.replace("\\\r\n", " ").replace("\\\n", " ");
    let lines = joined.lines().map(|line| line.split(" #").next().unwrap_or_default().trim()).filter(|line| !line.starts_with('#'));
    let option = |line: &str| {
        let name = line.split(|c: char| c == '=' || c.is_whitespace()).next().unwrap_or_default().to_owned();
        let is_source = matches!(
            name.as_str(),
            "-i" | "-f" | "--index-url" | "--extra-index-url" | "--find-links" | "--trusted-host" | "--process-dependency-links"
        );
        is_source.then(|| Power::new(line, name, line))
    };
    lines.filter_map(|line| if let Some(address) = address(line) { source(&address, line) } else { option(line) }).collect()
}

/// What `go.mod` takes in the place of a module; a folder of the project is no other source.
pub(super) fn replaced(text: &str) -> Vec<Power> {
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    let arrows = lines.filter_map(|line| line.split_once("=>"));
    let found = arrows.filter_map(|(module, other)| {
        let other = other.split_whitespace().next()?;
        let module = module.trim().trim_start_matches("replace").split_whitespace().next()?;
        let is_local = other.starts_with("./") || (other.starts_with("../") || other == "..");
        (!is_local).then(|| Power::new(format!("{module} {other}"), format!("{module} from {other}"), other))
    });
    found.collect()
}

fn owned(text: &str) -> impl Iterator<Item = (&str, Vec<&str>)> {
    let lines = text.lines().map(|line| line.split(" #").next().unwrap_or_default().trim());
    lines.filter(|line| !line.is_empty() && !line.starts_with(['#', '['])).map(|line| {
        let mut words = line.split_whitespace();
        (words.next().unwrap_or_default(), words.collect())
    })
}

/// Who owns what in the end: the last line about a file counts, so a wide one takes away what stands above it.
pub(super) fn owners(text: &str) -> Vec<Power> {
    let mut kept: Vec<(&str, Vec<&str>)> = Vec::new();
    for (pattern, names) in owned(text) {
        let wide = pattern.trim_start_matches('/').trim_end_matches('*').trim_end_matches('/');
        kept.retain(|(narrow, _)| {
            if *narrow == pattern {
                return false;
            }
            let narrow = narrow.trim_start_matches('/');
            let is_below = narrow.strip_prefix(wide).is_some_and(|rest| wide.is_empty() || rest.is_empty() || rest.starts_with('/'));
            // `*.js` is narrower than `*`, and says nothing of other files.
            !is_below || wide.contains('*')
        });
        kept.push((pattern, names));
    }
    let each = kept.into_iter().flat_map(|(pattern, names)| names.into_iter().map(move |name| (pattern, name)));
    each.map(|(pattern, name)| Power::new(format!("{pattern} {name}"), format!("{name} for `{pattern}`"), pattern)).collect()
}

/// What nobody owns although something else says who does.
pub(super) fn ownerless(text: &str) -> Vec<Power> {
    let without = owned(text).filter(|(_, names)| names.is_empty());
    without.map(|(pattern, _)| Power::new(pattern, format!("`{pattern}` without an owner"), pattern)).collect()
}

/// What may keep the next command from running, or say where it runs.
const GUARDS: &[&str] = &["!", "[", "[[", "cd", "exit", "export", "false", "is-ci", "pushd", "set", "test"];

/// The commands of a script that runs one after the other, each with what it depends on. A script with more than words is one.
pub(super) fn commands(script: &str) -> Vec<String> {
    let parts: Vec<&str> = script.split("&&").map(str::trim).collect();
    if parts.iter().any(|part| part.is_empty() || part.contains(['"', '\'', '`', '\\', '$', '(', ')', '{', '}', '|', '&', ';', '#', '\n']))
    {
        return vec![script.to_owned()];
    }
    let mut made: Vec<String> = Vec::new();
    let mut before: Vec<&str> = Vec::new();
    for part in parts {
        before.push(part);
        if !part.split_whitespace().next().is_some_and(|word| GUARDS.contains(&word)) {
            made.push(before.join(" && "));
            // Where it runs, and whether, holds for what follows, too.
            before.pop();
        }
    }
    if made.is_empty() { vec![script.to_owned()] } else { made }
}

/// What a key was called at first, where it has another name by now.
pub(super) fn first_name(key: &str) -> String {
    key.replace("js/ts.tsdk.path", "typescript.tsdk")
}

/// Limits at keys of a tree, or in lines such as `key = 7`.
pub(super) fn limits(values: Vec<(String, String)>, (text, keys): (&str, &[&str])) -> Vec<Power> {
    let lines = text.lines().filter_map(|line| line.split_once('=')).map(|(key, value)| (key.trim(), value.trim()));
    let lines = lines.filter(|(key, _)| keys.contains(key)).map(|(key, value)| (key.to_owned(), value.to_owned()));
    values.into_iter().chain(lines).map(|(key, value)| Power::new(value, key.clone(), key)).collect()
}

/// The limits that are lower or gone. A value that is no number may be anything.
pub(super) fn lowered(had: &[Power], has: &[Power]) -> Vec<Power> {
    let is_kept =
        |old: &&Power| has.iter().any(|new| new.shown == old.shown && (new.what == old.what || minutes(&new.what) >= minutes(&old.what)));
    let gone = had.iter().filter(|old| !is_kept(old) && minutes(&old.what) != Some(0.0));
    gone.map(|old| Power { shown: format!("no longer {} of {}", old.shown, old.what), ..old.clone() }).collect()
}

/// A number, by itself or with a unit of time.
fn minutes(value: &str) -> Option<f64> {
    let end = value.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(value.len());
    let (number, unit) = value.split_at_checked(end)?;
    let times = match unit.trim() {
        "ms" => 1.0 / 60_000.0,
        "s" => 1.0 / 60.0,
        "" | "m" => 1.0,
        "h" => 60.0,
        "d" => 1440.0,
        "w" => 10_080.0,
        _ => return None,
    };
    number.parse::<f64>().ok().map(|number| number * times)
}
