//! A reader of Rust source that is just good enough for the guards: words and signs, without comments and literals.

/// A word or sign and the line it stands on.
#[derive(Clone, Copy)]
pub struct Token<'a> {
    pub line: usize,
    pub text: &'a str,
}

/// The tokens of a file, with `use` trees spelled out (`use a::{b, c};` is `a::b; a::c;`).
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut plain = lex(text).into_iter().peekable();
    let mut found = Vec::new();
    while let Some(token) = plain.next() {
        if token.text != "use" || plain.peek().is_some_and(|next| next.text == "<") {
            found.push(token);
            continue;
        }
        let mut tree = Vec::new();
        while let Some(part) = plain.next_if(|part| part.text != ";") {
            tree.push(part);
        }
        for path in spell_out(&tree) {
            found.extend(path);
            found.push(Token { line: token.line, text: ";" });
        }
    }
    found
}

/// What stands before and after the `#[cfg(test)] mod name {` at the end of a file.
pub fn split_tests(mut tokens: Vec<Token<'_>>) -> (Vec<Token<'_>>, Vec<Token<'_>>) {
    let opening = ["#", "[", "cfg", "(", "test", ")", "]"];
    // What follows may be visible to others: `mod tests {`, `pub(super) mod tests {`.
    let here = |start: &usize| {
        let mut next = tokens.iter().skip(start + opening.len()).map(|token| token.text).take_while(|text| *text != ";").take(8);
        next.any(|text| text == "mod") && next.nth(1) == Some("{")
    };
    let end = find(&tokens, &opening).into_iter().map(|(start, _)| start).find(here);
    let tests = tokens.split_off(end.unwrap_or(tokens.len()));
    (tokens, tests)
}

/// Where a sequence of tokens begins: place and line.
pub fn find(tokens: &[Token<'_>], wanted: &[&str]) -> Vec<(usize, usize)> {
    let starts = tokens.iter().enumerate().filter(|(_, token)| wanted.first() == Some(&token.text));
    let rest = |start: usize| tokens.iter().skip(start).map(|token| token.text).take(wanted.len());
    starts.filter(|(start, _)| rest(*start).eq(wanted.iter().copied())).map(|(start, token)| (start, token.line)).collect()
}

/// `src/git/head.rs` is `[git, head]`, `src/git/mod.rs` is `[git]`, `src/lib.rs` is `[]`.
pub fn module(path: &str) -> Vec<&str> {
    let path = path.trim_start_matches("src/").trim_end_matches(".rs");
    let mut parts: Vec<&str> = path.split('/').collect();
    if parts.last() == Some(&"mod") || path == "lib" || path == "main" {
        parts.pop();
    }
    parts
}

/// Every path that a file names through `crate` or `super`, with its line, from the root of the crate.
pub fn uses<'a>(path: &'a str, text: &'a str) -> Vec<(usize, Vec<&'a str>)> {
    let (code, tests) = split_tests(tokens(text));
    let own = module(path);
    let below = [own.as_slice(), &["tests"]].concat();
    [absolute(&own, &code), absolute(&below, &tests)].concat()
}

fn absolute<'a>(module: &[&'a str], tokens: &[Token<'a>]) -> Vec<(usize, Vec<&'a str>)> {
    let mut found = Vec::new();
    let mut inside_path = false;
    for (start, token) in tokens.iter().enumerate() {
        if !inside_path && matches!(token.text, "crate" | "super") {
            let words = segments(tokens.get(start..).unwrap_or_default());
            let climbs = words.iter().take_while(|word| **word == "super").count();
            let base = if climbs == 0 { 0 } else { module.len().saturating_sub(climbs) };
            let names = words.into_iter().skip(climbs.max(1));
            found.push((token.line, module.iter().copied().take(base).chain(names).collect()));
        }
        inside_path = token.text == "::";
    }
    found
}

fn segments<'a>(tokens: &[Token<'a>]) -> Vec<&'a str> {
    let mut found = Vec::new();
    let mut rest = tokens.iter().map(|token| token.text);
    while let Some(word) = rest.next() {
        found.push(word);
        if rest.next() != Some("::") {
            break;
        }
    }
    found
}

/// The name of each function with a body, and the number of lines between its braces.
pub fn functions<'a>(tokens: &[Token<'a>]) -> Vec<(&'a str, usize)> {
    let starts = tokens.windows(2).enumerate().filter_map(|(start, pair)| match pair {
        [keyword, name] if keyword.text == "fn" && name.text.bytes().all(is_word) => Some((start, name.text)),
        _ => None,
    });
    starts.filter_map(|(start, name)| Some((name, body_lines(tokens.get(start..)?)?))).collect()
}

fn body_lines(tokens: &[Token<'_>]) -> Option<usize> {
    let (mut depth, mut first) = (0_usize, None);
    for token in tokens {
        match token.text {
            ";" if depth == 0 => return None,
            "{" if depth == 0 => (depth, first) = (1, Some(token.line)),
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && token.text == "}" {
            return first.map(|first| (token.line - first).saturating_sub(1));
        }
    }
    None
}

fn spell_out<'a>(tree: &[Token<'a>]) -> Vec<Vec<Token<'a>>> {
    let Some(open) = tree.iter().position(|token| token.text == "{") else { return vec![tree.to_vec()] };
    let (stem, group) = tree.split_at(open);
    let [_, inner @ .., _] = group else { return Vec::new() };
    let mut depth = 0_usize;
    let branches = inner.split(|token| {
        match token.text {
            "{" => depth += 1,
            "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && token.text == ","
    });
    branches.filter(|branch| !branch.is_empty()).flat_map(spell_out).map(|path| [stem, &path].concat()).collect()
}

fn lex(text: &str) -> Vec<Token<'_>> {
    let (mut at, mut line, mut found) = (0, 1, Vec::new());
    while let Some(rest) = text.as_bytes().get(at..).filter(|rest| !rest.is_empty()) {
        let (length, is_code) = lexeme(rest);
        let eaten = rest.get(..length).unwrap_or(rest);
        if let Some(text) = std::str::from_utf8(eaten).ok().filter(|_| is_code) {
            found.push(Token { line, text });
        }
        line += eaten.iter().filter(|byte| **byte == b'\n').count();
        at += eaten.len();
    }
    found
}

/// The length of what comes next, and whether it is code.
fn lexeme(rest: &[u8]) -> (usize, bool) {
    match rest {
        [b'/', b'/', ..] => (run(rest, |byte| byte != b'\n'), false),
        [b'/', b'*', ..] => (comment(rest), false),
        [b'"', ..] => (quoted(rest), false),
        [b'\'', b'\\' | 128.., ..] | [b'\'', _, b'\'', ..] => (quoted(rest), false),
        [b':', b':', ..] => (2, true),
        [first, ..] if is_word(*first) => match (run(rest, is_word), raw(rest)) {
            (_, Some(length)) => (length, false),
            (length, None) => (length, true),
        },
        _ => (1, !rest.starts_with(b" ") && !rest.starts_with(b"\n")),
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

fn run(rest: &[u8], matches: impl Fn(u8) -> bool) -> usize {
    rest.iter().take_while(|byte| matches(**byte)).count()
}

/// The length of a literal that ends with the mark it begins with.
fn quoted(rest: &[u8]) -> usize {
    let mut bytes = rest.iter().enumerate().skip(1);
    while let Some((at, byte)) = bytes.next() {
        if *byte == b'\\' {
            bytes.next();
        } else if Some(byte) == rest.first() {
            return at + 1;
        }
    }
    rest.len()
}

/// The length of a raw string, if one begins here.
fn raw(rest: &[u8]) -> Option<usize> {
    let prefix = [&b"r"[..], b"br", b"cr"].into_iter().find(|prefix| rest.starts_with(prefix))?.len();
    let hashes = run(rest.get(prefix..)?, |byte| byte == b'#');
    let start = prefix + hashes + 1;
    if rest.get(start - 1) != Some(&b'"') {
        return None;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let body = rest.get(start..)?.windows(end.len()).position(|window| window == end.as_bytes())?;
    Some(start + body + end.len())
}

fn comment(rest: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut pairs = rest.windows(2).enumerate();
    while let Some((at, pair)) = pairs.next() {
        match pair {
            b"/*" => depth += 1,
            b"*/" => depth = depth.saturating_sub(1),
            _ => continue,
        }
        pairs.next();
        if depth == 0 {
            return at + 2;
        }
    }
    rest.len()
}
