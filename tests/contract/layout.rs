//! Rules of the source layout (`infra/docs/conventions.md`) that the compiler does not check.

use std::path::{Path, PathBuf};

use harness::template::{root, text};

const ROOMS: [&str; 4] = ["functions", "shared", "infra", "tests"];
const LONGEST_FILE: usize = 400;
const LONGEST_START: usize = 40;
/// Names without a meaning of their own.
const EMPTY_NAMES: [&str; 9] =
    ["util", "utils", "helper", "helpers", "common", "manager", "managers", "misc", "mod"];

/// Every Rust file of the project.
pub(crate) fn sources() -> Vec<PathBuf> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    ROOMS.iter().for_each(|room| collect(&root().join(room), &mut found));
    assert!(found.len() > 50);
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

/// The violations that `wrong` reports.
fn complaints(wrong: impl Fn(&Path, &str) -> Option<String>) -> Vec<String> {
    let complain = |path: PathBuf| {
        let source = std::fs::read_to_string(&path).unwrap();
        wrong(&path, &source).map(|what| format!("{}: {what}", shown(&path)))
    };
    sources().into_iter().filter_map(complain).collect()
}

#[test]
fn no_file_is_longer_than_400_lines() {
    let long = complaints(|_, source| {
        let lines = source.lines().count();
        (lines > LONGEST_FILE).then(|| format!("{lines} lines"))
    });
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn a_functions_start_is_configuration_clients_and_run() {
    let long = complaints(|path, source| {
        let lines = source.lines().count();
        let start = path.ends_with("src/start.rs") && path.starts_with(root().join("functions"));
        (start && lines > LONGEST_START).then(|| format!("{lines} lines"))
    });
    assert!(long.is_empty(), "{long:#?}");
}

/// The program of the local cloud calls the same entry: what `main` did besides, it would not do.
#[test]
fn a_functions_main_only_starts_it() {
    let other = complaints(|path, source| {
        let main = path.ends_with("src/main.rs") && path.starts_with(root().join("functions"));
        let body = source.split_once("fn main() -> ExitCode {").map_or(source, |(_, body)| body);
        let statements: Vec<&str> =
            body.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "}").collect();
        let starts = match statements[..] {
            [start] => start.ends_with("::start()"),
            [feature, allow, start] => {
                feature == r#"#[cfg(feature = "loopback")]"#
                    && allow == "webhooks::AddressPolicy::allow_loopback();"
                    && start.ends_with("::start()")
            }
            _ => false,
        };
        (main && !starts).then(|| format!("{statements:?}"))
    });
    assert!(other.is_empty(), "{other:#?}");
}

#[test]
fn no_module_has_a_meaningless_name() {
    let empty = complaints(|path, _| {
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap();
        EMPTY_NAMES.contains(&name).then(|| name.to_owned())
    });
    assert!(empty.is_empty(), "{empty:#?}");
}

#[test]
fn lints_are_expected_with_a_reason_and_never_allowed() {
    let (outer, inner) = (concat!("#[", "allow("), concat!("#![", "allow("));
    let allowed = complaints(|_, source| {
        let line = source.lines().find(|line| {
            let line = line.trim_start();
            line.starts_with(outer) || line.starts_with(inner)
        });
        line.map(ToOwned::to_owned)
    });
    assert!(allowed.is_empty(), "{allowed:#?}");
}

#[test]
fn every_package_forbids_unsafe_code_with_the_workspace() {
    let manifest = text("Cargo.toml");
    assert!(manifest.contains("unsafe_code = \"forbid\""));
    let members = manifest.split_once("members = [").unwrap().1.split_once(']').unwrap().0;
    for member in members.split(',').map(|member| member.trim().trim_matches('"')) {
        if !member.is_empty() {
            let package = text(&format!("{member}/Cargo.toml"));
            assert!(package.contains("[lints]\nworkspace = true"), "{member}");
        }
    }
}

#[test]
fn nothing_sends_a_request_to_scan_the_table() {
    let scans = complaints(|path, source| {
        let ships = path.components().all(|part| part.as_os_str() != "tests");
        let scan = concat!(".sc", "an()");
        (ships && source.contains(scan) && source.contains("aws_sdk_dynamodb"))
            .then(|| "a scan".to_owned())
    });
    assert!(scans.is_empty(), "{scans:#?}");
}
