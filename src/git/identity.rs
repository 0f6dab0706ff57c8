//! Who commits: asked of git itself, which has many rules for that.

use super::{GitError, Person, Repository, WorkError};
use crate::base::Timestamp;

impl Repository {
    /// The user's name and address for commits, asked once.
    pub fn identity(&self) -> Result<Person, GitError> {
        if let Some(person) = self.identity.get() {
            return Ok(person.clone());
        }
        let output = self.git("-c user.useConfigOnly=true var")?.arg("GIT_COMMITTER_IDENT").output()?;
        let line = String::from_utf8_lossy(&output.stdout);
        let person = Some(line.trim_end()).filter(|_| output.status.success()).and_then(parse_ident).ok_or(WorkError::NoIdentity)?;
        Ok(self.identity.get_or_init(|| person).clone())
    }
}

impl Repository {
    /// The user's name for people, without asking git: from the environment, the settings, or the system.
    pub fn user_name(&self) -> String {
        let set = |name: &str| self.env.text(name).map(str::to_owned);
        let name = set("GIT_COMMITTER_NAME").or_else(|| self.config_value("user.name")).or_else(|| set("USER"));
        name.map(|name| clean(&name)).filter(|name| !name.is_empty()).unwrap_or_else(|| "somebody".to_owned())
    }
}

impl Person {
    pub(super) fn signature(&self, when: Timestamp) -> gix::actor::Signature {
        let time = gix::date::Time::new(when.seconds(), 0);
        gix::actor::Signature { name: clean(&self.name).into(), email: clean(&self.email).into(), time }
    }
}

/// Characters that would end the name early in a commit's header.
fn clean(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '<' | '>' | '\n' | '\0')).collect::<String>().trim().to_owned()
}

/// Reads `Name <address> seconds zone`.
fn parse_ident(line: &str) -> Option<Person> {
    let (name, rest) = line.split_once(" <")?;
    let (email, _) = rest.split_once('>')?;
    (!name.is_empty() && !email.is_empty()).then(|| Person { name: name.to_owned(), email: email.to_owned() })
}
