//! Registered clients.

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

/// Looks clients up. Can do nothing else.
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

/// Registers and changes clients: the operator's.
#[derive(Debug, Clone)]
pub struct ClientAdministration {
    table: Table,
}

impl ClientAdministration {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// Registers a client. False: there is one with this id already, unchanged.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn add(&self, client: &Client) -> Result<bool, StoreError> {
        // First, and harmless without the client: its tenant is told of the orders of its parties.
        for party in &client.parties {
            let record = PartyTenantRecord::new(party, &client.tenant);
            self.table.put(Write::put(to_item(record)?, Condition::Absent)).await?;
        }
        let record = ClientRecord::new(client, 1);
        let write = Write::put(to_item(record)?, Condition::Absent);
        Ok(matches!(transaction::run(&self.table, vec![write]).await?, Outcome::Done))
    }

    /// Changes a client. None: there is no such client; false: somebody else changed it at the
    /// same moment.
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
        let read = record.revision;
        let mut client = Client::from(record);
        change(&mut client);
        let item = to_item(ClientRecord::new(&client, read + 1))?;
        let write = Write::put(item, Condition::AsRead { revision: read });
        let outcome = transaction::run(&self.table, vec![write]).await?;
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
