//! History.

use crate::git::testing::{Sandbox, path};
use crate::git::{LogRange, Repository};

/// first → second (dir/b.txt) → merge of side (a.txt) with an unrelated commit on main.
fn history() -> Sandbox {
    let sandbox = Sandbox::with_commit();
    sandbox.write("dir/b.txt", "changed\n");
    sandbox.commit_all("second\n\nCmpm-Run: RUN-1");
    sandbox.git(&["checkout", "--quiet", "-b", "side"]);
    sandbox.write("a.txt", "changed\n");
    sandbox.commit_all("on side");
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.write("other.txt", "x\n");
    sandbox.commit_all("on main");
    sandbox.git(&["merge", "--quiet", "--no-edit", "side"]);
    sandbox
}

#[test]
fn ranges_are_listed_newest_first() {
    let sandbox = history();
    let repository = sandbox.open();
    let from = vec![sandbox.oid("main")];
    let oids = |range: &LogRange| repository.commits(range).unwrap().into_iter().map(|commit| commit.oid.to_string()).collect::<Vec<_>>();
    let all = oids(&LogRange { from: from.clone(), ..LogRange::default() });
    assert_eq!(all.len(), 5);
    assert_eq!(all[0], from[0].to_string());
    let landed = oids(&LogRange { from: from.clone(), first_parent: true, ..LogRange::default() });
    assert_eq!(landed.join("\n"), sandbox.git(&["rev-list", "--first-parent", "main"]));
    let since = oids(&LogRange { from: from.clone(), hide: vec![sandbox.oid("main~2")], ..LogRange::default() });
    assert_eq!(since.len(), 3);
    assert_eq!(oids(&LogRange { from, limit: 2, ..LogRange::default() }).len(), 2);
    let second = repository.read_commit(sandbox.oid("main~2")).unwrap();
    assert_eq!(second.trailers(), [("Cmpm-Run".to_owned(), "RUN-1".to_owned())]);
}

#[test]
fn the_last_commit_of_a_path_is_gits() {
    let sandbox = history();
    let repository = sandbox.open();
    let head = sandbox.oid("main");
    for file in ["a.txt", "dir/b.txt", "dir", "other.txt"] {
        let found = repository.last_commit_touching(&path(file), head).unwrap().unwrap().oid;
        assert_eq!(found.to_string(), sandbox.git(&["log", "-1", "--format=%H", "main", "--", file]), "{file}");
    }
    assert_eq!(repository.last_commit_touching(&path("never"), head).unwrap(), None);
    sandbox.git(&["rm", "--quiet", "other.txt"]);
    let removal = sandbox.commit_all("remove");
    assert_eq!(repository.last_commit_touching(&path("other.txt"), removal).unwrap().unwrap().oid, removal);
}

#[test]
fn a_shallow_clone_ends_at_its_edge() {
    let sandbox = history();
    let url = format!("file://{}", sandbox.path().display());
    sandbox.git(&["clone", "--quiet", "--depth=1", &url, "../shallow"]);
    let shallow = Repository::discover(&sandbox.root.path().join("shallow"), &sandbox.env).unwrap();
    assert!(shallow.is_shallow() && !sandbox.open().is_shallow());
    let head = sandbox.oid("main");
    assert_eq!(shallow.commits(&LogRange { from: vec![head], ..LogRange::default() }).unwrap().len(), 1);
    assert_eq!(shallow.last_commit_touching(&path("a.txt"), head).unwrap().unwrap().oid, head);
    assert_eq!(shallow.merge_base(head, head).unwrap(), Some(head));
}
