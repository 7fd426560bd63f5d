//! Demo clients: two tenants whose credentials are printed.

use std::{collections::BTreeSet, io, path::Path};

use domain::identity::{Client, ClientId, Role, Tenant};
use edge::identity::{SecretHasher, generate_secret};
use serde::{Deserialize, Serialize};
use store::{ClientAdministration, StoreError, Table};
use thiserror::Error;

use crate::{
    runtime::Endpoints,
    template::{LOCAL_SECRET, Place},
};

const CREDENTIALS_FILE: &str = "clients.json";

/// A client as it stands in the ready file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoClient {
    /// User name of HTTP Basic.
    pub id: String,
    /// Its secret, generated.
    pub secret: String,
    /// Whose data it sees.
    pub tenant: String,
    /// Its roles.
    pub roles: Vec<String>,
    /// Carrier party ids it may act for.
    pub parties: Vec<String>,
}

/// Why there are no demo clients.
#[derive(Debug, Error)]
pub enum SeedError {
    /// The table refuses.
    #[error("cannot store the demo clients")]
    Store(#[from] StoreError),
    /// The kept credentials cannot be read or written.
    #[error("cannot keep the demo credentials")]
    File(#[from] io::Error),
    /// The kept credentials are no such file.
    #[error("the kept demo credentials are malformed")]
    Malformed(#[from] serde_json::Error),
    /// An id, tenant or role is not one the domain allows.
    #[error("{0} is no valid demo client")]
    Invalid(String),
    /// The SDK's settings.
    #[error("no settings for the table")]
    Settings(#[from] aws::SettingsError),
}

/// The demo clients, those kept in `data` or new ones, stored in the table.
pub async fn demo_clients(
    data: Option<&Path>,
    endpoints: &Endpoints,
    place: &Place,
    table: &str,
) -> Result<Vec<DemoClient>, SeedError> {
    let file = data.map(|folder| folder.join(CREDENTIALS_FILE));
    let kept = file.as_ref().and_then(|file| std::fs::read(file).ok());
    let clients = match kept {
        Some(kept) => serde_json::from_slice(&kept)?,
        None => vec![demo("demo-ecc-1", "demo-1"), demo("demo-ecc-2", "demo-2")],
    };
    let environment = endpoints.sdk_environment(place);
    let settings = aws::Settings::from_lookup(|name| environment.get(name).cloned())?;
    let administration = ClientAdministration::new(Table::connect(&settings, table));
    let hasher = SecretHasher::new(LOCAL_SECRET);
    for client in &clients {
        // One that is there already is the one kept.
        administration.add(&registered(client, &hasher)?).await?;
    }
    if let Some(file) = file {
        write_private(&file, &serde_json::to_vec_pretty(&clients)?)?;
    }
    Ok(clients)
}

fn demo(id: &str, tenant: &str) -> DemoClient {
    DemoClient {
        id: id.to_owned(),
        secret: generate_secret(),
        tenant: tenant.to_owned(),
        roles: vec![Role::Ecc.as_str().to_owned()],
        parties: Vec::new(),
    }
}

fn registered(client: &DemoClient, hasher: &SecretHasher) -> Result<Client, SeedError> {
    let invalid = || SeedError::Invalid(client.id.clone());
    let roles: Result<BTreeSet<Role>, _> = client.roles.iter().map(|role| role.parse()).collect();
    Ok(Client {
        id: client.id.parse::<ClientId>().map_err(|_| invalid())?,
        tenant: client.tenant.parse::<Tenant>().map_err(|_| invalid())?,
        roles: roles.map_err(|_| invalid())?,
        parties: client.parties.iter().cloned().collect(),
        secrets: vec![hasher.hash(&client.secret)],
        disabled: false,
    })
}

/// Only the owner may read credentials.
fn write_private(file: &Path, content: &[u8]) -> io::Result<()> {
    use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(file)?.write_all(content)
}
