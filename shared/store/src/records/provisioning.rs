use domain::{
    identity::Tenant,
    numbering::{Iccid, Imsi, Msisdn},
    order::Timing,
    provisioning::{BatchOrigin, Operation, OrderNumber, OrderStatus, ProvisioningOrder},
    subscription::{Change, SubscriptionId},
};
use serde::{Deserialize, Serialize};

use super::{HistoryRecord, OrderHeader, from_millis, history, history_record, to_millis};
use crate::{error::StoreError, keys};

/// A provisioning order. Kept below one write unit: no field is stored that another implies.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProvisioningRecord {
    #[serde(flatten)]
    pub(crate) header: OrderHeader,
    tenant: Tenant,
    subscription: SubscriptionId,
    operation: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    change: Option<Box<Change>>,
    iccid: Iccid,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    msisdn: Option<Msisdn>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    imsi: Option<Imsi>,
    order_date: i64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    batch: Option<BatchOrigin>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    history: HistoryRecord<OrderStatus>,
}

impl ProvisioningRecord {
    /// A new order.
    pub(crate) fn new(order: &ProvisioningOrder, timing: Timing) -> Self {
        let header = OrderHeader::placed(order, &order.correlation_id, &(), timing);
        let change = match &order.operation {
            Operation::Change(change) => Some(change.clone()),
            Operation::Create | Operation::Delete => None,
        };
        Self {
            header,
            tenant: order.tenant.clone(),
            subscription: order.subscription,
            operation: order.operation.as_str().to_owned(),
            change,
            iccid: order.iccid.clone(),
            msisdn: order.msisdn.clone(),
            imsi: order.imsi.clone(),
            order_date: to_millis(order.order_date),
            batch: order.batch.clone(),
            history: history_record(&order.history),
        }
    }
}

impl TryFrom<ProvisioningRecord> for ProvisioningOrder {
    type Error = StoreError;

    fn try_from(record: ProvisioningRecord) -> Result<Self, StoreError> {
        let corrupt = |what: &str| StoreError::Corrupt(format!("{}: {what}", record.header.pk));
        let id = keys::order_id(&record.header.pk)
            .and_then(|id| id.parse::<OrderNumber>().ok())
            .ok_or_else(|| corrupt("order number"))?;
        let operation = match (record.operation.as_str(), record.change) {
            ("CREATE", None) => Operation::Create,
            ("CHANGE", Some(change)) => Operation::Change(change),
            ("DELETE", None) => Operation::Delete,
            _ => return Err(StoreError::Corrupt(format!("{}: operation", record.header.pk))),
        };
        let status = OrderStatus::ALL
            .into_iter()
            .find(|status| status.as_str() == record.header.status)
            .ok_or_else(|| StoreError::Corrupt(format!("{}: status", record.header.pk)))?;
        Ok(Self {
            id,
            tenant: record.tenant,
            subscription: record.subscription,
            operation,
            iccid: record.iccid,
            msisdn: record.msisdn,
            imsi: record.imsi,
            status,
            order_date: from_millis(record.order_date)?,
            batch: record.batch,
            history: history(record.history, 2)?,
            needs_intervention: record.header.intervention()?,
            correlation_id: record.header.correlation_id,
            revision: record.header.revision,
        })
    }
}
