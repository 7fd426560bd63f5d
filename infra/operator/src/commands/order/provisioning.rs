//! What is shown of a provisioning order.

use std::io::{self, Write};

use domain::{
    clock::rfc3339,
    identity::Tenant,
    numbering::{Iccid, Imsi, Msisdn},
    order::StatusChange,
    provisioning::{Operation, OrderStatus, ProvisioningOrder},
    subscription::Change,
    text::without_numbers,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::output::{listed, printable};

/// What a provisioning order has besides what every order has.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Provisioning {
    tenant: Tenant,
    subscription: String,
    operation: &'static str,
    /// Names of the values it changes.
    changes: Vec<String>,
    order_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion_date: Option<String>,
    history: Vec<Step>,
    #[serde(skip_serializing_if = "Option::is_none")]
    personal: Option<Personal>,
}

#[derive(Debug, Serialize)]
struct Step {
    at: String,
    status: &'static str,
    by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Debug, Serialize)]
struct Personal {
    iccid: Iccid,
    #[serde(skip_serializing_if = "Option::is_none")]
    msisdn: Option<Msisdn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    imsi: Option<Imsi>,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<Map<String, Value>>,
}

impl Provisioning {
    pub(super) fn of(order: ProvisioningOrder, personal: bool) -> Self {
        let completion_date = order.completion_date().map(rfc3339);
        let operation = order.operation.as_str();
        let change = match &order.operation {
            Operation::Change(change) => Some(new_values(change)),
            _ => None,
        };
        let changes = change.iter().flat_map(Map::keys).cloned().collect();
        Self {
            tenant: order.tenant,
            subscription: order.subscription.to_string(),
            operation,
            changes,
            order_date: rfc3339(order.order_date),
            completion_date,
            history: order.history.into_iter().map(|change| Step::of(change, personal)).collect(),
            personal: personal.then_some(Personal {
                iccid: order.iccid,
                msisdn: order.msisdn,
                imsi: order.imsi,
                change,
            }),
        }
    }
}

impl Step {
    /// A reason is the network's own text, and may name a number.
    fn of(change: StatusChange<OrderStatus>, personal: bool) -> Self {
        let shown = |reason: String| if personal { reason } else { without_numbers(&reason) };
        Self {
            at: rfc3339(change.at),
            status: change.status.as_str(),
            by: change.by.unwrap_or_default(),
            reason: change.reason.map(shown),
        }
    }
}

/// The values of a change, by name; null is the address that goes.
fn new_values(change: &Change) -> Map<String, Value> {
    let Change {
        msisdn,
        iccid,
        blocked,
        state,
        odb_profile,
        static_ip,
        apn_ids,
        a2p_voice_app_key,
        tags,
        services,
    } = change;
    let values = [
        ("msisdn", msisdn.as_ref().map(|value| json!(value))),
        ("iccid", iccid.as_ref().map(|value| json!(value))),
        ("blocked", blocked.map(|value| json!(value))),
        ("state", state.map(|value| json!(value))),
        ("odbProfile", odb_profile.map(|value| json!(value))),
        ("staticIp", static_ip.map(|value| json!(value))),
        ("apnIds", apn_ids.as_ref().map(|value| json!(value))),
        ("a2pVoiceAppKey", a2p_voice_app_key.as_ref().map(|value| json!(value))),
        ("tags", tags.as_ref().map(|value| json!(value))),
        ("services", services.as_ref().map(|value| json!(value))),
    ];
    values.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

impl Provisioning {
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "tenant\t{}", self.tenant)?;
        writeln!(out, "subscription\t{}", self.subscription)?;
        writeln!(out, "operation\t{}", self.operation)?;
        if !self.changes.is_empty() {
            writeln!(out, "changes\t{}", listed(&self.changes))?;
        }
        writeln!(out, "placed\t{}", self.order_date)?;
        for Step { at, status, by, reason } in &self.history {
            let reason = reason.as_deref().map(|why| format!(": {}", printable(why)));
            let reason = reason.unwrap_or_default();
            writeln!(out, "{}\t{at} by {}{reason}", status.to_lowercase(), printable(by))?;
        }
        self.personal.as_ref().map_or(Ok(()), |personal| personal.write(out))
    }
}

impl Personal {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "iccid\t{}", self.iccid)?;
        if let Some(msisdn) = &self.msisdn {
            writeln!(out, "msisdn\t{msisdn}")?;
        }
        if let Some(imsi) = &self.imsi {
            writeln!(out, "imsi\t{imsi}")?;
        }
        if let Some(change) = &self.change {
            writeln!(out, "change\t{}", serde_json::to_string(change)?)?;
        }
        Ok(())
    }
}
