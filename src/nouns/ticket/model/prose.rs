//! What the author of a commit message or a pull request says in it: without code, quotations, comments and what git adds.

/// The line below which `git commit --verbose` shows the change.
const SCISSORS: &str = "------------------------ >8 ------------------------";

/// The text with everything taken out that its author does not say.
pub fn said(message: &str) -> String {
    let uncommented = without_comments(&message.replace("\r\n", "\n"));
    let mut out = String::with_capacity(uncommented.len());
    let mut fence: Option<&str> = None;
    // A line set in by four is code, unless it goes on with a paragraph.
    let mut after_text = false;
    for (index, line) in uncommented.lines().enumerate() {
        let trimmed = line.trim_start();
        if line.contains(SCISSORS) {
            break;
        }
        let mark = fence_of(trimmed);
        match (fence, mark) {
            (Some(open), Some(mark)) if mark.starts_with(open) && trimmed.trim_end() == mark => fence = None,
            (None, Some(mark)) => fence = Some(mark),
            _ => {}
        }
        let is_code = fence.is_some() || mark.is_some() || (is_indented(line) && !after_text);
        let is_undone = index == 0 && ["Revert \"", "Reapply \""].iter().any(|start| line.starts_with(start));
        if !is_code && !is_undone && !trimmed.starts_with('>') {
            out.push_str(&without_code(line));
            after_text = !trimmed.is_empty();
        } else {
            after_text = false;
        }
        out.push('\n');
    }
    out
}

fn is_indented(line: &str) -> bool {
    line.starts_with("    ") || line.starts_with('\t')
}

/// The backticks or tildes that begin or end a block of code.
fn fence_of(line: &str) -> Option<&str> {
    let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = line.len() - line.trim_start_matches(mark).len();
    let (fence, info) = line.split_at(length);
    (length >= 3 && !info.contains('`')).then_some(fence)
}

fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("<!--") {
        out.push_str(before);
        rest = comment.split_once("-->").map_or("", |(_, behind)| behind);
    }
    out + rest
}

/// A line without what stands between backticks.
fn without_code(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        let (before, from) = rest.split_at(start);
        let (ticks, inside) = from.split_at(from.len() - from.trim_start_matches('`').len());
        out.push_str(before);
        out.push('`');
        rest = match end_of_code(inside, ticks.len()) {
            Some(end) => inside.split_at(end).1,
            None => inside,
        };
    }
    out + rest
}

/// Where the code ends that so many backticks began: after the next run of as many.
fn end_of_code(text: &str, ticks: usize) -> Option<usize> {
    let mut offset = 0;
    loop {
        let rest = text.get(offset..)?;
        let start = offset + rest.find('`')?;
        let run = text.get(start..).map_or(0, |run| run.len() - run.trim_start_matches('`').len());
        offset = start + run;
        if run == ticks {
            return Some(offset);
        }
    }
}
