//! `cmpm guide`

use crate::support::TestRepo;

const TOPICS: [&str; 9] = ["start", "tickets", "memory", "delegate", "review", "hooks", "files", "machines", "agents"];

fn page(repo: &TestRepo, topic: &str) -> String {
    repo.json(["guide", topic])["data"]["text"].as_str().unwrap().to_owned()
}

#[test]
fn a_page_is_short() {
    let repo = TestRepo::empty();
    for topic in TOPICS {
        let page = page(&repo, topic);
        assert!(page.starts_with("# ") && page.lines().count() <= 60, "{topic}");
        assert!(page.lines().all(|line| line.chars().count() <= 140), "{topic}");
    }
}

#[test]
fn without_a_topic_it_shows_the_first_page_and_all_topics() {
    let repo = TestRepo::empty();
    let answer = repo.cmpm(["guide"]).success();
    assert!(answer.stdout.starts_with("cmpm: tickets, memory and agents in your git repository\n"), "{answer}");
    for topic in TOPICS {
        assert!(answer.stdout.contains(&format!("cmpm guide {topic} ")), "{topic}");
    }
    assert!(answer.stdout.lines().count() <= 60);
}

#[test]
fn inside_a_run_it_speaks_to_the_agent() {
    let repo = TestRepo::new();
    let inside = |arguments: &[&str]| {
        let mut command = repo.command(arguments);
        command.env("CMPM_RUN", "RUN-1");
        repo.answer(command).success().stdout
    };
    assert!(inside(&["guide"]).starts_with("Agents: how to behave inside a run\n"));
    assert!(inside(&["guide", "files"]).starts_with("Files: where everything is\n"));
}

#[test]
fn an_unknown_topic_is_told_with_the_known_ones() {
    let answer = TestRepo::empty().cmpm(["guide", "ticktes"]).exits(2);
    for topic in TOPICS {
        assert!(answer.stderr.contains(topic), "{answer}");
    }
}

#[test]
fn every_command_and_flag_it_names_exists() {
    let repo = TestRepo::empty();
    for topic in TOPICS {
        for line in page(&repo, topic).lines() {
            for spoken in line.split("cmpm ").skip(1) {
                require_exists(&repo, spoken, &format!("{topic}: {line}"));
            }
        }
    }
}

/// Asks the program itself for the help of the command that the text begins with.
fn require_exists(repo: &TestRepo, spoken: &str, place: &str) {
    let described = spoken.split(['`', '"']).next().and_then(|text| text.split("  ").next()).unwrap_or_default();
    let is_word = |word: &&str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let words: Vec<&str> = described.split(' ').take_while(|word| is_word(word) && !word.starts_with('-')).collect();
    // Prose: "cmpm keeps what a team plans".
    let Some(first) = words.first().filter(|_| place.contains(&format!("`cmpm {}", words[0])) || place.contains(":     cmpm ")) else {
        return;
    };
    let is_noun = repo.cmpm([first, "--help"]);
    assert_eq!(is_noun.exit, 0, "{place}");
    let takes_verb = is_noun.stdout.contains("<COMMAND>");
    let help = if takes_verb { repo.cmpm([first, words[1], "--help"]) } else { is_noun };
    assert_eq!(help.exit, 0, "{place}");
    for flag in described.split(' ').filter(|word| word.starts_with("--") && word.len() > 2) {
        assert!(help.stdout.contains(flag), "{place}: {flag}");
    }
}
