//! What a Markdown body says: sections, checklists, links, anchors. GitHub's Markdown, read by pulldown-cmark.

mod anchors;
mod checklist;
mod code;
mod html;
mod links;
mod sections;

use pulldown_cmark::{OffsetIter, Options, Parser};

pub use anchors::{anchors, slug};
pub use checklist::{checklist, with_open_boxes};
pub use code::without_code;
pub use links::{Link, LinkKind, links, render_destination};
pub use sections::{section, sections, title, without_empty_sections};

/// GitHub's dialect.
fn events(body: &str) -> OffsetIter<'_> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    Parser::new_ext(body, options).into_offset_iter()
}
