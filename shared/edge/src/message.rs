//! What the work queues carry.

use serde::{Deserialize, Serialize};

/// There is work to do on an order. Says nothing about the order itself: whoever receives it
/// reads the order as it is by then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderMessage {
    /// The order's id, as text.
    pub order_id: String,
    /// The revision that asked for the work; the order may be newer.
    pub revision: u64,
    /// Follows the request that placed the order.
    pub correlation_id: String,
}
