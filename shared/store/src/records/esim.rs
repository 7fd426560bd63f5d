use domain::{
    esim::{
        CustomerId, EsimOrder, EsimOrderDetails, EsimOrderStatus, Failure, Fulfilment,
        Installation, PlanId, ProfileType, SentInput,
    },
    identity::Tenant,
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    Millis, OrderRecord,
    details::DetailsRecord,
    format::Maybe,
    fulfilment::{FailureRecord, FulfilmentRecord, InstallationRecord},
};
use crate::error::StoreError;

/// What only an eSIM order has.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EsimOrderBody {
    tenant: Tenant,
    customer: CustomerId,
    #[serde(with = "DetailsRecord")]
    details: EsimOrderDetails,
    profile_type: Option<ProfileType>,
    plan_ids: Vec<PlanId>,
    input: String,
    #[serde(default, with = "Maybe::<InstallationRecord>")]
    installation: Option<Installation>,
    #[serde(with = "Millis")]
    order_date: OffsetDateTime,
    #[serde(flatten)]
    state: EsimOrderState,
}

/// What events change of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct EsimOrderState {
    #[serde(with = "FulfilmentRecord")]
    fulfilment: Fulfilment,
    #[serde(default, with = "Maybe::<FailureRecord>")]
    failure: Option<Failure>,
}

/// What an erasure of its customer changes of it.
#[derive(Debug, Serialize)]
pub(crate) struct EsimOrderErasure {
    #[serde(with = "DetailsRecord")]
    details: EsimOrderDetails,
    input: String,
    #[serde(with = "Maybe::<FailureRecord>")]
    failure: Option<Failure>,
}

impl From<EsimOrder> for EsimOrderErasure {
    fn from(order: EsimOrder) -> Self {
        Self { details: order.details, input: order.input.0, failure: order.failure }
    }
}

impl From<&EsimOrder> for EsimOrderState {
    fn from(order: &EsimOrder) -> Self {
        Self { fulfilment: order.fulfilment.clone(), failure: order.failure.clone() }
    }
}

impl From<&EsimOrder> for EsimOrderBody {
    fn from(order: &EsimOrder) -> Self {
        let state = order.into();
        let order = order.clone();
        Self {
            tenant: order.tenant,
            customer: order.customer,
            details: order.details,
            profile_type: order.profile_type,
            plan_ids: order.plan_ids,
            input: order.input.0,
            installation: order.installation,
            order_date: order.order_date,
            state,
        }
    }
}

impl TryFrom<OrderRecord<EsimOrderBody, EsimOrderStatus>> for EsimOrder {
    type Error = StoreError;

    fn try_from(record: OrderRecord<EsimOrderBody, EsimOrderStatus>) -> Result<Self, StoreError> {
        let OrderRecord { header, body, history } = record;
        Ok(Self {
            id: header.id()?,
            tenant: body.tenant,
            customer: body.customer,
            details: body.details,
            profile_type: body.profile_type,
            plan_ids: body.plan_ids,
            input: SentInput(body.input),
            status: header.status()?,
            fulfilment: body.state.fulfilment,
            failure: body.state.failure,
            installation: body.installation,
            order_date: body.order_date,
            history: header.history(history)?,
            needs_intervention: header.intervention()?,
            correlation_id: header.correlation_id,
            attempts: header.attempts,
            revision: header.revision,
        })
    }
}
