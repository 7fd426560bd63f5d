use domain::{
    esim::{
        Customer, CustomerDetails, CustomerId, Esim, EsimIccid, EsimOrderId, EsimPlan, Installation,
    },
    identity::Tenant,
};
use serde::{Deserialize, Serialize};

use super::{
    InstallationRecord,
    details::{CustomerDetailsRecord, PlanRecord},
    format::{Each, Maybe},
};
use crate::keys;

/// An eSIM that an order has produced.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EsimRecord {
    pk: String,
    sk: String,
    tenant: Tenant,
    iccid: EsimIccid,
    customer: CustomerId,
    #[serde(with = "Each::<PlanRecord>")]
    plans: Vec<EsimPlan>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    outstanding_order: Option<EsimOrderId>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "Maybe::<InstallationRecord>"
    )]
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
    #[serde(with = "CustomerDetailsRecord")]
    details: CustomerDetails,
    pub(crate) revision: u64,
    /// Since when it is being erased, in milliseconds since 1970: no order is placed for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) erasing_since: Option<i64>,
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
            erasing_since: None,
        }
    }
}

impl From<CustomerRecord> for Customer {
    fn from(record: CustomerRecord) -> Self {
        Self { id: record.id, tenant: record.tenant, details: record.details }
    }
}
