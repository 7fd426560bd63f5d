//! What the function answers with, as JSON.

#[cfg(feature = "openapi")]
mod example;

use domain::{
    batch::{Batch, BatchRequest},
    clock::rfc3339,
    provisioning::OrderNumber,
};
use serde::Serialize;

/// A request of a batch.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct BatchRequestResponse {
    /// The caller's name for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    requestid: Option<String>,
    /// `APPROVED`, `REJECTED`, `FAILED`, `PROCESSING`, `COMPLETED` or `CANCELED`.
    #[cfg_attr(
        feature = "openapi",
        schemars(extend("enum" = [
            "APPROVED", "REJECTED", "FAILED", "PROCESSING", "COMPLETED", "CANCELED"
        ]))
    )]
    status: &'static str,
    /// Why; null when there is nothing to say.
    info: Option<String>,
    /// Its order; null while there is none.
    orderid: Option<u64>,
}

impl From<&BatchRequest> for BatchRequestResponse {
    fn from(request: &BatchRequest) -> Self {
        Self {
            requestid: request.requestid.clone(),
            status: request.status.as_str(),
            info: request.info.clone(),
            orderid: request.order.map(OrderNumber::get),
        }
    }
}

/// A batch.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct BatchResponse {
    /// A UUID.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "uuid")))]
    batchid: String,
    /// When it was accepted.
    #[cfg_attr(feature = "openapi", schemars(extend("format" = "date-time")))]
    creationdate: String,
    /// `INITIALISING`, `PROCESSING`, `COMPLETED` or `PARTIALLY_COMPLETED`.
    #[cfg_attr(
        feature = "openapi",
        schemars(extend("enum" = [
            "INITIALISING", "PROCESSING", "COMPLETED", "PARTIALLY_COMPLETED"
        ]))
    )]
    status: &'static str,
    /// In the order in which they were sent.
    requests: Vec<BatchRequestResponse>,
}

impl From<&Batch> for BatchResponse {
    fn from(batch: &Batch) -> Self {
        Self {
            batchid: batch.id.to_string(),
            creationdate: rfc3339(batch.created_at),
            status: batch.status.as_str(),
            requests: batch.requests.iter().map(Into::into).collect(),
        }
    }
}
