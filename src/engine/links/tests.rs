//! Tests of the links.

use proptest::prelude::*;

use super::*;

fn path(text: &str) -> RepoPath {
    RepoPath::parse(text).unwrap()
}

fn plain(target: &str) -> PageLink {
    let meant = target.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(target).to_owned();
    PageLink { target: target.to_owned(), meant, is_html: false, range: 0..target.len(), line: 1 }
}

fn page(at: &str, targets: &[&str], anchors: &[&str]) -> Page {
    let link = |target: &&str| plain(target);
    Page { path: path(at), links: targets.iter().map(link).collect(), anchors: anchors.iter().map(|anchor| (*anchor).to_owned()).collect() }
}

/// What is wrong with links of `docs/a.md` in a repository of some size: target, problem, repair.
fn broken(targets: &[&str]) -> Vec<(String, Problem, Option<String>)> {
    let pages = [
        page("docs/a.md", targets, &["intro", "set-up-1", "set-up"]),
        page("docs/guide/start.md", &[], &["first-steps", "only-here", "faq"]),
        page("docs/guide/README.md", &[], &["guide"]),
        page("README.md", &[], &["faq", "title"]),
        page("other/index.md", &[], &[]),
        page("third/index.md", &[], &[]),
        page("b c.md", &[], &[]),
    ];
    let files: Vec<RepoPath> = ["src/Main.rs", "src/lib.rs", "tests/lib.rs", "vendor", "img/logo.png", "LICENSE"].map(path).into();
    let found = check(&pages, &files, &Sites::default());
    found.into_iter().map(|broken| (broken.target, broken.problem, broken.repair)).collect()
}

fn repair(target: &str) -> Option<String> {
    let [(_, _, repair)] = broken(&[target]).try_into().unwrap();
    repair
}

#[test]
fn links_that_lead_somewhere_are_fine() {
    let fine = [
        "guide/start.md",
        "./guide/start.md#first-steps",
        "guide/",
        "guide",
        "guide#guide",
        "..",
        "../",
        "/",
        "/README.md#title",
        "../src/lib.rs#L10-L20",
        "../src",
        "#intro",
        "#",
        "#top",
        "#user-content-intro",
        "#Intro",
        "?plain=1#L3",
        "a.md#intro",
        "../b%20c.md",
        "<../b c.md>",
        "https://example.com/missing.md",
        "//example.com",
        "mailto:a@example.com",
        "{{ base }}/x.md",
        "${x}/y.md",
        "../vendor/lib/README.md#x",
        "../../issues/new",
        "",
    ];
    assert_eq!(broken(&fine), []);
}

#[test]
fn what_is_not_there_is_told() {
    let problems: Vec<_> = broken(&["nope.md", "nope/", "../../x", "../src/gone.rs/", "#nope", "guide/start.md#nope"])
        .into_iter()
        .map(|(target, problem, repair)| (target, problem, repair.is_some()))
        .collect();
    let (file, anchor) = (Problem::MissingFile, Problem::MissingAnchor);
    let expected = [
        ("nope.md", file),
        ("nope/", file),
        ("../../x", file),
        ("../src/gone.rs/", file),
        ("#nope", anchor),
        ("guide/start.md#nope", anchor),
    ];
    for ((target, problem, repaired), (wanted, kind)) in problems.iter().zip(expected) {
        assert_eq!((target.as_str(), *problem, *repaired), (wanted, kind, false));
    }
}

#[test]
fn case_is_fixed() {
    assert_eq!(
        broken(&["../SRC/main.rs#L1"]),
        [("../SRC/main.rs#L1".to_owned(), Problem::CaseDiffers, Some("../src/Main.rs#L1".to_owned()))]
    );
    assert_eq!(repair("Guide/").as_deref(), Some("guide/"));
}

#[test]
fn moved_files_are_found_if_only_one_fits() {
    assert_eq!(repair("start.md").as_deref(), Some("guide/start.md"));
    assert_eq!(repair("../../start.md").as_deref(), Some("guide/start.md"));
    assert_eq!(repair("/start.md#only-here").as_deref(), Some("/docs/guide/start.md#only-here"));
    assert_eq!(repair("logo.png").as_deref(), Some("../img/logo.png"));
    assert_eq!(repair("x/lib.rs"), None);
    assert_eq!(repair("x/tests/lib.rs").as_deref(), Some("../tests/lib.rs"));
    assert_eq!(repair("start.md#nope"), None);
    assert_eq!(repair("x/index.md"), None);
    assert_eq!(repair("old/other/index.md").as_deref(), Some("../other/index.md"));
    assert_eq!(repair("x/a.md"), None);
    assert_eq!(repair("img/").as_deref(), Some("../img/"));
}

#[test]
fn endings_are_fixed() {
    assert_eq!(repair("guide/start").as_deref(), Some("guide/start.md"));
    assert_eq!(repair("./guide/start.html#faq").as_deref(), Some("./guide/start.md#faq"));
    assert_eq!(repair("start").as_deref(), Some("guide/start.md"));
    assert_eq!(repair("../src/lib.rs/").as_deref(), Some("../src/lib.rs"));
}

#[test]
fn headings_are_found_by_their_words_or_on_the_only_page() {
    assert_eq!(repair("guide/start.md#First_Steps").as_deref(), Some("guide/start.md#first-steps"));
    assert_eq!(repair("guide#gui_de").as_deref(), Some("guide#guide"));
    assert_eq!(repair("#setup").as_deref(), Some("#set-up"));
    assert_eq!(repair("#only-here").as_deref(), Some("guide/start.md#only-here"));
    assert_eq!(repair("#faq"), None);
    assert_eq!(repair("start.md#First%20Steps").as_deref(), Some("guide/start.md#first-steps"));
}

/// What is wrong with links of a page of a site whose files are these.
fn on_site(config: (&str, &str), at: &str, targets: &[&str]) -> Vec<(String, Option<String>)> {
    let other = format!("{}/other/b.md", path(at).parent());
    let pages = [page(at, targets, &[]), page(&other, &[], &[]), page("README.md", &["/gone.md"], &[])];
    let files: Vec<RepoPath> = [config.0, at, &other, "README.md", "content/x/c.md", "a/src/lib.rs"].map(path).into();
    let sites = Sites::find(&files, &|file| (*file == path(config.0)).then(|| config.1.to_owned()));
    let mut found = check(&pages, &files, &sites);
    assert_eq!(found.pop().map(|broken| broken.page), Some(path("README.md")), "outside of the site all is checked");
    found.into_iter().map(|broken| (broken.target, broken.repair)).collect()
}

#[test]
fn of_a_site_only_files_are_checked() {
    let links = ["/docs/x", "@site/docs/x.md", "../y", "other.html", "#custom", "other/b.md#custom", "gone.md", "b.md", "../README.md"];
    let wanted = [("gone.md".to_owned(), None), ("b.md".to_owned(), Some("other/b.md".to_owned()))];
    for (config, at) in [
        (("hugo.yaml", ""), "content/a.md"),
        (("config.toml", ""), "content/a.md"),
        (("mkdocs.yml", "nav: !ENV [x]\ndocs_dir: content\n"), "content/a.md"),
        (("website/docusaurus.config.js", "docs: {path: '../content'},\n"), "content/a.md"),
        (("site/_config.yml", ""), "site/content/a.md"),
        (("book.toml", "[book]\nsrc = \"content\"\n"), "content/a.md"),
        (("a/Cargo.toml", "[package]\n"), "a/src/a.md"),
    ] {
        let links = if at.starts_with("content") { &links } else { &links[..8] };
        assert_eq!(on_site(config, at, links), wanted, "{config:?}");
    }
    // From the root of the content, as some generators have it; and a hint does not lead out of the site.
    assert_eq!(on_site(("hugo.toml", ""), "content/d/a.md", &["x/c.md", "d/other/b.md", "README.md"]), [("README.md".to_owned(), None)]);
}

proptest! {
    #[test]
    fn a_repaired_link_is_not_broken(
        names in prop::collection::hash_set("(a/|b/|A/){0,2}(x|y|X y|é|z\\(1\\))\\.(md|html|png)", 1..8),
        targets in prop::collection::vec("(\\.\\./|\\./|/)?(a/|b%20/|A/)?(x|y|X%20y|<é|z\\(1\\))(\\.md|\\.html|/)?(#h|#H-1|#)?>?", 1..6),
    ) {
        let mut pages: Vec<Page> = names.iter().filter(|name| name.ends_with(".md")).map(|name| page(name, &[], &["h", "h-1"])).collect();
        pages.push(page("a/page.md", &targets.iter().map(String::as_str).collect::<Vec<_>>(), &["own"]));
        let files: Vec<RepoPath> = names.iter().map(|name| path(name)).collect();
        for broken in check(&pages, &files, &Sites::default()) {
            if let Some(repair) = broken.repair {
                let mut fixed = pages.clone();
                fixed.last_mut().unwrap().links = vec![plain(&repair)];
                prop_assert_eq!(check(&fixed, &files, &Sites::default()), [], "{} in {:?}", repair, names);
            }
        }
    }

    #[test]
    fn any_target_can_be_checked(target in "\\PC{0,30}", other in "[%&<>#?./\\\\a-c]{0,20}") {
        let pages = [page("docs/a.md", &[&target, &other], &["b"])];
        let _ = check(&pages, &[], &Sites::default());
    }
}
