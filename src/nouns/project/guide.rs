//! `cmpm guide`

use crate::report::prelude::*;

use clap::ValueEnum;

/// Read how to use cmpm, one short page per topic
///
/// Without a topic: how to begin, and what topics there are; inside a run: how an agent should behave there.
/// Example: `cmpm guide tickets`
#[derive(Debug, Args)]
pub struct Guide {
    /// What to read about
    topic: Option<Topic>,
}

named! {
    /// What there is a page about.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema, ValueEnum)]
    #[serde(rename_all = "snake_case")]
    enum Topic [ALL] {
        Start = "start",
        Tickets = "tickets",
        Memory = "memory",
        Delegate = "delegate",
        Review = "review",
        Hooks = "hooks",
        Files = "files",
        Machines = "machines",
        Agents = "agents",
    }
}

impl Topic {
    fn page(self) -> &'static str {
        match self {
            Self::Start => include_str!("../../../templates/guide/start.md"),
            Self::Tickets => include_str!("../../../templates/guide/tickets.md"),
            Self::Memory => include_str!("../../../templates/guide/memory.md"),
            Self::Delegate => include_str!("../../../templates/guide/delegate.md"),
            Self::Review => include_str!("../../../templates/guide/review.md"),
            Self::Hooks => include_str!("../../../templates/guide/hooks.md"),
            Self::Files => include_str!("../../../templates/guide/files.md"),
            Self::Machines => include_str!("../../../templates/guide/machines.md"),
            Self::Agents => include_str!("../../../templates/guide/agents.md"),
        }
    }

    /// What the page says it is about.
    fn title(self) -> &'static str {
        self.page().lines().next().unwrap_or_default().trim_start_matches("# ")
    }
}

/// A page of the guide.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Page {
    topic: Topic,
    /// The page, in Markdown.
    text: String,
}

impl Verb for Guide {
    type Report = Page;
    const METADATA: Metadata = Metadata::READS;

    fn run(self, context: &Context) -> Result<Page> {
        let default = || if context.inside_run().is_some() { Topic::Agents } else { Topic::Start };
        let topic = self.topic.unwrap_or_else(default);
        let mut text = topic.page().replace("{exits}", &Exit::table("    "));
        if self.topic.is_none() {
            text.push_str(&contents());
        }
        Ok(Page { topic, text })
    }
}

fn contents() -> String {
    let lines: String = Topic::ALL.iter().map(|topic| format!("    cmpm guide {:<10}  {}\n", topic.as_str(), topic.title())).collect();
    format!("\n## More\n\n{lines}")
}

impl Report for Page {
    const SCHEMA: &'static str = "cmpm.guide/1";

    fn render(&self, screen: &Screen) -> String {
        let show = |line: &str| match line.strip_prefix("# ").or_else(|| line.strip_prefix("## ")) {
            Some(heading) => screen.paint(Tone::Title, heading) + "\n",
            None => format!("{line}\n"),
        };
        self.text.lines().map(show).collect()
    }
}
