//! The two published documents: each example is accepted, or answered, as the contract says.

use serde_json::{Value, json};

use crate::fixture::{Fixture, MANUAL, NOTICES, ORDERS, Placed, codes, examples, order_with};

/// The members that are the Seller's: whatever a Buyer sends, it gets ours.
const OURS: [&str; 3] = ["id", "link", "orderStatus"];

/// Every member of what was sent is in what came back, text for text.
fn comes_back(sent: &Value, mut back: Value) {
    for item in back["orderItems"].as_array_mut().unwrap() {
        assert!(item.as_object_mut().unwrap().shift_remove("orderItemStatus").is_some());
    }
    for (name, value) in sent.as_object().unwrap() {
        if !OURS.contains(&name.as_str()) {
            assert_eq!(back[name].to_string(), value.to_string(), "{name}");
        }
    }
}

#[tokio::test]
async fn both_orders_are_placed_and_every_member_comes_back() {
    let app = Fixture::new().await;
    let documents = examples(ORDERS);
    let mut small = documents[1].clone();
    small["buyerPurchaseOrderNumber"] = "PO-2".into();
    // The smaller one names no product for its line, which the Buyer can correct.
    for (sent, path, status, expected) in [
        (&documents[0]["items"][0], "/orders", "ACKNOWLEDGED", vec!["FMT010"]),
        (&small, "/order", "PENDING", vec!["PRD017", "FMT010"]),
    ] {
        let answer = app.post(path, sent).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        assert_eq!(answer.body["orderStatus"], status);
        assert_eq!(codes(&answer.body), expected);
        let id = answer.body["id"].as_str().unwrap();
        assert!(id.starts_with("ORD-") && id.len() <= 45);
        assert_eq!(
            answer.body["link"]["href"],
            format!("https://api.example.com/orders/{id}").as_str()
        );
        let read = app.get(&format!("/orders/{id}")).await;
        assert_eq!(read.body, answer.body);
        assert_eq!(read.header("etag"), answer.header("etag"));
        comes_back(sent, read.body);
        let listed = app.get(&format!("/orders?id={id}")).await.body;
        assert_eq!((&listed["available"], &listed["returned"]), (&json!(1), &json!(1)));
        comes_back(sent, listed["items"][0].clone());
    }
}

/// The order that the examples of the second document are about.
async fn of_the_notices(app: &Fixture) -> Placed<'_> {
    let order = order_with(
        "PO14432",
        &[
            ("/sellerId", MANUAL.into()),
            ("/buyerOrderVersion", "04".into()),
            ("/projectId", "Costco0954".into()),
            ("/requestedCompletionDate", "2016-10-11T17:20+01:00".into()),
        ],
    );
    app.placed(&order, "ACKNOWLEDGED").await
}

/// An example with the order's real id in it.
fn about(placed: &Placed<'_>, n: usize) -> Value {
    let text = examples(NOTICES)[n].to_string();
    let text = text.replace("ORD-CC-0293479283", &placed.id).replace("ORD-CC-12345", &placed.id);
    serde_json::from_str(&text).unwrap()
}

/// Sends an example as the Seller's own systems do; the answer echoes it, with the contract's
/// words for what it deviates in.
async fn reported(app: &Fixture, placed: &Placed<'_>, n: usize, kind: &str, status: &str) {
    let sent = about(placed, n);
    let path = placed.path(if n.is_multiple_of(2) { "/notification" } else { "/notifications" });
    let answer = app.call_with("cox", "POST", &path, &sent).await;
    assert_eq!(answer.status, 201, "example {n}: {}", answer.body);
    let mut expected = sent;
    expected["notificationType"] = kind.into();
    expected["orderStatus"] = status.into();
    expected["notificationVersion"] = answer.body["notificationVersion"].clone();
    assert_eq!(answer.body, expected, "example {n}");
    assert_eq!(placed.latest().await, expected, "example {n}");
    assert_eq!(app.get(&placed.path("/notification")).await.body, expected);
    assert_eq!(placed.status().await, status, "example {n}");
}

#[tokio::test]
async fn the_rejections_end_an_order_that_is_not_yet_treated() {
    for n in [6, 7, 8] {
        let app = Fixture::new().await;
        let placed = of_the_notices(&app).await;
        reported(&app, &placed, n, "REJECTION", "REJECTED").await;
        // An end is an end: the same again is not possible.
        let again = about(&placed, n);
        let answer = app.call_with("cox", "POST", &placed.path("/notifications"), &again).await;
        assert_eq!((answer.status, codes(&answer.body)), (409, vec!["REF020"]));
    }
}

#[tokio::test]
async fn the_gallery_of_notifications_takes_an_order_from_confirmation_to_completion() {
    let app = Fixture::new().await;
    let placed = of_the_notices(&app).await;
    placed.worked().await;
    assert_eq!(placed.status().await, "IN_PROGRESS");
    reported(&app, &placed, 9, "CONFIRMATION", "IN_PROGRESS").await;
    reported(&app, &placed, 10, "CONFIGURATION", "IN_PROGRESS").await;
    reported(&app, &placed, 13, "COMPLETION", "COMPLETED").await;
    let order = placed.read().await;
    assert_eq!(order["expectedCompletionDate"], "2016-10-11");
    assert_eq!(order["completionDate"], "2016-10-11");
    assert_eq!(order["orderItems"][1]["orderItemStatus"], "COMPLETED");
}

#[tokio::test]
async fn both_cancellations_a_jeopardy_and_a_status_update_are_events() {
    for (n, code) in [(11, "CAN001"), (12, "CAN002")] {
        let app = Fixture::new().await;
        let placed = of_the_notices(&app).await;
        reported(&app, &placed, n, "CANCELLATION", "CANCELLED").await;
        assert_eq!(codes(&placed.latest().await), [code]);
    }
    let app = Fixture::new().await;
    let placed = of_the_notices(&app).await;
    placed.worked().await;
    // The first holds the order because its date moves; the second asks for a correction.
    reported(&app, &placed, 14, "JEOPARDY", "HELD").await;
    assert_eq!(placed.read().await["heldBy"], "SELLER");
    assert_eq!(placed.read().await["expectedCompletionDate"], "2016-11-02");
    assert_eq!(placed.act("cox", "/release").await.status, 200);
    reported(&app, &placed, 15, "STATUS_UPDATE", "PENDING").await;
    let order = placed.read().await;
    assert_eq!(order["correctiveOrderExpected"], true);
    assert_eq!(order["correctionOrderDueDate"], "2016-11-16T12:00:00Z");
}

#[tokio::test]
async fn the_confirmation_with_all_identifiers_is_stored_as_it_came() {
    let app = Fixture::new().await;
    let placed = app.placed(&order_with("PO-12345", &[]), "ACKNOWLEDGED").await;
    placed.message().await;
    reported(&app, &placed, 5, "CONFIRMATION", "IN_PROGRESS").await;
}

#[tokio::test]
async fn the_status_is_answered_in_every_published_form() {
    let app = Fixture::new().await;
    let order = order_with("PO-12345", &[("/sellerId", MANUAL.into())]);
    let placed = app.placed(&order, "ACKNOWLEDGED").await;
    placed.worked().await;
    placed
        .report("CONFIRMATION", &json!({ "expectedCompletionDate": "2016-10-05T08:00+01:00" }))
        .await;
    let expected = about(&placed, 0);
    for path in [
        format!("/orders/status&id={}", placed.id),
        "/orders/status&buyerId=Verizon&sellerId=Cox&buyerPurchaseOrderNumber=PO-12345".to_owned(),
        placed.path("/status"),
        format!("/orders/status?orderId={}", placed.id),
        "/orders/status?buyerId=Verizon&sellerId=Cox&buyerPurchaseOrderNumber=PO-12345".to_owned(),
    ] {
        let answer = app.get(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(answer.body[name], *value, "{path}: {name}");
        }
        assert_eq!(answer.body["orderItemStatuses"][1]["orderItemStatus"], "IN_PROGRESS");
        assert_eq!(app.call("sprint", "GET", &path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn status_requests_and_responses_are_echoed() {
    let app = Fixture::new().await;
    let placed = app.placed(&order_with("PO-12345", &[]), "ACKNOWLEDGED").await;
    for (n, path, client, other) in [
        (1, "/orders/status-request", "verizon", "sprint"),
        (2, "/orders/status-request", "verizon", "sprint"),
        (3, "/orders/status-response", "cox", "att"),
        (4, "/orders/status-response", "cox", "att"),
    ] {
        let body = about(&placed, n);
        let answer = app.call_with(client, "POST", path, &body).await;
        assert_eq!((answer.status, &answer.body), (201, &body), "{path}");
        let answer = app.call_with(other, "POST", path, &body).await;
        assert_eq!((answer.status, codes(&answer.body)), (404, vec!["REF010"]));
        let unknown = json!({ "buyerId": "Verizon", "sellerId": "Cox", "orderStatus": "HELD" });
        let answer = app.call_with(client, "POST", path, &unknown).await;
        assert_eq!((answer.status, codes(&answer.body)), (400, vec!["FMT001"]), "{}", answer.body);
    }
}
