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

/// A file cut in two: what is built into the program, and each item that only tests have.
pub struct Cut<'a> {
    pub code: Vec<Token<'a>>,
    pub tests: Vec<Vec<Token<'a>>>,
}

/// Cuts out every item below a `#[cfg(test)]` or `#[cfg(all(test, …))]`, wherever it stands.
pub fn split_tests<'a>(tokens: &[Token<'a>]) -> Cut<'a> {
    let (mut code, mut tests, mut rest) = (Vec::new(), Vec::new(), tokens);
    for (start, _) in find(tokens, &["#", "[", "cfg", "("]) {
        let Some(before) = (start + rest.len()).checked_sub(tokens.len()) else { continue };
        let (kept, item) = rest.split_at(before);
        let attribute = group(item.get(1..).unwrap_or_default());
        if !attribute.iter().any(|token| token.text == "test") || attribute.iter().any(|token| token.text == "not") {
            continue;
        }
        let (item, after) = item.split_at(item_length(item));
        code.extend_from_slice(kept);
        tests.push(item.iter().skip(attribute.len() + 1).copied().collect());
        rest = after;
    }
    code.extend_from_slice(rest);
    Cut { code, tests }
}

/// How many tokens an item has, up to its `;`, its `,` or the end of its braces.
fn item_length(tokens: &[Token<'_>]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            // The end of what it stands in: a variant without a comma.
            ")" | "]" | "}" if depth == 0 => return at,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        // The commas of `fn f<A, B>()` end nothing.
        let is_part = || !tokens.iter().take(at).any(|token| matches!(token.text, "fn" | "impl" | "struct" | "enum" | "trait"));
        if depth == 0 && (matches!(token.text, ";" | "}") || token.text == "," && is_part()) {
            return at + 1;
        }
    }
    tokens.len()
}

/// The files that a file declares for tests alone, `#[cfg(test)] mod name;`: what their paths begin with.
pub fn test_files(path: &str, text: &str) -> Vec<String> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let below = if path.ends_with("/mod.rs") || path == "src/lib.rs" { folder } else { path.trim_end_matches(".rs") };
    let named = |item: &Vec<Token<'_>>| {
        let (at, line) = find(item, &["mod"]).into_iter().next()?;
        let [name, _] = item.get(at + 1..).and_then(<[_]>::first_chunk).filter(|[_, end]| end.text == ";")?;
        let attribute = text.lines().take(line).skip(line.saturating_sub(2)).find_map(|line| line.trim().strip_prefix("#[path = \""));
        Some(match attribute.and_then(|attribute| attribute.split_once('"')) {
            Some((file, _)) => vec![format!("{folder}/{file}")],
            None => ["/", ".rs"].map(|end| format!("{below}/{}{end}", name.text)).into(),
        })
    };
    split_tests(&tokens(text)).tests.iter().filter_map(named).flatten().collect()
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
    let (own, cut) = (module(path), split_tests(&tokens(text)));
    let of_tests = cut.tests.iter().flat_map(|item| {
        let name = find(item, &["mod"]).first().and_then(|(at, _)| item.get(at + 1)).map(|token| token.text);
        absolute(&own.iter().copied().chain(name).collect::<Vec<_>>(), item)
    });
    absolute(&own, &cut.code).into_iter().chain(of_tests).collect()
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

/// A function with a body.
pub struct Function<'a> {
    pub name: &'a str,
    pub line: usize,
    /// Arguments but for `self`; a tuple is as many as it has parts.
    pub arguments: usize,
    /// Lines between its braces.
    pub lines: usize,
    /// How many braces are open at most, its own included.
    pub depth: usize,
}

pub fn functions<'a>(tokens: &[Token<'a>]) -> Vec<Function<'a>> {
    let starts = tokens.windows(2).enumerate().filter_map(|(start, pair)| match pair {
        [keyword, name] if keyword.text == "fn" && name.text.bytes().all(is_word) => Some((start + 1, *name)),
        _ => None,
    });
    starts
        .filter_map(|(start, name)| {
            let rest = tokens.get(start + 1..)?;
            let (lines, depth) = body(rest)?;
            Some(Function { name: name.text, line: name.line, arguments: arguments(rest), lines, depth })
        })
        .collect()
}

fn body(tokens: &[Token<'_>]) -> Option<(usize, usize)> {
    let (mut depth, mut braces, mut deepest, mut first) = (0_usize, 0_usize, 0, None);
    for token in tokens {
        match token.text {
            ";" if depth == 0 => return None,
            "{" | "(" | "[" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        match (token.text, first) {
            ("{", None) if depth == 1 => first = Some(token.line),
            ("}", Some(first)) if depth == 0 => return Some(((token.line - first).saturating_sub(1), deepest + 1)),
            ("{", _) => braces += 1,
            ("}", _) => braces = braces.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(braces);
    }
    None
}

/// Of what follows the name of a function.
fn arguments(tokens: &[Token<'_>]) -> usize {
    let generics = if tokens.first().is_some_and(|token| token.text == "<") { group(tokens).len() } else { 0 };
    let list = group(tokens.get(generics..).unwrap_or_default());
    let is_self = |argument: &&[Token<'_>]| argument.iter().take_while(|token| token.text != ":").any(|token| token.text == "self");
    parts(list)
        .into_iter()
        .filter(|argument| !is_self(argument))
        .map(|argument| {
            let colon = argument.iter().position(|token| token.text == ":").map_or(argument.len(), |at| at + 1);
            width(argument.get(colon..).unwrap_or_default())
        })
        .sum()
}

/// How many values a type holds: the parts of a tuple, also after a reference; one otherwise.
fn width(of_type: &[Token<'_>]) -> usize {
    let mut rest = of_type;
    loop {
        rest = match rest {
            [first, tail @ ..] if matches!(first.text, "&" | "mut") => tail,
            [quote, _, tail @ ..] if quote.text == "'" => tail,
            _ => break,
        };
    }
    if rest.first().is_none_or(|token| token.text != "(") {
        return 1;
    }
    parts(group(rest)).into_iter().map(width).sum::<usize>().max(1)
}

/// The first pair of brackets and what is in it.
fn group<'t, 'a>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let mut depth = 0_usize;
    let end = (0..tokens.len()).find(|at| {
        depth = nest(depth, tokens, *at);
        depth == 0
    });
    tokens.get(..=end.unwrap_or_default()).unwrap_or_default()
}

/// How deep in brackets one is after the token there; the `>` of `->` closes none.
fn nest(depth: usize, tokens: &[Token<'_>], at: usize) -> usize {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    match text(at) {
        "(" | "[" | "{" | "<" => depth + 1,
        ")" | "]" | "}" => depth.saturating_sub(1),
        ">" if at == 0 || text(at - 1) != "-" => depth.saturating_sub(1),
        _ => depth,
    }
}

/// What stands between the commas of a pair of brackets.
fn parts<'t, 'a>(group: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    let inner = group.get(1..group.len().saturating_sub(1)).unwrap_or_default();
    let mut depth = 0_usize;
    let commas = (0..inner.len()).filter(|at| {
        depth = nest(depth, inner, *at);
        depth == 0 && inner.get(*at).is_some_and(|token| token.text == ",")
    });
    let (mut from, mut found) = (0, Vec::new());
    for end in commas.chain([inner.len()]).collect::<Vec<_>>() {
        found.push(inner.get(from..end).unwrap_or_default());
        from = end + 1;
    }
    found.retain(|part| !part.is_empty());
    found
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
