//! What Sellers elsewhere answer.

use domain::carrier::{OrderStatus, PartyId, Pon, Severity, Side};
use serde_json::{Value, json};

use super::super::*;

fn read(body: &Value) -> Option<(String, domain::carrier::SellerUpdate)> {
    let (buyer, pon): (PartyId, Pon) = ("Verizon".parse().unwrap(), "PO-1".parse().unwrap());
    let (id, word) = read_answer(body.to_string().as_bytes(), &buyer, &pon)?;
    Some((id.to_string(), word))
}

fn answer() -> Value {
    json!({
        "id": "S-7", "buyerId": "Verizon", "buyerPurchaseOrderNumber": "PO-1",
        "orderStatus": "HELD", "heldBy": "BUYER", "expectedCompletionDate": "2031-10-11",
        "orderItems": [{ "orderItemReference": "01", "orderItemStatus": "CANCELED" }, 7, {}],
        "orderMessages": [
            { "code": "PRD016", "severity": "ERROR", "correctionRequired": "true" },
            { "code": "no severity" }, "dog",
        ],
        "surprise": [[[]]],
    })
}

#[test]
fn an_order_in_an_answer_is_read_as_far_as_it_can_be() {
    let (id, word) = read(&answer()).unwrap();
    assert_eq!((&*id, word.status, word.held_by), ("S-7", OrderStatus::Held, Some(Side::Buyer)));
    assert_eq!(word.expected_completion.unwrap().text(), "2031-10-11");
    assert_eq!(word.items, [("01".parse().unwrap(), OrderStatus::Cancelled)]);
    assert_eq!(word.messages.len(), 1);
    assert!(word.messages[0].correction_required);
}

#[test]
fn what_is_no_order_or_another_one_is_none() {
    for (member, value) in [
        ("buyerId", json!("Sprint")),
        ("buyerPurchaseOrderNumber", json!("PO-2")),
        ("id", json!("status")),
        ("id", json!(7)),
        ("orderStatus", json!("DOG")),
        ("orderStatus", Value::Null),
    ] {
        let mut body = answer();
        body[member] = value;
        assert!(read(&body).is_none(), "{body}");
    }
    assert!(read(&json!([])).is_none());
    assert!(read_answer(b"<html>", &"A".parse().unwrap(), &"B".parse().unwrap()).is_none());
}

#[test]
fn a_text_that_no_date_has_is_left_out() {
    let mut body = answer();
    body["expectedCompletionDate"] = json!("9".repeat(100_000));
    assert_eq!(read(&body).unwrap().1.expected_completion, None);
}

#[test]
fn a_refusal_is_read_in_the_words_of_old_and_new() {
    let old = json!({ "orderErrors": [{ "errorCode": "PRD016", "errorSeverity": "ERROR" }] });
    let [message] = &*read_refusal(old.to_string().as_bytes()) else { panic!() };
    assert_eq!((message.code.as_deref(), message.severity), (Some("PRD016"), Severity::Error));
    assert!(read_refusal(b"nonsense").is_empty());
    assert!(read_refusal(br#"{"code": "x"}"#).is_empty());
}
