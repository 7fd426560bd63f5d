use domain::subscription::{Claim, SubscriptionId};
use serde::{Deserialize, Serialize};

use crate::keys;

/// Who holds a number. Without a holder it is void: a SIM that was taken out of service. The claim
/// on the SIM that a subscription was created with is the subscription itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClaimRecord {
    pk: String,
    sk: String,
    /// The holder; for a void number, the last one.
    pub(crate) subscription: SubscriptionId,
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub(crate) void: bool,
    pub(crate) revision: u64,
}

impl ClaimRecord {
    pub(crate) fn new(claim: &Claim, subscription: SubscriptionId) -> Self {
        let key = keys::claim(claim);
        Self { pk: key.pk, sk: key.sk, subscription, void: false, revision: 1 }
    }
}
