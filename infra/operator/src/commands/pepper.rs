//! `pepper`: what client secrets are hashed under, and its replacement. Nothing takes effect before
//! the deployment that names the new secret.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use api::identity::{SecretHasher, generate_pepper};
use clap::Subcommand;
use domain::identity::{Client, ClientId};
use lambda::config::peppers;
use serde::Serialize;
use store::ClientAdministration;

use crate::{
    context::Context,
    error::CommandError,
    output::{Output, Report, listed},
};

/// What a pepper is called that has no name: of a hash that is older than names.
const UNNAMED: &str = "unknown";

/// What to do with the pepper.
#[derive(Debug, Subcommand)]
pub enum PepperCommand {
    /// List the peppers, without themselves, and whose secrets are hashed under each
    List,
    /// Make a secret with a new pepper and the present one; the next deployment uses it
    Rotate,
    /// Make a secret with the current pepper alone, once no client needs the previous one
    EndPrevious,
}

impl PepperCommand {
    /// Does it and prints what came of it.
    ///
    /// # Errors
    /// It was not done.
    pub async fn run(self, context: &Context, output: &mut Output<'_>) -> Result<(), CommandError> {
        match self {
            Self::List => output.show(&list(context).await?),
            Self::Rotate => output.show(&rotate(context).await?),
            Self::EndPrevious => output.show(&end_previous(context).await?),
        }
    }
}

/// What a pepper is to the functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    Current,
    Previous,
    /// The functions do not have it, or nobody knows which it is.
    Unknown,
}

impl State {
    /// Of the pepper with this name.
    pub(super) fn of(hasher: &SecretHasher, name: Option<&str>) -> Self {
        match name {
            Some(name) if name == hasher.current() => Self::Current,
            Some(name) if Some(name) == hasher.previous() => Self::Previous,
            _ => Self::Unknown,
        }
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Previous => "previous",
            Self::Unknown => UNNAMED,
        }
    }
}

#[derive(Debug, Serialize)]
struct Peppers {
    peppers: Vec<PepperLine>,
}

#[derive(Debug, Serialize)]
struct PepperLine {
    name: String,
    state: State,
    clients: Vec<ClientId>,
}

impl Report for Peppers {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "PEPPER\tSTATE\tCLIENTS")?;
        for PepperLine { name, state, clients } in &self.peppers {
            writeln!(out, "{name}\t{}\t{}", state.as_str(), listed(clients))?;
        }
        Ok(())
    }
}

async fn list(context: &Context) -> Result<Peppers, CommandError> {
    let hasher = context.hasher().await?;
    let mut by_name: BTreeMap<String, Vec<ClientId>> = BTreeMap::new();
    for name in [Some(hasher.current()), hasher.previous()].into_iter().flatten() {
        by_name.insert(name.to_owned(), Vec::new());
    }
    for client in ClientAdministration::new(context.table()?).all().await? {
        for secret in &client.secrets {
            let clients = by_name.entry(secret.pepper().unwrap_or(UNNAMED).to_owned()).or_default();
            clients.push(client.id.clone());
            clients.dedup();
        }
    }
    let lines = by_name.into_iter().map(|(name, clients)| PepperLine {
        state: State::of(&hasher, Some(name.as_str())),
        name,
        clients,
    });
    let mut lines: Vec<_> = lines.collect();
    lines.sort_by_key(|line| line.state);
    Ok(Peppers { peppers: lines })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct NextSecret {
    arn: String,
    current: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<String>,
}

impl Report for NextSecret {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self { arn, current, previous } = self;
        writeln!(out, "secret\t{arn}")?;
        writeln!(out, "current\t{current}")?;
        writeln!(out, "previous\t{}", previous.as_deref().unwrap_or("-"))?;
        writeln!(out)?;
        writeln!(out, "Nothing has changed yet. Set PepperSecret to this ARN, and deploy.")
    }
}

/// Dies after the secret was made: it is used by nothing, and the next run makes another one.
async fn next_secret(context: &Context, text: &str) -> Result<NextSecret, CommandError> {
    let (session, stack) = context.stack()?;
    let hasher = SecretHasher::new(text);
    let (current, previous) = (hasher.current(), hasher.previous());
    // The same pepper is in one secret beside the previous one, and in another alone.
    let suffix = previous.map_or("", |_| "-rotating");
    let name = format!("{stack}-pepper-{}-{current}{suffix}", context.now().unix_timestamp());
    let description =
        "Pepper of the keyed hash of client secrets; the second line is the previous one.";
    let arn = session.new_secret(&name, description, text).await?;
    let previous = previous.map(str::to_owned);
    Ok(NextSecret { arn, current: current.to_owned(), previous })
}

async fn rotate(context: &Context) -> Result<NextSecret, CommandError> {
    context.stack()?;
    let text = context.peppers().await?;
    match peppers(&text).collect::<Vec<_>>().as_slice() {
        [current] => next_secret(context, &format!("{}\n{current}", generate_pepper())).await,
        _ => Err(CommandError::TwoPeppers),
    }
}

/// A client that is registered meanwhile has its secret under the current pepper.
async fn end_previous(context: &Context) -> Result<NextSecret, CommandError> {
    context.stack()?;
    let text = context.peppers().await?;
    let hasher = SecretHasher::new(&text);
    let is_left = |client: &Client| {
        let mut states = client.secrets.iter().map(|it| State::of(&hasher, it.pepper()));
        !client.disabled && states.any(|state| state != State::Current)
    };
    let clients = ClientAdministration::new(context.table()?).all().await?;
    let left: Vec<_> = clients.iter().filter(|it| is_left(it)).map(|it| it.id.clone()).collect();
    if !left.is_empty() {
        return Err(CommandError::PepperInUse(listed(left)));
    }
    let current = peppers(&text).next().unwrap_or_default();
    next_secret(context, current).await
}
