use domain::{
    batch::{Batch, BatchId, BatchKind, BatchRequest, BatchStatus, KEPT, RequestStatus},
    identity::Tenant,
    provisioning::OrderNumber,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{from_millis, to_millis};
use crate::{error::StoreError, keys};

/// A batch without its requests.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BatchRecord {
    pk: String,
    sk: String,
    pub(crate) id: BatchId,
    pub(crate) tenant: Tenant,
    kind: BatchKind,
    status: BatchStatus,
    /// How many requests it has.
    pub(crate) size: usize,
    created_at: i64,
    pub(crate) correlation_id: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    due_shard: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) due_at: Option<i64>,
    /// Seconds since 1970: the table's TTL attribute.
    expires_at: i64,
}

/// A request of a batch.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BatchRequestRecord {
    pk: String,
    sk: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    requestid: Option<String>,
    method: String,
    resource: String,
    body: String,
    status: RequestStatus,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    info: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    order: Option<OrderNumber>,
    /// Seconds since 1970: the table's TTL attribute.
    expires_at: i64,
}

impl BatchRecord {
    /// The names of all its attributes.
    pub(crate) const ATTRIBUTES: [&str; 12] = [
        "pk",
        "sk",
        "id",
        "tenant",
        "kind",
        "status",
        "size",
        "createdAt",
        "correlationId",
        "dueShard",
        "dueAt",
        "expiresAt",
    ];

    /// Whether it was kept for its time. TTL deletes later.
    pub(crate) fn has_expired(&self, now: OffsetDateTime) -> bool {
        self.expires_at < now.unix_timestamp()
    }

    pub(crate) fn new(batch: &Batch, due: OffsetDateTime) -> Self {
        let key = keys::batch(batch.id);
        Self {
            due_shard: Some(keys::due_batch(keys::due_shard(&key.pk))),
            due_at: Some(to_millis(due)),
            pk: key.pk,
            sk: key.sk,
            id: batch.id,
            tenant: batch.tenant.clone(),
            kind: batch.kind,
            status: batch.status,
            size: batch.requests.len(),
            created_at: to_millis(batch.created_at),
            correlation_id: batch.correlation_id.clone(),
            expires_at: (batch.created_at + KEPT).unix_timestamp(),
        }
    }

    pub(crate) fn into_batch(
        self,
        tenant: Tenant,
        requests: Vec<BatchRequest>,
    ) -> Result<Batch, StoreError> {
        Ok(Batch {
            id: self.id,
            tenant,
            kind: self.kind,
            status: self.status,
            created_at: from_millis(self.created_at)?,
            correlation_id: self.correlation_id,
            requests,
        })
    }
}

impl BatchRequestRecord {
    pub(crate) fn new(batch: &Batch, place: u8, request: &BatchRequest) -> Self {
        let key = keys::batch_request(batch.id, place);
        Self {
            pk: key.pk,
            sk: key.sk,
            requestid: request.requestid.clone(),
            method: request.method.clone(),
            resource: request.resource.clone(),
            body: request.body.clone(),
            status: request.status,
            info: request.info.clone(),
            order: request.order,
            expires_at: (batch.created_at + KEPT).unix_timestamp(),
        }
    }
}

impl From<BatchRequestRecord> for BatchRequest {
    fn from(record: BatchRequestRecord) -> Self {
        Self {
            requestid: record.requestid,
            method: record.method,
            resource: record.resource,
            body: record.body,
            status: record.status,
            info: record.info,
            order: record.order,
        }
    }
}
