//! References: one of many wins.

use crate::base::{Exit, Failure};
use crate::git::testing::Sandbox;
use crate::git::{CommitSpec, Expected, GitError, Oid, RefError, RefUpdate, Repository};

fn update(repository: &Repository, name: &str, new: Oid, expected: Expected) -> Result<(), GitError> {
    repository.update_ref(&RefUpdate { name, new, expected, message: "test" })
}

#[test]
fn one_of_eight_parallel_changes_wins() {
    let sandbox = Sandbox::with_commit();
    let repository = sandbox.open();
    let base = sandbox.oid("HEAD");
    let tree = repository.tree_of(base).unwrap();
    let results: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..8)
            .map(|number| {
                let repository = &repository;
                scope.spawn(move || {
                    let message = format!("from {number}");
                    let spec = CommitSpec { tree, parents: &[base], message: &message, author: None };
                    let oid = repository.commit(&spec, "2026-01-31T09:00:00Z".parse().unwrap()).unwrap();
                    update(repository, "refs/heads/main", oid, Expected::At(base)).map(|()| oid)
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    let winners: Vec<Oid> = results.iter().filter_map(|result| result.as_ref().ok().copied()).collect();
    assert_eq!(winners, [sandbox.oid("main")]);
    for error in results.into_iter().filter_map(Result::err) {
        assert!(matches!(error, GitError::Ref(RefError::Moved { .. })), "{error}");
        assert_eq!(Failure::from(error).exit(), Exit::Conflict);
    }
    assert_eq!(sandbox.git(&["log", "-g", "-1", "--format=%gs", "main"]), "test");
    sandbox.fsck();
}

#[test]
fn one_of_eight_creations_wins_even_with_the_same_value() {
    let sandbox = Sandbox::with_commit();
    let repository = sandbox.open();
    let base = sandbox.oid("HEAD");
    let wins: usize = std::thread::scope(|scope| {
        let create = || usize::from(update(&repository, "refs/cmpm/claims/x", base, Expected::Absent).is_ok());
        let workers: Vec<_> = (0..8).map(|_| scope.spawn(create)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    assert_eq!(wins, 1);
}

#[test]
fn expectations_hold_for_packed_references_too() {
    let sandbox = Sandbox::with_commit();
    let first = sandbox.oid("HEAD");
    let second = sandbox.commit_all("second");
    sandbox.git(&["branch", "side", &first.to_string()]);
    sandbox.git(&["pack-refs", "--all"]);
    let repository = sandbox.open();
    let refused = [
        update(&repository, "refs/heads/side", second, Expected::Absent),
        update(&repository, "refs/heads/side", second, Expected::At(second)),
        update(&repository, "refs/heads/new", second, Expected::At(first)),
        repository.delete_ref("refs/heads/side", Expected::At(second)),
        repository.delete_ref("refs/heads/side", Expected::Absent),
        repository.delete_ref("refs/heads/new", Expected::At(first)),
    ];
    for result in refused {
        assert!(matches!(result, Err(GitError::Ref(RefError::Moved { .. }))), "{result:?}");
    }
    update(&repository, "refs/heads/side", second, Expected::At(first)).unwrap();
    assert_eq!(sandbox.oid("side"), second);
    repository.delete_ref("refs/heads/side", Expected::At(second)).unwrap();
    assert_eq!(repository.find_ref("refs/heads/side").unwrap(), None);
    assert_eq!(sandbox.git(&["branch", "--list", "side"]), "");
}

#[test]
fn a_held_lock_is_a_conflict_not_a_hang() {
    let sandbox = Sandbox::with_commit();
    sandbox.write(".git/refs/heads/main.lock", "");
    let result = update(&sandbox.open(), "refs/heads/main", sandbox.oid("HEAD"), Expected::Any);
    assert!(matches!(result, Err(GitError::Ref(RefError::Moved { .. }))), "{result:?}");
}

#[test]
fn names_are_checked() {
    let sandbox = Sandbox::with_commit();
    let repository = sandbox.open();
    for name in ["main", "HEAD", "refs/heads/a..b", "refs/heads/../../config", "refs/heads/x.lock", ""] {
        let result = update(&repository, name, sandbox.oid("HEAD"), Expected::Any);
        assert!(matches!(result, Err(GitError::Ref(RefError::BadName { .. }))), "{name}: {result:?}");
    }
}

#[test]
fn references_are_listed_with_what_tags_lead_to() {
    let sandbox = Sandbox::with_commit();
    let oid = sandbox.oid("HEAD");
    sandbox.git(&["branch", "feature/ü"]);
    sandbox.git(&["tag", "--annotate", "--message", "x", "v1"]);
    sandbox.git(&["symbolic-ref", "refs/heads/nowhere", "refs/heads/missing"]);
    let heads = sandbox.open().refs_below("refs/heads/").unwrap();
    assert_eq!(heads, [("refs/heads/feature/ü".to_owned(), oid), ("refs/heads/main".to_owned(), oid)]);
    assert_eq!(sandbox.open().refs_below("refs/tags/").unwrap(), [("refs/tags/v1".to_owned(), oid)]);
    assert_eq!(sandbox.open().refs_below("refs/none/").unwrap(), []);
}

#[test]
fn revisions_resolve_to_commits() {
    let sandbox = Sandbox::with_commit();
    let first = sandbox.oid("HEAD");
    sandbox.git(&["tag", "--annotate", "--message", "x", "v1"]);
    let second = sandbox.commit_all("second");
    let repository = sandbox.open();
    for (spec, oid) in [("HEAD", second), ("main~1", first), ("v1", first), ("@", second)] {
        assert_eq!(repository.resolve(spec).unwrap(), oid, "{spec}");
    }
    assert_eq!(repository.resolve(&first.short()).unwrap(), first);
    for spec in ["nope", "HEAD^{tree}", "main..v1", "HEAD:a.txt", "", "--all"] {
        assert!(matches!(repository.resolve(spec), Err(GitError::Ref(RefError::UnknownRevision { .. }))), "{spec}");
    }
}
