//! `party`: the carriers that order from each other.

mod add;

use std::io::{self, Write};

use clap::{Args, Subcommand};
use domain::{
    carrier::{Party, PartyId, ProductSpecification},
    identity::ClientId,
};
use serde::Serialize;
use store::{ClientAdministration, DynamoParties};

use crate::{
    context::Context,
    error::CommandError,
    output::{Output, Report, listed, printable},
};

pub use add::AddParty;

/// The functions keep a party in memory for this long.
const SOON: &str = "within a minute";

/// What to do with parties.
#[derive(Debug, Subcommand)]
pub enum PartyCommand {
    /// Register a party, or register it anew: what is given replaces all there was
    Add(Box<AddParty>),
    /// Show a party
    Show(OneParty),
    /// List all parties
    List,
    /// Remove a party: new orders of it and for it are refused then
    Remove(OneParty),
}

/// A party by its id.
#[derive(Debug, Args)]
pub struct OneParty {
    /// The party
    pub id: PartyId,
}

impl PartyCommand {
    /// Does it and prints what came of it.
    ///
    /// # Errors
    /// It was not done.
    pub async fn run(self, context: &Context, output: &mut Output<'_>) -> Result<(), CommandError> {
        match self {
            Self::Add(party) => output.show(&add(context, *party).await?),
            Self::Show(OneParty { id }) => output.show(&show(context, id).await?),
            Self::List => output.show(&list(context).await?),
            Self::Remove(OneParty { id }) => output.show(&remove(context, id).await?),
        }
    }
}

/// A party as it is registered.
#[derive(Debug, Serialize)]
struct Shown(Party);

impl Report for Shown {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self(party) = self;
        writeln!(out, "party\t{}", party.id)?;
        writeln!(out, "hosting\t{}", party.hosting)?;
        writeln!(out, "fulfilment\t{}", party.fulfilment)?;
        if let Some(base) = &party.callback_base {
            writeln!(out, "callback base\t{}", printable(base))?;
        }
        writeln!(out, "lead days\t{}", party.lead_days)?;
        if let Some(pace) = party.pace_seconds {
            writeln!(out, "pace seconds\t{pace}")?;
        }
        for ProductSpecification { kind, code, name, id } in &party.products {
            let further = [name, id].map(|text| text.as_deref().map_or("-".to_owned(), printable));
            writeln!(out, "product\t{kind} {} {}", printable(code), further.join(" "))?;
        }
        match listed(party.tolerance.refused()).as_str() {
            "-" => Ok(()),
            refused => writeln!(out, "not forgiven\t{refused}"),
        }
    }
}

#[derive(Debug, Serialize)]
struct Added {
    party: Party,
    /// False: it was registered so before.
    changed: bool,
    /// Signs what we push to it from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_secret: Option<String>,
}

impl Report for Added {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        match self.changed {
            true => writeln!(out, "party {} is registered: takes effect {SOON}", self.party.id),
            false => writeln!(out, "party {} was registered so already", self.party.id),
        }?;
        match &self.signing_secret {
            Some(secret) => writeln!(out, "signing secret, shown this once\t{secret}"),
            None => Ok(()),
        }
    }
}

async fn add(context: &Context, asked: AddParty) -> Result<Added, CommandError> {
    let credentials = asked.credentials()?;
    let party = asked.into_party()?;
    let parties = DynamoParties::new(context.table()?);
    let known = parties.get(&party.id).await?;
    let changed = credentials.is_some() || known.as_ref() != Some(&party);
    if changed && !parties.put_with(&party, credentials.as_ref()).await? {
        return Err(CommandError::PartyChanged(party.id));
    }
    let signing_secret = credentials.map(|credentials| credentials.signing.reveal());
    Ok(Added { party, changed, signing_secret })
}

async fn show(context: &Context, id: PartyId) -> Result<Shown, CommandError> {
    let party = DynamoParties::new(context.table()?).get(&id).await?;
    party.map(Shown).ok_or(CommandError::NoParty(id))
}

#[derive(Debug, Serialize)]
struct Parties {
    parties: Vec<Party>,
}

impl Report for Parties {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.parties.is_empty() {
            return writeln!(out, "no parties");
        }
        writeln!(out, "PARTY\tHOSTING\tFULFILMENT\tPRODUCTS\tCALLBACK BASE")?;
        for Party { id, hosting, fulfilment, products, callback_base, .. } in &self.parties {
            let base = callback_base.as_deref().map_or("-".to_owned(), printable);
            writeln!(out, "{id}\t{hosting}\t{fulfilment}\t{}\t{base}", products.len())?;
        }
        Ok(())
    }
}

async fn list(context: &Context) -> Result<Parties, CommandError> {
    Ok(Parties { parties: DynamoParties::new(context.table()?).all().await? })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Removed {
    id: PartyId,
    /// Clients that act for it.
    clients: Vec<ClientId>,
}

impl Report for Removed {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "party {} is removed: takes effect {SOON}", self.id)?;
        match self.clients.as_slice() {
            [] => Ok(()),
            clients => writeln!(
                out,
                "Clients that act for it can order nothing for it any more: {}",
                listed(clients)
            ),
        }
    }
}

async fn remove(context: &Context, id: PartyId) -> Result<Removed, CommandError> {
    let table = context.table()?;
    let parties = DynamoParties::new(table.clone());
    if parties.get(&id).await?.is_none() {
        return Err(CommandError::NoParty(id));
    }
    let clients = ClientAdministration::new(table).all().await?;
    let clients = clients.into_iter().filter(|client| client.parties.contains(id.as_str()));
    let clients = clients.map(|client| client.id).collect();
    match parties.remove(&id).await? {
        true => Ok(Removed { id, clients }),
        false => Err(CommandError::PartyChanged(id)),
    }
}
