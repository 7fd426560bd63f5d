use std::{sync::Arc, time::Duration as StdDuration};

use domain::{
    batch::{Batch, BatchId, BatchKind, BatchRequest, BatchStatus, RequestStatus, batch_info},
    clock::Clock,
    idempotency::Idempotency,
    identity::Tenant,
};
use lambda::{dispatch::Dispatch, message::BatchMessage};
use store::{DynamoBatches, GuardedError, StoreError};
use time::Duration;
use uuid::Uuid;

use crate::batch;

/// Who sends a batch, and how.
#[derive(Debug, Clone, Copy)]
pub struct BatchContext<'a> {
    /// The owner of the batch.
    pub tenant: &'a Tenant,
    /// Follows the request.
    pub correlation_id: &'a str,
    /// The caller's key, and the response to store with the batch.
    pub idempotency: Option<&'a Idempotency<'a, Batch>>,
}

/// The service of batches: stores them, and hands them to `batch-worker`.
pub struct Batches<D> {
    /// The batches.
    pub batches: DynamoBatches,
    /// The queue of the worker.
    pub queue: D,
    /// How long a batch may be left alone.
    pub watchdog: Duration,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl<D: Dispatch> Batches<D> {
    /// Checks every request and stores the batch. Malformed and repeated requests are REJECTED;
    /// the worker executes the others.
    ///
    /// When the process dies after the transaction, no message is sent: the watchdog hands the
    /// batch to the worker.
    ///
    /// # Errors
    /// The key has been used, and nothing is executed; or the database cannot be reached.
    pub async fn create(
        &self,
        context: &BatchContext<'_>,
        kind: BatchKind,
        requests: Vec<BatchRequest>,
    ) -> Result<Batch, GuardedError> {
        let now = self.clock.now();
        let mut batch = Batch {
            id: BatchId(Uuid::new_v4()),
            tenant: context.tenant.clone(),
            kind,
            status: BatchStatus::Initialised,
            created_at: now,
            correlation_id: context.correlation_id.to_owned(),
            requests,
        };
        for request in &mut batch.requests {
            if let Err(wrong) = batch::command(&request.method, &request.resource, &request.body) {
                request.status = RequestStatus::Rejected;
                request.info = Some(batch_info(&wrong));
            }
        }
        batch.reject_repetitions(subject);
        let guard = context.idempotency.map(|key| key.guard(&batch)).transpose();
        let guard = guard.map_err(StoreError::from)?;
        self.batches.add(&batch, now + self.watchdog, guard.as_ref()).await?;
        let message = BatchMessage {
            batch_id: batch.id,
            index: None,
            correlation_id: batch.correlation_id.clone(),
        };
        // A lost message is harmless: the watchdog sends another.
        self.queue.dispatch(vec![(message.to_body(), StdDuration::ZERO)]).await;
        tracing::info!(batch_id = %batch.id, requests = batch.requests.len(), "batch accepted");
        Ok(batch)
    }

    /// A batch of this tenant. `None`: it has no such batch.
    ///
    /// # Errors
    /// The database cannot be reached, or an item cannot be read.
    pub async fn get(&self, tenant: &Tenant, id: BatchId) -> Result<Option<Batch>, StoreError> {
        let found = self.batches.get(id, self.clock.now()).await?;
        Ok(found.filter(|batch| batch.tenant == *tenant))
    }
}

fn subject(request: &BatchRequest) -> String {
    batch::command(&request.method, &request.resource, &request.body)
        .map_or_else(|_| request.resource.clone(), |command| batch::subject(&command))
}
