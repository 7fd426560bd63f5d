//! The developer's commands: `cargo xtask dev|phone|test|bench|chaos|mutate|clients|check|ci|openapi|routes|scenarios|pages|permissions|tools|sam|deploy|deploy-proof`.

mod bench;
mod chaos;
mod check;
mod ci;
mod clients;
mod deploy;
mod deploy_proof;
mod dev;
mod dynamodb_local;
mod jitter_entropy;
mod mutate;
mod openapi;
mod pages;
mod permissions;
mod phone;
mod program;
mod run;
mod sam;
mod test;
mod tools;
mod workspace;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// The developer's commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run everything on this machine: tables, queues, functions, network simulator
    Dev(Box<dev::Dev>),
    /// Be a phone at the home location register of a running local cloud
    Phone(phone::Phone),
    /// Run every test, the ones against the local cloud included
    Test(test::Test),
    /// Measure the functions beside a floor and beside the same in Node and Python
    Bench(bench::Bench),
    /// Break things for longer than `test` does; a seed replays
    Chaos(chaos::Chaos),
    /// Remove each write condition in turn and name the test that fails
    Mutate(mutate::Mutate),
    /// Let independent tools judge the OpenAPI documents and the running API
    Clients(clients::Clients),
    /// Format, lints, documentation, dependency rules, unit tests
    Check(check::Check),
    /// Run what CI runs, on a clean clone of HEAD
    Ci(ci::Ci),
    /// Read the documentation in a browser, and try the APIs on it
    Pages(pages::Pages),
    /// Write the OpenAPI documents of the code to infra/openapi
    Openapi(openapi::Openapi),
    /// Write the routes of the code to infra/template.yaml and the watch router of Cargo.toml
    Routes(openapi::Routes),
    /// Write the page of the scenarios of the code to infra/docs/guides
    Scenarios(openapi::Scenarios),
    /// Hold the calls that the tests made against the roles of the template
    Permissions(permissions::Permissions),
    /// Install the pinned tools under .tools
    Tools(tools::Tools),
    /// Validate the template and build every function as `sam deploy` needs them
    Sam(sam::Sam),
    /// Check, build and deploy an environment, and call what was deployed
    Deploy(deploy::Deploy),
    /// Expand and lint the template, and deploy what was built to an emulator of AWS
    DeployProof(deploy_proof::DeployProof),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match dispatch(Cli::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            run::exit_code(&error)
        }
    }
}

async fn dispatch(command: Command) -> Result<()> {
    match command {
        Command::Dev(dev) => dev.run().await,
        Command::Phone(phone) => phone.run().await,
        Command::Test(test) => test.run().await,
        Command::Bench(bench) => bench.run().await,
        Command::Chaos(chaos) => chaos.run().await,
        Command::Mutate(mutate) => mutate.run().await,
        Command::Clients(clients) => clients.run().await,
        Command::Check(check) => check.run().await,
        Command::Pages(pages) => pages.run().await,
        Command::Ci(ci) => ci.run().await,
        Command::Openapi(openapi) => openapi.run().await,
        Command::Routes(routes) => routes.run().await,
        Command::Scenarios(scenarios) => scenarios.run().await,
        Command::Permissions(permissions) => permissions.run().await,
        Command::Tools(tools) => tools.run().await,
        Command::Sam(sam) => sam.run().await,
        Command::Deploy(deploy) => deploy.run().await,
        Command::DeployProof(proof) => proof.run().await,
    }
}
