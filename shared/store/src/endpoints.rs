//! Endpoints of tenants. Each stands in one of its tenant's ten places, so that no two requests
//! at once can make an eleventh.

use domain::{
    identity::Tenant,
    webhook::{Disabled, Endpoint, EndpointId, MAX_ENDPOINTS, Outcome as Attempted},
};
use serde_dynamo::aws_sdk_dynamodb_1::to_item;
use time::OffsetDateTime;

use crate::{
    StoredDelivery,
    conditions::Condition,
    connection::Table,
    deliveries,
    error::StoreError,
    expression::Write,
    keys,
    records::EndpointRecord,
    transaction::{self, Outcome},
};

/// How often a change is worked out anew, because others changed the endpoint.
const ATTEMPTS: u32 = 8;

/// What came of registering an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointAdded {
    /// It is there.
    Done,
    /// The tenant has as many as it may have.
    Full,
}

/// What an attempt did to its endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointHealth {
    /// Nothing that anybody must hear of.
    Unchanged,
    /// It is disabled, and these messages say so to the tenant's other endpoints.
    Disabled(Disabled, Vec<StoredDelivery>),
}

/// Endpoints of tenants.
#[derive(Debug, Clone)]
pub struct DynamoEndpoints {
    table: Table,
}

impl DynamoEndpoints {
    /// In this table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// A tenant's endpoints, the oldest first.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn all(&self, tenant: &Tenant) -> Result<Vec<Endpoint>, StoreError> {
        let mut all: Vec<Endpoint> =
            self.placed(tenant).await?.into_iter().map(|(_, endpoint)| endpoint).collect();
        // Ids are time-ordered.
        all.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(all)
    }

    /// One of a tenant's endpoints. None: it has no such endpoint.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn find(
        &self,
        tenant: &Tenant,
        id: &EndpointId,
    ) -> Result<Option<Endpoint>, StoreError> {
        Ok(self.place(tenant, id).await?.map(|(_, endpoint)| endpoint))
    }

    /// Registers an endpoint, whose id has not been used before.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn add(&self, endpoint: &Endpoint) -> Result<EndpointAdded, StoreError> {
        for _ in 0..ATTEMPTS {
            let taken = self.placed(&endpoint.tenant).await?;
            let free = (0..MAX_ENDPOINTS).find(|place| taken.iter().all(|(of, _)| of != place));
            let Some(place) = free else { return Ok(EndpointAdded::Full) };
            let record = EndpointRecord::new(endpoint, place);
            // A transaction: a lost answer must not be taken for a place that another has.
            let write = Write::put(to_item(record)?, Condition::Absent);
            if matches!(transaction::run(&self.table, vec![write]).await?, Outcome::Done) {
                return Ok(EndpointAdded::Done);
            }
        }
        Err(StoreError::Throttled("the endpoints of a tenant".to_owned()))
    }

    /// Changes an endpoint. None: there is no such endpoint. `change` may be called more than
    /// once, each time with the endpoint as it is then.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn change(
        &self,
        tenant: &Tenant,
        id: &EndpointId,
        change: impl Fn(Endpoint) -> Endpoint + Send + Sync,
    ) -> Result<Option<Endpoint>, StoreError> {
        for _ in 0..ATTEMPTS {
            let Some((place, read)) = self.place(tenant, id).await? else { return Ok(None) };
            let revision = read.revision;
            let changed = Endpoint { revision: revision + 1, ..change(read) };
            let write = replace(&changed, place, revision)?;
            if matches!(transaction::run(&self.table, vec![write]).await?, Outcome::Done) {
                return Ok(Some(changed));
            }
        }
        Err(StoreError::Throttled("an endpoint".to_owned()))
    }

    /// Deletes an endpoint. False: there was none.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn remove(&self, tenant: &Tenant, id: &EndpointId) -> Result<bool, StoreError> {
        for _ in 0..ATTEMPTS {
            let Some((place, read)) = self.place(tenant, id).await? else { return Ok(false) };
            let as_read = Condition::AsRead { revision: read.revision };
            let write = Write::delete(keys::endpoint(tenant, place), as_read);
            if matches!(transaction::run(&self.table, vec![write]).await?, Outcome::Done) {
                return Ok(true);
            }
        }
        Err(StoreError::Throttled("an endpoint".to_owned()))
    }

    /// Remembers how an attempt ended. When that disables the endpoint, the messages to the
    /// tenant's other endpoints are made in the same transaction. `due` is when those are looked
    /// for if nobody sends them.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn attempted(
        &self,
        tenant: &Tenant,
        id: &EndpointId,
        outcome: &Attempted,
        now: OffsetDateTime,
        due: OffsetDateTime,
    ) -> Result<EndpointHealth, StoreError> {
        for _ in 0..ATTEMPTS {
            let all = self.placed(tenant).await?;
            let Some((place, read)) = all.iter().find(|(_, endpoint)| endpoint.id == *id) else {
                return Ok(EndpointHealth::Unchanged);
            };
            let Some(health) = read.health.after(outcome, now) else {
                return Ok(EndpointHealth::Unchanged);
            };
            let changed = Endpoint { health, revision: read.revision + 1, ..read.clone() };
            let mut writes = vec![replace(&changed, *place, read.revision)?];
            let mut told = Vec::new();
            if let Some(disabled) = health.disabled {
                told = deliveries::of_disabled(&changed, disabled, &all, now);
                for delivery in &told {
                    writes.push(deliveries::plan(delivery, due)?);
                }
            }
            if matches!(transaction::run(&self.table, writes).await?, Outcome::Done) {
                let disabled = health.disabled;
                return Ok(disabled.map_or(EndpointHealth::Unchanged, |disabled| {
                    EndpointHealth::Disabled(disabled, told)
                }));
            }
        }
        Err(StoreError::Throttled("an endpoint".to_owned()))
    }

    async fn placed(&self, tenant: &Tenant) -> Result<Vec<(u8, Endpoint)>, StoreError> {
        let (first, last) =
            (keys::endpoint(tenant, 0).sk, keys::endpoint(tenant, MAX_ENDPOINTS - 1).sk);
        let records: Vec<EndpointRecord> = self
            .table
            .query_between(keys::endpoints(tenant), (&first, &last), usize::from(MAX_ENDPOINTS))
            .await?;
        records
            .into_iter()
            .map(|record| {
                let place = record
                    .place()
                    .ok_or_else(|| StoreError::Corrupt("place of an endpoint".to_owned()))?;
                Ok((place, Endpoint::try_from(record)?))
            })
            .collect()
    }

    async fn place(
        &self,
        tenant: &Tenant,
        id: &EndpointId,
    ) -> Result<Option<(u8, Endpoint)>, StoreError> {
        let all = self.placed(tenant).await?;
        Ok(all.into_iter().find(|(_, endpoint)| endpoint.id == *id))
    }
}

/// Writes an endpoint over the one that was read.
fn replace(endpoint: &Endpoint, place: u8, read: u64) -> Result<Write, StoreError> {
    let record = EndpointRecord::new(endpoint, place);
    Ok(Write::put(to_item(record)?, Condition::AsRead { revision: read }))
}
