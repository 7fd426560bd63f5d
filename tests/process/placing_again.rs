//! We as Buyer: placings whose outcome is unknown, and notifications without numbers.

use domain::carrier::FulfilmentPolicy::{Automatic, Manual};
use seller::Method;
use serde_json::{Value, json};
use time::Duration;

use crate::{
    buying::ordered,
    elsewhere::{Fault, Pair},
    fixture::{Placed, codes, newer},
};

/// A list without orders.
const NONE: &str = r#"{"objectType": "orderList", "available": 0, "returned": 0, "items": []}"#;
const REFUSAL: &str =
    r#"{"orderMessages": [{"code": "PRD016", "severity": "ERROR", "correctionRequired": true}]}"#;

impl Pair {
    /// An order, after one message for each of these faults.
    async fn after(&self, pon: &str, faults: &[&[Fault]]) -> Placed<'_> {
        let placed = self.buyer.placed(&ordered(pon), "ACKNOWLEDGED").await;
        for fails in faults {
            self.buyer.elsewhere.fails(fails.iter().cloned());
            self.buyer.message(&placed.id, 1).await;
            self.buyer.clock.advance(Duration::seconds(91));
        }
        placed
    }

    fn methods(&self) -> Vec<Method> {
        self.buyer.elsewhere.calls().into_iter().map(|(method, ..)| method).collect()
    }
}

#[tokio::test]
async fn a_placing_whose_answer_was_lost_is_looked_up_before_it_is_repeated() {
    let pair = Pair::new(Manual).await;
    let placed = pair.after("PO 1/ä", &[&[Fault::AnswerLost], &[Fault::Down]]).await;
    placed.worked().await;
    assert_eq!(pair.methods(), [Method::Post, Method::Get, Method::Get]);
    let sold = pair.seller.get("/orders").await.body;
    assert_eq!(sold["available"], 1);
    assert_eq!(placed.status().await, "ACKNOWLEDGED");
    // The Seller's id is known.
    assert_eq!(placed.act("verizon", "/hold").await.status, 200);
    placed.worked().await;
    assert_eq!(placed.status().await, "HELD");
}

#[tokio::test]
async fn a_placing_that_is_not_there_is_repeated() {
    let pair = Pair::new(Manual).await;
    let placed = pair.after("PO-1", &[&[Fault::Down]]).await;
    placed.worked().await;
    assert_eq!(pair.methods(), [Method::Post, Method::Get, Method::Post]);
    assert_eq!(pair.sold("PO-1").await.status().await, "ACKNOWLEDGED");
    assert_eq!(placed.status().await, "ACKNOWLEDGED");
}

#[tokio::test]
async fn a_repetition_that_meets_the_first_placing_does_not_end_the_order() {
    for status in [409, 422] {
        let pair = Pair::new(Automatic).await;
        let second = [Fault::Instead(200, NONE), Fault::Instead(status, REFUSAL)];
        let placed = pair.after("PO-1", &[&[Fault::AnswerLost], &second]).await;
        assert_eq!(pair.methods(), [Method::Post, Method::Get, Method::Post, Method::Get]);
        let sold = pair.sold("PO-1").await;
        assert_eq!(placed.status().await, "ACKNOWLEDGED", "{status}");
        sold.worked().await;
        pair.tell_all(&sold).await;
        assert_eq!(placed.status().await, "COMPLETED", "{status}");
    }
}

#[tokio::test]
async fn a_conflict_with_an_order_that_is_not_found_stays_open_and_needs_intervention() {
    let pair = Pair::new(Manual).await;
    let none = || Fault::Instead(200, NONE);
    let placed = pair.after("PO-1", &[&[Fault::Down]]).await;
    pair.buyer.elsewhere.fails([none(), Fault::Instead(409, ""), none()]);
    let failed = json!([{ "itemIdentifier": "message-1" }]);
    assert_eq!(pair.buyer.message(&placed.id, 3).await, failed);
    assert_eq!(placed.status().await, "ACKNOWLEDGED");
    let watchdog = store::DynamoWatchdog::new(pair.buyer.db.table.clone());
    let why = watchdog.get(&placed.id).await.unwrap().unwrap().needs_intervention.unwrap().why;
    assert_eq!(why, "seller: status 409, but it has no such order");
}

#[tokio::test]
async fn a_look_up_without_a_result_places_nothing() {
    let unclear = [
        Fault::Instead(200, "<html>"),
        Fault::Instead(200, r#"{"items": [{"id": "S-2"}]}"#),
        Fault::Instead(200, r#"{"items": [], "available": 2}"#),
        Fault::Instead(404, ""),
        Fault::Instead(500, ""),
    ];
    for fault in unclear {
        let pair = Pair::new(Manual).await;
        let placed = pair.after("PO-1", &[&[Fault::Down], std::slice::from_ref(&fault)]).await;
        assert_eq!(pair.methods(), [Method::Post, Method::Get], "{fault:?}");
        assert_eq!(placed.status().await, "ACKNOWLEDGED");
        assert_eq!(pair.seller.get("/orders").await.body["available"], 0);
    }
}

#[tokio::test]
async fn a_refusal_of_a_placing_that_is_shown_to_be_absent_rejects_the_order() {
    for status in [400, 422] {
        let pair = Pair::new(Manual).await;
        let second = [Fault::Instead(200, NONE), Fault::Instead(status, REFUSAL)];
        let placed = pair.after("PO-1", &[&[Fault::Down], &second]).await;
        let order = placed.read().await;
        assert_eq!(
            (&order["orderStatus"], codes(&order)),
            (&json!("REJECTED"), vec!["PRD016", "REF022"]),
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_newer_document_reaches_a_seller_that_has_the_older_one() {
    let pair = Pair::new(Manual).await;
    let placed = pair.after("PO-1", &[&[Fault::AnswerLost]]).await;
    let second = newer(&ordered("PO-1"), "2");
    let put = pair.buyer.call_with("verizon", "PUT", &placed.path(""), &second).await;
    assert_eq!(put.status, 200);
    placed.worked().await;
    assert_eq!(pair.methods(), [Method::Post, Method::Get, Method::Put]);
    assert_eq!(pair.sold("PO-1").await.read().await["buyerOrderVersion"], "2");
}

/// What the Seller has told, without its numbers.
fn unnumbered(told: &Value) -> Value {
    let mut told = told.clone();
    told.as_object_mut().unwrap().shift_remove("notificationVersion");
    told
}

#[tokio::test]
async fn a_seller_that_numbers_nothing_completes_its_order() {
    let pair = Pair::new(Automatic).await;
    let placed = pair.after("PO-1", &[&[]]).await;
    let sold = pair.sold("PO-1").await;
    sold.worked().await;
    let told: Vec<Value> = sold.history().await.iter().map(unnumbered).collect();
    let tell = async |n: usize| {
        pair.buyer.clock.advance(Duration::milliseconds(1));
        let answer = pair.tell(&told[n]).await;
        assert_eq!((answer.status, &answer.body), (201, &told[n]));
    };
    tell(0).await;
    let mut late = told[0].clone();
    late["orderStatus"] = "ACKNOWLEDGED".into();
    for _ in 0..2 {
        pair.buyer.clock.advance(Duration::milliseconds(1));
        assert_eq!(pair.tell(&late).await.status, 201, "backwards: kept, and nothing else");
    }
    for n in [1, 1, 2, 0, 3, 2, 3] {
        tell(n).await;
    }
    assert_eq!(placed.status().await, "COMPLETED");
    let kept = placed.history().await;
    assert_eq!(kept, [&told[0], &late, &told[1], &told[2], &told[3]].map(Clone::clone));
}

#[tokio::test]
async fn a_notification_without_a_number_takes_none_of_those_with_one() {
    let pair = Pair::new(Automatic).await;
    let placed = pair.after("PO-1", &[&[]]).await;
    let sold = pair.sold("PO-1").await;
    sold.worked().await;
    let told = sold.history().await;
    for told in [&told[0], &unnumbered(&told[1]), &told[1], &told[2], &told[3]] {
        assert_eq!(pair.tell(told).await.status, 201);
    }
    assert_eq!(placed.status().await, "COMPLETED");
    assert_eq!(placed.history().await.len(), 5);
}
