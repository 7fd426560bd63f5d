//! What a Seller elsewhere answers when we call it as Buyer. Nobody has checked it: what cannot be
//! read is left out, and nothing of it is longer than what we would take from a partner's call.

use domain::carrier::{
    CarrierDate, ItemReference, OrderId, OrderMessage, OrderStatus, PartyId, Pon, SellerUpdate,
    Side,
};
use serde_json::Value;

use super::read::{message, objects, parsed, status, text};
use api::{json::parse_object, schema::Members};

/// The longest text of a date, in bytes.
const LONGEST_DATE: usize = 64;
/// The most items of an order.
const MOST_ITEMS: usize = 20;

/// The order in a Seller's answer, and the Seller's id of it. None when it is none, or another
/// order than that of this Buyer and this number.
pub fn read_answer(body: &[u8], buyer: &PartyId, pon: &Pon) -> Option<(OrderId, SellerUpdate)> {
    let body = parse_object(body).ok()?;
    let this = parsed::<PartyId>(&body, "buyerId")? == *buyer
        && parsed::<Pon>(&body, "buyerPurchaseOrderNumber")? == *pon;
    if !this {
        return None;
    }
    let word = SellerUpdate {
        held_by: text(&body, "heldBy").and_then(Side::read),
        items: items(&body, "orderItems"),
        ..word(&body)?
    };
    Some((parsed(&body, "id")?, word))
}

/// Why a Seller refuses, in its own messages; none when its answer says it in another way.
pub fn read_refusal(body: &[u8]) -> Vec<OrderMessage> {
    parse_object(body).map(|body| messages(&body)).unwrap_or_default()
}

/// What orders and status-responses have in common.
pub(super) fn word(body: &Members) -> Option<SellerUpdate> {
    Some(SellerUpdate {
        expected_completion: date(body, "expectedCompletionDate"),
        completion: date(body, "completionDate"),
        correction_due: date(body, "correctionOrderDueDate"),
        messages: messages(body),
        ..SellerUpdate::of(text(body, "orderStatus").and_then(status)?)
    })
}

/// The items of a list that have a status of their own.
pub(super) fn items(body: &Members, list: &str) -> Vec<(ItemReference, OrderStatus)> {
    let item = |item: &Members| {
        let status = text(item, "orderItemStatus").and_then(status)?;
        Some((parsed(item, "orderItemReference")?, status))
    };
    objects(body, list).take(MOST_ITEMS).filter_map(item).collect()
}

fn date(body: &Members, name: &str) -> Option<CarrierDate> {
    text(body, name).filter(|text| text.len() <= LONGEST_DATE).map(CarrierDate::read)
}

fn messages(body: &Members) -> Vec<OrderMessage> {
    let list = body.get("orderMessages").or_else(|| body.get("orderErrors"));
    let list = list.and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_object).filter_map(message).collect()
}
