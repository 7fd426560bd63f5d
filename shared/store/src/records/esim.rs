use std::collections::BTreeSet;

use domain::{
    esim::{
        Currency, Customer, CustomerDetails, CustomerId, Esim, EsimIccid, EsimOrder,
        EsimOrderDetails, EsimOrderId, EsimOrderStatus, EsimPlan, Failure, Fulfilment,
        Installation, PlanId, PoolState, ProfileType, SentInput,
    },
    identity::Tenant,
    numbering::Iccid,
    order::Timing,
};
use serde::{Deserialize, Serialize};

use super::{HistoryRecord, OrderHeader, from_millis, history, history_record, to_millis};
use crate::{error::StoreError, keys};

/// An eSIM order.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EsimOrderRecord {
    #[serde(flatten)]
    pub(crate) header: OrderHeader,
    pub(crate) tenant: Tenant,
    customer: CustomerId,
    details: EsimOrderDetails,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    profile_type: Option<ProfileType>,
    plan_ids: Vec<PlanId>,
    input: SentInput,
    pub(crate) fulfilment: Fulfilment,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    failure: Option<Failure>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    installation: Option<Installation>,
    order_date: i64,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    history: HistoryRecord<EsimOrderStatus>,
}

impl EsimOrderRecord {
    /// A new order.
    pub(crate) fn new(order: &EsimOrder, timing: Timing) -> Self {
        let header = OrderHeader::placed(order, &order.correlation_id, &(), timing);
        Self {
            header,
            tenant: order.tenant.clone(),
            customer: order.customer,
            details: order.details.clone(),
            profile_type: order.profile_type.clone(),
            plan_ids: order.plan_ids.clone(),
            input: order.input.clone(),
            fulfilment: order.fulfilment.clone(),
            failure: order.failure.clone(),
            installation: order.installation.clone(),
            order_date: to_millis(order.order_date),
            history: history_record(&order.history),
        }
    }
}

impl TryFrom<EsimOrderRecord> for EsimOrder {
    type Error = StoreError;

    fn try_from(record: EsimOrderRecord) -> Result<Self, StoreError> {
        let header = record.header;
        let corrupt = |what: &str| StoreError::Corrupt(format!("{}: {what}", header.pk));
        let id = keys::order_id(&header.pk)
            .and_then(|id| id.parse().ok())
            .ok_or_else(|| corrupt("order id"))?;
        let status = header.status.parse().map_err(|_| corrupt("status"))?;
        Ok(Self {
            id,
            tenant: record.tenant,
            customer: record.customer,
            details: record.details,
            profile_type: record.profile_type,
            plan_ids: record.plan_ids,
            input: record.input,
            status,
            fulfilment: record.fulfilment,
            failure: record.failure,
            installation: record.installation,
            order_date: from_millis(record.order_date)?,
            history: history(record.history, 2)?,
            needs_intervention: header.intervention()?,
            correlation_id: header.correlation_id,
            revision: header.revision,
        })
    }
}

/// An eSIM that an order has produced.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EsimRecord {
    pk: String,
    sk: String,
    tenant: Tenant,
    iccid: EsimIccid,
    customer: CustomerId,
    plans: Vec<EsimPlan>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) outstanding_order: Option<EsimOrderId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    installation: Option<Installation>,
    revision: u64,
    /// Lists the eSIM for its customer.
    owner_key: String,
    owner_sort: String,
}

impl From<&Esim> for EsimRecord {
    fn from(esim: &Esim) -> Self {
        let key = keys::esim(&esim.tenant, &esim.iccid);
        Self {
            pk: key.pk,
            sk: key.sk,
            tenant: esim.tenant.clone(),
            iccid: esim.iccid.clone(),
            customer: esim.customer,
            plans: esim.plans.clone(),
            outstanding_order: esim.outstanding_order,
            installation: esim.installation.clone(),
            revision: esim.revision,
            owner_key: keys::esims_of(esim.customer),
            owner_sort: esim.iccid.to_string(),
        }
    }
}

impl From<EsimRecord> for Esim {
    fn from(record: EsimRecord) -> Self {
        Self {
            iccid: record.iccid,
            tenant: record.tenant,
            customer: record.customer,
            plans: record.plans,
            outstanding_order: record.outstanding_order,
            installation: record.installation,
            revision: record.revision,
        }
    }
}

/// A customer of a tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CustomerRecord {
    pk: String,
    sk: String,
    id: CustomerId,
    tenant: Tenant,
    details: CustomerDetails,
    revision: u64,
}

impl From<&Customer> for CustomerRecord {
    fn from(customer: &Customer) -> Self {
        let key = keys::customer(&customer.tenant, &customer.details.email);
        Self {
            pk: key.pk,
            sk: key.sk,
            id: customer.id,
            tenant: customer.tenant.clone(),
            details: customer.details.clone(),
            revision: 1,
        }
    }
}

impl From<CustomerRecord> for Customer {
    fn from(record: CustomerRecord) -> Self {
        Self { id: record.id, tenant: record.tenant, details: record.details }
    }
}

/// A product of a tenant's catalogue; its id is the sort key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProductRecord {
    pub(crate) pk: String,
    pub(crate) sk: String,
    pub(crate) profile_type: ProfileType,
    pub(crate) revision: u64,
}

/// The currencies in which a tenant's prices may be told.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CurrenciesRecord {
    pub(crate) pk: String,
    pub(crate) sk: String,
    pub(crate) currencies: BTreeSet<Currency>,
    pub(crate) revision: u64,
}

/// A profile of the pool: the truth about who has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProfileRecord {
    pub(crate) pk: String,
    pub(crate) sk: String,
    pub(crate) iccid: Iccid,
    pub(crate) profile_type: ProfileType,
    #[serde(flatten)]
    pub(crate) state: PoolState,
}

/// A profile's place in the quarantine; there while it is in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QuarantinedProfileRecord {
    pub(crate) pk: String,
    pub(crate) sk: String,
    pub(crate) profile_type: ProfileType,
    pub(crate) order: EsimOrderId,
    pub(crate) since: i64,
}

/// A free profile's place in the pool; there while it is free.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FreeProfileRecord {
    pub(crate) pk: String,
    pub(crate) sk: String,
}
