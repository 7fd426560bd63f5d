//! `orderwire-local phone attach ICCID`: a phone by hand, at the register of a running local cloud.

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use domain::numbering::Iccid;
use serde::Deserialize;
use store::{DynamoSims, StoreError, Table};
use thiserror::Error;

use super::{Attachment, Domain, Phone, PhoneError};
use crate::{runtime::Endpoints, template::Place};

/// The first argument.
pub const COMMAND: &str = "phone";

/// A phone with a SIM of the local cloud
#[derive(Debug, Parser)]
#[command(name = "phone")]
struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Switch the phone on: authenticate, and tell the register where it is
    Attach(Attach),
}

#[derive(Debug, clap::Args)]
struct Attach {
    /// The SIM in the phone
    iccid: Iccid,
    /// The ready file of a local cloud with `--network osmo-hlr`
    #[arg(long, value_name = "FILE", default_value = "dev.json")]
    ready_file: PathBuf,
    /// For data; for calls and short messages without
    #[arg(long)]
    data: bool,
    /// The name of the exchange
    #[arg(long, default_value = "MSC-1")]
    exchange: String,
}

#[derive(Debug, Error)]
enum CommandError {
    #[error("cannot read the ready file {}: {why}", .file.display())]
    ReadyFile { file: PathBuf, why: String },
    #[error("this local cloud has no register: start it with --network osmo-hlr")]
    NoRegister,
    #[error("there is no data of this SIM: orderwire sims import")]
    NoSim,
    #[error("the table: {0}")]
    Store(#[from] StoreError),
    #[error("no settings for the table: {0}")]
    Settings(#[from] aws::SettingsError),
    #[error(transparent)]
    Phone(#[from] PhoneError),
    #[error("no runtime: {0}")]
    Runtime(#[from] std::io::Error),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ready {
    dynamodb_endpoint: String,
    sqs_endpoint: String,
    table_name: String,
    #[serde(default)]
    osmo_hlr: Option<Register>,
}

#[derive(Deserialize)]
struct Register {
    gsup: String,
}

/// Does it and says what came of it. A refusal of the register is a result, no failure.
pub fn main(arguments: &[OsString]) -> ExitCode {
    let Arguments { action: Action::Attach(attach) } = Arguments::parse_from(arguments);
    match run(&attach) {
        Ok(attachment) => {
            println!("{attachment}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("phone: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(attach: &Attach) -> Result<Attachment, CommandError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(attached(attach))
}

async fn attached(attach: &Attach) -> Result<Attachment, CommandError> {
    let ready = read(attach)?;
    let register = ready.osmo_hlr.ok_or(CommandError::NoRegister)?;
    let endpoints = Endpoints { dynamodb: ready.dynamodb_endpoint, sqs: ready.sqs_endpoint };
    let environment = endpoints.sdk_environment(&Place::local(""));
    let settings = aws::Settings::from_lookup(|name| environment.get(name).cloned())?;
    let sims = DynamoSims::new(Table::connect(&settings, &ready.table_name));
    let sim = sims.get(&attach.iccid).await?.ok_or(CommandError::NoSim)?;
    let phone = Phone { imsi: sim.imsi };
    let domain = if attach.data { Domain::Packet } else { Domain::Circuit };
    Ok(phone.attach(&register.gsup, &attach.exchange, domain).await?)
}

fn read(attach: &Attach) -> Result<Ready, CommandError> {
    let unreadable = |why: String| {
        let file = attach.ready_file.clone();
        CommandError::ReadyFile { file, why }
    };
    let text = std::fs::read(&attach.ready_file).map_err(|error| unreadable(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))
}
