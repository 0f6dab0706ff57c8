//! Layers over each other, and what none of them may do.

use super::*;

fn project(text: &str) -> Sources {
    let mut sources = Sources::default();
    sources.add_file(Origin::Project { path: ".cmpm/config.yaml".into() }, text.as_bytes()).unwrap();
    sources
}

#[test]
fn a_later_layer_wins_and_says_so() {
    let mut sources = project("delegate:\n  max_parallel: 3\n");
    sources.add_variables(&Env::default().with("CMPM_CONFIG_DELEGATE__MAX_PARALLEL", "2"));
    let layers = Layers::join(sources).unwrap();
    assert_eq!(layers.config.delegate.max_parallel, 2);
    let found = layers.require("delegate.max_parallel").unwrap();
    assert_eq!(found[0].origin.to_string(), "$CMPM_CONFIG_DELEGATE__MAX_PARALLEL");
    assert_eq!(layers.require("paths.memory").unwrap()[0].origin, Origin::Default);
}

#[test]
fn nobody_but_the_project_may_loosen_what_it_demands() {
    let mut sources = project("delegate:\n  sandbox: require\n");
    sources.add_override("delegate.sandbox=off").unwrap();
    assert!(matches!(Layers::join(sources), Err(ConfigError::ProjectOnly { .. })));
    let mut sources = project("gates: [{name: test, run: make test}]\n");
    sources.add_override("gates=[]").unwrap();
    assert!(matches!(Layers::join(sources), Err(ConfigError::ProjectOnly { .. })));
}

#[test]
fn a_wrong_key_is_named_with_its_origin() {
    let origin = Origin::Project { path: ".cmpm/config.yaml".into() };
    let error = Sources::default().add_file(origin, b"delegate:\n  max_paralel: 3\n").unwrap_err().to_string();
    assert!(error.starts_with(".cmpm/config.yaml: ") && error.contains("max_paralel") && error.contains("line 2"), "{error}");
    let mut sources = Sources::default();
    sources.add_override("delegate.max_parallel=many").unwrap();
    assert!(Layers::join(sources).unwrap_err().to_string().starts_with("-c delegate.max_parallel: "));
}

#[test]
fn a_text_may_look_like_yaml() {
    let mut sources = Sources::default();
    sources.add_override("delegate.worktree={run}").unwrap();
    sources.add_override("delegate.agent=007").unwrap();
    sources.add_override("memory.categories=[law]").unwrap();
    let config = Layers::join(sources).unwrap().config;
    assert_eq!((config.delegate.worktree.as_str(), config.delegate.agent.as_str()), ("{run}", "007"));
    assert_eq!(config.memory.categories.len(), 1);
}
