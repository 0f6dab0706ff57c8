//! Links the program at a fixed address on Linux: hooks start it at every commit, and moving 27,000 pointers to a random
//! address takes a quarter of a start. It reads text from files, opens no port, and its own code is free of `unsafe`.

#![expect(clippy::disallowed_methods, reason = "a build script learns of its target in no other way")]

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let os = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    let env = std::env::var("CARGO_CFG_TARGET_ENV").unwrap_or_default();
    if os == "linux" && env == "gnu" {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
