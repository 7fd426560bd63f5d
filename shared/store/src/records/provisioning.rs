use domain::{
    identity::Tenant,
    numbering::{Iccid, Imsi, Msisdn},
    provisioning::{BatchOrigin, Operation, OrderStatus, ProvisioningOrder},
    subscription::{Change, SubscriptionId},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Millis, OrderRecord};
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
    batch: Option<BatchOrigin>,
}

/// The format of an [`Operation`].
#[derive(Serialize, Deserialize)]
#[serde(
    remote = "Operation",
    tag = "operation",
    content = "change",
    rename_all = "SCREAMING_SNAKE_CASE"
)]
enum OperationRecord {
    Create,
    Change(Box<Change>),
    Delete,
}

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
            revision: header.revision,
        })
    }
}
