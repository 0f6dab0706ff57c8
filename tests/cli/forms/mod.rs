//! Every form of file that cmpm ever wrote is still read: `fixtures/forms/<form>/<commit>/` holds one as that commit's cmpm wrote it,
//! and `asks.txt` next to it what comes out of it now. The README there names them all; what it does not name, fails here.
//!
//! `tree/` is put into the work tree and committed, `left/` is put there later, `git/` into the git directory, `home/` into the user's
//! home. `[ROOT]`, `[AROUND]`, `[HEAD]` and `[KEY]` stand for what is different each time.

mod complete;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::TestRepo;

macro_rules! forms {
    ($($name:ident)*) => {
        /// Every form, by the name of its folder.
        const FORMS: &[&str] = &[$(stringify!($name),)* "cache"];
        $(#[test]
        fn $name() {
            let form = folder().join(stringify!($name));
            for version in names(&form) {
                Fixture::new(form.join(version)).ask();
            }
        })*
    };
}

forms! {
    agent agent_lock attempt backup claim comment config forgotten hooks init job journal memory memory_export plan queue reserved_id
    run_page runner session shared_claim shared_run template ticket ticket_export trailers trust
}

/// Where the fixtures are.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/forms")
}

/// What is in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A repository with a fixture in it.
struct Fixture {
    repo: TestRepo,
    folder: PathBuf,
}

impl Fixture {
    fn new(folder: PathBuf) -> Self {
        let fixture = Self { repo: TestRepo::new(), folder };
        let root = fixture.repo.root();
        fixture.copy("tree", root);
        fixture.repo.commit_all(&fs::read_to_string(fixture.folder.join("message.txt")).unwrap_or("forms".to_owned()));
        fixture.copy("left", root);
        fixture.copy("git", &root.join(".git"));
        fixture.copy("home", &fixture.repo.around().join("home"));
        fixture
    }

    fn copy(&self, part: &str, to: &Path) {
        let mut open = vec![(self.folder.join(part), to.to_owned())];
        while let Some((from, to)) = open.pop() {
            for name in names(&from) {
                let (file, copy) = (from.join(&name), to.join(self.filled(&name)));
                if file.is_dir() {
                    open.push((file, copy));
                    continue;
                }
                let text = self.filled(&fs::read_to_string(file).unwrap());
                fs::create_dir_all(&to).unwrap();
                fs::write(&copy, &text).unwrap();
                let mode = if text.starts_with("#!") { 0o755 } else { 0o644 };
                fs::set_permissions(copy, fs::Permissions::from_mode(mode)).unwrap();
            }
        }
    }

    fn filled(&self, text: &str) -> String {
        let head = if text.contains("[HEAD]") { self.repo.git(["rev-parse", "HEAD"]) } else { String::new() };
        let (root, around) = (self.repo.root().display().to_string(), self.repo.around().display().to_string());
        let key = blake3::hash(root.as_bytes()).to_hex();
        text.replace("[ROOT]", &root).replace("[AROUND]", &around).replace("[HEAD]", &head).replace("[KEY]", key.get(..16).unwrap())
    }

    /// Goes through `asks.txt`: each line after `$` is a command, what follows is what it must answer.
    fn ask(&self) {
        let text = self.filled(&fs::read_to_string(self.folder.join("asks.txt")).unwrap());
        let mut asked = 0;
        for part in format!("\n{text}").split("\n$ ").skip(1) {
            let (command, wanted) = part.split_once('\n').unwrap_or((part, ""));
            asked += usize::from(self.answers(command, wanted.trim()));
        }
        assert!(asked > 0, "{}: nothing is asked", self.folder.display());
    }

    /// Runs git, `cat` or a command of cmpm; whether something was wanted of the answer.
    fn answers(&self, command: &str, wanted: &str) -> bool {
        let place = format!("{}\n$ {command}", self.folder.display());
        let words = split(command);
        let text = match words[0].as_str() {
            "git" => self.repo.git(&words[1..]),
            "cat" if words[1].ends_with(".jsonl") => {
                let lines = |text: &str| Value::Array(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect());
                let (found, wanted) = (lines(&self.repo.read(&words[1])), lines(wanted));
                assert!(holds(&found, &wanted), "{place}\nwanted {wanted:#}\nfound {found:#}");
                return true;
            }
            "cat" => self.repo.read(&words[1]),
            _ => {
                let found = self.repo.json(&words);
                let wanted: Value = serde_json::from_str(wanted).unwrap_or_else(|error| panic!("{place}: {error}"));
                assert!(holds(&found, &wanted), "{place}\nwanted {wanted:#}\nfound {found:#}");
                return true;
            }
        };
        assert!(text.contains(wanted), "{place}\nwanted {wanted}\nfound {text}");
        !wanted.is_empty()
    }
}

/// The words of a command; a quoted one may have spaces.
fn split(command: &str) -> Vec<String> {
    let parts = command.split('\'').enumerate();
    let words = |(number, part): (usize, &str)| match number % 2 {
        0 => part.split_whitespace().map(str::to_owned).collect(),
        _ => vec![part.to_owned()],
    };
    parts.flat_map(words).collect()
}

/// Whether `found` says everything that `wanted` says: of mappings the keys, of lists the items, whatever their order; an empty list
/// is empty.
fn holds(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::Object(found), Value::Object(wanted)) => {
            wanted.iter().all(|(key, wanted)| found.get(key).is_some_and(|found| holds(found, wanted)))
        }
        (Value::Array(found), Value::Array(wanted)) if !wanted.is_empty() => {
            wanted.iter().all(|wanted| found.iter().any(|found| holds(found, wanted)))
        }
        _ => found == wanted,
    }
}

/// A cache may be anything: what another version left, or half of it, changes no answer.
#[test]
fn cache() {
    let repo = TestRepo::new();
    for number in 100..170 {
        repo.write(&format!("tasks/issues/ISS-{number}.md"), &format!("---\nid: ISS-{number}\nkind: issue\ntitle: Own {number}\n---\n"));
    }
    for number in 1000..1210 {
        let text = format!("---\nid: MEM-{number}\ncategory: pattern\ntitle: Own {number}\n---\n\nAbout borders.\n");
        repo.write(&format!(".cmpm/memory/pattern/MEM-{number}.md"), &text);
    }
    repo.commit_all("many");
    let asks = [&["ticket", "list"][..], &["memory", "list"], &["memory", "search", "borders"], &["search", "links"], &["check", "--all"]];
    let answers = || asks.map(|ask| repo.json(ask));
    let (whole, place) = (answers(), repo.path(".git/cmpm/cache"));
    for version in names(&folder().join("cache")) {
        let old = folder().join("cache").join(version);
        for kind in names(&old) {
            let hit = |name: &String| name.strip_prefix(&kind).is_some_and(|rest| rest.starts_with('-'));
            let files: Vec<String> = names(&place).into_iter().filter(hit).collect();
            assert!(!files.is_empty(), "no cache `{kind}-…` is written any more");
            for file in files {
                fs::copy(old.join(&kind), place.join(file)).unwrap();
            }
        }
        assert_eq!(answers(), whole, "{}", old.display());
    }
}
