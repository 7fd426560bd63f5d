//! Demo clients, whose credentials are printed, the carriers that two of them act for, and what
//! eSIM orders need.

mod esim;

use std::{collections::BTreeSet, io, path::Path};

use api::identity::{SecretHasher, generate_secret};
use domain::{
    carrier::{
        FulfilmentPolicy, Hosting, Party, PartyId, ProductKind, ProductSpecification, Tolerance,
    },
    identity::{Client, ClientId, Role, Tenant},
};
use serde::{Deserialize, Serialize};
use store::{ClientAdministration, DynamoParties, StoreError, Table};
use thiserror::Error;

use crate::{
    runtime::Endpoints,
    smdp::Smdp,
    template::{LOCAL_SECRET, Place},
};

const CREDENTIALS_FILE: &str = "clients.json";

/// Id, tenant, role, parties.
const DEMO_CLIENTS: [(&str, &str, Role, &[&str]); 7] = [
    ("demo-ecc-1", "demo-1", Role::Ecc, &[]),
    ("demo-ecc-2", "demo-2", Role::Ecc, &[]),
    ("demo-buyer", "demo-buyer", Role::Buyer, &["Verizon"]),
    ("demo-seller", "demo-seller", Role::Seller, &["Cox Spectrum Business", "Cox"]),
    ("demo-reseller", esim::TENANT, Role::Reseller, &[]),
    ("demo-account-manager", esim::TENANT, Role::AccountManager, &[]),
    (SMDP_CLIENT, "demo-operator", Role::Operator, &[]),
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
    /// The kept credentials cannot be read or written.
    #[error("cannot keep the demo credentials")]
    File(#[from] io::Error),
    /// The kept credentials are no such file.
    #[error("the kept demo credentials are malformed")]
    Malformed(#[from] serde_json::Error),
    /// An id, tenant or role is not one the domain allows.
    #[error("{0} is no valid demo client or party")]
    Invalid(String),
    /// The SDK's settings.
    #[error("no settings for the table")]
    Settings(#[from] aws::SettingsError),
}

/// The demo clients, those kept in `data` or new ones, stored in the table; and the demo parties.
pub async fn demo_clients(
    data: Option<&Path>,
    endpoints: &Endpoints,
    place: &Place,
    table: &str,
) -> Result<Vec<DemoClient>, SeedError> {
    let file = data.map(|folder| folder.join(CREDENTIALS_FILE));
    let kept = file.as_ref().and_then(|file| std::fs::read(file).ok());
    let mut clients: Vec<DemoClient> = match kept {
        Some(kept) => serde_json::from_slice(&kept)?,
        None => Vec::new(),
    };
    for (id, tenant, role, parties) in DEMO_CLIENTS {
        if !clients.iter().any(|client| client.id == id) {
            clients.push(demo(id, tenant, role, parties));
        }
    }
    let table = connect(endpoints, place, table)?;
    register_parties(&DynamoParties::new(table.clone())).await?;
    let administration = ClientAdministration::new(table);
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

/// The catalogue of the demo reseller, and profiles at the SM-DP+ and in the pool; the ids of the
/// products.
pub async fn demo_esims(
    endpoints: &Endpoints,
    place: &Place,
    table: &str,
    smdp: &Smdp,
) -> Result<Vec<String>, SeedError> {
    esim::esim_stock(&connect(endpoints, place, table)?, smdp).await
}

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

fn demo(id: &str, tenant: &str, role: Role, parties: &[&str]) -> DemoClient {
    DemoClient {
        id: id.to_owned(),
        secret: generate_secret(),
        tenant: tenant.to_owned(),
        roles: vec![role.as_str().to_owned()],
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

/// Only the owner may read credentials.
fn write_private(file: &Path, content: &[u8]) -> io::Result<()> {
    use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(file)?.write_all(content)
}
