//! Responses under the idempotency keys of their requests.

use std::sync::Arc;

use domain::{
    clock::Clock,
    idempotency::{
        IdempotencyGuard, IdempotencyKey, KeyUsed, ResponseCall, ResponseStore, ResponseStoreError,
        StoredResponse,
    },
    identity::Tenant,
};
use time::OffsetDateTime;

use crate::{
    connection::Table,
    error::{GuardedError, StoreError},
    keys,
    records::IdempotencyRecord,
    transaction::Guarded,
};

/// Reads responses, and stores those of requests without an effect. A response to an effect is
/// stored in the transaction of the effect, by the adapter that has it.
#[derive(Clone)]
pub struct DynamoResponses {
    table: Table,
    clock: Arc<dyn Clock>,
}

impl DynamoResponses {
    /// In this table. By `clock` it is decided which responses have expired.
    pub const fn new(table: Table, clock: Arc<dyn Clock>) -> Self {
        Self { table, clock }
    }

    /// With another clock.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    async fn find(
        &self,
        tenant: &Tenant,
        key: &IdempotencyKey,
        now: OffsetDateTime,
    ) -> Result<Option<StoredResponse>, StoreError> {
        let key = keys::idempotency(tenant, key);
        let record: Option<IdempotencyRecord> = self.table.get_consistent(&key).await?;
        Ok(record.filter(|record| record.lives(now)).map(Into::into))
    }
}

impl ResponseStore for DynamoResponses {
    fn get<'a>(
        &'a self,
        tenant: &'a Tenant,
        key: &'a IdempotencyKey,
    ) -> ResponseCall<'a, Option<StoredResponse>> {
        let now = self.clock.now();
        Box::pin(async move { self.find(tenant, key, now).await.map_err(ResponseStoreError::new) })
    }

    /// A transaction of one write: its token tells a retry after a lost response from a second
    /// request under the key.
    fn put<'a>(&'a self, guard: &'a IdempotencyGuard) -> ResponseCall<'a, Option<KeyUsed>> {
        let now = self.clock.now();
        Box::pin(async move {
            let alone = Guarded { guard: Some(guard), writes: Vec::new(), now };
            match alone.run(&self.table).await {
                Ok(_) => Ok(None),
                Err(GuardedError::KeyUsed(used)) => Ok(Some(*used)),
                Err(GuardedError::Failed(error)) => Err(ResponseStoreError::new(error)),
            }
        })
    }
}
