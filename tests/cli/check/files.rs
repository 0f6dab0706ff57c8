//! `cmpm check` on files as people and programs really leave them: every kind of link, and the odd files of `fixtures/`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::TestRepo;

/// Every kind of link that leads somewhere, and every kind that does not, told with its line.
#[test]
fn links_of_every_kind() {
    let repo = TestRepo::new();
    for file in ["docs/sub/with space.md", "docs/sub/p(1).md", "docs/sub/a&b.md", "docs/x.png", "src/x.rs"] {
        repo.write(file, "");
    }
    repo.write("docs/sub/b.md", "# B\n\n<a name=\"made\"></a>\n");
    repo.write(
        "docs/a.md",
        &[
            "---\ntitle: \"[x](in-front-matter.md)\"\n---",
            "# Ünï Code & More!\n# Dup\n# Dup\n## `code` in *heading* [link](sub/b.md)\nSetext\n======\n",
            "[a](#ünï-code--more) [b](#dup-1) [c](#code-in-heading-link) [d](#setext) [e](#top) [f](sub/b.md#made)\n",
            "![image](x.png \"title\") [root](/docs/a.md) [folder](sub) [folder](sub/) [here](./) [source](../src/x.rs#L3-L5)\n",
            "[space](sub/with%20space.md) [angle](<sub/with space.md>) [query](sub/b.md?x=1#b) [paren](sub/p(1).md) [amp](sub/a&amp;b.md)\n",
            "[mail](mailto:x@y) [site](https://x.y/z) [host](//x/y) [template]({{ x }}) [empty]() <https://x.y> [forge](../../issues/3)\n",
            "`[code](in-code.md)` \\[escaped](escaped.md) <!-- [comment](in-comment.md) --> [ref]\n",
            "```md\n[fence](in-fence.md)\n```\n\n- list\n\n      [indented](in-code.md)\n",
            "[ref]: sub/b.md",
        ]
        .join("\n"),
    );
    repo.git(["add", "-A"]);
    insta::assert_snapshot!(repo.cmpm(["check", "--all"]), @"Nothing wrong in 8 files (everything)");
    let broken = "[f](gone.md) ![i](gone.png) [d](gone/) [up](../../gone.md) [r](/gone.md) [case](SUB/b.md) [ending](sub/b)\n\n\
        [a](#dup-2) [p](sub/b.md#gone) [r] [nested [brackets]](gone2.md)\n\n\
        - list\n  > [quote](gone3.md)\n\n| t |\n|---|\n| [cell](gone4.md) |\n\n[r]: gone5.md\n";
    repo.write("docs/a.md", &format!("# Dup\n# Dup\n{broken}"));
    repo.git(["add", "-A"]);
    insta::assert_snapshot!(repo.cmpm(["check", "--all"]), @"
    docs/a.md:3: error: `../../gone.md` leads to no file [broken-link]
    docs/a.md:3: error: `/gone.md` leads to no file [broken-link]
    docs/a.md:3: error: `SUB/b.md` differs from the file's name in case [broken-link]
      hint: write `sub/b.md`
    docs/a.md:3: error: `gone.md` leads to no file [broken-link]
    docs/a.md:3: error: `gone.png` leads to no file [broken-link]
    docs/a.md:3: error: `gone/` leads to no file [broken-link]
    docs/a.md:3: error: `sub/b` leads to no file [broken-link]
      hint: write `sub/b.md`
    docs/a.md:5: warning: `#dup-2` leads to no heading [broken-anchor]
    docs/a.md:5: warning: `sub/b.md#gone` leads to no heading [broken-anchor]
    docs/a.md:5: error: `gone2.md` leads to no file [broken-link]
    docs/a.md:8: error: `gone3.md` leads to no file [broken-link]
    docs/a.md:12: error: `gone4.md` leads to no file [broken-link]
    docs/a.md:14: error: `gone5.md` leads to no file [broken-link]
    11 errors, 2 warnings in 8 files (everything)
    --- exit 1
    ");
}

#[test]
fn links_in_html_are_links() {
    let repo = TestRepo::new();
    repo.write("docs/a&b c.md", "# A\n");
    let page = "<p align=\"center\">\n  <img src=\"gone.png\">\n  <a href='a&amp;b&#x20;c.md#a'>fine</a>\n</p>\n\n\
        Text <a href=\"a%26b%20c.md\">fine</a> [fine](a&amp;b&#x20;c.md) <a href=gone.md>x</a> <a href=\"#gone\">y</a>\n\n\
        `<a href=\"code.md\">` <!-- <a href=\"comment.md\"> -->\n";
    repo.write("docs/page.md", page);
    repo.git(["add", "-A"]);
    insta::assert_snapshot!(repo.cmpm(["check"]), @"
    docs/page.md:2: error: `gone.png` leads to no file [broken-link]
    docs/page.md:6: warning: `#gone` leads to no heading [broken-anchor]
    docs/page.md:6: error: `gone.md` leads to no file [broken-link]
    2 errors, 1 warning in 2 files (what is staged)
    --- exit 1
    ");
}

#[test]
fn what_only_a_generator_knows_is_left_alone_and_said() {
    let repo = TestRepo::new();
    repo.write("site/hugo.toml", "title = \"x\"\n");
    repo.write("site/content/docs/b.md", "# B {#own}\n");
    let page = "[a]({{< ref \"gone.md\" >}}) [b]({{<relref gone>}}) [c](/docs/b/) [d](../b/#own) [e](b.md#own) [f]({% link gone.md %})\n\
        [g]({{ site.baseurl }}/gone) [h](@site/gone.md) ![i](gone.png) <a href=\"../gone/\">j</a> [k](gone.md)\n";
    repo.write("site/content/docs/a.md", page);
    repo.write("README.md", "[a](/docs/b/)\n");
    repo.git(["add", "-A"]);
    let found = "README.md:1: error: `/docs/b/` leads to no file [broken-link]\nsite/content/docs/a.md:2: error: `gone.md` leads to no file [broken-link]\n";
    let answer = repo.cmpm(["check"]).exits(1);
    assert!(answer.stdout.starts_with(found) && !answer.stdout.contains("note"), "{answer}");
    let answer = repo.cmpm(["check", "--all"]).exits(1);
    let note = "site/hugo.toml: note: links of Hugo are not checked, except relative ones to Markdown files [site-links]\n";
    assert!(answer.stdout.contains(note) && answer.stdout.contains("2 errors, 0 warnings, 1 note"), "{answer}");
}

#[test]
fn a_page_that_moves_takes_its_findings_along() {
    let repo = TestRepo::new();
    let page = format!("[a](gone.md) [b](#gone)\n\n{}", "Some text of it.\n".repeat(20));
    repo.write("docs/a.md", &page);
    repo.write("tasks/issues/a.md", "---\nid: ISS-1\ntitle: x\nparent: EP-9\n---\n");
    repo.commit_all("legacy");
    repo.git(["mv", "docs/a.md", "docs/b.md"]);
    repo.git(["mv", "tasks/issues/a.md", "tasks/issues/b.md"]);
    repo.cmpm(["check", "--strict"]).success();
    // Into another folder and changed on the way: only what is new is told.
    fs::create_dir_all(repo.path("guide")).unwrap();
    repo.git(["mv", "docs/b.md", "guide/a.md"]);
    repo.write("guide/a.md", &format!("{page}[c](lost.md)\n"));
    repo.git(["add", "-A"]);
    let answer = repo.cmpm(["check", "--strict"]).exits(1);
    assert!(answer.stdout.contains("`lost.md`") && answer.stdout.contains("1 error, 0 warnings"), "{answer}");
    repo.commit_all("moved");
    let answer = repo.cmpm(["check", "--strict", "--base", "HEAD~1"]).exits(1);
    assert!(answer.stdout.contains("`lost.md`") && answer.stdout.contains("1 error, 0 warnings"), "{answer}");
}

/// Who takes a file away breaks the links of pages that nobody touched.
#[test]
fn what_is_gone_is_missed_by_the_pages_that_link_to_it() {
    let repo = TestRepo::new();
    repo.write("README.md", "[a](docs/my%20page.md) [c](img/) [old](docs/gone.md)\n");
    repo.write("other.md", "no link to my page\n");
    repo.write("docs/my page.md", "# A\n\nText of it.\n");
    repo.write("img/logo.svg", "<svg/>\n");
    repo.commit_all("pages");
    repo.git(["mv", "docs/my page.md", "docs/b.md"]);
    let answer = repo.cmpm(["check"]).exits(1);
    assert!(answer.stdout.contains("README.md:1: error: `docs/my%20page.md` leads to no file"), "{answer}");
    assert!(answer.stdout.contains("1 error, 0 warnings"), "{answer}");
    repo.git(["rm", "-q", "-r", "img"]);
    assert!(repo.cmpm(["check"]).exits(1).stdout.contains("`img/` leads to no file"));
    repo.commit_all("moved");
    assert!(repo.cmpm(["check", "--base", "HEAD~1"]).exits(1).stdout.contains("2 errors, 0 warnings"));
    assert!(repo.cmpm(["check", "--range", "HEAD~1..HEAD"]).exits(1).stdout.contains("2 errors, 0 warnings"));
    // The same change mends them.
    repo.write("README.md", "[a](docs/b.md) [old](docs/gone.md)\n");
    repo.commit_all("mended");
    repo.cmpm(["check", "--base", "HEAD~2"]).success();
}

/// Whatever is wrong with a file, it is reported with file and line, by a rule that can be explained.
#[test]
fn odd_files_are_told_with_place_and_rule() {
    let repo = TestRepo::new();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    for folder in ["document", "tickets/malformed"] {
        for entry in fs::read_dir(fixtures.join(folder)).unwrap() {
            let file = entry.unwrap().path();
            let copy = repo.path(&format!("tasks/issues/{folder}/{}", file.file_name().unwrap().to_str().unwrap()));
            fs::create_dir_all(copy.parent().unwrap()).unwrap();
            fs::copy(&file, copy).unwrap();
        }
    }
    repo.git(["add", "-A"]);
    let answer = repo.json(["check", "--all"]);
    let findings = answer["data"]["findings"].as_array().unwrap_or_else(|| panic!("{answer}"));
    let without_line: Vec<_> = findings.iter().filter(|finding| finding["line"].is_null()).collect();
    assert!(findings.len() > 40 && without_line.is_empty(), "{without_line:#?}");
    let rules: BTreeSet<&str> = findings.iter().map(|finding| finding["rule"].as_str().unwrap()).collect();
    assert!(rules.len() > 8, "{rules:?}");
    for rule in rules {
        repo.cmpm(["check", "--explain", rule]).success();
    }
}

/// A clone that fetches contents when they are needed.
fn partial_clone(repo: &TestRepo, options: &[&str]) -> PathBuf {
    repo.git(["config", "uploadpack.allowFilter", "true"]);
    let (url, clone) = (format!("file://{}", repo.root().display()), repo.around().join("partial"));
    repo.git([&["clone", "-q", "--filter=blob:none"], options, &[&url, clone.to_str().unwrap()]].concat());
    clone
}

/// A clone without the content of its files, and without a way to get it.
#[test]
fn what_a_partial_clone_lacks_is_named_and_the_rest_is_checked() {
    let repo = TestRepo::new();
    for name in ["a", "b", "c", "d", "e", "f", "g"] {
        repo.write(&format!("docs/{name}.md"), &format!("# {name}\n"));
    }
    repo.write("start.md", "# Start\n\n[a](docs/a.md#a)\n");
    repo.commit_all("pages");
    let clone = partial_clone(&repo, &["--no-checkout"]);
    repo.git_in(&clone, ["sparse-checkout", "set", "--no-cone", "/start.md"]);
    repo.git_in(&clone, ["checkout", "-q"]);
    let check = || repo.cmpm(["-C", clone.to_str().unwrap(), "check", "--all"]);
    let answer = check().success();
    let named = answer.stdout.matches("note: is not in this partial clone, so it was not checked").count();
    assert_eq!(named, 5, "{answer}");
    assert!(answer.stdout.contains("; nor were ") && answer.stdout.contains("0 errors, 0 warnings, 5 notes in 1 file"), "{answer}");
    repo.git_in(&clone, ["config", "user.name", "x"]);
    fs::write(clone.join("start.md"), "[b](docs/missing.md)\n").unwrap();
    repo.git_in(&clone, ["add", "start.md"]);
    assert!(check().exits(1).stdout.contains("`docs/missing.md` leads to no file"));
}

/// A clone that has the files as they are, but not as they were or became on the way.
#[test]
fn a_range_that_a_partial_clone_lacks_a_part_of_is_never_called_right() {
    let repo = TestRepo::new();
    for title in ["One", "Two", "Three"] {
        repo.write("a.md", &format!("# {title}\n"));
        repo.commit_all(title);
    }
    let clone = partial_clone(&repo, &[]);
    let check = || repo.cmpm(["-C", clone.to_str().unwrap(), "check", "--range", "HEAD~2..HEAD"]);
    let answer = check().exits(2);
    assert!(answer.stdout.contains("a.md: warning: `") && answer.stdout.contains("` is not in this partial clone"), "{answer}");
    assert!(answer.stdout.contains("hint: `git fetch --refetch --no-filter` brings what is missing"), "{answer}");
    repo.git_in(&clone, ["config", "user.name", "x"]);
    repo.git_in(&clone, ["config", "user.email", "x@example.invalid"]);
    fs::write(clone.join("c.md"), "[b](missing.md)\n").unwrap();
    repo.git_in(&clone, ["add", "c.md"]);
    repo.git_in(&clone, ["-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "four"]);
    let answer = check().exits(1);
    let is_judged = answer.stdout.contains("`missing.md` leads to no file") && answer.stdout.contains("is not in this partial clone");
    assert!(is_judged, "what is here is judged: {answer}");
    repo.git_in(&clone, ["fetch", "-q", "--refetch", "--no-filter"]);
    repo.git_in(&clone, ["-c", "core.hooksPath=/dev/null", "reset", "-q", "--hard", "HEAD~1"]);
    check().success();
}

/// How like two files are is only known where both contents are here.
#[test]
fn a_rename_with_an_edit_in_a_partial_clone_keeps_nothing_from_being_judged() {
    let repo = TestRepo::new();
    let lines: String = (1..=60).map(|number| format!("{number}\n")).collect();
    repo.write("a.txt", &lines);
    repo.commit_all("one");
    repo.git(["mv", "a.txt", "b.txt"]);
    repo.write("b.txt", &format!("{lines}x\n"));
    repo.commit_all("two");
    repo.write("R.md", "[x](no.md)\n");
    repo.commit_all("three");
    let clone = partial_clone(&repo, &[]);
    let answer = repo.cmpm(["-C", clone.to_str().unwrap(), "check", "--base", "HEAD~2"]).exits(1);
    assert!(answer.stdout.contains("R.md:1: error: `no.md` leads to no file"), "{answer}");
}
