//! What a Seller elsewhere answers when we call it as Buyer. Nobody has checked it: what cannot be
//! read is left out, and nothing of it is longer than what we would take from a partner's call.

use domain::carrier::{
    CarrierDate, ItemReference, OrderId, OrderMessage, OrderStatus, OrderVersion, PartyId, Pon,
    SellerUpdate, Side,
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
    order(&parse_object(body).ok()?, buyer, pon)
}

/// What a Seller says to a look-up of the order of a Buyer and a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookedUp {
    /// The order, and its version if the Seller says so.
    Found(Box<(OrderId, SellerUpdate)>, Option<OrderVersion>),
    /// It has no such order.
    Absent,
    /// Nothing that can be read.
    Unclear,
}

/// The order in a Seller's list (call 1). Only a list that is complete and empty says that there is
/// no such order: with others in it, the Seller has not looked for the number.
pub fn read_list(body: &[u8], buyer: &PartyId, pon: &Pon) -> LookedUp {
    let Ok(body) = parse_object(body) else { return LookedUp::Unclear };
    let Some(listed) = body.get("items").and_then(Value::as_array) else {
        return LookedUp::Unclear;
    };
    let found = listed
        .iter()
        .filter_map(Value::as_object)
        .find_map(|item| Some((order(item, buyer, pon)?, parsed(item, "buyerOrderVersion"))));
    let none = listed.is_empty()
        && !body.contains_key("next")
        && body.get("available").is_none_or(|available| available.as_u64() == Some(0));
    match found {
        Some((order, version)) => LookedUp::Found(Box::new(order), version),
        None if none => LookedUp::Absent,
        None => LookedUp::Unclear,
    }
}

fn order(body: &Members, buyer: &PartyId, pon: &Pon) -> Option<(OrderId, SellerUpdate)> {
    let this = parsed::<PartyId>(body, "buyerId")? == *buyer
        && parsed::<Pon>(body, "buyerPurchaseOrderNumber")? == *pon;
    if !this {
        return None;
    }
    let word = SellerUpdate {
        held_by: text(body, "heldBy").and_then(Side::read),
        items: items(body, "orderItems"),
        ..word(body)?
    };
    Some((parsed(body, "id")?, word))
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
