//! `cargo xtask sam`: the template validated and every function built.

use crate::{
    jitter_entropy, program, run,
    test::PROFILE,
    tools::{self, Tool},
    workspace,
};
use anyhow::{Context, Result, bail};
use clap::ValueEnum;

/// Validate the template and build every function as `sam deploy` needs them
#[derive(clap::Args)]
pub(crate) struct Sam {
    /// Instruction set of the functions
    #[arg(long, value_enum, default_value_t)]
    architecture: Architecture,
    /// Without link-time optimisation: proves that it builds, in a fraction of the time
    #[arg(long)]
    quick: bool,
    /// Only validate
    #[arg(long)]
    validate_only: bool,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Architecture {
    #[default]
    #[value(name = "arm64")]
    Arm64,
    #[value(name = "x86_64")]
    X86_64,
}

impl Architecture {
    fn name(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86_64",
        }
    }

    /// Whether this machine runs what is built for it.
    fn runs_here(self) -> bool {
        cfg!(target_os = "linux")
            && match self {
                Self::Arm64 => cfg!(target_arch = "aarch64"),
                Self::X86_64 => cfg!(target_arch = "x86_64"),
            }
    }
}

impl Sam {
    pub(crate) async fn run(self) -> Result<()> {
        tools::ensure(&[Tool::Sam, Tool::CargoLambda]).await?;
        validate().await?;
        if self.validate_only {
            return Ok(());
        }
        let parameter = format!("Architecture={}", self.architecture.name());
        let mut build = sam(&["build", "--parameter-overrides", &parameter]);
        if self.quick {
            build
                .env("CARGO_PROFILE_RELEASE_LTO", "off")
                .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
                .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0");
        }
        built(build).await?;
        if self.architecture.runs_here() { prove().await } else { Ok(()) }
    }
}

/// What was built calls nothing on this machine: run in a local cloud, in place of its functions.
async fn prove() -> Result<()> {
    tools::ensure(&[Tool::CargoNextest, Tool::Fauxqs]).await?;
    program::build(PROFILE).await?;
    let deployed = ["nextest", "run", "--workspace", "--test", "deployed"];
    let mut deployed = run::cargo(deployed);
    deployed
        .env("LOCAL_BINARIES_DIR", workspace::binaries(PROFILE))
        .env("SAM_BUILD_DIR", workspace::root().join(".aws-sam/build"));
    run::shown("what was built, in a local cloud", deployed).await
}

/// Validates and lints the template.
pub(crate) async fn validate() -> Result<()> {
    run::shown("sam validate", sam(&["validate", "--lint"])).await
}

/// Runs `sam build`, and looks whether everything was built as it must be.
pub(crate) async fn built(build: tokio::process::Command) -> Result<()> {
    run::shown("sam build", build).await?;
    every_function_was_built()?;
    jitter_entropy::is_out(&workspace::target())
}

pub(crate) fn sam(args: &[&str]) -> tokio::process::Command {
    let mut sam = run::command("sam");
    // Validation wants a region, though it asks nobody.
    if std::env::var_os("AWS_DEFAULT_REGION").is_none() {
        sam.env("AWS_DEFAULT_REGION", "eu-north-1");
    }
    sam.env("SAM_CLI_TELEMETRY", "0").env("CARGO_TARGET_DIR", workspace::target()).args(args);
    sam
}

/// One folder with a `bootstrap` for each package under `functions/`.
fn every_function_was_built() -> Result<()> {
    let built = workspace::root().join(".aws-sam/build");
    let mut count = 0;
    for entry in std::fs::read_dir(&built).context("sam build left no output")? {
        count += usize::from(entry?.path().join("bootstrap").is_file());
    }
    let expected = workspace::functions()?.len();
    if count != expected {
        bail!("sam built {count} functions of {expected}");
    }
    Ok(())
}
