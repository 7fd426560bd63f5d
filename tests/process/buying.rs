//! We as Buyer: orders of ours at a Seller elsewhere, which is another deployment's functions.

use domain::{
    carrier::FulfilmentPolicy::{Automatic, Manual},
    clock::Clock,
    identity::Role,
};
use seller::Method;
use serde_json::{Value, json};
use time::Duration;

use crate::{
    elsewhere::{Fault, Pair, SELLER},
    fixture::{Placed, codes, newer, order_with},
};

pub(crate) fn ordered(pon: &str) -> Value {
    order_with(pon, &[("/sellerId", SELLER.into())])
}

/// An order that the Seller has.
async fn taken<'p>(pair: &'p Pair, pon: &str) -> (Placed<'p>, Placed<'p>) {
    let placed = pair.buyer.placed(&ordered(pon), "ACKNOWLEDGED").await;
    placed.worked().await;
    let sold = pair.sold(pon).await;
    (placed, sold)
}

#[tokio::test]
async fn an_order_is_placed_verbatim_and_follows_its_seller_to_the_end() {
    let pair = Pair::new(Automatic).await;
    let (placed, sold) = taken(&pair, "PO-1").await;
    assert_ne!(placed.id, sold.id);
    let (buyer_order, original) = (placed.read().await, sold.read().await);
    for member in ["orderDate", "requestedCompletionDate", "billingInfo", "buyerOrderContact"] {
        assert_eq!(buyer_order[member], original[member], "{member}");
    }
    sold.worked().await;
    pair.tell_all(&sold).await;
    let (buyer_order, original) = (placed.read().await, sold.read().await);
    for member in ["orderStatus", "expectedCompletionDate", "completionDate"] {
        assert_eq!(buyer_order[member], original[member], "{member}");
    }
    assert_eq!(buyer_order["orderStatus"], "COMPLETED");
    assert_eq!(buyer_order["orderItems"][1]["orderItemStatus"], "COMPLETED");
    // What the Seller told is readable here, too, ids and S-VLAN ids included.
    assert_eq!(placed.history().await, sold.history().await);
    assert_eq!(placed.history().await[2]["enniSvlanIds"][0]["svlanId"], 100);
    assert!(pair.buyer.svlans("ENNI-123-abc").await.is_empty(), "ids are claimed at the Seller");
    assert_eq!(pair.buyer.elsewhere.calls().len(), 1);
}

#[tokio::test]
async fn what_the_buyer_wants_is_passed_on_and_only_the_sellers_word_moves_the_order() {
    let pair = Pair::new(Manual).await;
    let (placed, sold) = taken(&pair, "PO-1").await;
    let held = placed.act("verizon", "/hold").await;
    assert_eq!((held.status, held.body["orderStatus"].as_str()), (200, Some("ACKNOWLEDGED")));
    assert_eq!(codes(&held.body), ["REF021"]);
    assert_eq!(sold.status().await, "ACKNOWLEDGED");
    placed.worked().await;
    assert_eq!((sold.status().await, placed.status().await), ("HELD".into(), "HELD".into()));
    let order = placed.read().await;
    assert_eq!((&order["heldBy"], codes(&order).len()), (&json!("BUYER"), 0));
    assert_eq!(placed.act("verizon", "/release").await.status, 200);
    placed.worked().await;
    assert_eq!(placed.status().await, "ACKNOWLEDGED".to_owned());
    let path = placed.path("/cancel");
    let cancelled = pair.buyer.post(&path, &json!({ "reason": "no need" })).await;
    assert_eq!(cancelled.body["orderStatus"], "ACKNOWLEDGED");
    placed.worked().await;
    assert_eq!(
        (sold.status().await, placed.status().await),
        ("CANCELLED".into(), "CANCELLED".into())
    );
    let refused = placed.act("verizon", "/hold").await;
    assert_eq!((refused.status, codes(&refused.body)), (409, vec!["REF020"]));
    let keys: Vec<_> = pair.buyer.elsewhere.calls().into_iter().map(|(_, _, key)| key).collect();
    assert_eq!(keys, [1, 2, 3, 4].map(|n| format!("{}-{n}", placed.id)));
    // The Seller tells all of it once more: nothing moves.
    pair.tell_all(&sold).await;
    assert_eq!(placed.status().await, "CANCELLED");
}

#[tokio::test]
async fn a_pending_order_is_corrected_at_its_seller() {
    let pair = Pair::new(Automatic).await;
    let pointer = "/orderItems/1/orderItemDetail/productSpecification/code";
    let wrong =
        order_with("PO-1", &[("/sellerId", SELLER.into()), (pointer, "Super UNI II".into())]);
    let placed = pair.buyer.placed(&wrong, "ACKNOWLEDGED").await;
    placed.worked().await;
    let waiting = placed.read().await;
    assert_eq!((&waiting["orderStatus"], codes(&waiting)), (&json!("PENDING"), vec!["PRD016"]));
    assert_eq!(waiting["correctiveOrderExpected"], true);
    assert!(waiting["correctionOrderDueDate"].is_string());
    let corrected = newer(&ordered("PO-1"), "2");
    let put = pair.buyer.call_with("verizon", "PUT", &placed.path(""), &corrected).await;
    assert_eq!((put.status, put.body["buyerOrderVersion"].as_str()), (200, Some("2")));
    assert_eq!(put.body["orderStatus"], "PENDING");
    placed.worked().await;
    let sold = pair.sold("PO-1").await;
    let (method, path, _) = pair.buyer.elsewhere.calls().pop().unwrap();
    assert_eq!((method, path), (Method::Put, sold.path("")));
    assert_eq!(placed.status().await, "IN_PROGRESS");
    sold.worked().await;
    // What was told of the version before comes late.
    pair.tell_all(&sold).await;
    assert_eq!(placed.status().await, "COMPLETED");
    let older = pair.buyer.call_with("verizon", "PUT", &placed.path(""), &corrected).await;
    assert_eq!(older.status, 409);
}

#[tokio::test]
async fn an_order_that_its_seller_refuses_is_rejected_in_the_sellers_words() {
    let pair = Pair::new(Automatic).await;
    // Our own intake has nothing to say about it: it is the Seller's.
    let past = order_with(
        "PO-1",
        &[("/sellerId", SELLER.into()), ("/requestedCompletionDate", "2001-01-01".into())],
    );
    let placed = pair.buyer.placed(&past, "ACKNOWLEDGED").await;
    placed.worked().await;
    let order = placed.read().await;
    assert_eq!((&order["orderStatus"], codes(&order)), (&json!("REJECTED"), vec!["FMT003"]));
    let other = pair.buyer.placed(&ordered("PO-2"), "ACKNOWLEDGED").await;
    let refusal = r#"{"orderMessages": [{"code": "FMT001", "severity": "ERROR", "correctionRequired": true}]}"#;
    pair.buyer.elsewhere.fails([Fault::Instead(400, refusal)]);
    other.worked().await;
    let order = other.read().await;
    assert_eq!(
        (&order["orderStatus"], codes(&order)),
        (&json!("REJECTED"), vec!["FMT001", "REF022"])
    );
}

#[tokio::test]
async fn a_wish_that_its_seller_refuses_leaves_the_order_and_says_so() {
    let pair = Pair::new(Manual).await;
    let (placed, _) = taken(&pair, "PO-1").await;
    assert_eq!(placed.act("verizon", "/release").await.status, 200);
    placed.worked().await;
    let order = placed.read().await;
    assert_eq!(
        (&order["orderStatus"], codes(&order)),
        (&json!("ACKNOWLEDGED"), vec!["REF020", "REF022"])
    );
    assert_eq!(order["orderMessages"][1]["messageInformation"], "release: the Seller answered 409");
}

/// Wherever the worker dies and whatever becomes of the answer: the Seller has one order, held
/// once.
#[tokio::test]
async fn dying_at_any_step_has_the_effect_of_not_dying() {
    use Fault::{AnswerLost, DiesAfter, DiesBefore, Down, Instead};
    let pair = Pair::new(Manual).await;
    let faults = [
        DiesBefore,
        DiesAfter,
        AnswerLost,
        Down,
        Instead(503, ""),
        Instead(429, ""),
        Instead(200, "<html>"),
    ];
    for (n, (first, second)) in
        faults.iter().flat_map(|one| faults.iter().map(move |other| (one, other))).enumerate()
    {
        let pon = format!("PO-{n}");
        let placed = pair.buyer.placed(&ordered(&pon), "ACKNOWLEDGED").await;
        assert_eq!(placed.act("verizon", "/hold").await.status, 200);
        for fault in [first, second] {
            let calls = pair.buyer.elsewhere.calls().len();
            pair.buyer.elsewhere.fails([fault.clone()]);
            // A 200 that cannot be read is enough for a hold, not for an order.
            while pair.buyer.elsewhere.calls().len() == calls {
                pair.buyer.message(&placed.id, 1).await;
                pair.buyer.clock.advance(Duration::seconds(91));
            }
        }
        placed.worked().await;
        let sold = pair.sold(&pon).await;
        assert_eq!(
            (sold.status().await, placed.status().await),
            ("HELD".into(), "HELD".into()),
            "{first:?} {second:?}"
        );
        assert_eq!(sold.told().await.len(), 1, "{first:?} {second:?}");
    }
    let listed = pair.seller.call("verizon", "GET", "/orders?limit=100").await.body;
    assert_eq!(listed["available"], faults.len() * faults.len());
}

#[tokio::test]
async fn a_seller_that_does_not_know_us_leaves_the_order_to_a_person_and_then_goes_on() {
    let pair = Pair::new(Manual).await;
    let placed = pair.buyer.placed(&ordered("PO-1"), "ACKNOWLEDGED").await;
    let failed = json!([{ "itemIdentifier": "message-1" }]);
    pair.buyer.elsewhere.fails([Fault::Down, Fault::Instead(401, ""), Fault::Instead(404, "")]);
    for receive in 1..=3 {
        assert_eq!(pair.buyer.message(&placed.id, receive).await, failed);
    }
    let waiting = store::DynamoWatchdog::new(pair.buyer.db.table.clone());
    let order = waiting.get(&placed.id).await.unwrap().unwrap();
    assert_eq!(order.needs_intervention.unwrap().why, "seller: status 404");
    assert_eq!(placed.status().await, "ACKNOWLEDGED");
    placed.worked().await;
    assert_eq!(pair.sold("PO-1").await.status().await, "ACKNOWLEDGED");
    assert_eq!(waiting.get(&placed.id).await.unwrap().unwrap().needs_intervention, None);
}

#[tokio::test]
async fn a_seller_that_is_away_is_asked_less_and_less_often_for_a_day_and_no_person_is_called() {
    let pair = Pair::new(Manual).await;
    let placed = pair.buyer.placed(&ordered("PO-1"), "ACKNOWLEDGED").await;
    let watchdog = store::DynamoWatchdog::new(pair.buyer.db.table.clone());
    let (clock, began) = (&pair.buyer.clock, pair.buyer.clock.now());
    // The first message gives up at its last receive, those that the watchdog sends at once.
    let (mut receive, mut waits) = (3, Vec::new());
    while clock.now() - began <= Duration::DAY {
        pair.buyer.elsewhere.fails([Fault::Down]);
        assert_eq!(pair.buyer.message(&placed.id, receive).await, json!([]), "{waits:?}");
        let order = watchdog.get(&placed.id).await.unwrap().unwrap();
        assert_eq!(order.needs_intervention, None, "{waits:?}");
        let (due, now) = (order.due().unwrap(), clock.now());
        assert!(order.works(due) && !order.works(due - Duration::SECOND));
        waits.push(due - now);
        clock.advance(due - now);
        receive = if due - began > Duration::minutes(30) { 1 } else { 3 };
    }
    assert!(waits.is_sorted(), "{waits:?}");
    assert_eq!((waits[0], waits.last()), (Duration::minutes(2), Some(&Duration::minutes(30))));
    assert!((50..70).contains(&waits.len()), "{}", waits.len());
    pair.buyer.elsewhere.fails([Fault::Down]);
    assert_eq!(pair.buyer.message(&placed.id, 1).await.as_array().unwrap().len(), 1);
    let order = watchdog.get(&placed.id).await.unwrap().unwrap();
    assert_eq!(order.needs_intervention.unwrap().why, "seller: no connection");
    placed.worked().await;
    assert_eq!(pair.sold("PO-1").await.status().await, "ACKNOWLEDGED");
}

#[tokio::test]
async fn a_notification_may_overtake_the_answer_and_the_answer_is_not_lost() {
    let pair = Pair::new(Manual).await;
    let placed = pair.buyer.placed(&ordered("PO-1"), "ACKNOWLEDGED").await;
    pair.buyer.elsewhere.fails([Fault::AnswerLost]);
    pair.buyer.message(&placed.id, 1).await;
    let sold = pair.sold("PO-1").await;
    sold.worked().await;
    pair.tell_all(&sold).await;
    assert_eq!(placed.status().await, "IN_PROGRESS");
    placed.worked().await;
    assert_eq!(placed.status().await, "IN_PROGRESS", "the answer says less");
    let keys: Vec<_> = pair.buyer.elsewhere.calls().into_iter().map(|(_, _, key)| key).collect();
    assert_eq!(keys[0], keys[1]);
}

#[tokio::test]
async fn notifications_that_are_repeated_or_late_are_kept_and_move_nothing() {
    let pair = Pair::new(Automatic).await;
    let (placed, sold) = taken(&pair, "PO-1").await;
    sold.worked().await;
    let walk = sold.history().await;
    for n in [0, 0, 3, 1, 2, 3] {
        let answer = pair.tell(&walk[n]).await;
        assert_eq!((answer.status, &answer.body), (201, &walk[n]));
        let status =
            if n == 0 && placed.history().await.len() == 1 { "IN_PROGRESS" } else { "COMPLETED" };
        assert_eq!(placed.status().await, status);
    }
    assert_eq!(placed.history().await, walk);
}

#[tokio::test]
async fn only_its_seller_speaks_of_an_order_and_only_of_one_that_is_known() {
    let pair = Pair::new(Automatic).await;
    let (placed, sold) = taken(&pair, "PO-1").await;
    sold.worked().await;
    let told = sold.history().await[0].clone();
    let with = |member: &str, value: &str| {
        let mut told = told.clone();
        told[member] = value.into();
        told
    };
    for unknown in [
        with("buyerPurchaseOrderNumber", "PO-2"),
        with("buyerId", "Sprint"),
        with("orderId", "ORD-ANOTHER"),
    ] {
        let answer = pair.tell(&unknown).await;
        assert_eq!((answer.status, codes(&answer.body)), (404, vec!["REF010"]), "{unknown}");
    }
    let path = sold.path("/notifications");
    let foreign = pair.buyer.call_with("att", "POST", &path, &told).await;
    assert_eq!(foreign.status, 404);
    let buyer = pair.buyer.call_with("verizon", "POST", &path, &told).await;
    assert_eq!(buyer.status, 403);
    for act in ["/hold", "/cancel"] {
        assert_eq!(placed.act("lumen", act).await.status, 403, "a wish is the Buyer's");
    }
    assert_eq!(placed.status().await, "ACKNOWLEDGED");
}

#[tokio::test]
async fn a_client_of_the_buyer_does_not_speak_for_the_seller() {
    let pair = Pair::new(Automatic).await;
    let (placed, sold) = taken(&pair, "PO-1").await;
    let both = [Role::Buyer, Role::Seller];
    pair.buyer.db.client("carrier", "verizon", &both, &["Verizon"]).await;
    let before = pair.seller.get(&sold.path("/status")).await.body;
    sold.worked().await;
    let status = pair.seller.get(&sold.path("/status")).await.body;
    assert_ne!(before["orderStatus"], status["orderStatus"]);
    let notification = sold.history().await.pop().unwrap();
    for (path, body) in [
        (sold.path("/notifications"), &notification),
        ("/orders/status-response".to_owned(), &status),
    ] {
        let answer = pair.buyer.call_with("carrier", "POST", &path, body).await;
        assert_eq!((answer.status, codes(&answer.body)), (404, vec!["REF010"]), "{path}");
    }
    assert_eq!(placed.status().await, "ACKNOWLEDGED");
}

#[tokio::test]
async fn a_status_response_moves_the_buyers_order_but_not_backwards() {
    let pair = Pair::new(Automatic).await;
    let (placed, sold) = taken(&pair, "PO-1").await;
    let path = "/orders/status-response";
    let before = pair.seller.get(&sold.path("/status")).await.body;
    sold.message().await;
    let after = pair.seller.get(&sold.path("/status")).await.body;
    for (said, status) in
        [(&after, "IN_PROGRESS"), (&before, "IN_PROGRESS"), (&after, "IN_PROGRESS")]
    {
        let answer = pair.buyer.call_with("lumen", "POST", path, said).await;
        assert_eq!((answer.status, &answer.body), (201, said));
        assert_eq!(placed.status().await, status);
    }
    assert_eq!(placed.read().await["expectedCompletionDate"], after["expectedCompletionDate"]);
    // By the Seller's id alone.
    sold.message().await;
    sold.message().await;
    let mut end = pair.seller.get(&sold.path("/status")).await.body;
    end.as_object_mut().unwrap().shift_remove("buyerPurchaseOrderNumber");
    assert_eq!(pair.buyer.call_with("lumen", "POST", path, &end).await.status, 201);
    assert_eq!(placed.status().await, "COMPLETED");
    end["orderId"] = placed.id.clone().into();
    let ours = pair.buyer.call_with("lumen", "POST", path, &end).await;
    assert_eq!(ours.status, 404, "our id is none of the Seller's");
    let mut unknown = after.clone();
    unknown["buyerPurchaseOrderNumber"] = "PO-2".into();
    assert_eq!(pair.buyer.call_with("lumen", "POST", path, &unknown).await.status, 404);
}

#[tokio::test]
async fn without_credentials_or_an_address_nothing_is_sent() {
    let pair = Pair::new(Manual).await;
    let placed = pair.buyer.placed(&ordered("PO-1"), "ACKNOWLEDGED").await;
    let key = |pk: String, sk: &str| {
        [("pk", pk), ("sk", sk.to_owned())].map(|(name, value)| {
            (name.to_owned(), serde_dynamo::to_attribute_value(value).unwrap())
        })
    };
    let delete = pair.buyer.db.direct.delete_item().table_name(&pair.buyer.db.name);
    let credential = key(format!("CREDENTIAL#{SELLER}"), "CREDENTIAL");
    delete.set_key(Some(credential.into())).send().await.unwrap();
    assert_eq!(pair.buyer.message(&placed.id, 3).await.as_array().unwrap().len(), 1);
    assert!(pair.buyer.elsewhere.calls().is_empty());
    let waiting = store::DynamoWatchdog::new(pair.buyer.db.table.clone());
    let order = waiting.get(&placed.id).await.unwrap().unwrap();
    assert_eq!(order.needs_intervention.unwrap().why, "no credentials for the seller");
}
