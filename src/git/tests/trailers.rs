//! Trailers, compared with `git interpret-trailers`.

use crate::git::testing::Sandbox;
use crate::git::{parse_trailers, with_trailers};

const MESSAGES: [&str; 13] = [
    "subject",
    "Key: value",
    "subject\n\nKey: value\n",
    "subject\n\nbody\n\nKey: value\nOther-Key: two words\n\n",
    "subject\n\nbody\nKey: value\n",
    "subject\n\nbody with: colon in a sentence\nand more\n",
    "subject\n\nKey: value\n  goes on\nOther: x\n",
    "subject\n\nsome words\nSigned-off-by: A <a@b>\nnot a trailer\n",
    "subject\n\n(cherry picked from commit abc)\nKey: value\n",
    "subject\n\nNo Key: value\n",
    "subject\n\nKey : value\nEmpty:\n",
    "subject\n\nKey: value\n\n\n\nLast: one\n",
    "\n\nsubject\n\nÜnï: value\n",
];

#[test]
fn trailers_are_those_that_git_finds() {
    let sandbox = Sandbox::new();
    for message in MESSAGES {
        sandbox.write("message", message);
        let git = sandbox.git(&["interpret-trailers", "--parse", "--no-divider", "message"]);
        let ours: Vec<String> =
            parse_trailers(message).iter().map(|(key, value)| format!("{key}: {value}").trim_end().to_owned()).collect();
        let git: Vec<String> = git.lines().filter(|line| !line.starts_with("(cherry")).map(|line| line.trim_end().to_owned()).collect();
        assert_eq!(ours, git, "{message:?}");
    }
}

#[test]
fn added_trailers_are_read_back() {
    let sandbox = Sandbox::new();
    for message in MESSAGES {
        let before = parse_trailers(message);
        let text = with_trailers(message, &[("Cmpm-Run", "RUN-1"), ("Cmpm Ticket:", "ISS-1\nFake: injected")]);
        let added = [("Cmpm-Run".to_owned(), "RUN-1".to_owned()), ("CmpmTicket".to_owned(), "ISS-1 Fake: injected".to_owned())];
        let after = parse_trailers(&text);
        assert_eq!(after, [before.as_slice(), &added].concat(), "{message:?}");
        sandbox.write("message", &text);
        let git = sandbox.git(&["interpret-trailers", "--parse", "--no-divider", "message"]);
        assert!(git.ends_with("Cmpm-Run: RUN-1\nCmpmTicket: ISS-1 Fake: injected"), "{message:?}: {git}");
    }
    assert_eq!(with_trailers("subject\n\n", &[]), "subject\n");
}
