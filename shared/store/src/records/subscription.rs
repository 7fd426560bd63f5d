use std::{collections::BTreeSet, net::Ipv4Addr};

use domain::{
    identity::Tenant,
    numbering::{Iccid, Imsi, Msisdn},
    provisioning::OrderNumber,
    subscription::{
        AppKey, OdbProfile, Service, Subscription, SubscriptionId, SubscriptionState, Tag,
    },
};
use serde::{Deserialize, Serialize};

use crate::{connection::Item, keys};

/// A subscription, and the claim on the SIM that it was created with. `outstandingOrder` is the
/// lock.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubscriptionRecord {
    pk: String,
    sk: String,
    id: SubscriptionId,
    tenant: Tenant,
    iccid: Iccid,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    msisdn: Option<Msisdn>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    imsi: Option<Imsi>,
    state: SubscriptionState,
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    blocked: bool,
    #[serde(default)]
    odb_profile: OdbProfile,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    static_ip: Option<Ipv4Addr>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    apn_ids: Vec<u32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    a2p_voice_app_key: Option<AppKey>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty", default)]
    tags: BTreeSet<Tag>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    services: Vec<Service>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    outstanding_order: Option<OrderNumber>,
    revision: u64,
    owner_key: String,
    owner_sort: String,
}

impl SubscriptionRecord {
    /// Its attributes beside the key and the revision, which a void claim has as well.
    pub(crate) const ATTRIBUTES: [&str; 16] = [
        "id",
        "tenant",
        "iccid",
        "msisdn",
        "imsi",
        "state",
        "blocked",
        "odbProfile",
        "staticIp",
        "apnIds",
        "a2pVoiceAppKey",
        "tags",
        "services",
        "outstandingOrder",
        "ownerKey",
        "ownerSort",
    ];

    /// Whether an item is a subscription, and no claim on a number.
    pub(crate) fn is_in(item: &Item) -> bool {
        item.contains_key("iccid")
    }
}

impl From<&Subscription> for SubscriptionRecord {
    fn from(subscription: &Subscription) -> Self {
        let key = keys::subscription(subscription.id);
        let subscription = subscription.clone();
        Self {
            pk: key.pk,
            sk: key.sk,
            owner_key: keys::subscriptions_of(&subscription.tenant),
            // Ids are time-ordered: they sort a tenant's subscriptions by age.
            owner_sort: subscription.id.to_string(),
            id: subscription.id,
            tenant: subscription.tenant,
            iccid: subscription.iccid,
            msisdn: subscription.msisdn,
            imsi: subscription.imsi,
            state: subscription.state,
            blocked: subscription.blocked,
            odb_profile: subscription.odb_profile,
            static_ip: subscription.static_ip,
            apn_ids: subscription.apn_ids,
            a2p_voice_app_key: subscription.a2p_voice_app_key,
            tags: subscription.tags,
            services: subscription.services,
            outstanding_order: subscription.outstanding_order,
            revision: subscription.revision,
        }
    }
}

impl From<SubscriptionRecord> for Subscription {
    fn from(record: SubscriptionRecord) -> Self {
        Self {
            id: record.id,
            tenant: record.tenant,
            iccid: record.iccid,
            msisdn: record.msisdn,
            imsi: record.imsi,
            state: record.state,
            blocked: record.blocked,
            odb_profile: record.odb_profile,
            static_ip: record.static_ip,
            apn_ids: record.apn_ids,
            a2p_voice_app_key: record.a2p_voice_app_key,
            tags: record.tags,
            services: record.services,
            outstanding_order: record.outstanding_order,
            revision: record.revision,
        }
    }
}
