//! Endpoints of tenants. Each has one of its tenant's ten indexes, so that no two concurrent
//! requests can register an eleventh.

use domain::{
    idempotency::{Idempotency, IdempotencyGuard},
    identity::Tenant,
    webhook::{Disabled, Endpoint, EndpointId, Health, MAX_ENDPOINTS, Outcome as Attempted},
};
use serde_dynamo::aws_sdk_dynamodb_1::to_item;
use time::{Duration, OffsetDateTime};

use crate::{
    StoredDelivery,
    conditions::Condition,
    connection::Table,
    deliveries,
    error::{GuardedError, StoreError},
    expression::Write,
    keys,
    records::EndpointRecord,
    transaction::{self, Guarded, Outcome},
};

/// How often a change is worked out anew, because others changed the endpoint.
const ATTEMPTS: u32 = 8;

/// The result of registering an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointAdded {
    /// It is there.
    Done,
    /// The tenant has as many as it may have.
    Full,
}

/// What the result of an attempt changes about its endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointHealth {
    /// At most its health.
    Changed(Health),
    /// It is disabled, and these messages tell the tenant's other endpoints.
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
            self.all_indexed(tenant).await?.into_iter().map(|(_, endpoint)| endpoint).collect();
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
        Ok(self.indexed(tenant, id).await?.map(|(_, endpoint)| endpoint))
    }

    /// Registers an endpoint, whose id has not been used before.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn add(&self, endpoint: &Endpoint) -> Result<EndpointAdded, GuardedError> {
        self.add_guarded(endpoint, None).await
    }

    /// The same for a request that may have an idempotency key, whose response is stored with the
    /// endpoint.
    ///
    /// # Errors
    /// The key has been used, and nothing is registered; or the database cannot be reached.
    pub async fn add_guarded(
        &self,
        endpoint: &Endpoint,
        guard: Option<&IdempotencyGuard>,
    ) -> Result<EndpointAdded, GuardedError> {
        for _ in 0..ATTEMPTS {
            let taken = self.all_indexed(&endpoint.tenant).await?;
            let free = (0..MAX_ENDPOINTS).find(|index| taken.iter().all(|(of, _)| of != index));
            let Some(index) = free else { return Ok(EndpointAdded::Full) };
            let record = EndpointRecord::new(endpoint, index);
            // A transaction: a lost response must not be taken for an index in use.
            let item = to_item(record).map_err(StoreError::from)?;
            let writes = vec![Write::put(item, Condition::Absent)];
            let guarded = Guarded { guard, writes, now: endpoint.created_at };
            if matches!(guarded.run(&self.table).await?, Outcome::Done) {
                return Ok(EndpointAdded::Done);
            }
        }
        Err(StoreError::Throttled("the endpoints of a tenant".to_owned()).into())
    }

    /// Changes an endpoint. None: there is no such endpoint. `change` may be called more than
    /// once, each time with the endpoint as it is then; its error is returned, and nothing is
    /// changed. The response under the caller's key, if any, is stored with the changed endpoint.
    ///
    /// # Errors
    /// The key has been used, and nothing is changed; or the database cannot be reached.
    pub async fn change<E: Send>(
        &self,
        tenant: &Tenant,
        id: &EndpointId,
        key: Option<&Idempotency<'_, Endpoint>>,
        now: OffsetDateTime,
        change: impl Fn(Endpoint) -> Result<Endpoint, E> + Send + Sync,
    ) -> Result<Option<Result<Endpoint, E>>, GuardedError> {
        for _ in 0..ATTEMPTS {
            let Some((index, read)) = self.indexed(tenant, id).await? else { return Ok(None) };
            let revision = read.revision;
            let changed = match change(read) {
                Ok(changed) => Endpoint { revision: revision + 1, ..changed },
                Err(refusal) => return Ok(Some(Err(refusal))),
            };
            let writes = vec![replace(&changed, index, revision)?];
            let guard = key.map(|key| key.guard(&changed)).transpose();
            let guard = guard.map_err(StoreError::from)?;
            let guarded = Guarded { guard: guard.as_ref(), writes, now };
            if matches!(guarded.run(&self.table).await?, Outcome::Done) {
                return Ok(Some(Ok(changed)));
            }
        }
        Err(StoreError::Throttled("an endpoint".to_owned()).into())
    }

    /// Deletes an endpoint that passes `check` as it is then; its error is returned, and nothing is
    /// deleted. None: there was none. The response of a request with an idempotency key is stored
    /// in the same transaction, so that a repetition finds it when the endpoint is gone.
    ///
    /// # Errors
    /// The key has been used, and nothing is deleted; or the database cannot be reached.
    pub async fn remove<E: Send>(
        &self,
        tenant: &Tenant,
        id: &EndpointId,
        guard: Option<&IdempotencyGuard>,
        now: OffsetDateTime,
        check: impl Fn(&Endpoint) -> Result<(), E> + Send + Sync,
    ) -> Result<Option<Result<(), E>>, GuardedError> {
        for _ in 0..ATTEMPTS {
            let Some((index, read)) = self.indexed(tenant, id).await? else { return Ok(None) };
            if let Err(refusal) = check(&read) {
                return Ok(Some(Err(refusal)));
            }
            let as_read = Condition::AsRead { revision: read.revision };
            let writes = vec![Write::delete(keys::endpoint(tenant, index), as_read)];
            if matches!(Guarded { guard, writes, now }.run(&self.table).await?, Outcome::Done) {
                return Ok(Some(Ok(())));
            }
        }
        Err(StoreError::Throttled("an endpoint".to_owned()).into())
    }

    /// Stores the result of an attempt that took `took`. When it disables the endpoint, the
    /// messages to the tenant's other endpoints are planned in the same transaction. `due` is
    /// when those are looked for if their messages are lost.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn attempted(
        &self,
        tenant: &Tenant,
        id: &EndpointId,
        (outcome, took): (&Attempted, Duration),
        now: OffsetDateTime,
        due: OffsetDateTime,
    ) -> Result<EndpointHealth, StoreError> {
        for _ in 0..ATTEMPTS {
            let all = self.all_indexed(tenant).await?;
            let Some((index, read)) = all.iter().find(|(_, endpoint)| endpoint.id == *id) else {
                return Ok(EndpointHealth::Changed(Health::default()));
            };
            let Some(health) = read.health.after(outcome, took, now) else {
                return Ok(EndpointHealth::Changed(read.health));
            };
            let changed = Endpoint { health, revision: read.revision + 1, ..read.clone() };
            let mut writes = vec![replace(&changed, *index, read.revision)?];
            let mut planned = Vec::new();
            if let Some(disabled) = health.disabled {
                planned = deliveries::of_disabled(&changed, disabled, &all, now);
                for delivery in &planned {
                    writes.push(deliveries::plan(delivery, due)?);
                }
            }
            if matches!(transaction::run(&self.table, writes).await?, Outcome::Done) {
                let disabled = health.disabled;
                return Ok(disabled.map_or(EndpointHealth::Changed(health), |disabled| {
                    EndpointHealth::Disabled(disabled, planned)
                }));
            }
        }
        Err(StoreError::Throttled("an endpoint".to_owned()))
    }

    async fn all_indexed(&self, tenant: &Tenant) -> Result<Vec<(u8, Endpoint)>, StoreError> {
        let (first, last) =
            (keys::endpoint(tenant, 0).sk, keys::endpoint(tenant, MAX_ENDPOINTS - 1).sk);
        let records: Vec<EndpointRecord> = self
            .table
            .query_between(keys::endpoints(tenant), (&first, &last), usize::from(MAX_ENDPOINTS))
            .await?;
        records
            .into_iter()
            .map(|record| {
                let index = record
                    .index()
                    .ok_or_else(|| StoreError::Corrupt("index of an endpoint".to_owned()))?;
                Ok((index, Endpoint::try_from(record)?))
            })
            .collect()
    }

    async fn indexed(
        &self,
        tenant: &Tenant,
        id: &EndpointId,
    ) -> Result<Option<(u8, Endpoint)>, StoreError> {
        let all = self.all_indexed(tenant).await?;
        Ok(all.into_iter().find(|(_, endpoint)| endpoint.id == *id))
    }
}

/// Writes an endpoint over the one that was read.
fn replace(endpoint: &Endpoint, index: u8, read: u64) -> Result<Write, StoreError> {
    let record = EndpointRecord::new(endpoint, index);
    Ok(Write::put(to_item(record)?, Condition::AsRead { revision: read }))
}
