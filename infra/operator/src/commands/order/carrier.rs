//! What is shown of a carrier order.

use std::io::{self, Write};

use domain::{
    carrier::{
        AnyCarrierOrder, Assigned, Assignments, BuyerOrder, CarrierDate, CarrierOrder, OrderMessage,
    },
    clock::rfc3339,
    text::without_numbers,
};
use serde::Serialize;
use serde_json::Value;

use crate::output::{listed, printable};

/// What a carrier order has besides what every order has.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Carrier {
    buyer: String,
    seller: String,
    pon: String,
    version: String,
    requested_completion: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_completion: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion: Option<String>,
    /// By when a corrected version must come.
    #[serde(skip_serializing_if = "Option::is_none")]
    correction_due: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<Stop>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancellation: Option<Stop>,
    items: Vec<Item>,
    ovcs: Vec<String>,
    unis: Vec<String>,
    ennis: Vec<String>,
    svlans: Vec<Svlans>,
    messages: Vec<Message>,
    /// How many notifications there are.
    notifications: u32,
    /// Whether it has ended and holds S-VLAN ids that are still to be freed.
    to_be_released: bool,
    /// What is passed on to its Seller, when it is kept there.
    #[serde(skip_serializing_if = "Option::is_none")]
    elsewhere: Option<Elsewhere>,
    /// The Buyer's own document.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<Value>,
}

/// Who stopped it.
#[derive(Debug, Serialize)]
struct Stop {
    by: &'static str,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// An order that is kept at its Seller.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Elsewhere {
    /// The Seller's id of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<String>,
    /// What the Seller has not answered, in the order in which it is passed on.
    passing: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct Item {
    reference: String,
    status: &'static str,
}

#[derive(Debug, Serialize)]
struct Svlans {
    enni: String,
    first: u16,
    last: u16,
}

/// A message without what it means here: that may repeat what the Buyer wrote.
#[derive(Debug, Serialize)]
struct Message {
    severity: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
}

impl Carrier {
    /// With the Buyer's document where it may be shown.
    pub(super) fn of(order: AnyCarrierOrder, document: Option<&str>) -> Self {
        let (holds_resources, elsewhere) = match &order {
            AnyCarrierOrder::Seller(order) => (order.holds_resources, None),
            AnyCarrierOrder::Buyer(order) => (false, Some(Elsewhere::of(order))),
        };
        let CarrierOrder { header, progress, .. } = order.into_order();
        let text = |date: CarrierDate| date.text().to_owned();
        let reason = |why: String| if document.is_some() { why } else { without_numbers(&why) };
        let Assignments { ovcs, unis, ennis, svlans, .. } = progress.assignments;
        Self {
            buyer: header.buyer.into(),
            seller: header.seller.into(),
            pon: header.pon.into(),
            version: header.version.to_string(),
            requested_completion: text(header.requested_completion),
            expected_completion: progress.expected_completion.map(text),
            completion: progress.completion.map(text),
            correction_due: progress.correction_due.map(rfc3339),
            hold: progress.hold.map(|hold| Stop {
                by: hold.by.as_str(),
                at: rfc3339(hold.since),
                reason: None,
            }),
            cancellation: progress.cancellation.map(|cancelled| Stop {
                by: cancelled.by.as_str(),
                at: rfc3339(cancelled.at),
                reason: Some(reason(cancelled.reason)),
            }),
            items: progress
                .items
                .into_iter()
                .map(|item| Item { reference: item.reference.into(), status: item.status.as_str() })
                .collect(),
            ovcs: ids(ovcs),
            unis: ids(unis),
            ennis: ids(ennis),
            svlans: svlans
                .into_iter()
                .map(|svlan| Svlans {
                    enni: svlan.enni.into(),
                    first: svlan.range.first(),
                    last: svlan.range.last(),
                })
                .collect(),
            messages: progress.messages.into_iter().map(Message::from).collect(),
            notifications: progress.notification_version,
            to_be_released: holds_resources,
            elsewhere,
            document: document.map(|text| {
                serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
            }),
        }
    }

    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "buyer\t{}", printable(&self.buyer))?;
        writeln!(out, "seller\t{}", printable(&self.seller))?;
        writeln!(out, "PON\t{} version {}", printable(&self.pon), printable(&self.version))?;
        writeln!(out, "requested\t{}", printable(&self.requested_completion))?;
        let dates = [("expected", &self.expected_completion), ("completed", &self.completion)];
        for (name, date) in dates {
            if let Some(date) = date {
                writeln!(out, "{name}\t{}", printable(date))?;
            }
        }
        if let Some(due) = &self.correction_due {
            writeln!(out, "correction due\t{due}")?;
        }
        for (name, stop) in [("held", &self.hold), ("cancelled", &self.cancellation)] {
            if let Some(Stop { by, at, reason }) = stop {
                let reason = reason.as_deref().map(|why| format!(": {}", printable(why)));
                writeln!(out, "{name}\t{at} by {by}{}", reason.unwrap_or_default())?;
            }
        }
        for Item { reference, status } in &self.items {
            writeln!(out, "item {}\t{status}", printable(reference))?;
        }
        self.write_assignments(out)?;
        writeln!(out, "notifications\t{}", self.notifications)?;
        if let Some(Elsewhere { order, passing }) = &self.elsewhere {
            let order = order.as_deref().map_or("-".to_owned(), printable);
            writeln!(out, "at its seller\t{order}, to be passed on: {}", listed(passing))?;
        }
        for message in &self.messages {
            message.write(out)?;
        }
        match &self.document {
            Some(document) => writeln!(out, "document\t{document}"),
            None => Ok(()),
        }
    }

    fn write_assignments(&self, out: &mut dyn Write) -> io::Result<()> {
        for (name, ids) in [("OVCs", &self.ovcs), ("UNIs", &self.unis), ("ENNIs", &self.ennis)] {
            if !ids.is_empty() {
                writeln!(out, "{name}\t{}", printable(&listed(ids)))?;
            }
        }
        for Svlans { enni, first, last } in &self.svlans {
            writeln!(out, "S-VLANs\t{first} to {last} on {}", printable(enni))?;
        }
        if self.to_be_released {
            writeln!(out, "S-VLANs\tstill to be freed")?;
        }
        Ok(())
    }
}

impl Elsewhere {
    fn of(order: &BuyerOrder) -> Self {
        Self {
            order: order.seller_order.clone().map(String::from),
            passing: order.pending.iter().map(|request| request.what.as_str()).collect(),
        }
    }
}

fn ids(all: Vec<Assigned>) -> Vec<String> {
    all.into_iter().map(|one| one.seller_id.into()).collect()
}

impl From<OrderMessage> for Message {
    fn from(message: OrderMessage) -> Self {
        Self {
            severity: message.severity.as_str(),
            code: message.code,
            description: message.description.map(|text| without_numbers(&text)),
            field: message.field,
        }
    }
}

impl Message {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let part = |text: &Option<String>| text.as_deref().map(printable).unwrap_or_default();
        let Self { severity, code, description, field } = self;
        let (code, description, field) = (part(code), part(description), part(field));
        writeln!(out, "{}\t{code} {description} {field}", severity.to_lowercase())
    }
}
