//! `cmpm session save`

use crate::base::glob::Globs;
use crate::document::{Value, render_new};
use crate::nouns::memory::require_clean;
use crate::nouns::ticket::Ticket;
use crate::report::prelude::*;
use crate::store::{Listing, Stored};

use super::current::set_current;
use super::model::{FOLDER, Session, SessionError};

/// Save where you are in a session
///
/// A session is one Markdown file. Each note is added to its end, under the time; tickets and files are added to what it is
/// about. It becomes the current one of this work tree.
/// Example: `cmpm session save login-form "Parser done; next: the error page" --ticket ISS-7k3`
#[derive(Debug, Args)]
pub struct Save {
    /// A new or existing session
    #[arg(add = Takes::Session)]
    name: String,
    /// Where you are and what comes next; `-` reads it from standard input
    #[arg(allow_hyphen_values = true)]
    text: Option<String>,
    /// A ticket it is about; may be given again
    #[arg(long, value_name = "ID", add = Takes::Ticket)]
    ticket: Vec<String>,
    /// A glob of files it is about; may be given again
    #[arg(long, value_name = "GLOB")]
    path: Vec<String>,
    /// Commit the file
    #[arg(long)]
    commit: bool,
}

/// A saved session.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Saved {
    name: Id,
    path: RepoPath,
    new: bool,
}

impl Verb for Save {
    type Report = Saved;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<Saved> {
        let store = context.store()?;
        let name = Id::parse(&self.name).ok_or_else(|| SessionError::BadName { name: self.name.clone() })?;
        Globs::check(&self.path)?;
        let ready = context.ready_to_commit(self.commit)?;
        let note = self.note(context)?;
        let tickets = self.whole_ids(context)?;
        let known: Listing<Session> = store.list(&store.work_tree());
        let known = known.records.into_iter().find(|stored| stored.record.id.is(name.as_str()));
        // It keeps its own name, however that is typed.
        let (is_known, name) = known.map_or((false, name), |stored| (true, stored.record.id));
        let branch = context.repository()?.head()?.branch().map(str::to_owned);
        let (path, written) = if is_known {
            let (stored, written) = store.update::<Session>("session save", name.as_str(), |stored, _| {
                add(stored, "tickets", &tickets)?;
                add(stored, "paths", &self.path)?;
                if let Some(branch) = branch.as_ref().filter(|branch| stored.record.branch.as_ref() != Some(*branch)) {
                    stored.set("branch", &Value::from(branch.as_str()))?;
                }
                note.as_ref().map_or(Ok(()), |(heading, note)| Ok(stored.append(heading, note)?))
            })?;
            (stored.path, written)
        } else {
            let path = FOLDER.join(&format!("{name}.md"));
            let new = New { name: &name, branch, tickets: &tickets, note };
            let text = self.page(context, new);
            let mut transaction = store.transaction("session save");
            transaction.create(&path, text.into_bytes());
            (path, transaction.commit()?)
        };
        set_current(context, name.as_str())?;
        ready.commit_paths(&written, &format!("session {name}"))?;
        Ok(Saved { name, path, new: !is_known })
    }
}

fn add(stored: &mut Stored<Session>, key: &str, more: &[String]) -> Result<()> {
    let mut list = stored.document.texts(key);
    let new: Vec<String> = more.iter().filter(|text| !list.contains(text)).cloned().collect();
    if !new.is_empty() {
        list.extend(new);
        stored.set(key, &Value::texts(list))?;
    }
    Ok(())
}

/// What a session begins with.
struct New<'a> {
    name: &'a Id,
    branch: Option<String>,
    tickets: &'a [String],
    /// The time, and the text below it.
    note: Option<(String, String)>,
}

impl Save {
    /// The time as a heading, and the text below it.
    fn note(&self, context: &Context) -> Result<Option<(String, String)>> {
        let text = match &self.text {
            Some(text) if text == "-" => context.read_input()?,
            Some(text) => text.clone(),
            None => return Ok(None),
        };
        let text = text.trim().to_owned();
        if text.is_empty() {
            return Err(SessionError::NoNote.into());
        }
        let path = FOLDER.join("note.md");
        require_clean(context, &path, &text)?;
        Ok(Some((context.clock.now().to_string(), text)))
    }

    fn whole_ids(&self, context: &Context) -> Result<Vec<String>> {
        let store = context.store()?;
        self.ticket.iter().map(|query| Ok(store.require::<Ticket>(query)?.record.id.to_string())).collect()
    }

    fn page(&self, context: &Context, new: New<'_>) -> String {
        let author = context.repository().ok().and_then(|repository| repository.identity().ok()).map(|person| person.name);
        let mut fields = vec![("id", Value::from(new.name.as_str()))];
        fields.extend(new.branch.map(|branch| ("branch", Value::from(branch))));
        let lists = [("tickets", new.tickets), ("paths", &self.path)];
        fields.extend(lists.into_iter().filter(|(_, list)| !list.is_empty()).map(|(key, list)| (key, Value::texts(list.to_vec()))));
        fields.push(("created", Value::from(context.clock.now().to_string())));
        fields.extend(author.map(|author| ("author", Value::from(author))));
        let body = new.note.map(|(heading, text)| format!("## {heading}\n\n{text}\n")).unwrap_or_default();
        render_new(&fields, &body)
    }
}

impl Report for Saved {
    const SCHEMA: &'static str = "cmpm.session.save/1";

    fn render(&self, screen: &Screen) -> String {
        let word = if self.new { "Began" } else { "Saved" };
        let path = screen.paint(Tone::Quiet, &text::one_line(&self.path.to_string()));
        format!("{word} session {}\n{path}\n", screen.paint(Tone::Key, self.name.as_str()))
    }
}
