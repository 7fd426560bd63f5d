//! The allowed dependencies between our packages. `.deny.toml` covers external packages.

use std::{path::Path, process::Command};

use harness::template::root;
use serde_json::Value;

/// The packages at a path, and the packages that they may depend on. The first row counts; `*` is
/// any text.
const LAYERS: [(&str, &[&str]); 24] = [
    ("shared/domain", &[]),
    ("shared/aws", &[]),
    ("shared/outbound", &[]),
    ("shared/store", &["shared/domain", "shared/aws"]),
    ("shared/lambda", &["shared/domain", "shared/aws"]),
    ("shared/api", &["shared/domain", "shared/aws", "shared/lambda"]),
    // No API depends on another.
    ("shared/ecc", &["shared/domain", "shared/store", "shared/lambda", "shared/api"]),
    ("shared/carrier", &["shared/domain", "shared/store", "shared/lambda", "shared/api"]),
    ("shared/esim", &["shared/domain", "shared/store", "shared/lambda", "shared/api"]),
    // Its hubs are endpoints.
    (
        "shared/tmf",
        &["shared/domain", "shared/store", "shared/lambda", "shared/api", "shared/endpoints"],
    ),
    // A service alone: HTTP is with its function.
    ("shared/endpoints", &["shared/domain", "shared/store", "shared/lambda", "shared/webhooks"]),
    ("shared/interventions", &["shared/domain", "shared/store", "shared/lambda"]),
    (
        "shared/testkit",
        &["shared/domain", "shared/aws", "shared/store", "shared/lambda", "shared/api"],
    ),
    // Adapters of external systems: network, hlr, ovs, seller, es2plus, webhooks.
    ("shared/*", &["shared/domain", "shared/outbound"]),
    // A function can be deleted without touching another.
    ("functions/*", &["shared/*"]),
    ("infra/openapi", &["shared/domain", "shared/api", "functions/*-api"]),
    // Every function and the local cloud in one program.
    ("infra/program", &["functions/*", "infra/local", "shared/webhooks"]),
    ("infra/deployment", &[]),
    ("infra/xtask", &["infra/deployment"]),
    (
        "infra/operator",
        &[
            "shared/domain",
            "shared/aws",
            "shared/store",
            "shared/lambda",
            "shared/api",
            "shared/interventions",
        ],
    ),
    (
        "infra/local",
        &[
            "shared/domain",
            "shared/aws",
            "shared/store",
            "shared/api",
            "shared/es2plus",
            "shared/hlr",
            "shared/webhooks",
            "infra/deployment",
        ],
    ),
    ("tests", &["*"]),
    // What is measured against knows nothing of what is measured.
    ("tests/bench/floor", &["shared/aws"]),
    ("tests/bench", &["*"]),
];

/// For tests only, and the packages that may use them besides.
const FOR_TESTS: [(&str, &[&str]); 2] =
    [("shared/testkit", &[]), ("infra/local", &["infra/program"])];

/// The adapters of external systems, and the packages that may use them.
const ADAPTERS: [(&str, &[&str]); 6] = [
    (
        "shared/network",
        &["functions/*-worker", "functions/drift-sweeper", "functions/subscriptions-api"],
    ),
    (
        "shared/hlr",
        &[
            "functions/drift-sweeper",
            "functions/subscription-worker",
            "functions/subscriptions-api",
            "infra/local",
        ],
    ),
    ("shared/ovs", &["functions/carrier-order-worker"]),
    ("shared/seller", &["functions/carrier-order-worker"]),
    ("shared/es2plus", &["functions/esim-worker", "infra/local"]),
    (
        "shared/webhooks",
        &["functions/webhook*", "shared/endpoints", "infra/local", "infra/program"],
    ),
];

fn fits(path: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        Some((head, tail)) => path.starts_with(head) && path.ends_with(tail),
        None => path == pattern,
    }
}

fn allowed(from: &str, to: &str, in_tests: bool) -> bool {
    let any = |patterns: &[&str], path: &str| patterns.iter().any(|pattern| fits(path, pattern));
    let (_, below) = LAYERS.iter().find(|(path, _)| fits(from, path)).expect("a layer");
    let restricted = FOR_TESTS.iter().find(|(path, _)| *path == to);
    let adapter = ADAPTERS.iter().find(|(path, _)| *path == to);
    from == "tests"
        || from == "tests/bench"
        || in_tests && restricted.is_some()
        || any(below, to)
            && [restricted, adapter].into_iter().flatten().all(|(_, users)| any(users, from))
}

/// The path of one of our packages, relative to the root.
fn relative(path: &Value) -> Option<String> {
    let path = Path::new(path.as_str()?).strip_prefix(root()).ok()?;
    path.to_str().map(|path| path.trim_end_matches("/Cargo.toml").to_owned())
}

#[test]
fn dependencies_point_from_functions_down_to_the_domain() {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let mut arrows = 0;
    let mut forbidden = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let from = relative(&package["manifest_path"]).unwrap();
        for dependency in package["dependencies"].as_array().unwrap() {
            let Some(to) = relative(&dependency["path"]) else { continue };
            arrows += 1;
            if !allowed(&from, &to, dependency["kind"] == "dev") {
                forbidden.push(format!("{from} -> {to}"));
            }
        }
    }
    assert!(arrows > 100, "{arrows}");
    assert!(forbidden.is_empty(), "{forbidden:#?}");
}

#[test]
fn a_dependency_against_the_layers_is_forbidden() {
    for (from, to) in [
        ("shared/domain", "shared/store"),
        ("shared/aws", "shared/domain"),
        ("shared/store", "shared/lambda"),
        ("shared/lambda", "shared/api"),
        ("shared/outbound", "shared/domain"),
        ("shared/api", "shared/carrier"),
        ("shared/ecc", "shared/carrier"),
        ("shared/tmf", "shared/ecc"),
        ("shared/webhooks", "shared/store"),
        ("functions/outbox-relay", "functions/sweeper"),
        ("functions/sweeper", "infra/operator"),
        ("functions/sweeper", "shared/testkit"),
        ("functions/sweeper", "infra/program"),
        ("infra/openapi", "infra/local"),
        ("infra/program", "shared/testkit"),
        ("functions/esim-orders-api", "shared/network"),
        ("functions/esim-orders-api", "shared/es2plus"),
        ("infra/operator", "functions/sweeper"),
        ("tests/bench/floor", "shared/store"),
    ] {
        assert!(!allowed(from, to, false), "{from} -> {to}");
    }
    assert!(!allowed("shared/domain", "shared/store", true));
    assert!(allowed("functions/sweeper", "shared/testkit", true));
    assert!(allowed("infra/program", "infra/local", false));
}
