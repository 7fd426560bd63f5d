use std::{collections::BTreeSet, net::Ipv4Addr};

use domain::{
    batch::BatchId,
    identity::Tenant,
    numbering::{Iccid, Imsi, Msisdn},
    provisioning::{BatchOrigin, Operation, OrderStatus, ProvisioningOrder},
    subscription::{AppKey, Change, OdbProfile, Service, SubscriptionId, SubscriptionState, Tag},
};
use serde::{Deserialize, Deserializer, Serialize};
use time::OffsetDateTime;

use super::{
    Millis, OrderRecord,
    format::{Boxed, Maybe, format_of},
};
use crate::error::StoreError;

/// What only a provisioning order has. Kept below one write unit: no field is stored that another
/// implies.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProvisioningBody {
    tenant: Tenant,
    subscription: SubscriptionId,
    #[serde(flatten, with = "OperationRecord")]
    operation: Operation,
    iccid: Iccid,
    msisdn: Option<Msisdn>,
    imsi: Option<Imsi>,
    #[serde(with = "Millis")]
    order_date: OffsetDateTime,
    #[serde(default, with = "Maybe::<BatchOriginRecord>")]
    batch: Option<BatchOrigin>,
}

#[derive(Serialize, Deserialize)]
#[serde(
    remote = "Operation",
    tag = "operation",
    content = "change",
    rename_all = "SCREAMING_SNAKE_CASE"
)]
enum OperationRecord {
    Create,
    #[serde(with = "Boxed::<ChangeRecord>")]
    Change(Box<Change>),
    Delete,
    Restore,
    Withdraw,
}

/// The format of a change. The names are those of [`super::SubscriptionRecord`], which the test
/// `a_change_is_applied_to_every_attribute_of_the_record` holds together.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Change", rename_all = "camelCase")]
pub(crate) struct ChangeRecord {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    msisdn: Option<Msisdn>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    iccid: Option<Iccid>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    blocked: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    state: Option<SubscriptionState>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    odb_profile: Option<OdbProfile>,
    /// `NULL` removes the address.
    #[serde(skip_serializing_if = "Option::is_none", default, deserialize_with = "explicit_null")]
    static_ip: Option<Option<Ipv4Addr>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    apn_ids: Option<Vec<u32>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    a2p_voice_app_key: Option<AppKey>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    tags: Option<BTreeSet<Tag>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    services: Option<Vec<Service>>,
}

format_of!(Change: ChangeRecord);

fn explicit_null<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<Ipv4Addr>>, D::Error> {
    Option::deserialize(from).map(Some)
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "BatchOrigin")]
struct BatchOriginRecord {
    id: BatchId,
    index: u8,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    requestid: Option<String>,
}

format_of!(BatchOrigin: BatchOriginRecord);

impl From<&ProvisioningOrder> for ProvisioningBody {
    fn from(order: &ProvisioningOrder) -> Self {
        let order = order.clone();
        Self {
            tenant: order.tenant,
            subscription: order.subscription,
            operation: order.operation,
            iccid: order.iccid,
            msisdn: order.msisdn,
            imsi: order.imsi,
            order_date: order.order_date,
            batch: order.batch,
        }
    }
}

impl TryFrom<OrderRecord<ProvisioningBody, OrderStatus>> for ProvisioningOrder {
    type Error = StoreError;

    fn try_from(record: OrderRecord<ProvisioningBody, OrderStatus>) -> Result<Self, StoreError> {
        let OrderRecord { header, body, history } = record;
        Ok(Self {
            id: header.id()?,
            tenant: body.tenant,
            subscription: body.subscription,
            operation: body.operation,
            iccid: body.iccid,
            msisdn: body.msisdn,
            imsi: body.imsi,
            status: header.status()?,
            order_date: body.order_date,
            batch: body.batch,
            history: header.history(history)?,
            needs_intervention: header.intervention()?,
            correlation_id: header.correlation_id,
            attempts: header.attempts,
            revision: header.revision,
        })
    }
}
