use std::collections::BTreeSet;

use harness::template::{plan, root};

/// The readers of `lambda::config::Environment`.
const READERS: [&str; 10] = [
    "text",
    "optional",
    "secret",
    "peppers",
    "url",
    "number",
    "number_or",
    "seconds",
    "json",
    "parsed_or_default",
];

/// Given to every function by `Globals`.
const GIVEN_TO_ALL: [&str; 2] = ["ORDERS_TABLE_NAME", "METRICS_NAMESPACE"];

/// Configuration that several functions share: the text that marks its use, and its file.
const SHARED: [(&str, &str); 3] = [
    ("use carrier::Config;", "shared/carrier/src/config.rs"),
    ("use tmf::Config;", "shared/tmf/src/config.rs"),
    // Last: the others may use it.
    ("Callers::read(", "shared/api/src/identity/callers.rs"),
];

/// Readers that name their variables themselves.
const NAMED: [(&str, &[&str]); 2] = [
    ("env.watchdog()", &["ORDER_WATCHDOG_SECONDS"]),
    ("env.work_limits()", &["WORK_LEASE_SECONDS", "WORK_MAX_RECEIVES", "ORDER_WATCHDOG_SECONDS"]),
];

/// The sources of a function, including shared configuration.
fn sources(function: &str) -> Vec<String> {
    let folder = root().join("functions").join(function).join("src");
    let mut sources: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| std::fs::read_to_string(entry.unwrap().path()).ok())
        .collect();
    for (marker, shared) in SHARED {
        if sources.iter().any(|source| source.contains(marker)) {
            sources.push(std::fs::read_to_string(root().join(shared)).unwrap());
        }
    }
    sources
}

/// The variables that a function's source reads.
fn read_by(function: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for source in sources(function) {
        assert!(!source.contains("env::var"), "{function} reads its environment by `Environment`");
        let source: String = source.split_whitespace().collect();
        for (reader, variables) in NAMED {
            if source.contains(reader) {
                names.extend(variables.iter().map(|name| (*name).to_owned()));
            }
        }
        for reader in READERS.into_iter().chain(["parsed"]) {
            for call in [format!("env.{reader}(\""), format!(".{reader}(\"")] {
                for (start, _) in source.match_indices(&call) {
                    let name = source[start + call.len()..].split('"').next().unwrap();
                    let variable = |c: char| c.is_ascii_uppercase() || c == '_';
                    if name.len() > 3 && name.chars().all(variable) {
                        names.insert(name.to_owned());
                    }
                }
            }
        }
    }
    names
}

#[test]
fn every_function_reads_exactly_the_variables_that_the_template_sets() {
    let plan = plan();
    assert!(!plan.functions.is_empty());
    for function in plan.functions {
        let mut given: BTreeSet<String> = function.environment.into_keys().collect();
        let read = read_by(&function.name);
        for name in GIVEN_TO_ALL {
            assert!(given.contains(name), "{}", function.name);
            if !read.contains(name) {
                given.remove(name);
            }
        }
        assert_eq!(read, given, "{}", function.name);
    }
}

#[test]
fn every_folder_under_functions_is_a_function_of_the_template() {
    let folders: BTreeSet<String> = std::fs::read_dir(root().join("functions"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let functions: BTreeSet<String> = plan().functions.into_iter().map(|f| f.name).collect();
    assert_eq!(folders, functions);
}

#[test]
fn folder_binary_and_logical_id_of_a_function_have_the_same_name() {
    for function in plan().functions {
        let logical: String = function
            .name
            .split('-')
            .map(|part| part[..1].to_uppercase() + &part[1..])
            .chain(["Function".to_owned()])
            .collect();
        assert_eq!(function.logical_id, logical);
    }
}
