//! What is shown of an eSIM order.

use std::io::{self, Write};

use domain::{
    clock::rfc3339,
    esim::{EsimOperation, EsimOrder, Fulfilment},
    text::without_numbers,
};
use serde::Serialize;
use serde_json::Value;

use crate::output::printable;

/// What an eSIM order has besides what every order has.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EsimDetails {
    tenant: String,
    operation: &'static str,
    placed: String,
    /// How far its fulfilment has come.
    step: &'static str,
    /// Profiles it has given up.
    replaced: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile_type: Option<String>,
    plans: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    installation: Option<String>,
    history: Vec<Change>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iccid: Option<String>,
    /// What the caller sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<Value>,
}

#[derive(Debug, Serialize)]
struct Change {
    at: String,
    status: &'static str,
    by: String,
}

impl EsimDetails {
    /// With the profile's number and what the caller sent where they may be shown. The
    /// matchingId opens the profile: it is shown to nobody.
    pub(super) fn of(order: EsimOrder, personal: bool) -> Self {
        let reservation = order.fulfilment.reservation();
        let (step, replaced) = match &order.fulfilment {
            Fulfilment::NotStarted { replaced } => ("not started", *replaced),
            Fulfilment::ProfileReserved(_) => ("profile reserved", 0),
            Fulfilment::Downloaded(_) => ("allocated at the SM-DP+", 0),
            Fulfilment::Released { .. } => ("released at the SM-DP+", 0),
            Fulfilment::PlanAdded { .. } => ("plans added", 0),
            Fulfilment::Undoing(_) => ("being undone", 0),
        };
        let iccid = match &order.details.operation {
            EsimOperation::Topup { iccid } => Some(iccid.to_string()),
            EsimOperation::NewEsim => reservation.map(|profile| profile.iccid.to_string()),
        };
        Self {
            tenant: order.tenant.to_string(),
            operation: order.details.operation.kind().as_str(),
            placed: rfc3339(order.order_date),
            step,
            replaced: reservation.map_or(replaced, |profile| profile.replaced),
            profile_type: order.profile_type.as_ref().map(ToString::to_string),
            plans: order.plan_ids.len(),
            failure: order.failure.as_ref().map(|failure| {
                format!("{}: {}", failure.kind.as_str(), without_numbers(&failure.message))
            }),
            installation: order
                .installation
                .as_ref()
                .map(|known| format!("{} at {}", known.point.as_str(), rfc3339(known.at))),
            history: order
                .history
                .iter()
                .map(|change| Change {
                    at: rfc3339(change.at),
                    status: change.status.as_str(),
                    by: change.decided_by().to_owned(),
                })
                .collect(),
            iccid: iccid.filter(|_| personal),
            input: personal.then(|| {
                serde_json::from_str(&order.input.0)
                    .unwrap_or_else(|_| Value::String(order.input.0.clone()))
            }),
        }
    }

    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "tenant\t{}", printable(&self.tenant))?;
        writeln!(out, "operation\t{}", self.operation)?;
        writeln!(out, "placed\t{}", self.placed)?;
        writeln!(out, "step\t{}, {} profiles given up", self.step, self.replaced)?;
        let others = [
            ("profile type", &self.profile_type),
            ("failure", &self.failure),
            ("installation", &self.installation),
            ("ICCID", &self.iccid),
        ];
        for (name, value) in others {
            if let Some(value) = value {
                writeln!(out, "{name}\t{}", printable(value))?;
            }
        }
        for Change { at, status, by } in &self.history {
            writeln!(out, "history\t{at} {status} by {}", printable(by))?;
        }
        match &self.input {
            Some(input) => writeln!(out, "input\t{input}"),
            None => Ok(()),
        }
    }
}
