//! Demo clients, whose credentials are printed, the carriers that two of them act for, and what
//! eSIM orders need.

mod console;
mod esim;
mod sims;

use std::{collections::BTreeSet, io};

use api::identity::{SecretHasher, generate_secret};
use domain::{
    carrier::{
        FulfilmentPolicy, Hosting, Party, PartyId, ProductKind, ProductSpecification, Tolerance,
    },
    identity::{Client, ClientId, Role, Tenant},
    numbering::Iccid,
};
use serde::{Deserialize, Serialize};
use store::{ClientAdministration, DynamoParties, StoreError, Table};
use thiserror::Error;

use crate::{
    data::{Change, DataError, DataFolder, Keeper, write_private},
    runtime::Endpoints,
    smdp::Smdp,
    template::{LOCAL_SECRET, Place},
};

pub use console::console_link;

/// Id, tenant, roles, parties.
const DEMO_CLIENTS: [(&str, &str, &[Role], &[&str]); 8] = [
    ("demo-ecc-1", "demo-1", &[Role::Ecc], &[]),
    ("demo-ecc-2", "demo-2", &[Role::Ecc], &[]),
    ("demo-buyer", "demo-buyer", &[Role::Buyer], &["Verizon"]),
    ("demo-seller", "demo-seller", &[Role::Seller], &["Cox Spectrum Business", "Cox"]),
    ("demo-reseller", esim::TENANT, &[Role::Reseller], &[]),
    ("demo-account-manager", esim::TENANT, &[Role::AccountManager], &[]),
    ("demo-integrator", esim::TENANT, &[Role::Ecc, Role::Reseller], &[]),
    (SMDP_CLIENT, "demo-operator", &[Role::Operator], &[]),
];

/// As whom the simulated SM-DP+ tells how far downloads have come.
pub const SMDP_CLIENT: &str = "demo-smdp";

/// The carriers of the published examples: one works by itself, one by its own systems.
const DEMO_PARTIES: [(&str, Hosting, FulfilmentPolicy); 3] = [
    ("Cox Spectrum Business", Hosting::Local, FulfilmentPolicy::Automatic),
    ("Cox", Hosting::Local, FulfilmentPolicy::Manual),
    ("Verizon", Hosting::Remote, FulfilmentPolicy::Manual),
];

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
    /// The kept credentials.
    #[error(transparent)]
    Data(#[from] DataError),
    /// An id, tenant or role is not one the domain allows.
    #[error("{0} is no valid demo client or party")]
    Invalid(String),
    /// The SDK's settings.
    #[error("no settings for the table")]
    Settings(#[from] aws::SettingsError),
}

/// The demo clients, those kept in `data` or new ones, stored in the table.
///
/// Secrets are kept before the table has them: what is killed in between goes on at the next start.
///
/// # Errors
/// The table refuses; or what is kept is damaged, or missing while the table has the clients.
pub async fn demo_clients(
    data: Option<&DataFolder>,
    endpoints: &Endpoints,
    place: &Place,
    table: &str,
) -> Result<Vec<DemoClient>, SeedError> {
    let administration = ClientAdministration::new(connect(endpoints, place, table)?);
    let kept = data.map(kept_clients).transpose()?.flatten();
    if let (Some(data), None) = (data, &kept) {
        let registered = administration.all().await?;
        if registered
            .iter()
            .any(|client| DEMO_CLIENTS.iter().any(|demo| demo.0 == client.id.as_str()))
        {
            let (file, folder) = (data.clients(), data.path().to_owned());
            return Err(DataError::NoCredentials { file, folder }.into());
        }
    }
    let mut clients = kept.unwrap_or_default();
    let known = clients.len();
    for (id, tenant, roles, parties) in DEMO_CLIENTS {
        if !clients.iter().any(|client| client.id == id) {
            clients.push(demo(id, tenant, roles, parties));
        }
    }
    if let Some(data) = data {
        let (file, text) = (data.clients(), serde_json::to_vec_pretty(&clients));
        let written = write_private(&file, &text.unwrap_or_default());
        written.map_err(|error| DataError::refused(&file, error))?;
    }
    let hasher = SecretHasher::new(LOCAL_SECRET);
    for (n, client) in clients.iter().enumerate() {
        let client = registered(client, &hasher)?;
        // One that is there already is the one kept, unless its secret was not.
        if !administration.add(&client).await? && n >= known {
            administration
                .change(&client.id, |there| there.secrets = client.secrets.clone())
                .await?;
        }
    }
    Ok(clients)
}

/// The clients of the file; none when there is no file.
fn kept_clients(data: &DataFolder) -> Result<Option<Vec<DemoClient>>, DataError> {
    let file = data.clients();
    let text = match std::fs::read(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(DataError::refused(&file, error)),
    };
    let parsed = serde_json::from_slice(&text);
    parsed.map(Some).map_err(|error| DataError::Damaged { file, why: error.to_string() })
}

/// Registers the demo parties, the catalogue of the demo reseller, and profiles at the SM-DP+ and
/// in the pool; the ids of the products. A data folder that had them keeps what was made of them.
///
/// # Errors
/// The table refuses.
pub async fn demo_inventory(
    keeper: &Keeper,
    endpoints: &Endpoints,
    place: &Place,
    table: &str,
    smdp: &Smdp,
) -> Result<Vec<String>, SeedError> {
    if keeper.all::<bool>(SEEDED)?.is_empty() {
        let table = connect(endpoints, place, table)?;
        register_parties(&DynamoParties::new(table.clone())).await?;
        esim::esim_stock(&table, smdp).await?;
        keeper.write([Change::put(SEEDED, "inventory", &true)]);
    }
    Ok(esim::products())
}

/// Stores the demo SIMs of a network without SIM data; their numbers. Doing it again changes nothing.
///
/// # Errors
/// The table refuses.
pub async fn demo_sims(
    endpoints: &Endpoints,
    place: &Place,
    table: &str,
) -> Result<Vec<Iccid>, SeedError> {
    sims::demo_sims(&connect(endpoints, place, table)?).await
}

/// The kind of what says that a folder has its inventory.
const SEEDED: &str = "seeded";

fn connect(endpoints: &Endpoints, place: &Place, table: &str) -> Result<Table, SeedError> {
    let environment = endpoints.sdk_environment(place);
    let settings = aws::Settings::from_lookup(|name| environment.get(name).cloned())?;
    Ok(Table::connect(&settings, table))
}

/// Registers the demo parties that are not there: what the operator made of one stays.
async fn register_parties(parties: &DynamoParties) -> Result<(), SeedError> {
    for (id, hosting, fulfilment) in DEMO_PARTIES {
        let id: PartyId = id.parse().map_err(|_| SeedError::Invalid(id.to_owned()))?;
        if parties.get(&id).await?.is_none() {
            parties.put(&party(id, hosting, fulfilment)).await?;
        }
    }
    Ok(())
}

/// A local party needs two seconds or so for an order that it carries out itself, and sells what
/// the published examples order.
fn party(id: PartyId, hosting: Hosting, fulfilment: FulfilmentPolicy) -> Party {
    let sells = hosting == Hosting::Local;
    let products = vec![
        ProductSpecification {
            kind: ProductKind::Uni,
            code: "AEVPL100".to_owned(),
            name: Some("Access EVPL 100".to_owned()),
            id: Some("prd-spec-00234".to_owned()),
        },
        ProductSpecification {
            kind: ProductKind::AccessEpl,
            code: "AEPL".to_owned(),
            name: Some("accessEpl-Superfast".to_owned()),
            id: None,
        },
    ];
    Party {
        id,
        hosting,
        callback_base: None,
        products: if sells { products } else { Vec::new() },
        fulfilment,
        lead_days: 0,
        pace_seconds: sells.then_some(1),
        tolerance: Tolerance::default(),
    }
}

fn demo(id: &str, tenant: &str, roles: &[Role], parties: &[&str]) -> DemoClient {
    DemoClient {
        id: id.to_owned(),
        secret: generate_secret(),
        tenant: tenant.to_owned(),
        roles: roles.iter().map(|role| role.as_str().to_owned()).collect(),
        parties: parties.iter().map(|party| (*party).to_owned()).collect(),
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
