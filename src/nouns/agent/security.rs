//! The work of the security agent where no agent program is installed: a report on what looks like a secret in the tree.
//! It writes that one file; taking a secret out and revoking it is for people.

use std::fmt::Write as _;

use rayon::prelude::*;

use crate::base::glob::Globs;
use crate::base::{RepoPath, Result, text};
use crate::engine::scan::{Scanner, Secret, Text};
use crate::fs::{FsError, PathKind, read, write};
use crate::store::Snapshot;

use super::Assignment;
use super::load::require_agent;
use super::tree;

/// Where reports for people are kept.
const REPORTS: RepoPath = RepoPath::of(".cmpm/reports");

/// What looks like a secret in one file.
type Found = (RepoPath, Vec<Secret>);

/// Looks through every file of the work tree that the ticket's globs match (all if there are none), writes the report if
/// the agent `security` may, and says the same at the end.
pub fn work(assignment: &Assignment<'_>) -> Result<String> {
    let root = assignment.root;
    let globs: Vec<&str> = assignment.globs.iter().map(|glob| glob.trim()).filter(|glob| !glob.is_empty()).collect();
    let globs = if globs.is_empty() { None } else { Some(Globs::parse(&globs)?) };
    let mut files = tree::files(root)?;
    files.retain(|path| globs.as_ref().is_none_or(|globs| globs.matches(path)));
    let (scanner, problems) = Scanner::load(&|path: &RepoPath| read::find(&path.below(root)).ok().flatten());
    let look = |path: &RepoPath| -> Result<Option<Found>, FsError> {
        let is_file = read::find_kind(&path.below(root))? == Some(PathKind::File);
        let bytes = if is_file { read::find(&path.below(root))? } else { None };
        Ok(bytes.map(|bytes| (path.clone(), scanner.scan(&Text { path, bytes: &bytes, commit: None }))))
    };
    let looked: Vec<Found> = files.par_iter().filter_map(|path| look(path).transpose()).collect::<Result<_, _>>()?;
    let mut report = render(&looked);
    for problem in problems {
        let _ = writeln!(report, "\n{} cannot be used: {}", problem.path, text::one_line(&problem.message));
    }
    let name = if assignment.run.is_empty() { "security.md".to_owned() } else { format!("security-{}.md", assignment.run) };
    let path = REPORTS.join(&name);
    let role = require_agent(&Snapshot::WorkTree(root), "security")?.role()?;
    if !role.decide(&path).is_allowed() {
        return Ok(format!("{report}\nThe role of this project does not allow {path}, so no file was written.\n"));
    }
    write::replace(&path.below(root), format!("# Secrets in the tree\n\n{report}").as_bytes())?;
    Ok(format!("{report}\nThe report is in {path}.\n"))
}

fn render(looked: &[Found]) -> String {
    let files = text::plural(looked.len(), "file");
    let count: usize = looked.iter().map(|(_, secrets)| secrets.len()).sum();
    if count == 0 {
        return format!("Looked through {files}; nothing looks like a secret.\n");
    }
    let places = text::plural(count, "place");
    let mut out = format!("Looked through {files}; {places} may hold a secret. **Needs a person today**: revoke what is real first.\n\n");
    for (path, secrets) in looked {
        for secret in secrets {
            let line = secret.line.map(|line| format!(":{line}")).unwrap_or_default();
            let place = format!("{path}{line}").replace('`', "'");
            let _ = writeln!(out, "- `{place}`: {}, `{}` (rule {})", secret.description, shown(secret), secret.rule);
        }
    }
    out.push_str("\nHow to allow false positives: `cmpm check --explain <rule>`.\n");
    out
}

/// The beginning of a secret in a form that cannot end the code it is shown as.
fn shown(secret: &Secret) -> String {
    text::one_line(&secret.shown()).replace('`', "'")
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::git::testing;

    fn project(files: &[(&str, &str)]) -> TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            testing::write(&root.path().join(path), text.as_bytes());
        }
        root
    }

    fn token() -> String {
        ["gh", "p_", "kT7qZ2mB9xR4vC8nL3jH6wF5sD1gPyQaEuWi"].concat()
    }

    fn run(root: &TempDir, globs: &[String]) -> String {
        work(&Assignment { root: root.path(), globs, run: "RUN-1" }).unwrap()
    }

    fn report(root: &TempDir) -> Option<String> {
        read::find_text(&root.path().join(".cmpm/reports/security-RUN-1.md")).unwrap()
    }

    #[test]
    fn every_place_is_reported_and_no_value() {
        let env = format!("A=1\nTOKEN={}\n", token());
        let root = project(&[("src/a.env", &env), ("docs/b.md", "nothing\n"), ("target/x", &env)]);
        let said = run(&root, &[]);
        let written = report(&root).unwrap();
        assert!(said.contains("Needs a person today") && said.ends_with("The report is in .cmpm/reports/security-RUN-1.md.\n"), "{said}");
        let line = "- `src/a.env:2`: GitHub personal access token, `ghp_… (40 characters)` (rule github-pat)\n";
        assert!(written.contains(line), "{written}");
        assert!(!written.contains(&token()) && !written.contains("target"), "{written}");
        assert_eq!(read::find_text(&root.path().join("src/a.env")).unwrap().unwrap(), env);
    }

    #[test]
    fn the_ticket_says_where_to_look_and_the_role_what_may_be_written() {
        let env = format!("TOKEN={}\n", token());
        let root = project(&[("src/a.env", &env), ("docs/b.md", "nothing\n")]);
        assert!(run(&root, &["docs/**".into()]).starts_with("Looked through 1 file; nothing looks like a secret."));
        let narrow = "---\nname: security\ndescription: ours\nwrite: [\"SECURITY.md\"]\n---\n";
        let root = project(&[("src/a.env", &env), (".cmpm/agents/security.md", narrow)]);
        assert!(run(&root, &[]).contains("so no file was written"));
        assert_eq!(report(&root), None);
    }
}
