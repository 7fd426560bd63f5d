//! Subscription orders as operations of the operator's provisioning system.

use std::{collections::BTreeSet, net::Ipv4Addr};

use domain::{
    lease::Lease,
    network::{Lookup, NetworkAnswer, SubscriptionNetwork},
    numbering::{Iccid, Msisdn},
    provisioning::{Operation, ProvisioningOrder},
    subscription::{AppKey, Change, OdbProfile, Service, SubscriptionState, Tag},
};
use network::Operations;
use outbound::ClientError;
use serde::Serialize;

/// Its operations create, change and delete; what it holds is not read.
const NOT_REPAIRED: &str = "the network has no operation that repairs";

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
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<NewValues<'a>>,
}

#[derive(Serialize)]
#[serde(transparent)]
struct NewValues<'a>(#[serde(with = "ChangeRequest")] &'a Change);

/// New values: what is absent stays, a `staticIp` of null goes.
#[derive(Serialize)]
#[serde(remote = "Change", rename_all = "camelCase")]
struct ChangeRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    msisdn: Option<Msisdn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iccid: Option<Iccid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<SubscriptionState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    odb_profile: Option<OdbProfile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    static_ip: Option<Option<Ipv4Addr>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    apn_ids: Option<Vec<u32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    a2p_voice_app_key: Option<AppKey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<BTreeSet<Tag>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    services: Option<Vec<Service>>,
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
    async fn carry_out(&self, order: &ProvisioningOrder, _: &Lease) -> NetworkAnswer {
        if order.operation.is_repair() {
            return NetworkAnswer::Refused { reason: NOT_REPAIRED.to_owned() };
        }
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
                Operation::Change(change) => Some(NewValues(change)),
                _ => None,
            },
        };
        self.operations.carry_out(&key, &order.correlation_id, &request).await
    }

    async fn look_up(&self, order: &ProvisioningOrder) -> Lookup {
        self.operations.look_up(&order.id.to_string()).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_has_the_values_that_change_and_null_for_an_address_that_goes() {
        let change = Change {
            msisdn: Some("46708421488".parse().unwrap()),
            iccid: Some("89461177710001700003".parse().unwrap()),
            blocked: Some(true),
            state: Some(SubscriptionState::InUse),
            odb_profile: Some(7.try_into().unwrap()),
            static_ip: Some(None),
            apn_ids: Some(vec![4, 2]),
            a2p_voice_app_key: Some("key".parse().unwrap()),
            tags: Some(BTreeSet::from(["fleet".parse().unwrap()])),
            services: Some(Vec::new()),
        };
        let sent = serde_json::to_value(NewValues(&change)).unwrap();
        let names: BTreeSet<&str> = sent.as_object().unwrap().keys().map(String::as_str).collect();
        let expected = [
            "a2pVoiceAppKey",
            "apnIds",
            "blocked",
            "iccid",
            "msisdn",
            "odbProfile",
            "services",
            "state",
            "staticIp",
            "tags",
        ];
        assert_eq!(names, expected.into());
        assert_eq!((&sent["msisdn"], &sent["staticIp"]), (&json!("46708421488"), &json!(null)));
        let blocked = Change { blocked: Some(true), ..Change::default() };
        assert_eq!(serde_json::to_value(NewValues(&blocked)).unwrap(), json!({ "blocked": true }));
    }
}
