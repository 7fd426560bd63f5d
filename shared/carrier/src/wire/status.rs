use domain::{
    carrier::{
        OrderHeader, OrderId, OrderProgress, OrderVersion, PartyId, Pon, SellerUpdate, Tolerated,
    },
    violation::Violations,
};
use serde_json::{Map, Value, json};

use super::{
    answer::{items, word},
    read::parsed,
    schema::{STATUS_REQUEST, STATUS_RESPONSE, check},
    write::{Body, messages},
};

/// A well-formed `orderStatusRequest`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusRequest {
    /// What was sent, to be echoed.
    pub body: Map<String, Value>,
    /// Who ordered.
    pub buyer: PartyId,
    /// Who delivers.
    pub seller: PartyId,
    /// The order's id; without it there is a PON.
    pub order: Option<OrderId>,
    /// The order's PON; without it there is an id.
    pub pon: Option<Pon>,
}

/// A well-formed `orderStatusResponse`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusResponse {
    /// What was sent, to be echoed.
    pub body: Map<String, Value>,
    /// Who ordered.
    pub buyer: PartyId,
    /// Who delivers.
    pub seller: PartyId,
    /// The order's id; without it there is a PON.
    pub order: Option<OrderId>,
    /// The order's PON; without it there is an id.
    pub pon: Option<Pon>,
    /// The Buyer's version it is about.
    pub version: Option<OrderVersion>,
    /// How it stands.
    pub word: SellerUpdate,
    /// Deviations that were understood.
    pub tolerated: Vec<Tolerated>,
}

/// Checks an `orderStatusRequest` (call 7).
///
/// # Errors
/// Every violation there is.
pub fn read_status_request(body: Map<String, Value>) -> Result<StatusRequest, Violations> {
    check(&STATUS_REQUEST, &body)?;
    let wrong = || Violations::one("", "is no status request");
    Ok(StatusRequest {
        buyer: parsed(&body, "buyerId").ok_or_else(wrong)?,
        seller: parsed(&body, "sellerId").ok_or_else(wrong)?,
        order: parsed(&body, "orderId"),
        pon: parsed(&body, "buyerPurchaseOrderNumber"),
        body,
    })
}

/// Checks an `orderStatusResponse` (call 8).
///
/// # Errors
/// Every violation there is.
pub fn read_status_response(body: Map<String, Value>) -> Result<StatusResponse, Violations> {
    let tolerated = check(&STATUS_RESPONSE, &body)?;
    let wrong = || Violations::one("", "is no status response");
    Ok(StatusResponse {
        buyer: parsed(&body, "buyerId").ok_or_else(wrong)?,
        seller: parsed(&body, "sellerId").ok_or_else(wrong)?,
        order: parsed(&body, "orderId"),
        pon: parsed(&body, "buyerPurchaseOrderNumber"),
        version: parsed(&body, "buyerOrderVersion"),
        word: word(&body)
            .map(|word| SellerUpdate { items: items(&body, "orderItemStatuses"), ..word })
            .ok_or_else(wrong)?,
        tolerated,
        body,
    })
}

/// The `orderStatusResponse` for an order (calls 6 and 7).
pub fn status_body(header: &OrderHeader, progress: &OrderProgress) -> Map<String, Value> {
    let statuses = progress.items.iter().map(|item| {
        json!({
            "orderItemReference": item.reference.as_str(),
            "orderItemStatus": item.status.as_str(),
        })
    });
    let date = |date: &Option<domain::carrier::CarrierDate>| {
        date.as_ref().map(|date| date.text().to_owned())
    };
    Body::of("orderStatusResponse")
        .header(header)
        .text("expectedCompletionDate", date(&progress.expected_completion))
        .text("completionDate", date(&progress.completion))
        .text("orderStatus", Some(progress.status.as_str()))
        .with("orderItemStatuses", Some(statuses.collect::<Vec<_>>()))
        .with("orderMessages", messages(&progress.messages))
        .with("correctiveOrderExpected", Some(progress.corrective_order_expected()))
        .done()
}
