//! The deployment template, and files of the repository.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use orderwire_local::template::{Place, Plan, Template};

/// Root of the repository.
///
/// # Panics
/// Never: this package is one folder below it.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// A file of the repository as text; empty when there is none.
pub fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_default()
}

/// The template with its defaults.
///
/// # Panics
/// It cannot be read.
pub fn template() -> Template {
    let path: PathBuf = root().join("infra/template.yaml");
    Template::read(&path, &BTreeMap::new()).unwrap()
}

/// The resources of the template.
///
/// # Panics
/// A reference cannot be resolved.
pub fn plan() -> Plan {
    template().plan(&Place::local("http://127.0.0.1:4566")).unwrap()
}
