//! `cmpm trust`

use super::commands::{Defined, FILES, defined};
use crate::engine::policy::{Inventory, LOCK, Lock, agent_files};
use crate::fs::{read, write};
use crate::process::{Command, TrustStore};
use crate::report::prelude::*;
use crate::store;

/// Review and approve the commands in this project's files
///
/// They run only after you approved exactly their text on this machine. Without a flag a terminal asks whether you do; the exit
/// is 1 while one is not approved. Where .cmpm/agent-files.lock is there, the files that steer agents are approved the same way, before
/// the first agent works in a clone.
/// Example: `cmpm trust`, read, then `cmpm trust --yes`
#[derive(Debug, Args)]
pub struct Trust {
    /// Only show them; the exit is 0
    #[arg(long, group = "what")]
    list: bool,
    /// Approve exactly the texts shown
    #[arg(long, group = "what")]
    yes: bool,
    /// Revoke every approval for this repository
    #[arg(long, group = "what")]
    revoke: bool,
    /// Lock the files that steer agents as they are staged, in .cmpm/agent-files.lock: you have read them
    #[arg(long, group = "what")]
    lock: bool,
}

/// The commands, and whether each may run here.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Trusted {
    commands: Vec<Shown>,
    /// How many of them may not run here.
    untrusted: usize,
    /// How many files that steer agents were locked; only with `--lock`.
    #[serde(skip_serializing_if = "Option::is_none")]
    locked: Option<usize>,
    /// Whether the question was if all of them may run.
    #[serde(skip)]
    asks: bool,
    /// Whether a person has seen them and said yes or no.
    #[serde(skip)]
    asked: Option<bool>,
}

/// One command.
#[derive(Debug, Serialize, JsonSchema)]
struct Shown {
    /// What it is for.
    what: String,
    /// Where it is defined.
    #[serde(rename = "where")]
    place: String,
    /// Exactly what runs, or the whole file that says so.
    text: String,
    /// By which it is known.
    digest: String,
    /// Whether it may run on this machine.
    trusted: bool,
}

impl Verb for Trust {
    type Report = Trusted;
    const METADATA: Metadata = Metadata::DECIDES;

    fn run(self, context: &Context) -> Result<Trusted> {
        let mut trust = store::Trust::open(&context.env, context.repository()?.common_dir())?;
        if self.lock {
            return lock(context, &mut trust);
        }
        let defined = defined(context)?;
        if self.revoke {
            trust.revoke()?;
        }
        let asks = !(self.list || self.yes || self.revoke);
        let mut trusted = Trusted::of(&defined, &trust, asks);
        if asks && trusted.untrusted > 0 {
            trusted.asked = (context.ask)(&trusted.question());
        }
        if self.yes || trusted.asked == Some(true) {
            let commands: Vec<Command> = defined.iter().map(|defined| defined.command.clone()).collect();
            trust.approve(&commands, context.clock.now())?;
            trusted = Trusted { asked: trusted.asked, ..Trusted::of(&defined, &trust, asks) };
        }
        Ok(trusted)
    }
}

impl Trusted {
    fn of(defined: &[Defined], trust: &store::Trust, asks: bool) -> Self {
        let commands: Vec<Shown> = defined.iter().map(|defined| show(defined, trust)).collect();
        let untrusted = commands.iter().filter(|command| !command.trusted).count();
        Self { commands, untrusted, locked: None, asks, asked: None }
    }

    /// Everything that would be approved, and the question whether it is.
    fn question(&self) -> String {
        let what = if self.untrusted == 1 { "this text".to_owned() } else { format!("these {} texts", self.untrusted) };
        let plain = Screen { width: 0, colour: false };
        format!("{}\nApprove {what} on this machine?", self.render_commands(&plain, |command| !command.trusted))
    }

    fn waits_for_files(&self) -> bool {
        self.commands.iter().any(|shown| shown.what == FILES && !shown.trusted)
    }

    fn render_commands(&self, screen: &Screen, is_shown: impl Fn(&Shown) -> bool) -> String {
        let mut out = String::new();
        for command in self.commands.iter().filter(|command| is_shown(command)) {
            let (tone, word) = if command.trusted { (Tone::Good, "trusted") } else { (Tone::Careful, "not trusted") };
            let head = screen.paint(Tone::Title, &text::one_line(&command.what));
            let place = screen.paint(Tone::Quiet, &text::one_line(&command.place));
            let _ = writeln!(out, "{head}  {}  {place}", screen.paint(tone, word));
            for line in unhidden(&command.text).lines() {
                let _ = writeln!(out, "    {line}");
            }
        }
        out
    }
}

/// How git joins two sides of the lock: each line is one that somebody has read.
const UNION: &str = "/agent-files.lock merge=union\n";
const ATTRIBUTES: RepoPath = RepoPath::of(".cmpm/.gitattributes");

/// Locks the files that steer agents as the index has them, because that is what a commit holds and what is checked; whoever locks them
/// has read them, so they are approved here, too.
fn lock(context: &Context, trust: &mut store::Trust) -> Result<Trusted> {
    let repository = context.repository()?;
    let files = agent_files(repository, &repository.staged()?.files)?;
    let attributes = ATTRIBUTES.below(context.root()?);
    let known = read::find_text(&attributes)?.unwrap_or_default();
    if !known.contains(UNION.trim_end()) {
        let apart = if known.is_empty() || known.ends_with('\n') { "" } else { "\n" };
        write::replace(&attributes, format!("{known}{apart}{UNION}").as_bytes())?;
    }
    write::replace(&LOCK.below(context.root()?), Lock::render(&files).as_bytes())?;
    let defined = [Defined::of_files(Inventory::of(&files))];
    trust.approve(&defined.each_ref().map(|defined| defined.command.clone()), context.clock.now())?;
    Ok(Trusted { locked: Some(files.len()), ..Trusted::of(&defined, trust, false) })
}

/// How many commands of the project may not run on this machine.
pub fn count_untrusted(context: &Context, trust: &store::Trust) -> Result<usize> {
    Ok(defined(context)?.iter().filter(|defined| !trust.is_trusted(&defined.command.digest())).count())
}

fn show(defined: &Defined, trust: &store::Trust) -> Shown {
    let Defined { what, place, text, command } = defined;
    let digest = command.digest();
    Shown { trusted: trust.is_trusted(&digest), text: text.clone(), what: what.clone(), place: place.clone(), digest }
}

impl Report for Trusted {
    const SCHEMA: &'static str = "cmpm.trust/1";

    fn render(&self, screen: &Screen) -> String {
        if let Some(count) = self.locked {
            let files = text::plural(count, "file");
            return self.render_commands(screen, |_| true) + &format!("\nLocked {files} in {LOCK}; commit `.cmpm/` with them.\n");
        }
        if self.commands.is_empty() {
            return "This project's files define no commands.\n".to_owned();
        }
        match self.asked {
            Some(true) => return "Approved; `cmpm trust --revoke` undoes that.\n".to_owned(),
            Some(false) => return "Nothing was approved.\n".to_owned(),
            None => {}
        }
        let mut out = self.render_commands(screen, |_| true);
        let _ = match self.untrusted {
            1 if self.waits_for_files() => {
                writeln!(out, "\nNo agent works here before you have read these files; `cmpm trust --yes` approves exactly their texts.")
            }
            0 => writeln!(out, "\nAll of this may run on this machine; `cmpm trust --revoke` undoes that."),
            1 => writeln!(out, "\n1 text waits for your approval. Read it; `cmpm trust --yes` approves exactly this."),
            more => writeln!(out, "\n{more} texts wait for your approval. Read them; `cmpm trust --yes` approves exactly these."),
        };
        out
    }

    fn exit(&self) -> Exit {
        if self.asks && self.untrusted > 0 { Exit::No } else { Exit::Done }
    }
}

/// `text` with every character that could hide or reorder others written out: what is approved must be what is seen.
fn unhidden(text: &str) -> String {
    let hides = |c: char| {
        let formats = ['\u{ad}', '\u{61c}', '\u{180e}', '\u{feff}'];
        let ranges = ['\u{200b}'..='\u{200f}', '\u{2028}'..='\u{202e}', '\u{2060}'..='\u{206f}', '\u{e0000}'..='\u{e007f}'];
        formats.contains(&c) || ranges.iter().any(|range| range.contains(&c))
    };
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            c if c.is_control() || hides(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_command_can_hide() {
        assert_eq!(unhidden("make test\n\tcargo"), "make test\n\tcargo");
        assert_eq!(unhidden("true # \u{202e}tset\u{200b}\r\x1b[2K"), "true # \\u{202e}tset\\u{200b}\\u{d}\\u{1b}[2K");
    }

    #[test]
    fn only_the_question_is_answered_with_no() {
        let trusted = |asks, untrusted| Trusted { commands: Vec::new(), untrusted, locked: None, asks, asked: None }.exit();
        assert_eq!([trusted(true, 1), trusted(true, 0), trusted(false, 1)], [Exit::No, Exit::Done, Exit::Done]);
    }
}
