//! Subscription orders as operations of the operator's provisioning system.

use domain::{
    network::{Lookup, NetworkAnswer, SubscriptionNetwork},
    provisioning::{Operation, ProvisioningOrder},
    subscription::Change,
};
use network::Operations;
use outbound::ClientError;
use serde::Serialize;

/// The adapter.
#[derive(Debug, Clone)]
pub struct HttpNetwork {
    operations: Operations,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OperationRequest<'a> {
    operation_id: &'a str,
    kind: &'static str,
    subscription: SubscriptionNumbers<'a>,
    /// New values: what is absent stays, a `staticIp` of null goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<&'a Change>,
}

#[derive(Serialize)]
struct SubscriptionNumbers<'a> {
    iccid: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    msisdn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    imsi: Option<&'a str>,
}

impl HttpNetwork {
    /// The system at `base`, a URL without a trailing slash.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(base: &str) -> Result<Self, ClientError> {
        Ok(Self { operations: Operations::new(base)? })
    }
}

impl SubscriptionNetwork for HttpNetwork {
    async fn carry_out(&self, order: &ProvisioningOrder) -> NetworkAnswer {
        let key = order.id.to_string();
        let request = OperationRequest {
            operation_id: &key,
            kind: order.operation.as_str(),
            subscription: SubscriptionNumbers {
                iccid: order.iccid.as_str(),
                msisdn: order.msisdn.as_ref().map(|number| number.as_str()),
                imsi: order.imsi.as_ref().map(|number| number.as_str()),
            },
            change: match &order.operation {
                Operation::Change(change) => Some(change),
                Operation::Create | Operation::Delete => None,
            },
        };
        self.operations.carry_out(&key, &order.correlation_id, &request).await
    }

    async fn look_up(&self, order: &ProvisioningOrder) -> Lookup {
        self.operations.look_up(&order.id.to_string()).await
    }
}
