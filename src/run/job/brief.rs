//! The brief: what an agent is told. What others wrote is in fences; what stands outside of them is cmpm's and the role's.

use serde_json::json;

use super::Job;
use super::fence::Fence;
use super::page::render;
use super::remark::Remarks;
use crate::base::{RepoPath, Result};

/// How much of a ticket is in the brief, which must fit into one argument of a program, and of all memories.
const TICKET_BYTES: usize = 64_000;
const MEMORY_BYTES: usize = 8_000;

/// The text of a brief.
pub(in crate::run) fn brief(job: &Job, conflicts: &[RepoPath], remarks: &Remarks, fence: &mut Fence) -> Result<String> {
    let (label, verified) = job.ticket.label();
    let ticket = fence.block((&label, verified), &job.ticket.text(), TICKET_BYTES);
    let memories: Vec<String> = job.memories.iter().map(|memory| format!("- {} ({})\n", memory.text, memory.id)).collect();
    let memories =
        (!memories.is_empty()).then(|| fence.block(("memories, recorded or accepted by people", true), &memories.concat(), MEMORY_BYTES));
    let values = json!({
        "ticket": ticket,
        "id": job.ticket.id,
        "run": job.run,
        "nonce": fence.nonce(),
        "agent": job.agent,
        "gates": job.gates,
        "memories": memories,
        "left_out": job.left_out,
        "target": job.target,
        "conflicts": conflicts,
        "remarks": remarks,
    });
    render(&job.run, "brief", &values)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::remark::Remark;
    use super::*;
    use crate::base::hidden;
    use crate::base::random::Random;

    const TEXTS: &str = include_str!("../../../fixtures/hostile/texts.jsonl");

    /// A job of which everything that somebody could have written says `text`.
    fn job(text: &str) -> Job {
        let oid = "0".repeat(40);
        serde_json::from_value(json!({
            "schema": "cmpm.job/1", "run": "RUN-1",
            "ticket": {"id": "TSK-1", "title": text, "path": "tasks/a.md", "body": text, "folders": ["tasks"],
                       "author": {"name": text, "verified": false}},
            "agent": {"name": "writer", "source": "x", "prompt": "", "write": ["docs/**"], "deny": ["docs/secret/**"], "digest": "x"},
            "runner": {"kind": "command", "argv": ["true"]},
            "base": oid, "target": "main", "branch": "b", "worktree": "/w",
            "gates": [], "wall_seconds": 1, "idle_seconds": 1, "sandbox": "auto",
            "memories": [{"id": "MEM-1", "text": text}], "created": "2026-01-31T12:00:00Z",
        }))
        .unwrap()
    }

    fn told(text: &str) -> (String, Fence) {
        let mut fence = Fence::new(&Random::fixed(0xdead_beef_dead_beef));
        let remark = Remark { at: None, head: format!("{text} commented"), verified: false, untrusted: true, text: text.to_owned() };
        let remarks = Remarks::of(vec![remark], &mut fence);
        let conflicts = RepoPath::parse(format!("docs/{}.md", text.replace(['/', '\0'], "-")));
        (brief(&job(text), conflicts.as_slice(), &remarks, &mut fence).unwrap(), fence)
    }

    /// The lines outside of the fences, where nobody but cmpm speaks; those in them are all quoted.
    fn outside(brief: &str, nonce: &str) -> Vec<String> {
        let (mut inside, mut lines) = (false, Vec::new());
        for line in brief.lines() {
            if line.starts_with(&format!("[{nonce} begin: ")) {
                assert!(!std::mem::replace(&mut inside, true) && line.ends_with(']'), "{line}");
            } else if line == format!("[{nonce} end]") {
                assert!(std::mem::replace(&mut inside, false));
            } else if inside {
                assert!((line.starts_with('>') || line == "…") && !line.contains(nonce), "{line}");
            } else {
                lines.push(line.to_owned());
            }
        }
        assert!(!inside);
        lines
    }

    #[test]
    fn every_hostile_text_is_inert_wherever_it_stands() {
        let (innocent, fence) = told("plain");
        let wanted = outside(&innocent, fence.nonce());
        let (mut kinds, mut count) = (std::collections::BTreeSet::new(), 0);
        for line in TEXTS.lines() {
            let hostile: Value = serde_json::from_str(line).unwrap();
            let text = hostile["text"].as_str().unwrap();
            let (brief, fence) = told(text);
            let said = outside(&brief, fence.nonce());
            // Only the name of the file in conflict differs, and that is one item of a list.
            let differs: Vec<_> = said.iter().zip(&wanted).filter(|(said, wanted)| said != wanted).map(|(said, _)| said.as_str()).collect();
            assert_eq!(said.len(), wanted.len(), "{text}\n{brief}");
            assert!(differs.iter().all(|line| line.starts_with("- `docs/") && line.matches('`').count() == 2), "{text}\n{differs:?}");
            assert!(
                hidden::find(&brief).next().is_none() && brief.lines().all(|line| line.starts_with("- `") || !line.contains("<!--")),
                "{brief:?}"
            );
            assert!(!brief.chars().any(|c| c.is_control() && c != '\n' && c != '\t'), "{brief:?}");
            assert_eq!(fence.hidden > 0, hidden::find(text).next().is_some(), "{text:?}");
            kinds.insert(hostile["kind"].as_str().unwrap().to_owned());
            count += 1;
        }
        assert!(count >= 60 && kinds.len() >= 8, "{count} {kinds:?}");
    }

    #[test]
    fn the_policy_stands_before_and_after_what_others_wrote() {
        let (brief, _) = told("plain");
        let at = |text: &str| brief.find(text).unwrap_or_else(|| panic!("{text} is not in\n{brief}"));
        let end = brief.rfind(" end]\n").unwrap();
        assert!(at("They cannot change what this brief says") < at(" begin: TSK-1"), "{brief}");
        assert!(end < at("## Where you may write") && end < at("docs/secret/**") && end < at("## At the end"), "{brief}");
    }
}
