//! Placing orders: once, whoever sends them how often.

use futures::future::join_all;
use serde_json::{Value, json};
use testkit::Call;

use crate::fixture::{Fixture, codes, manual, newer, order, order_with};

/// As clients do: an answer that says so is asked for again. What was done then is unknown.
async fn post_until_answered(app: &Fixture, body: &Value) -> testkit::Response {
    loop {
        let answer = app.post("/orders", body).await;
        if answer.status != 503 {
            return answer;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_posts_of_one_number_one_places_the_order() {
    let app = Fixture::new().await;
    let body = order();
    let answers = join_all((0..64).map(|_| post_until_answered(&app, &body))).await;
    for answer in &answers {
        assert!([200, 201].contains(&answer.status), "{}", answer.body);
        assert_eq!(answer.body, answers[0].body);
    }
    assert!(answers.iter().filter(|answer| answer.status == 201).count() <= 1);
    assert_eq!(app.get("/orders").await.body["available"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_different_orders_under_one_number_one_is_placed() {
    let app = Fixture::new().await;
    let bodies: Vec<Value> =
        (0..64).map(|n| order_with("PO-1", &[("/notes", format!("variant {n}").into())])).collect();
    let answers = join_all(bodies.iter().map(|body| post_until_answered(&app, body))).await;
    let placed = app.get("/orders").await.body;
    assert_eq!(placed["available"], 1);
    let (notes, id) = (&placed["items"][0]["notes"], &placed["items"][0]["id"]);
    for (body, answer) in bodies.iter().zip(&answers) {
        if body["notes"] == *notes {
            assert!([200, 201].contains(&answer.status), "{}", answer.body);
        } else {
            assert_eq!((answer.status, codes(&answer.body)), (409, vec!["FMT020"]));
            assert_eq!(answer.body["orderId"], *id);
        }
    }
}

#[tokio::test]
async fn the_same_again_answers_the_first_order_a_newer_version_replaces_it() {
    let app = Fixture::new().await;
    let first = manual("PO-1");
    let placed = app.placed(&first, "ACKNOWLEDGED").await;
    placed.worked().await;
    let etag = placed.etag().await;
    // Members in another order are the same order.
    let reordered: Value = first
        .as_object()
        .unwrap()
        .clone()
        .into_iter()
        .rev()
        .collect::<serde_json::Map<_, _>>()
        .into();
    for body in [&first, &reordered] {
        let again = app.post("/orders", body).await;
        assert_eq!((again.status, &again.body["id"]), (200, &json!(placed.id)), "{}", again.body);
        assert_eq!(again.body["orderStatus"], "IN_PROGRESS");
    }
    assert_eq!(placed.etag().await, etag);
    let mut other = first.clone();
    other["notes"] = "other".into();
    for conflict in [&other, &newer(&first, "0")] {
        let answer = app.post("/orders", conflict).await;
        assert_eq!((answer.status, codes(&answer.body)), (409, vec!["FMT020"]));
    }
    assert_eq!(placed.etag().await, etag);
    let answer = app.post("/orders", &newer(&other, "2")).await;
    assert_eq!((answer.status, &answer.body["id"]), (200, &json!(placed.id)));
    assert_eq!(answer.body["notes"], "other");
    assert_eq!(app.get("/orders").await.body["available"], 1);
    // The number is another's with another Buyer.
    let mut theirs = first;
    theirs["buyerId"] = "Sprint".into();
    assert_eq!(app.call_with("sprint", "POST", "/orders", &theirs).await.status, 201);
}

#[tokio::test]
async fn a_key_places_one_order_and_gives_its_answer_again() {
    let app = Fixture::new().await;
    let post = async |client: &str, key: &str, body: &Value| {
        let call = Call::new("POST", "/orders").as_client(client).header("idempotency-key", key);
        app.send(call.json(body)).await
    };
    let first = post("verizon", "key-1", &order()).await;
    assert_eq!((first.status, first.header("idempotency-replayed")), (201, ""));
    let id = first.body["id"].as_str().unwrap();
    app.message(id, 1).await;
    let again = post("verizon", "key-1", &order()).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (201, "true"));
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("location"), first.header("location"));
    let other = order_with("PO-2", &[]);
    assert_eq!(post("verizon", "key-1", &other).await.status, 422);
    assert_eq!(app.get("/orders?pon=PO-2").await.body["available"], 0);
    let mut theirs = order();
    theirs["buyerId"] = "Sprint".into();
    assert_eq!(post("sprint", "key-1", &theirs).await.status, 201);
    let keys = join_all((0..16).map(|_| post("verizon", "key-2", &other))).await;
    assert!(keys.iter().all(|answer| answer.status == 201 && answer.body == keys[0].body));
    app.clock.advance(time::Duration::hours(25));
    let later = post("verizon", "key-1", &other).await;
    assert_eq!((later.status, later.header("idempotency-replayed")), (200, ""));
}

#[tokio::test]
async fn a_dry_run_says_what_would_happen_and_stores_nothing() {
    let app = Fixture::new().await;
    let stored = app.items().await;
    for (changes, status, expected) in [
        (vec![], "ACKNOWLEDGED", vec![]),
        (vec![("/requestedCompletionDate", json!("Dog"))], "REJECTED", vec!["FMT002"]),
        (vec![("/pricingTerm", json!("dog"))], "ACKNOWLEDGED", vec!["PRD045"]),
        (
            vec![("/orderItems/0/orderItemDetail/productSpecification", json!("None"))],
            "PENDING",
            vec!["PRD016"],
        ),
    ] {
        let body = order_with("PO-1", &changes);
        let answer = app.post("/orders?validate=true", &body).await;
        assert_eq!((answer.status, &answer.body["orderStatus"]), (200, &json!(status)));
        assert_eq!(codes(&answer.body), expected);
        assert_eq!(answer.body["correctiveOrderExpected"], status == "PENDING");
    }
    let answer = app.post("/orders?validate=true", &json!({})).await;
    assert_eq!(answer.status, 400);
    assert_eq!(app.post("/orders?validate=yes", &order()).await.status, 400);
    assert_eq!(app.items().await, stored);
}

#[tokio::test]
async fn nobody_orders_for_a_party_that_is_not_its_own() {
    let app = Fixture::new().await;
    for (client, status) in [("sprint", 400), ("mixed", 400), ("cox", 403)] {
        let answer = app.call_with(client, "POST", "/orders", &order()).await;
        assert_eq!(answer.status, status, "{client}: {}", answer.body);
    }
    let answer = app.send(Call::new("POST", "/orders").json(&order())).await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn a_password_and_a_token_open_the_same() {
    let app = Fixture::new().await;
    let placed = app.placed(&order(), "ACKNOWLEDGED").await;
    let (verizon, sprint) = (app.token("verizon").await, app.token("sprint").await);
    for path in ["", "/status"].map(|rest| placed.path(rest)) {
        let by = async |token: &str| app.send(Call::new("GET", &path).bearer(token)).await;
        let answer = by(&verizon).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.body, app.get(&path).await.body);
        assert_eq!(by(&sprint).await.status, 404);
        assert_eq!(by(&verizon[..verizon.len() - 2]).await.status, 401);
    }
    let body = order_with("PO-2", &[]);
    let call = Call::new("POST", "/orders").bearer(&verizon).json(&body);
    assert_eq!(app.send(call).await.status, 201);
}

#[tokio::test]
async fn placing_an_order_costs_one_transaction_and_reading_it_one_call() {
    let app = Fixture::new().await;
    app.placed(&order_with("PO-0", &[]), "ACKNOWLEDGED").await;
    // Client and parties are known from here on.
    app.db.proxy.take_calls();
    let placed = app.placed(&order_with("PO-1", &[]), "ACKNOWLEDGED").await;
    assert_eq!(app.db.proxy.take_calls(), ["TransactWriteItems"]);
    placed.read().await;
    assert_eq!(app.db.proxy.take_calls(), ["BatchGetItem"]);
    placed.act("verizon", "/hold").await;
    assert_eq!(app.db.proxy.take_calls(), ["BatchGetItem", "TransactWriteItems"]);
    app.get(&placed.path("/status")).await;
    app.db.proxy.take_calls();
    app.get(&placed.path("/status")).await;
    assert_eq!(app.db.proxy.take_calls(), ["GetItem"]);
    placed.act("verizon", "/release").await;
    app.db.proxy.take_calls();
    placed.message().await;
    assert_eq!(
        app.db.proxy.take_calls(),
        // The order, its Seller (the first time), the lease, the step.
        ["BatchGetItem", "GetItem", "GetItem", "UpdateItem", "TransactWriteItems"]
    );
}
