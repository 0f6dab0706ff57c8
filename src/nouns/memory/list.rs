//! `cmpm memory list`

use crate::base::ShortIds;
use crate::report::prelude::*;
use crate::report::{Limit, TableColumn, is_zero};
use crate::store::{Listed, Listing, Store};

use super::find::filter::{Filter, Predicate};
use super::find::projects::open_projects;
use super::find::row::MemoryRow;
use super::model::Memory;
use super::model::cycle::cycle_findings;
use super::model::standing::Standings;

/// List memories
///
/// Shows what still holds; `--all` adds what was superseded or has expired.
/// Example: `cmpm memory list --category error --tag docs`
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    filter: Filter,
    /// Also memories that were superseded or have expired
    #[arg(long, short)]
    all: bool,
    /// Also memories of the projects listed under `memory.projects` in the settings
    #[arg(long)]
    projects: bool,
    #[command(flatten)]
    limit: Limit,
}

/// Memories, and the files that could not be read as one.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Memories {
    /// The memories, in order of their files.
    memories: Vec<MemoryRow>,
    /// How many more there are beyond the limit.
    #[serde(skip_serializing_if = "is_zero")]
    #[schemars(default)]
    more: usize,
    /// How many pass the filters but no longer hold, and are left out.
    hidden: usize,
}

impl Verb for List {
    type Report = WithFindings<Memories>;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<WithFindings<Memories>> {
        let store = context.store()?;
        let predicate = self.filter.predicate(store, context.clock.now())?;
        if !self.projects {
            let Listing { records, .. } = store.list::<Memory>(&store.work_tree());
            self.filter.check(records.iter().map(|stored| &stored.record), store.config())?;
        }
        let (mut rows, mut findings) = rows_of(context, store, &predicate);
        if self.projects {
            let (projects, wrong) = open_projects(context)?;
            findings.extend(wrong);
            for project in projects {
                let (theirs, _) = rows_of(context, &project.store, &predicate);
                rows.extend(theirs.into_iter().map(|row| MemoryRow { project: Some(project.name.clone()), ..row }));
            }
        }
        let (mut memories, hidden): (Vec<MemoryRow>, Vec<MemoryRow>) = rows.into_iter().partition(|row| self.all || row.is_current());
        let more = self.limit.cut(&mut memories);
        Ok(Memories { memories, more, hidden: hidden.len() }.with(findings))
    }
}

fn rows_of(context: &Context, store: &Store, predicate: &Predicate<'_>) -> (Vec<MemoryRow>, Vec<Finding>) {
    let Listing { records, mut findings } = store.list::<Memory>(&store.work_tree());
    findings.extend(cycle_findings((store, &store.work_tree()), &records));
    let standings = Standings::new(&records, context.clock.now());
    let passing = records.iter().filter(|stored| predicate.lets_through(&stored.record, &stored.path));
    let short = ShortIds::of(records.iter().map(|stored| stored.record.id.as_str()));
    let row = |stored: &Listed<Memory>| MemoryRow { short: short.length(&stored.record.id), ..MemoryRow::new(stored, &standings) };
    (passing.map(row).collect(), findings)
}

impl Report for Memories {
    const SCHEMA: &'static str = "cmpm.memory.list/1";

    fn render(&self, screen: &Screen) -> String {
        let mut table = Table::new(["ID".into(), TableColumn::weighing(2, "CATEGORY"), TableColumn::weighing(1, "TAGS"), "TITLE".into()]);
        for row in &self.memories {
            let remark = row.remark();
            let id = row.project.as_ref().map_or_else(|| row.id.to_string(), |project| format!("{project}:{}", row.id));
            let title = if remark.is_empty() { row.title.clone() } else { format!("({remark}) {}", row.title) };
            let tone = (!row.is_current()).then_some(Tone::Quiet);
            let tags = if row.tags.is_empty() { "-".to_owned() } else { row.tags.join(", ") };
            table.row([(&id, Some(row.tone())), (&row.category, None), (&tags, None), (&title, tone)]);
        }
        let mut out = table.render(screen);
        if self.memories.is_empty() {
            out.push_str("No memories to show.\n");
        }
        out.push_str(&screen.showing(self.memories.len(), self.more));
        if self.hidden > 0 {
            let line = format!("{} more no longer apply; `--all` shows them", self.hidden);
            out.push_str(&screen.paint(Tone::Quiet, &line));
            out.push('\n');
        }
        out
    }
}
