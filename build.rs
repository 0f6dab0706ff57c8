//! Links the program at a fixed address on Linux: hooks start it at every commit, and moving 27,000 pointers to a random
//! address takes a quarter of a start. It reads text from files, opens no port, and its own code is free of `unsafe`.

//!
//! The rules about secrets become lines of JSON without the examples that only tests read: hooks read them at every commit. The
//! first line is all but the rules; then each has a line of its keywords and one of its own, which is read only where one of these
//! words is.

#![expect(clippy::disallowed_methods, reason = "a build script learns of its target in no other way")]

/// The rules as people write them.
const RULES: &str = "templates/scan/secrets.toml";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={RULES}");
    let os = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    let env = std::env::var("CARGO_CFG_TARGET_ENV").unwrap_or_default();
    if os == "linux" && env == "gnu" {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
    let out = std::path::PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
    let rules = std::fs::read_to_string(RULES).map_err(|error| error.to_string()).and_then(|text| compact(&text));
    let written = rules.and_then(|rules| std::fs::write(out.join("secrets.jsonl"), rules).map_err(|error| error.to_string()));
    if let Err(error) = written {
        println!("cargo::error={RULES}: {error}");
    }
}

fn compact(text: &str) -> Result<String, String> {
    let mut file: toml::Table = toml::from_str(text).map_err(|error| error.to_string())?;
    let rules = file.remove("rules").and_then(|rules| rules.as_array().cloned()).unwrap_or_default();
    let mut lines = serde_json::to_string(&file).map_err(|error| error.to_string())?;
    for mut rule in rules {
        let Some(rule) = rule.as_table_mut() else { continue };
        rule.retain(|key, _| !matches!(key, "examples" | "negative"));
        let keywords = rule.get("keywords").and_then(toml::Value::as_array).into_iter().flatten();
        let keywords: Vec<&str> = keywords.filter_map(toml::Value::as_str).collect();
        lines += &format!("\n{}\n", keywords.join("\t"));
        lines += &serde_json::to_string(&rule).map_err(|error| error.to_string())?;
    }
    Ok(lines)
}
