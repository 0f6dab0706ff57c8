//! Templates of new tickets: the project's own, and those that ai-trackdown left. A template is Markdown with `{{title}}` and
//! the like in it; keys in its front matter are what a new ticket has beyond its own.

use minijinja::{Environment, UndefinedBehavior};
use schemars::JsonSchema;
use serde::Serialize;

use crate::base::{Explain, Explained, RepoPath, Result, text};
use crate::document::{Document, Node};
use crate::fs::read;
use crate::store::Store;
use crate::words::{ID_KEYS, Kind, Property};

/// Where the project keeps its own: `ticket-<kind>.md` is taken always, `ticket-<kind>-<name>.md` and `ticket-<name>.md` when named.
const OWN: RepoPath = RepoPath::of(".cmpm/templates");
/// Where ai-trackdown keeps its: `<kind>-<name>.yaml`, taken when named.
const THEIRS: RepoPath = RepoPath::of(".ai-trackdown/templates");

/// A template of new tickets.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Template {
    /// Its name; `default` is what is taken if none is named.
    pub name: String,
    /// The kind of tickets it is for; absent if it is for any.
    pub kind: Option<Kind>,
    /// Its file.
    pub path: RepoPath,
    /// Whether it is taken without being named.
    pub automatic: bool,
}

/// What can be wrong with a template.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    #[error("there is no template `{name}` for {} {}", if matches!(kind, Kind::Epic | Kind::Issue) { "an" } else { "a" }, kind.as_str())]
    NotFound { name: String, kind: Kind, close: Option<String> },
    /// It is not what a template must be.
    #[error("{path} cannot be used as a template: {reason}")]
    Broken { path: RepoPath, reason: String },
}

impl Explain for TemplateError {
    fn explain(&self) -> Explained {
        match self {
            Self::NotFound { close: Some(close), .. } => {
                Explained::wrong("not_found").hint(format!("did you mean `{close}`?")).hint("`cmpm ticket templates` lists them")
            }
            Self::NotFound { name, kind, close: None } => Explained::wrong("not_found")
                .hint(format!("`cmpm ticket templates` lists them; write one as {OWN}/ticket-{}-{name}.md", kind.as_str())),
            Self::Broken { .. } => Explained::wrong("template").hint("correct it there; `{{title}}` is a value, `{{ \"{{\" }}` two braces"),
        }
    }
}

/// Every template, the project's own first.
pub fn templates(store: &Store) -> Vec<Template> {
    let named = |folder: &RepoPath| read::names(&folder.below(store.root())).unwrap_or_default();
    let mut found: Vec<Template> = named(&OWN).iter().filter_map(|name| own_template(&OWN, name)).collect();
    let roots = store.config().paths.tasks.iter().map(|root| root.join("templates"));
    for folder in std::iter::once(THEIRS).chain(roots) {
        found.extend(named(&folder).iter().filter_map(|name| their_template(&folder, name)));
    }
    found.sort_by(|a, b| (!a.automatic, a.kind, &a.name, &a.path).cmp(&(!b.automatic, b.kind, &b.name, &b.path)));
    found
}

fn own_template(folder: &RepoPath, file: &str) -> Option<Template> {
    let stem = file.strip_prefix("ticket-")?.strip_suffix(".md")?;
    let (first, rest) = stem.split_once('-').unwrap_or((stem, ""));
    let kind = Kind::parse(first);
    let name = if kind.is_some() { rest } else { stem };
    let (name, automatic) = if name.is_empty() { ("default", true) } else { (name, false) };
    Some(Template { name: name.to_owned(), kind, path: folder.join(file), automatic })
}

fn their_template(folder: &RepoPath, file: &str) -> Option<Template> {
    let stem = file.strip_suffix(".yaml").or_else(|| file.strip_suffix(".yml"))?;
    let (first, rest) = stem.split_once('-').unwrap_or((stem, "default"));
    let kind = Kind::parse(first);
    let name = if kind.is_some() { rest } else { stem };
    Some(Template { name: name.to_owned(), kind, path: folder.join(file), automatic: false })
}

/// The template for a new ticket of this kind: the one that is named, else the project's own for all of them.
pub fn find_template(store: &Store, kind: Kind, name: Option<&str>) -> Result<Option<Template>, TemplateError> {
    let fits = templates(store).into_iter().filter(|template| template.kind.is_none_or(|own| own == kind));
    let Some(name) = name else { return Ok(fits.into_iter().find(|template| template.automatic)) };
    let fits: Vec<Template> = fits.collect();
    if let Some(found) = fits.iter().find(|template| template.name == name) {
        return Ok(Some(found.clone()));
    }
    let close = text::closest(name, fits.iter().map(|template| template.name.as_str())).map(str::to_owned);
    Err(TemplateError::NotFound { name: text::one_line(name), kind, close })
}

/// Stand for what begins a placeholder of another program while ours are filled in; no text has these characters.
const FOREIGN: [(&str, char); 2] = [("{{", '\u{fdd0}'), ("{#", '\u{fdd1}')];

/// A template in which only our own placeholders are left: those that begin with one of our values, or with a text. Those of
/// others, such as `${{ github.ref }}` and `{{.Names}}`, are hidden, as is `{#` where no comment ends on its line.
fn hide_foreign(source: &str, values: &serde_json::Value) -> String {
    let is_own = |begin: &str, before: &str, rest: &str| {
        if begin == "{#" {
            return rest.lines().next().is_some_and(|line| line.contains("#}"));
        }
        let inside = rest.trim_start_matches(['-', '+']).trim_start();
        let word = inside.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default();
        let is_named = || ["% for", "- for", "% set", "- set"].iter().any(|verb| source.contains(&format!("{verb} {word} ")));
        let is_value = values.get(word).is_some() || Property::of_key(word).is_some() || ID_KEYS.contains(&word);
        !before.ends_with('$') && (is_value || word == "loop" || inside.starts_with(['"', '\'', '(']) || (!word.is_empty() && is_named()))
    };
    let (mut out, mut rest) = (String::with_capacity(source.len()), source);
    while let Some((at, begin, mark)) = FOREIGN.iter().filter_map(|(begin, mark)| Some((rest.find(begin)?, *begin, *mark))).min() {
        let (before, behind) = rest.split_at_checked(at).unwrap_or((rest, ""));
        rest = behind.strip_prefix(begin).unwrap_or_default();
        let own = is_own(begin, before, rest);
        out.push_str(before);
        if own {
            out.push_str(begin);
        } else {
            out.push(mark);
        }
        // A text of ours may hold two braces.
        if let (true, "{{", Some(end)) = (own, begin, rest.find("}}")) {
            let (inside, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            out.push_str(inside);
            rest = after;
        }
    }
    out + rest
}

/// What a template says of a new ticket.
#[derive(Debug, Default)]
pub struct Filled {
    /// Keys beyond the ticket's own.
    pub fields: Vec<(String, Node)>,
    pub body: String,
    /// Whether the body has a place for the description, so that it need not be added.
    pub describes: bool,
}

impl Template {
    /// Fills it with values. A value that is empty leaves nothing, and what is none of ours stays as it stands.
    pub fn fill(&self, store: &Store, values: &serde_json::Value) -> Result<Filled> {
        let broken = |reason: String| TemplateError::Broken { path: self.path.clone(), reason };
        let bytes = read::read(&self.path.below(store.root()))?;
        let document = if self.path.name().ends_with(".md") { Document::parse(bytes) } else { Document::parse_yaml(bytes) };
        let is_yaml = !self.path.name().ends_with(".md");
        let (source, fields) =
            if is_yaml { of_theirs(&document).ok_or_else(|| broken("it has no `content_template`".into()))? } else { of_own(&document) };
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Chainable);
        let render = |source: &str| {
            let filled = environment.render_str(&hide_foreign(source, values), minijinja::value::Serde(values));
            let shown = |text: String| FOREIGN.iter().fold(text, |text, (begin, mark)| text.replace(*mark, begin));
            filled.map(shown).map_err(|error| broken(error.to_string()))
        };
        let mut filled = Filled { body: render(&source)?, describes: source.contains("description"), fields: Vec::new() };
        for (key, node) in fields {
            filled.fields.push((key, fill_node(node, &render)?));
        }
        Ok(filled)
    }
}

/// Keys that a ticket gets from its command, never from a template.
const NEVER: [&str; 14] = [
    "id",
    "kind",
    "title",
    "created",
    "created_date",
    "created_at",
    "updated_date",
    "updated_at",
    "epic_id",
    "issue_id",
    "task_id",
    "pr_id",
    "description",
    "sync_status",
];

fn of_own(document: &Document) -> (String, Vec<(String, Node)>) {
    let fields = document.fields().iter().map(|field| (field.key.clone(), field.node.clone()));
    (document.body().to_owned(), fields.filter(|(key, _)| !NEVER.contains(&key.as_str())).collect())
}

/// The body of a template of ai-trackdown, and of its keys the few that say something.
fn of_theirs(document: &Document) -> Option<(String, Vec<(String, Node)>)> {
    let body = ["content_template", "content"].iter().find_map(|key| document.text(key))?;
    let front = document.field("frontmatter_template").map(|field| field.node.clone()).unwrap_or_default();
    let take = |key: &str| Some((key.to_owned(), front.find(key)?.clone()));
    let says_something = |(_, node): &(String, Node)| !node.texts().is_empty();
    Some((body, ["priority", "tags", "labels"].into_iter().filter_map(take).filter(says_something).collect()))
}

fn fill_node<E>(node: Node, render: &dyn Fn(&str) -> Result<String, E>) -> Result<Node, E> {
    Ok(match node {
        Node::Scalar(text) if text.contains("{{") => Node::Scalar(text::one_line(&render(&text)?)),
        Node::List(items) => Node::List(items.into_iter().map(|item| fill_node(item, render)).collect::<Result<_, E>>()?),
        other => other,
    })
}
