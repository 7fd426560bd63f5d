//! Where things are.

use std::path::{Path, PathBuf};

/// Root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("this package is two folders below the root")
}

/// Where the pinned tools are installed.
pub(crate) fn tools() -> PathBuf {
    root().join(".tools")
}

/// Cargo's output folder, shared by every step.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// Folder of the binaries that cargo builds with `profile`.
pub(crate) fn binaries(profile: &str) -> PathBuf {
    target().join(if profile == "dev" { "debug" } else { profile })
}

/// Packages under `functions/`, sorted; each has one binary of the same name.
pub(crate) fn functions() -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(root().join("functions"))? {
        let entry = entry?;
        if entry.path().join("Cargo.toml").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_holds_the_template_and_the_functions() {
        assert!(root().join("infra/template.yaml").is_file());
        assert!(functions().unwrap().iter().any(|name| name == "outbox-relay"));
    }

    #[test]
    fn the_dev_profile_builds_into_debug() {
        assert!(binaries("dev").ends_with("debug"));
        assert!(binaries("local").ends_with("local"));
    }
}
