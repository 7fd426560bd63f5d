//! The commands, a file for each group.

pub mod catalogue;
pub mod client;
pub mod console;
pub mod customer;
pub mod dead_letters;
pub mod drift;
pub mod keys;
pub mod order;
pub mod party;
pub mod pepper;
pub mod profiles;
pub mod shell;
pub mod sims;
pub mod stack;

use clap::Subcommand;

use crate::{context::Context, error::CommandError, output::Output};

/// A group of commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Clients of the APIs and their secrets
    #[command(subcommand)]
    Client(client::ClientCommand),
    /// The carriers that order from each other
    #[command(subcommand)]
    Party(party::PartyCommand),
    /// What tenants may order as eSIMs
    #[command(subcommand)]
    Catalogue(catalogue::CatalogueCommand),
    /// The pool that new eSIMs are taken from
    #[command(subcommand)]
    Profiles(profiles::ProfilesCommand),
    /// The SIMs of networks that have no SIM data of their own
    #[command(subcommand)]
    Sims(sims::SimsCommand),
    /// Differences between orders and networks
    #[command(subcommand)]
    Drift(drift::DriftCommand),
    /// The people who have eSIMs
    #[command(subcommand)]
    Customer(customer::CustomerCommand),
    /// What client secrets are hashed under
    #[command(subcommand)]
    Pepper(pepper::PepperCommand),
    /// The keys that sign access tokens
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Orders, of whatever kind
    #[command(subcommand)]
    Order(order::OrderCommand),
    /// Print a link that opens the console in a browser, once
    Console(console::OpenConsole),
    /// Messages that could not be handled
    #[command(subcommand)]
    DeadLetters(dead_letters::DeadLettersCommand),
    /// The stack in CloudFormation
    #[command(subcommand)]
    Stack(stack::StackCommand),
    /// Print what completes this command in a shell
    Completions(shell::Completions),
    /// Print the manual page, for `man -l -`
    Man,
}

impl Command {
    /// What a person is asked before it does what cannot be undone; nothing for all else.
    pub fn question(&self) -> Option<&'static str> {
        match self {
            Self::Client(client::ClientCommand::EndOldSecret(_)) => {
                Some("Callers that still use the old secret are refused. End it?")
            }
            Self::Order(order::OrderCommand::Resolve(_)) => {
                Some("The order ends for good, and its client is told so. Resolve it?")
            }
            Self::Customer(customer::CustomerCommand::Erase(_)) => {
                Some("What is stored of the customer is gone for good. Erase it?")
            }
            Self::DeadLetters(dead_letters::DeadLettersCommand::Delete(_)) => {
                Some("The messages are gone for good. Delete them?")
            }
            _ => None,
        }
    }

    /// Does it and prints what came of it.
    ///
    /// # Errors
    /// It was not done; the error says why in one line.
    pub async fn run(self, context: &Context, output: &mut Output<'_>) -> Result<(), CommandError> {
        match self {
            Self::Client(command) => command.run(context, output).await,
            Self::Party(command) => command.run(context, output).await,
            Self::Catalogue(command) => command.run(context, output).await,
            Self::Profiles(command) => command.run(context, output).await,
            Self::Sims(command) => command.run(context, output).await,
            Self::Drift(command) => command.run(context, output).await,
            Self::Customer(command) => command.run(context, output).await,
            Self::Pepper(command) => command.run(context, output).await,
            Self::Keys(command) => command.run(context, output).await,
            Self::Order(command) => command.run(context, output).await,
            Self::Console(command) => command.run(context, output).await,
            Self::DeadLetters(command) => command.run(context, output).await,
            Self::Stack(command) => command.run(context, output).await,
            Self::Completions(command) => output.text(&command.script()),
            Self::Man => output.text(&shell::manual()?),
        }
    }
}
