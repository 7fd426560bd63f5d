//! `client`: who may call, and with which secrets.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use api::identity::{SecretHasher, generate_secret};
use clap::{Args, Subcommand, builder::NonEmptyStringValueParser};
use domain::{
    carrier::PartyId,
    identity::{Client, ClientId, Role, SecretHash, Tenant},
};
use serde::Serialize;
use store::{ClientAdministration, DynamoParties};

use super::pepper::State;
use crate::{
    context::Context,
    error::CommandError,
    output::{Output, Report, listed, printable},
};

/// The functions keep a client in memory for this long.
const SOON: &str = "within a minute";

/// What to do with clients.
#[derive(Debug, Subcommand)]
pub enum ClientCommand {
    /// Register a client; prints its secret, this once
    Add(AddClient),
    /// List all clients
    List,
    /// Refuse a client's credentials from now on
    Disable(OneClient),
    /// Accept a disabled client's credentials again
    Enable(OneClient),
    /// Give a client a new secret; prints it, this once
    RotateSecret(RotateSecret),
    /// End a client's older secret, once the new one is in use
    EndOldSecret(OneClient),
}

/// A client to register.
#[derive(Debug, Args)]
pub struct AddClient {
    /// User name of HTTP Basic and `client_id` of OAuth2
    pub id: ClientId,
    /// Whose data it sees
    #[arg(long)]
    pub tenant: Tenant,
    /// ecc, RESELLER, ACCOUNT_MANAGER, buyer, seller or operator; may be repeated
    #[arg(long = "role", required = true, value_delimiter = ',', value_name = "ROLE")]
    pub roles: Vec<Role>,
    /// Carrier party id it may act for; may be repeated
    #[arg(long = "party", value_name = "PARTY", value_parser = NonEmptyStringValueParser::new())]
    pub parties: Vec<String>,
}

/// A client by its id.
#[derive(Debug, Args)]
pub struct OneClient {
    /// The client
    pub id: ClientId,
}

/// A client whose secret is to change.
#[derive(Debug, Args)]
pub struct RotateSecret {
    /// The client
    pub id: ClientId,
    /// End the secrets it has at once: for one that has leaked
    #[arg(long)]
    pub end_old: bool,
}

impl ClientCommand {
    /// Does it and prints what came of it.
    ///
    /// # Errors
    /// It was not done.
    pub async fn run(self, context: &Context, output: &mut Output<'_>) -> Result<(), CommandError> {
        match self {
            Self::Add(client) => output.show(&add(context, client).await?),
            Self::List => output.show(&list(context).await?),
            Self::Disable(OneClient { id }) => output.show(&disable(context, id, true).await?),
            Self::Enable(OneClient { id }) => output.show(&disable(context, id, false).await?),
            Self::RotateSecret(rotation) => output.show(&rotate(context, rotation).await?),
            Self::EndOldSecret(OneClient { id }) => output.show(&end_old(context, id).await?),
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Added {
    id: ClientId,
    secret: String,
    tenant: Tenant,
    roles: BTreeSet<Role>,
    parties: BTreeSet<String>,
}

impl Report for Added {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "client\t{}", self.id)?;
        writeln!(out, "secret\t{}", self.secret)?;
        writeln!(out)?;
        writeln!(out, "The secret is not kept: this is the only time it is shown.")
    }
}

/// Refuses a client that could do nothing, or whose party nobody knows.
async fn check(context: &Context, new: &AddClient) -> Result<(), CommandError> {
    let refused = |why: String| Err(CommandError::ClientRefused(why));
    let acts = new.roles.iter().any(|role| matches!(role, Role::Buyer | Role::Seller));
    if acts && new.parties.is_empty() {
        return refused(format!(
            "client {} is a buyer or seller of no party: give --party PARTY",
            new.id
        ));
    }
    if !acts && !new.parties.is_empty() {
        return refused(format!(
            "client {} has a party and is neither its buyer nor its seller: give --role",
            new.id
        ));
    }
    let parties = DynamoParties::new(context.table()?);
    for party in &new.parties {
        let id: Result<PartyId, _> = party.parse();
        let known = match &id {
            Ok(id) => parties.get(id).await?.is_some(),
            Err(_) => false,
        };
        if !known {
            let party = printable(party);
            return refused(format!("there is no party {party}: register it first (party add)"));
        }
    }
    Ok(())
}

async fn add(context: &Context, new: AddClient) -> Result<Added, CommandError> {
    check(context, &new).await?;
    let clients = ClientAdministration::new(context.table()?);
    let secret = generate_secret();
    let client = Client {
        id: new.id,
        tenant: new.tenant,
        roles: new.roles.into_iter().collect(),
        parties: new.parties.into_iter().collect(),
        secrets: vec![context.hasher().await?.hash(&secret)],
        disabled: false,
    };
    if !clients.add(&client).await? {
        return Err(CommandError::ClientExists(client.id));
    }
    let Client { id, tenant, roles, parties, .. } = client;
    Ok(Added { id, secret, tenant, roles, parties })
}

#[derive(Debug, Serialize)]
struct Clients {
    clients: Vec<ClientLine>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ClientLine {
    id: ClientId,
    tenant: Tenant,
    roles: BTreeSet<Role>,
    parties: BTreeSet<String>,
    valid_secrets: usize,
    /// Of each secret, the oldest first.
    peppers: Vec<String>,
    disabled: bool,
}

impl ClientLine {
    /// With what its peppers are to the functions, or their names when nobody may read them.
    fn new(client: Client, hasher: Option<&SecretHasher>) -> Self {
        let pepper = |secret: &SecretHash| match (hasher, secret.pepper()) {
            (Some(hasher), name) => State::of(hasher, name).as_str().to_owned(),
            (None, name) => name.unwrap_or("unknown").to_owned(),
        };
        Self {
            peppers: client.secrets.iter().map(pepper).collect(),
            id: client.id,
            tenant: client.tenant,
            roles: client.roles,
            parties: client.parties,
            valid_secrets: client.secrets.len(),
            disabled: client.disabled,
        }
    }
}

impl Report for Clients {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.clients.is_empty() {
            return writeln!(out, "no clients");
        }
        writeln!(out, "CLIENT\tTENANT\tROLES\tPARTIES\tSECRETS\tPEPPER\tSTATE")?;
        for client in &self.clients {
            let ClientLine { id, tenant, valid_secrets, .. } = client;
            let (roles, parties) = (listed(&client.roles), printable(&listed(&client.parties)));
            let peppers = listed(&client.peppers);
            let state = if client.disabled { "disabled" } else { "enabled" };
            writeln!(
                out,
                "{id}\t{tenant}\t{roles}\t{parties}\t{valid_secrets}\t{peppers}\t{state}"
            )?;
        }
        Ok(())
    }
}

async fn list(context: &Context) -> Result<Clients, CommandError> {
    let all = ClientAdministration::new(context.table()?).all().await?;
    let hasher = context.hasher().await.ok();
    let line = |client| ClientLine::new(client, hasher.as_ref());
    Ok(Clients { clients: all.into_iter().map(line).collect() })
}

#[derive(Debug, Serialize)]
struct Switched {
    id: ClientId,
    disabled: bool,
    changed: bool,
}

impl Report for Switched {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        let state = if self.disabled { "disabled" } else { "enabled" };
        match self.changed {
            true => writeln!(out, "client {} is {state}: takes effect {SOON}", self.id),
            false => writeln!(out, "client {} was {state} already", self.id),
        }
    }
}

async fn disable(
    context: &Context,
    id: ClientId,
    disabled: bool,
) -> Result<Switched, CommandError> {
    let mut changed = false;
    change(context, &id, |client| {
        changed = client.disabled != disabled;
        client.disabled = disabled;
    })
    .await?;
    Ok(Switched { id, disabled, changed })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rotated {
    id: ClientId,
    secret: String,
    valid_secrets: usize,
    ended_secrets: usize,
}

impl Report for Rotated {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "client\t{}", self.id)?;
        writeln!(out, "secret\t{}", self.secret)?;
        writeln!(out)?;
        writeln!(out, "The secret is not kept: this is the only time it is shown.")?;
        if self.ended_secrets > 0 {
            let ended = self.ended_secrets;
            writeln!(out, "{ended} older secret(s) ended: no longer valid {SOON}.")?;
        }
        if self.valid_secrets > 1 {
            let id = &self.id;
            writeln!(out, "The one before is valid until: orderwire client end-old-secret {id}")?;
        }
        Ok(())
    }
}

/// Of the secrets a client has, oldest first, the newest stays beside the new one, or none does.
async fn rotate(context: &Context, rotation: RotateSecret) -> Result<Rotated, CommandError> {
    let RotateSecret { id, end_old } = rotation;
    let secret = generate_secret();
    let hash = context.hasher().await?.hash(&secret);
    let (mut valid_secrets, mut ended_secrets) = (0, 0);
    change(context, &id, |client| {
        let kept = usize::from(!end_old);
        ended_secrets = client.secrets.len().saturating_sub(kept);
        client.secrets.drain(..ended_secrets);
        client.secrets.push(hash);
        valid_secrets = client.secrets.len();
    })
    .await?;
    Ok(Rotated { id, secret, valid_secrets, ended_secrets })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Ended {
    id: ClientId,
    valid_secrets: usize,
    ended_secrets: usize,
}

impl Report for Ended {
    fn write_for_a_person(&self, out: &mut dyn Write) -> io::Result<()> {
        match self.ended_secrets {
            0 => writeln!(out, "client {} has no older secret: nothing was ended", self.id),
            _ => writeln!(out, "the older secret of client {} ends {SOON}", self.id),
        }
    }
}

async fn end_old(context: &Context, id: ClientId) -> Result<Ended, CommandError> {
    let (mut valid_secrets, mut ended_secrets) = (0, 0);
    change(context, &id, |client| {
        ended_secrets = client.secrets.len().saturating_sub(1);
        client.secrets.drain(..ended_secrets);
        valid_secrets = client.secrets.len();
    })
    .await?;
    Ok(Ended { id, valid_secrets, ended_secrets })
}

async fn change(
    context: &Context,
    id: &ClientId,
    change: impl FnOnce(&mut Client) + Send,
) -> Result<(), CommandError> {
    match ClientAdministration::new(context.table()?).change(id, change).await? {
        Some(true) => Ok(()),
        Some(false) => Err(CommandError::ClientChanged(id.clone())),
        None => Err(CommandError::NoClient(id.clone())),
    }
}
