//! Registered clients.

use std::collections::BTreeSet;

use domain::identity::{Client, ClientDirectory, ClientId, DirectoryUnavailable};
use serde_dynamo::aws_sdk_dynamodb_1::to_item;

use crate::{
    conditions::Condition,
    connection::Table,
    error::StoreError,
    expression::{Write, text},
    keys,
    records::{ClientRecord, PartyTenantRecord},
    transaction::{self, Outcome},
};

/// Read access to clients.
#[derive(Debug, Clone)]
pub struct DynamoClients {
    table: Table,
}

impl DynamoClients {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }
}

impl ClientDirectory for DynamoClients {
    async fn client(&self, id: &ClientId) -> Result<Option<Client>, DirectoryUnavailable> {
        match self.table.get_consistent::<ClientRecord>(&keys::client(id)).await {
            Ok(record) => Ok(record.map(Client::from)),
            Err(error) => {
                tracing::warn!(%error, "client directory");
                Err(DirectoryUnavailable)
            }
        }
    }
}

/// Registration and changes of clients, for the operator.
#[derive(Debug, Clone)]
pub struct ClientAdministration {
    table: Table,
}

impl ClientAdministration {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Registers a client. Returns `false` if one with this id exists; it is not changed.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn add(&self, client: &Client) -> Result<bool, StoreError> {
        let record = ClientRecord::new(client, 1);
        let mut writes = vec![Write::put(to_item(record)?, Condition::Absent)];
        writes.extend(links(None, client)?);
        Ok(matches!(transaction::run(&self.table, writes).await?, Outcome::Done))
    }

    /// Changes a client. None: there is no such client; false: it was changed at the same time.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn change(
        &self,
        id: &ClientId,
        change: impl FnOnce(&mut Client) + Send,
    ) -> Result<Option<bool>, StoreError> {
        let Some(record) = self.table.get_consistent::<ClientRecord>(&keys::client(id)).await?
        else {
            return Ok(None);
        };
        let revision = record.revision;
        let read = Client::from(record);
        let mut client = read.clone();
        change(&mut client);
        let item = to_item(ClientRecord::new(&client, revision + 1))?;
        let mut writes = vec![Write::put(item, Condition::AsRead { revision })];
        writes.extend(links(Some(&read), &client)?);
        let outcome = transaction::run(&self.table, writes).await?;
        Ok(Some(matches!(outcome, Outcome::Done)))
    }

    /// All clients, by id.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn all(&self) -> Result<Vec<Client>, StoreError> {
        let keys = self.table.query_index("byOwner", "ownerKey", text(keys::ALL_CLIENTS)).await?;
        let mut all = Vec::with_capacity(keys.len());
        for key in keys {
            all.extend(self.table.get_consistent::<ClientRecord>(&key).await?.map(Client::from));
        }
        Ok(all)
    }
}

/// The writes that replace a client's links to its parties. A disabled client has none: a party's
/// links to a tenant end with the last enabled client.
fn links(before: Option<&Client>, after: &Client) -> Result<Vec<Write>, StoreError> {
    let old = before.map(linked).unwrap_or_default();
    let new = linked(after);
    let mut writes = Vec::new();
    for party in old.difference(&new) {
        let key = keys::party_tenant(party, &after.tenant, &after.id);
        writes.push(Write::delete(key, Condition::Present));
    }
    for party in new.difference(&old) {
        let record = PartyTenantRecord::new(party, after);
        writes.push(Write::put(to_item(record)?, Condition::Absent));
    }
    Ok(writes)
}

/// The parties that a client has links to.
fn linked(client: &Client) -> BTreeSet<&str> {
    let parties = client.parties.iter().filter(|_| !client.disabled);
    parties.map(String::as_str).collect()
}
