use domain::{
    identity::Tenant,
    order::OrderKind,
    service_order::{
        CancelTask, Face, Item, ItemAction, ItemFailure, ItemId, ItemOrder, ItemState, OrderState,
        Rights, ServiceOrder, TaskState,
    },
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    Millis, OrderRecord,
    format::{Each, Maybe, format_of},
};
use crate::{error::StoreError, keys};

/// A service order without its document.
pub(crate) type ServiceOrderRecord = OrderRecord<ServiceOrderBody, OrderState>;

/// What only a service order has.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceOrderBody {
    tenant: Tenant,
    face: Face,
    rights: Rights,
    external_id: Option<String>,
    #[serde(with = "Millis")]
    order_date: OffsetDateTime,
    #[serde(skip_deserializing)]
    owner_key: String,
    #[serde(skip_deserializing)]
    owner_sort: String,
    #[serde(flatten)]
    state: ServiceOrderState,
}

/// What events change of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceOrderState {
    #[serde(default, with = "Maybe::<Millis>")]
    start_at: Option<OffsetDateTime>,
    #[serde(with = "Each::<ItemRecord>")]
    items: Vec<Item>,
    #[serde(with = "Each::<CancelTaskRecord>")]
    cancel_tasks: Vec<CancelTask>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Item", rename_all = "camelCase")]
struct ItemRecord {
    id: ItemId,
    action: ItemAction,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    within: Option<ItemId>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    after: Vec<ItemId>,
    state: ItemState,
    #[serde(skip_serializing_if = "Option::is_none", default, with = "Maybe::<Millis>")]
    begun: Option<OffsetDateTime>,
    #[serde(skip_serializing_if = "Option::is_none", default, with = "Maybe::<ItemOrderRecord>")]
    order: Option<ItemOrder>,
    #[serde(skip_serializing_if = "Option::is_none", default, with = "Maybe::<ItemFailureRecord>")]
    failure: Option<ItemFailure>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    results: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Option::is_none", default, with = "Maybe::<Millis>")]
    alert: Option<OffsetDateTime>,
}

format_of!(Item: ItemRecord);

#[derive(Serialize, Deserialize)]
#[serde(remote = "ItemOrder")]
struct ItemOrderRecord {
    kind: OrderKind,
    id: String,
}

format_of!(ItemOrder: ItemOrderRecord);

#[derive(Serialize, Deserialize)]
#[serde(remote = "ItemFailure")]
struct ItemFailureRecord {
    code: String,
    message: String,
}

format_of!(ItemFailure: ItemFailureRecord);

#[derive(Serialize, Deserialize)]
#[serde(remote = "CancelTask", rename_all = "camelCase")]
struct CancelTaskRecord {
    number: u8,
    #[serde(with = "Millis")]
    requested_at: OffsetDateTime,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default, with = "Maybe::<Millis>")]
    wanted_at: Option<OffsetDateTime>,
    state: TaskState,
    #[serde(skip_serializing_if = "Option::is_none", default, with = "Maybe::<Millis>")]
    ended_at: Option<OffsetDateTime>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    message: Option<String>,
}

format_of!(CancelTask: CancelTaskRecord);

/// The claim on a client's id of an order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ExternalIdRecord {
    pub(crate) pk: String,
    pub(crate) sk: String,
    /// The order that has it.
    pub(crate) order: String,
    /// Of the request that placed the order.
    pub(crate) fingerprint: String,
}

impl From<&ServiceOrder> for ServiceOrderState {
    fn from(order: &ServiceOrder) -> Self {
        let ServiceOrder { start_at, items, cancel_tasks, .. } = order.clone();
        Self { start_at, items, cancel_tasks }
    }
}

impl From<&ServiceOrder> for ServiceOrderBody {
    fn from(order: &ServiceOrder) -> Self {
        let state = order.into();
        let order = order.clone();
        Self {
            owner_key: keys::service_orders_of(&order.tenant, order.face),
            owner_sort: keys::dated(order.order_date, &order.id.to_string()),
            tenant: order.tenant,
            face: order.face,
            rights: order.rights,
            external_id: order.external_id,
            order_date: order.order_date,
            state,
        }
    }
}

impl TryFrom<ServiceOrderRecord> for ServiceOrder {
    type Error = StoreError;

    fn try_from(record: ServiceOrderRecord) -> Result<Self, StoreError> {
        let OrderRecord { header, body, history } = record;
        Ok(Self {
            id: header.id()?,
            face: body.face,
            tenant: body.tenant,
            rights: body.rights,
            external_id: body.external_id,
            order_date: body.order_date,
            start_at: body.state.start_at,
            items: body.state.items,
            cancel_tasks: body.state.cancel_tasks,
            history: header.history(history)?,
            needs_intervention: header.intervention()?,
            correlation_id: header.correlation_id,
            revision: header.revision,
        })
    }
}
