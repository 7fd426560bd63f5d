//! What is built without tests has the features that it has with tests (decision 105): after
//! `cargo xtask dev`, `cargo xtask test` compiles no crate again.

use std::{collections::BTreeSet, process::Command};

use harness::template::root;

/// Crates of the whole workspace with their features, as they are compiled for these dependencies.
fn crates(edges: &str) -> BTreeSet<String> {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--workspace", "--offline", "--locked", "--prefix", "none"])
        .args(["--edges", edges, "--format", "{p}, features: {f}"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let lines = String::from_utf8(tree.stdout).unwrap();
    lines.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
}

#[test]
fn tests_turn_no_feature_on_that_other_builds_do_not_have() {
    let without = crates("normal,build");
    let with = crates("normal,build,dev");
    assert!(without.len() > 300, "{}", without.len());
    let compiled_again: Vec<_> = without.difference(&with).collect();
    assert!(
        compiled_again.is_empty(),
        "a development dependency adds features to these; name them in tests/Cargo.toml: \
         {compiled_again:#?}"
    );
}
