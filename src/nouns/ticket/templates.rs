//! `cmpm ticket templates`

use crate::report::prelude::*;
use crate::words::Kind;

use super::change::which::OfKind;
use super::file::template::{Template, templates};

/// List ticket templates
///
/// `.cmpm/templates/ticket-<kind>.md` is taken for every new ticket of that kind; `ticket-<kind>-<name>.md` and the templates
/// of ai-trackdown are taken by `create --template <name>`. `template list` is the same.
/// Example: `cmpm issue templates`
#[derive(Debug, Args)]
pub struct Templates {
    #[command(flatten)]
    pub which: OfKind,
}

/// The templates there are.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TemplateList {
    templates: Vec<Template>,
}

impl Verb for Templates {
    type Report = TemplateList;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<TemplateList> {
        let fits = |template: &Template| template.kind.is_none_or(|kind| self.which.means(kind));
        Ok(TemplateList { templates: templates(context.store()?).into_iter().filter(fits).collect() })
    }
}

impl Report for TemplateList {
    const SCHEMA: &'static str = "cmpm.ticket.templates/1";

    fn render(&self, screen: &Screen) -> String {
        if self.templates.is_empty() {
            return "There are no templates; .cmpm/templates/ticket-issue.md would be one for every new issue.\n".to_owned();
        }
        let mut table = Table::new(["NAME", "KIND", "FILE"]);
        for template in &self.templates {
            let kind = template.kind.map_or("any", Kind::as_str);
            table.row([(&template.name, Some(Tone::Key)), (kind, None), (&template.path.to_string(), None)]);
        }
        table.render(screen)
    }
}
