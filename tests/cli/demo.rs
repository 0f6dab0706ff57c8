//! `cmpm demo`: the whole loop, in order, on standard output.

use crate::support::TestRepo;

#[test]
fn the_demo_can_be_piped_and_shows_what_holds_agents_back() {
    let repo = TestRepo::new();
    let answer = repo.cmpm(["demo"]).success();
    let milestones = [
        "# A small project",
        "$ cmpm init",
        "$ cmpm ready",
        "$ cmpm delegate run ISS-0007 ISS-0008",
        "gate_failed",
        "the gate links failed",
        "role `documentation` may not write src/next-number.sh",
        "$ cmpm delegate resume RUN-",
        "passed",
        "$ cmpm delegate review RUN-",
        "- gate links `sh src/check-guide.sh`: passed",
        "Merged RUN-",
        "$ cmpm delegate diff RUN-",
        "+printf '%05d",
        "$ cmpm delegate reject RUN-",
        "four digits",
        "$ cmpm memory search",
        "may not write src/next-number.sh",
        "1 merged, 1 rejected",
        "$ git log",
        "gone again",
    ];
    let mut rest = answer.stdout.as_str();
    for milestone in milestones {
        let found = rest.split_once(milestone);
        rest = found.unwrap_or_else(|| panic!("`{milestone}` is not there, or too early:\n{answer}")).1;
    }
    assert!(answer.stdout.lines().count() < 155, "{answer}");
    assert!(answer.stderr.lines().all(|line| line.starts_with("demo: ")), "{answer}");
    assert_eq!(repo.status(), "", "nothing is written where it is run");
    let (demo, picture) = (without_ids(&answer.stdout), without_ids(include_str!("../../docs/pictures/loop.svg")));
    let drawn = picture.lines().filter_map(|line| Some(line.split_once("$ cmpm ")?.1.split('<').next().unwrap().to_owned()));
    let drawn: Vec<String> = drawn.collect();
    assert!(drawn.len() > 4, "{picture}");
    for command in drawn {
        assert!(
            demo.contains(&format!("$ cmpm {command}\n")),
            "docs/pictures/make.sh must draw it again: `{command}` is no longer in the demo"
        );
    }
}

/// The text with one name for all runs, so that those of two demos can be compared.
fn without_ids(text: &str) -> String {
    let mut parts = text.split("RUN-");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "RUN" + part.trim_start_matches(|c: char| c.is_ascii_alphanumeric()))
}

#[test]
fn a_demo_that_is_kept_is_where_it_was_wished() {
    let repo = TestRepo::new();
    let kept = repo.around().join("kept");
    let shown = repo.json(["demo", "--keep", kept.to_str().unwrap()]);
    assert_eq!(shown["data"]["repository"], kept.to_str().unwrap());
    assert_eq!(repo.git_in(&kept, ["status", "--porcelain"]), "");
    repo.cmpm(["demo", "--keep", kept.to_str().unwrap()]).exits(2);
}
