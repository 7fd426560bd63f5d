//! What is shown of a service order or product order: its items and their orders.

use std::io::{self, Write};

use domain::{
    clock::rfc3339,
    service_order::{Item, ServiceOrder},
};
use serde::Serialize;

use crate::output::printable;

/// What a service order has besides what every order has.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ServiceDetails {
    tenant: String,
    api: &'static str,
    placed: String,
    /// No item begins before this.
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<String>,
    items: Vec<ItemDetails>,
    history: Vec<Change>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ItemDetails {
    id: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

#[derive(Debug, Serialize)]
struct Change {
    at: String,
    status: &'static str,
}

impl ItemDetails {
    fn of(item: &Item) -> Self {
        Self {
            id: item.id.as_str().to_owned(),
            state: item.state.as_str(),
            order: item.order.as_ref().map(|order| order.id.clone()),
            failure: item.failure.as_ref().map(|failure| failure.code.clone()),
        }
    }
}

impl ServiceDetails {
    pub(super) fn of(order: &ServiceOrder) -> Self {
        let changes = order.history.iter();
        let history = changes
            .map(|change| Change { at: rfc3339(change.at), status: change.status.as_str() })
            .collect();
        Self {
            tenant: order.tenant.to_string(),
            api: order.face.as_str(),
            placed: rfc3339(order.order_date),
            start: order.start_at.map(rfc3339),
            items: order.items.iter().map(ItemDetails::of).collect(),
            history,
        }
    }

    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "tenant\t{}", self.tenant)?;
        writeln!(out, "api\t{}", self.api)?;
        writeln!(out, "placed\t{}", self.placed)?;
        for ItemDetails { id, state, order, failure } in &self.items {
            let order = order.as_deref().unwrap_or("-");
            let failure = failure.as_deref().unwrap_or("-");
            writeln!(out, "item {}\t{state}\t{order}\t{}", printable(id), printable(failure))?;
        }
        for Change { at, status } in &self.history {
            writeln!(out, "{at}\t{status}")?;
        }
        Ok(())
    }
}
