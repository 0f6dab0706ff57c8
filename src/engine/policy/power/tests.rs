//! The table against edits that gain power and edits that do not. `tests/cli/check/power.rs` tries the same through git.

use std::collections::HashSet;

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Edits {
    attack: Vec<Edit>,
    harmless: Vec<Edit>,
}

#[derive(Deserialize)]
struct Edit {
    #[serde(default)]
    class: String,
    path: String,
    #[serde(default)]
    from: String,
    before: String,
    after: String,
    #[serde(default)]
    says: String,
}

fn edits() -> Edits {
    toml::from_str(include_str!("../../../../fixtures/power/edits.toml")).unwrap()
}

impl Edit {
    fn gains(&self) -> Vec<Gain> {
        let path = RepoPath::parse(&self.path).unwrap();
        let side = |text: &str| (!text.is_empty()).then(|| text.as_bytes().to_vec());
        let rows = rows_of(&path);
        let stays = |from: &RepoPath| place::is_alike((from, &rows_of(from)), (&path, &rows));
        let before = side(&self.before).filter(|_| RepoPath::parse(&self.from).is_none_or(|from| from.is_empty() || stays(&from)));
        between(&path, &rows, (before.as_deref(), side(&self.after).as_deref()))
    }
}

#[test]
fn every_attack_is_told_by_what_it_gains() {
    let edits = edits().attack;
    for edit in &edits {
        let gained = edit.gains();
        assert!(gained.iter().any(|gain| gain.message.contains(&edit.says)), "{} {gained:?}", edit.path);
    }
    let classes: HashSet<&str> = edits.iter().map(|edit| edit.class.as_str()).collect();
    assert!(edits.len() >= 170 && classes.len() == Kind::ALL.len(), "{classes:?}");
}

#[test]
fn every_kind_has_attacks_of_its_own() {
    let edits = edits().attack;
    for kind in Kind::ALL {
        let found = edits.iter().filter(|edit| edit.gains().iter().any(|gain| gain.kind == kind)).count();
        assert!(found >= 5, "{kind:?} {found}");
    }
}

#[test]
fn harmless_edits_gain_nothing() {
    for edit in edits().harmless {
        assert_eq!(edit.gains(), [], "{}", edit.path);
    }
}

/// Files as large as programs write them, each compared in one pass: this ends at once or not in hours.
#[test]
fn large_files_are_compared_in_one_pass() {
    let lines = |count: u32, line: &dyn Fn(u32) -> String| (0..count).map(line).collect::<String>();
    let program = lines(20_000, &|number| format!("f{number}();\n"));
    let locked = lines(20_000, &|number| format!("\"resolved\": \"https://h{number}.example/p.tgz\",\n"));
    let jobs = |name: &str, count: u32| {
        let job = |number: u32| format!("  {name}{number}: {{runs-on: ubuntu-24.04, env: {{A: \"${{{{ secrets.S{number} }}}}\"}}}}\n");
        format!("on: push\npermissions: {{}}\njobs:\n{}", lines(count, &job))
    };
    for (path, before, after, count) in [
        (".yarn/releases/y.cjs", String::new(), program.clone(), 20_000),
        (".yarn/releases/y.cjs", program.replace("f1", "g1"), program, 11_111),
        ("package-lock.json", String::new(), locked, 20_000),
        (".github/workflows/ci.yml", jobs("a", 500), jobs("b", 500), 0),
        (".github/workflows/ci.yml", jobs("a", 500), jobs("b", 501), 1),
    ] {
        let path = RepoPath::parse(path).unwrap();
        let mut gained = between(&path, &rows_of(&path), (Some(before.as_bytes()), Some(after.as_bytes())));
        let again = gained.clone();
        gained.retain_mut(|gain| keep_new(gain, &again));
        let messages: Vec<&str> = gained.iter().map(|gain| gain.message.as_str()).collect();
        assert_eq!(gained.iter().map(|gain| gain.powers.len()).sum::<usize>(), count, "{path} {messages:?}");
    }
}

#[test]
fn the_table_can_match() {
    for row in rows() {
        for entry in row.files {
            let name = entry.trim_start_matches("**/");
            assert_eq!(fold_path(name).map(|parts| parts.join("/")).as_deref(), Some(name));
        }
        assert!(!row.keys.iter().any(|key| key.is_empty()), "{:?}", row.keys);
        let is_line = matches!(row.take, Take::Lines { .. } | Take::LostLines { .. });
        assert!(!is_line || row.keys.iter().all(|key| key.to_lowercase() == **key), "lines are compared in small letters: {:?}", row.keys);
        assert_eq!(row.keys.is_empty(), matches!(row.take, Take::Exists) || is_line && row.keys.is_empty(), "{:?}", row.files);
    }
}

#[test]
fn a_finding_names_the_line_and_no_value() {
    let secret = ["gh", "p_", "kT7qZ2mB9xR4vC8nL3jH6wF5sD1gPyQaEuWi"].concat();
    let after = format!("{{\n  \"mcpServers\": {{\n    \"x\": {{\"env\": {{\"TOKEN\": \"{secret}\"}}}}\n  }}\n}}\n");
    let edit =
        Edit { class: String::new(), path: ".mcp.json".into(), from: String::new(), before: String::new(), after, says: String::new() };
    let gained = edit.gains();
    assert_eq!((gained[0].line, gained[0].message.as_str()), (Some(3), "an MCP server for agents: mcpServers.x.env.TOKEN"));
}

#[test]
fn what_cannot_be_read_is_no_way_around() {
    let edit = |before: &str, after: &str| Edit {
        class: String::new(),
        path: "package.json".into(),
        from: String::new(),
        before: before.into(),
        after: after.into(),
        says: String::new(),
    };
    assert!(edit("{}", "{\"scripts\": ").gains()[0].message.ends_with("its text cannot be read, so nobody can tell what it allows"));
    assert_eq!(edit("{\"a\": ", "{}").gains(), []);
    assert_eq!(edit("{\"a\": ", "{\"scripts\": {\"install\": \"x\"}}").gains().len(), 1);
}

#[test]
fn all_files_of_the_secret_scan_are_rules() {
    for name in crate::engine::scan::FILES {
        let path = fold_path(name).unwrap();
        let is_rule = rows_of(&RepoPath::parse(name).unwrap()).iter().any(|row| row.kind == Kind::Policy);
        let is_never = super::super::protected::find(super::super::protected::NEVER, &path).is_some();
        assert!(is_rule || is_never, "{name}");
        assert!(is_never || super::super::protected::find(super::super::protected::UNLESS_NAMED, &path).is_some(), "{name}");
    }
}
