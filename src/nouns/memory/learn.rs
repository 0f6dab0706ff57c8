//! `cmpm memory learn`

use crate::document::Document;
use crate::report::prelude::*;
use crate::run::RUNS;
use crate::store::Snapshot;

use super::file::draft::Draft;
use super::file::remember::Remembering;
use super::lesson::error::LessonError;
use super::lesson::{CLAIM, Lesson, Lessons};
use super::model::{self, Memory, Provenance};

/// Turn a run's lessons into memories
///
/// Without a choice, lists what the agent said it learned (nobody checked these words) and what the person said who decided. What
/// is taken becomes a memory that names agent, run, ticket and commit; what an agent said is marked `claim` and counts little
/// until runs prove it. What `--all` takes of a run with network no agent is given before `cmpm memory verify --accept`. A lesson is taken once.
/// Example: `cmpm memory learn RUN-4f2 --take 1 --take 3`
#[derive(Debug, Args)]
pub struct Learn {
    /// The run, which was approved or rejected; the beginning of its id does
    #[arg(add = Takes::Run)]
    run: String,
    /// Take all of them, except those that say what a memory says
    #[arg(long, conflicts_with = "take")]
    all: bool,
    /// Take the lesson of this number; may be given again
    #[arg(long, value_name = "NUMBER")]
    take: Vec<usize>,
    /// What they are about
    #[arg(long, value_name = "CATEGORY", default_value = "pattern", add = Takes::Category)]
    category: String,
    /// Commit the new files
    #[arg(long)]
    commit: bool,
}

/// The lessons of a run, and which of them were taken now.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Learnt {
    run: Id,
    /// All of its lessons.
    lessons: Vec<Lesson>,
    /// What was written now.
    remembered: Vec<Remembered>,
    #[serde(skip)]
    listed: bool,
}

/// A new memory.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Remembered {
    /// The lesson's number.
    number: usize,
    id: Id,
    path: RepoPath,
}

impl Verb for Learn {
    type Report = WithFindings<Learnt>;
    const METADATA: Metadata = Metadata::DECIDES;

    fn run(self, context: &Context) -> Result<WithFindings<Learnt>> {
        let (store, page) = (context.store()?, require_page(context, &self.run)?);
        let Lessons { mut lessons, source } = Lessons::read(&page, &|| store.scan::<Memory>(&store.work_tree()));
        let run = source.run.as_deref().and_then(Id::parse).ok_or_else(|| LessonError::NoPage { run: self.run.clone() })?;
        if let Some(number) = self.take.iter().find(|number| lessons.iter().all(|lesson| lesson.number != **number)) {
            return Err(LessonError::NoLesson { run: run.to_string(), number: *number, count: lessons.len() }.into());
        }
        // Whoever takes a lesson by its number has read it.
        let taint = page.text("network").filter(|network| network == "true").map(|_| run.to_string());
        let category = Some(model::require_category(&self.category, context.config()?)?);
        let mut remembering = Remembering::begin(context, "memory learn")?;
        let wanted =
            |lesson: &&mut Lesson| lesson.taken.is_none() && (self.take.contains(&lesson.number) || self.all && lesson.alike.is_none());
        let mut numbers = Vec::new();
        for lesson in lessons.iter_mut().filter(wanted) {
            remembering
                .add(Draft { tainted: taint.clone().filter(|_| lesson.claim && self.all), ..draft(lesson, &source, category.clone()) })
                .map_err(|cause| LessonError::NotTaken { number: lesson.number, cause })?;
            lesson.taken = remembering.pages.last().map(|page| page.id.clone());
            numbers.push(lesson.number);
        }
        let written =
            |(number, page): (usize, &super::file::draft::Page)| Remembered { number, id: page.id.clone(), path: page.path.clone() };
        let remembered: Vec<Remembered> = numbers.into_iter().zip(&remembering.pages).map(written).collect();
        let findings = if remembered.is_empty() { Vec::new() } else { remembering.finish(false, self.commit)? };
        Ok(Learnt { run, lessons, remembered, listed: !self.all && self.take.is_empty() }.with(findings))
    }
}

/// The memory that a lesson becomes.
fn draft(lesson: &Lesson, source: &Provenance, category: Option<String>) -> Draft {
    Draft {
        category,
        text: lesson.text.clone(),
        tags: if lesson.claim { vec![CLAIM.to_owned()] } else { Vec::new() },
        confidence: Some(lesson.confidence),
        source: source.clone(),
        author: source.agent.clone().filter(|_| lesson.claim),
        ..Draft::default()
    }
}

/// The page of a run: from the work tree, else from the branch that it landed on.
fn require_page(context: &Context, query: &str) -> Result<Document> {
    let store = context.store()?;
    let mut places = vec![store.work_tree()];
    let repository = context.repository()?;
    places.extend(repository.refs_below("refs/heads/")?.into_iter().map(|(_, tip)| Snapshot::Tree(repository, tip)));
    let wanted = query.trim().to_lowercase();
    for place in places {
        let files = place.markdown_files(&RUNS, &mut Vec::new());
        let name = |path: &RepoPath| path.name().trim_end_matches(".md").to_lowercase();
        let exact = files.iter().find(|file| name(&file.path) == wanted);
        let begun: Vec<_> = files.iter().filter(|file| !wanted.is_empty() && name(&file.path).starts_with(&wanted)).collect();
        let found = exact.or(if let [only] = begun.as_slice() { Some(*only) } else { None });
        if found.is_none() && begun.len() > 1 {
            let candidates = begun.iter().map(|file| file.path.name().trim_end_matches(".md").to_owned()).collect();
            return Err(LessonError::ManyRuns { run: query.to_owned(), candidates }.into());
        }
        if let Some(bytes) = found.map(|file| place.read_entry(file)).transpose()?.flatten() {
            return Ok(Document::parse(bytes));
        }
    }
    Err(LessonError::NoPage { run: query.to_owned() }.into())
}

/// Lessons in lines, each with its number and who says it.
pub fn render_lessons(lessons: &[Lesson], screen: &Screen) -> String {
    let mut out = String::new();
    for lesson in lessons {
        let mut remarks = vec![if lesson.claim { "the agent's claim".to_owned() } else { "from the reviewer".to_owned() }];
        remarks.extend(lesson.taken.as_ref().map(|id| format!("taken as {id}")));
        remarks.extend(lesson.alike.as_ref().map(|id| format!("{id} says nearly the same")));
        let remark = screen.paint(Tone::Quiet, &format!("({})", remarks.join("; ")));
        let number = screen.paint(Tone::Key, &lesson.number.to_string());
        let _ = writeln!(out, "  {number}  {} {remark}", text::one_line(&lesson.text));
    }
    out
}

impl Report for Learnt {
    const SCHEMA: &'static str = "cmpm.memory.learn/1";

    fn render(&self, screen: &Screen) -> String {
        let run = screen.paint(Tone::Key, self.run.as_str());
        if self.lessons.is_empty() {
            return format!("{run} has no lessons.\n");
        }
        if self.listed {
            let next = format!("next: cmpm memory learn {} --all, or --take NUMBER\n", self.run);
            let open = self.lessons.iter().any(|lesson| lesson.taken.is_none());
            let next = if open { screen.paint(Tone::Quiet, &next) } else { String::new() };
            return format!("Lessons of {run}\n{}{next}", render_lessons(&self.lessons, screen));
        }
        let mut out = String::new();
        for memory in &self.remembered {
            let path = screen.paint(Tone::Quiet, &text::one_line(&memory.path.to_string()));
            let _ = writeln!(out, "Remembered lesson {} as {}\n{path}", memory.number, screen.paint(Tone::Key, memory.id.as_str()));
        }
        if self.remembered.is_empty() {
            out.push_str("No new lessons.\n");
        }
        for (lesson, id) in
            self.lessons.iter().filter_map(|lesson| Some((lesson, lesson.alike.as_ref()?))).filter(|(lesson, _)| lesson.taken.is_none())
        {
            let _ =
                writeln!(out, "Left out lesson {}: {id} says nearly the same; `--take {}` takes it anyway", lesson.number, lesson.number);
        }
        out
    }
}
