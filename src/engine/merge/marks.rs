//! Conflicts in YAML, as comments that look like git's markers. What a person can read above them is not said again: only lines
//! that differ stand between the markers.

/// Lines that both agree on, or a choice.
enum Part<'a> {
    Agreed(&'a str),
    Open { ours: Vec<&'a str>, theirs: Vec<&'a str> },
}

/// The value of `key`, whose text has markers, with one side of each choice, and the choices below it.
pub(super) fn below(key: &str, woven: &str) -> String {
    let (mut kept, mut marks, mut count) = (String::new(), String::new(), 0usize);
    for part in parts(woven) {
        let lines = part.kept();
        let first = count + 1;
        count += lines.len();
        kept.extend(lines);
        let which = if first == count { format!("line {count}") } else { format!("lines {first}-{count}") };
        marks += &part.marks(&format!("{key} {which} as above"));
    }
    kept + &marks
}

/// The same where the lines belong to no key: each choice right behind the lines that it is about.
pub(super) fn behind(woven: &str) -> String {
    let mut text = String::new();
    for part in parts(woven) {
        let lines = part.kept();
        let which = if lines.len() == 1 { "line above".to_owned() } else { format!("{} lines above", lines.len()) };
        text.extend(lines);
        text += &part.marks(&which);
    }
    text
}

fn parts(woven: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut is_theirs = false;
    for line in woven.split_inclusive('\n') {
        match (line.trim_end_matches('\n'), parts.last_mut()) {
            ("<<<<<<< ours", _) => {
                is_theirs = false;
                parts.push(Part::Open { ours: Vec::new(), theirs: Vec::new() });
            }
            ("=======", Some(Part::Open { .. })) => is_theirs = true,
            // Empty, so that the next line begins a part of its own.
            (">>>>>>> theirs", Some(Part::Open { .. })) => parts.push(Part::Agreed("")),
            (_, Some(Part::Open { ours, theirs })) => if is_theirs { theirs } else { ours }.push(line),
            _ => parts.push(Part::Agreed(line)),
        }
    }
    parts
}

impl<'a> Part<'a> {
    /// Ours, unless that says nothing.
    fn kept(&self) -> Vec<&'a str> {
        match self {
            Self::Agreed("") => Vec::new(),
            Self::Agreed(line) => vec![line],
            Self::Open { ours, theirs } => if ours.is_empty() { theirs } else { ours }.clone(),
        }
    }

    fn marks(&self, above: &str) -> String {
        let Self::Open { ours, theirs } = self else { return String::new() };
        let (above, other) = (format!("# ({above})\n"), theirs.iter().map(|line| format!("# {line}")).collect());
        let (ours, theirs) = if ours.is_empty() { (String::new(), above) } else { (above, other) };
        format!("# <<<<<<< ours\n{ours}# =======\n{theirs}# >>>>>>> theirs\n")
    }
}
