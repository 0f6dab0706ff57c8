//! `cmpm memory verify`

use crate::report::prelude::*;
use crate::store::Listing;

use super::anchor::{Checked, Checker, Freshness, freshness};
use super::model::Memory;

/// Check whether the code that memories refer to has changed, or accept what nobody has verified
///
/// A memory's anchors name files, symbols or lines as they were when it was written. What is fresh, has drifted or is gone is
/// judged by the commit that is checked out; renames are followed. The exit code is 1 if any is not fresh.
/// Example: `cmpm memory verify MEM-c9w`
#[derive(Debug, Args)]
pub struct Verify {
    /// Memories to check [default: all that have anchors]
    #[arg(add = Takes::Memory)]
    ids: Vec<String>,
    /// Say that you have read these memories, which came from an import or a run with network: agents may be given them
    #[arg(long, requires = "ids")]
    accept: bool,
    /// Commit the changed files
    #[arg(long, requires = "accept")]
    commit: bool,
}

/// What happened to the anchors.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Verified {
    /// The memories that have anchors, in order of their files.
    memories: Vec<VerifiedMemory>,
    /// The memories that were accepted now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    accepted: Vec<Id>,
    /// How many are as they were.
    fresh: usize,
    /// How many are about code that has changed.
    drifted: usize,
    /// How many are about code that is gone.
    orphaned: usize,
}

/// A memory that has anchors.
#[derive(Debug, Serialize, JsonSchema)]
struct VerifiedMemory {
    id: Id,
    title: String,
    /// What its anchors come to.
    state: Freshness,
    anchors: Vec<Checked>,
}

impl Verb for Verify {
    type Report = WithFindings<Verified>;
    const METADATA: Metadata = Metadata::WRITES;

    fn run(self, context: &Context) -> Result<WithFindings<Verified>> {
        let store = context.store()?;
        let accepted = if self.accept { self.accept(context)? } else { Vec::new() };
        let listing: Listing<Memory> = store.list(&store.work_tree());
        let wanted: Vec<&Memory> = if self.ids.is_empty() {
            listing.records.iter().map(|listed| &listed.record).collect()
        } else {
            self.ids.iter().map(|id| Ok(&store.find_in(&listing, id)?.record)).collect::<Result<_>>()?
        };
        let checker = Checker::new(Some(context.repository()?));
        let verified = |memory: &Memory| {
            let anchors = checker.check(memory);
            VerifiedMemory { id: memory.id.clone(), title: memory.title.clone(), state: freshness(&anchors), anchors }
        };
        let memories: Vec<VerifiedMemory> = wanted.into_iter().map(verified).filter(|memory| !memory.anchors.is_empty()).collect();
        let count = |state| memories.iter().filter(|memory| memory.state == state).count();
        let (fresh, drifted, orphaned) = (count(Freshness::Fresh), count(Freshness::Drifted), count(Freshness::Orphaned));
        Ok(Verified { memories, accepted, fresh, drifted, orphaned }.with(listing.findings))
    }
}

impl Verify {
    /// Takes the taint away: a person has read them.
    fn accept(&self, context: &Context) -> Result<Vec<Id>> {
        context.require_person()?;
        let (store, ready) = (context.store()?, context.ready_to_commit(self.commit)?);
        let (mut accepted, mut all) = (Vec::new(), Vec::new());
        for id in &self.ids {
            let (stored, written) = store.update::<Memory>("memory verify", &context.name_of(id), |stored, _| {
                if stored.record.tainted.is_some() {
                    stored.remove("tainted")?;
                }
                Ok(())
            })?;
            if !written.is_empty() {
                accepted.push(stored.record.id);
                all.extend(written);
            }
        }
        ready.commit_paths(&all, &format!("accept {}", super::model::count(accepted.len())))?;
        Ok(accepted)
    }
}

impl Report for Verified {
    const SCHEMA: &'static str = "cmpm.memory.verify/1";

    fn render(&self, screen: &Screen) -> String {
        let mut out: String = self.accepted.iter().map(|id| format!("Accepted {}\n", screen.paint(Tone::Key, id.as_str()))).collect();
        if self.memories.is_empty() {
            return if out.is_empty() { "No memories have anchors to check.\n".to_owned() } else { out };
        }
        for memory in self.memories.iter().filter(|memory| memory.state != Freshness::Fresh) {
            let id = screen.paint(Tone::Key, memory.id.as_str());
            let state = screen.paint(Tone::Careful, memory.state.as_str());
            out.push_str(&format!("{id}  {state}  {}\n", text::one_line(&memory.title)));
            for anchor in memory.anchors.iter().filter(|anchor| anchor.state != Freshness::Fresh) {
                out.push_str(&format!("  {}\n", anchor.phrase()));
            }
        }
        out.push_str(&format!("{} fresh, {} drifted, {} orphaned\n", self.fresh, self.drifted, self.orphaned));
        out
    }

    fn exit(&self) -> Exit {
        if self.accepted.is_empty() && self.drifted + self.orphaned > 0 { Exit::No } else { Exit::Done }
    }
}
