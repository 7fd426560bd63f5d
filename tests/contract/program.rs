//! The program of the local cloud and all functions (`infra/program`): complete, and the only one
//! whose functions call this machine.

use std::collections::BTreeSet;

use harness::template::{plan, root, text};
use program::FUNCTIONS;

use crate::{citations::shown, layout::sources};

/// Where a function may be allowed to call 127.0.0.1, besides the crate that defines it and tests:
/// in the program of the local cloud, and in the binaries of `cargo lambda watch`.
const ALLOWED: [&str; 3] = [
    "functions/webhook-sender/src/main.rs",
    "functions/webhooks-api/src/main.rs",
    "infra/program/src/lib.rs",
];

/// The lines in which manifests define or ask for the feature `loopback`.
const MANIFESTS: [(&str, &str); 4] = [
    ("functions/webhook-sender/Cargo.toml", r#"loopback = ["webhooks/loopback"]"#),
    ("functions/webhooks-api/Cargo.toml", r#"loopback = ["webhooks/loopback"]"#),
    ("infra/program/Cargo.toml", r#"webhooks = { workspace = true, features = ["loopback"] }"#),
    ("shared/webhooks/Cargo.toml", "loopback = []"),
];

#[test]
fn the_program_has_the_functions_of_the_template() {
    let own: BTreeSet<&str> = FUNCTIONS.iter().map(|function| function.name).collect();
    assert_eq!(own.len(), FUNCTIONS.len(), "a function is in it twice");
    let plan = plan();
    let deployed: BTreeSet<&str> = plan.functions.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(own, deployed);
}

#[test]
fn only_the_local_cloud_allows_calls_to_this_machine() {
    let word = concat!("allow", "_loopback");
    let found: Vec<String> = sources()
        .into_iter()
        .filter(|path| std::fs::read_to_string(path).unwrap().contains(word))
        .map(|path| shown(&path))
        .filter(|path| !path.starts_with("shared/webhooks/") && !path.contains("tests/"))
        .collect();
    assert_eq!(found.iter().collect::<BTreeSet<_>>(), ALLOWED.map(String::from).iter().collect());
    // In a function, behind its feature.
    for main in &ALLOWED[..2] {
        let main = text(main);
        let (before, _) = main.split_once(word).unwrap();
        let line = before.lines().rev().nth(1).unwrap();
        assert_eq!(line.trim(), r#"#[cfg(feature = "loopback")]"#);
    }
}

#[test]
fn no_deployed_package_asks_for_the_feature_loopback() {
    let manifest = text("Cargo.toml");
    let members = manifest.split_once("members = [").unwrap().1.split_once(']').unwrap().0;
    let mut found = BTreeSet::new();
    for member in members.split(',').map(|member| member.trim().trim_matches('"')) {
        if member.is_empty() {
            continue;
        }
        let path = format!("{member}/Cargo.toml");
        for line in text(&path).lines() {
            if line.contains("loopback") && !line.starts_with('#') {
                found.insert((path.clone(), line.to_owned()));
            }
        }
    }
    let expected = MANIFESTS.map(|(path, line)| (path.to_owned(), line.to_owned()));
    assert_eq!(found, expected.into_iter().collect());
    assert!(root().join("infra/program").is_dir());
}
