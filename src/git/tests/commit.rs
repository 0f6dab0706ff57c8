//! Commits and identities.

use crate::base::{Exit, Failure, Timestamp};
use crate::git::testing::Sandbox;
use crate::git::{CommitSpec, GitError, ObjectError, Person};

fn when() -> Timestamp {
    "2026-01-31T09:00:00Z".parse().unwrap()
}

#[test]
fn a_commit_is_what_git_reads_back() {
    let sandbox = Sandbox::with_commit();
    let repository = sandbox.open();
    let head = sandbox.oid("HEAD");
    let author = Person { name: "Engineer <x>".into(), email: "engineer@agents.cmpm.invalid".into() };
    let tree = repository.tree_of(head).unwrap();
    let spec = CommitSpec { tree, parents: &[head], message: "Ünï\n\nBody.\n\nCmpm-Run: RUN-1\n\n", author: Some(author) };
    let oid = repository.commit(&spec, when()).unwrap();
    let format = "--format=%an|%ae|%cn|%ce|%ct|%P|%T|%B";
    let expected = format!(
        "Engineer x|engineer@agents.cmpm.invalid|Ada|ada@example.com|{}|{head}|{tree}|Ünï\n\nBody.\n\nCmpm-Run: RUN-1",
        when().seconds()
    );
    assert_eq!(sandbox.git(&["show", "--no-patch", format, &oid.to_string()]), expected);
    sandbox.fsck();
    let read = repository.read_commit(oid).unwrap();
    assert_eq!((read.subject(), read.time, read.parents.as_slice()), ("Ünï", when(), &[head][..]));
    assert_eq!(read.trailers(), [("Cmpm-Run".to_owned(), "RUN-1".to_owned())]);
    assert_eq!(read.committer.email, "ada@example.com");
}

#[test]
fn the_first_commit_needs_no_parent() {
    let sandbox = Sandbox::new();
    let repository = sandbox.open();
    let spec = CommitSpec { tree: repository.empty_tree(), parents: &[], message: "first", author: None };
    let oid = repository.commit(&spec, when()).unwrap();
    assert_eq!(repository.read_commit(oid).unwrap().author.name, "Ada");
}

#[test]
fn without_an_identity_nothing_is_committed() {
    let sandbox = Sandbox::with_commit();
    sandbox.git(&["config", "--remove-section", "user"]);
    let repository = sandbox.open();
    let spec = CommitSpec { tree: sandbox.oid("HEAD^{tree}"), parents: &[], message: "x", author: None };
    let failure = Failure::from(repository.commit(&spec, when()).unwrap_err());
    assert_eq!((failure.exit(), failure.code()), (Exit::Wrong, "no_identity"));
    assert!(failure.hints()[0].contains("git config user.name"));
}

#[test]
fn the_users_settings_and_environment_name_the_committer() {
    let sandbox = Sandbox::with_commit();
    sandbox.git(&["config", "--remove-section", "user"]);
    sandbox.git(&["config", "--global", "user.name", "Global"]);
    sandbox.git(&["config", "--global", "user.email", "global@example.com"]);
    assert_eq!(sandbox.open().identity().unwrap().name, "Global");
    let env = sandbox.env.clone().with("GIT_COMMITTER_NAME", "From Env");
    assert_eq!(crate::git::Repository::discover(&sandbox.path(), &env).unwrap().identity().unwrap().name, "From Env");
}

#[test]
fn what_is_not_a_commit_is_an_error() {
    let sandbox = Sandbox::with_commit();
    let repository = sandbox.open();
    assert!(repository.read_commit(sandbox.oid("HEAD^{tree}")).is_err());
    let missing = "12".repeat(20).parse().unwrap();
    assert!(matches!(repository.read_commit(missing), Err(GitError::Object(ObjectError::Missing { .. }))));
}
