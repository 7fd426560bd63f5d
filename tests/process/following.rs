//! An order is followed by its id: one search finds its whole way through the functions, whatever
//! its kind and however it fails.

use domain::{
    carrier::FulfilmentPolicy::{Automatic, Manual},
    identity::Role,
    network::NetworkAnswer,
};
use harness::{Call, Credentials, Log, TestApp};
use serde_json::{Value, json};
use testkit::{numbers, queue::sqs_event};
use time::Duration;

use crate::{
    elsewhere::{Fault, Pair, SELLER},
    fixture::{AUTOMATIC, Fixture, order, order_with},
    whole::{esim, reseller, stock, subscription, webhook},
};

/// Messages that are about no single order.
const GENERAL: [&str; 6] = [
    "stream batch",
    "swept",
    "dead letters",
    "deliveries due",
    "order: message not taken",
    "batch ended",
];

/// Asserts that the way has these steps, (function, message), in this order, among others.
#[track_caller]
fn assert_steps(way: &[(String, String)], steps: &[(&str, &str)]) {
    let mut rest = way.iter();
    for step in steps {
        let found = rest.any(|(function, message)| (function.as_str(), message.as_str()) == *step);
        assert!(found, "{step:?} is not in its place in {way:#?}");
    }
}

/// Asserts that every line of a worker is about some order.
#[track_caller]
fn assert_none_without_order(log: &Log) {
    for line in log.lines() {
        let function = line["function"].as_str().unwrap();
        let general = GENERAL.contains(&line["message"].as_str().unwrap());
        if !function.ends_with("-api") && !general {
            assert!(line["order_id"].is_string(), "{line}");
        }
    }
}

async fn ecc(app: &TestApp) -> Credentials {
    let client = app.client("one", "one", Role::Ecc).await;
    webhook(app, &client).await;
    client
}

fn unknown(times: usize) -> Vec<NetworkAnswer> {
    vec![NetworkAnswer::Unknown { why: "network: status 500".to_owned() }; times]
}

const PLACED: [(&str, &str); 5] = [
    ("subscriptions-api", "order placed"),
    ("subscriptions-api", "answered"),
    ("outbox-relay", "message sent"),
    ("notification-fanout", "status change published"),
    ("webhook-sender", "attempt"),
];

#[tokio::test]
async fn a_subscription_order_is_followed_to_its_end_and_to_its_receivers() {
    let (log, app) = (Log::begin(), TestApp::new().await);
    let client = ecc(&app).await;
    app.receivers.answer([500]);
    app.network.answer(unknown(1));
    let order = subscription(&app, &client, 1).await;
    app.drain().await;
    app.clock.advance(Duration::MINUTE);
    app.drain().await;
    let path = format!("/ecc/v1/orders/{order}");
    app.send(Call::new("GET", path).by(&client)).await;
    let way = log.way_of(&order.to_string());
    assert_steps(&way, &PLACED);
    assert_steps(
        &way,
        &[
            ("subscription-worker", "message not done"),
            ("subscription-worker", "order ended"),
            ("webhook-sender", "attempt"),
            ("webhook-sender", "attempt"),
            ("provisioning-orders-api", "answered"),
        ],
    );
    assert_none_without_order(&log);
}

#[tokio::test]
async fn a_subscription_order_is_followed_through_its_failures_to_an_operator() {
    let (log, app) = (Log::begin(), TestApp::new().await);
    app.allow_leftovers();
    let client = ecc(&app).await;
    app.network.answer(unknown(3));
    let order = subscription(&app, &client, 1).await.to_string();
    app.drain().await;
    app.consume_dead_letters().await;
    app.clock.advance(Duration::HOUR);
    app.sweep().await;
    let way = log.way_of(&order);
    assert_steps(&way, &PLACED);
    let failed = ("subscription-worker", "message not done");
    let left = ("subscription-worker", "order needs intervention");
    assert_steps(&way, &[failed, failed, left, failed]);
    let lines = log.lines();
    let reason = lines.iter().find(|line| line["message"] == "message not done").unwrap();
    assert_eq!(
        (&reason["reason"], &reason["receive_count"]),
        (&json!("network: status 500"), &json!(1))
    );
    assert_none_without_order(&log);
}

#[tokio::test]
async fn a_refused_order_an_unreadable_one_a_lost_one_and_a_lost_message_are_followed() {
    let (log, app) = (Log::begin(), TestApp::new().await);
    app.allow_leftovers();
    let client = ecc(&app).await;
    app.network.answer([NetworkAnswer::Refused { reason: "no".to_owned() }]);
    let refused = subscription(&app, &client, 1).await.to_string();
    app.drain().await;
    assert_steps(&log.way_of(&refused), &[("subscription-worker", "order ended")]);

    let late = subscription(&app, &client, 2).await.to_string();
    app.queues.work.values().for_each(|queue| drop(queue.take()));
    app.clock.advance(Duration::HOUR);
    app.sweep().await;
    app.drain().await;
    let driven = [("sweeper", "order driven again"), ("subscription-worker", "order ended")];
    assert_steps(&log.way_of(&late), &driven);

    let corrupt = subscription(&app, &client, 3).await.to_string();
    app.db.corrupt(&corrupt).await;
    let body = json!({ "orderId": corrupt, "revision": 1, "correlationId": "c", "tenant": "one" });
    let unread = json!({ "orderId": corrupt, "correlationId": "c", "tenant": "one" });
    for body in [body, unread] {
        app.work("subscription-worker", sqs_event(&[&body.to_string()], 1)).await;
    }
    let poison = ("subscription-worker", "message not done");
    assert_steps(&log.way_of(&corrupt), &[poison, poison]);

    let nobodys = json!({ "orderId": "893500000000000", "revision": 1, "correlationId": "c", "tenant": "one" });
    app.work("subscription-worker", sqs_event(&[&nobodys.to_string()], 1)).await;
    assert_steps(&log.way_of("893500000000000"), &[poison]);
    assert_none_without_order(&log);
}

#[tokio::test]
async fn a_replayed_response_and_a_refused_change_name_the_order() {
    let (log, app) = (Log::begin(), TestApp::new().await);
    let client = ecc(&app).await;
    let body = json!({ "iccid": numbers::iccid(1), "msisdn": numbers::msisdn(1) });
    let place = || {
        let call = Call::new("POST", "/ecc/v1/subscriptions").json(&body).by(&client);
        call.header("idempotency-key", "k-1")
    };
    let order = app.send(place()).await.order().to_string();
    assert_eq!(app.send(place()).await.order().to_string(), order);
    let answered = |(function, message): &&(String, String)| {
        function == "subscriptions-api" && message == "answered"
    };
    assert_eq!(log.way_of(&order).iter().filter(answered).count(), 2);
    app.drain().await;
}

#[tokio::test]
async fn the_orders_of_a_batch_are_followed() {
    let (log, app) = (Log::begin(), TestApp::new().await);
    let client = ecc(&app).await;
    let request = |n: u64| {
        json!({
            "requestid": n.to_string(), "method": "POST", "resource": "/subscriptions",
            "body": { "iccid": numbers::iccid(n), "msisdn": numbers::msisdn(n) },
        })
    };
    let body = json!({ "type": "multi", "requests": [request(1), request(2)] });
    let placed = app.send(Call::new("POST", "/ecc/v1/batches").json(&body).by(&client)).await;
    assert_eq!(placed.status, 202, "{placed:?}");
    app.drain().await;
    let lines = log.lines();
    let placed = lines.iter().filter(|line| line["message"] == "order placed");
    let orders: Vec<&Value> = placed.map(|line| &line["order_id"]).collect();
    assert_eq!(orders.len(), 2);
    for order in orders {
        let way = log.way_of(order.as_str().unwrap());
        let steps = [
            ("batch-worker", "order placed"),
            ("subscription-worker", "order ended"),
            ("batch-worker", "order of the batch has ended"),
        ];
        assert_steps(&way, &steps);
    }
}

#[tokio::test]
async fn an_esim_order_is_followed_however_it_fails() {
    let (log, app) = (Log::begin(), TestApp::new().await);
    app.allow_leftovers();
    let token = reseller(&app).await;
    let id = |path: String| path.rsplit('/').next().unwrap().to_owned();
    let placed = [("esim-orders-api", "order placed"), ("esim-orders-api", "answered")];
    let failed = ("esim-worker", "message not done");
    let left = ("esim-worker", "order needs intervention");

    let unstocked = id(esim(&app, &token).await);
    app.drain().await;
    assert_steps(&log.way_of(&unstocked), &placed);
    assert_steps(&log.way_of(&unstocked), &[left]);

    stock(&app, 9).await;
    app.smdp.fail(["HTTP 500", "not an ES2+ response", "expired"]);
    let stuck = id(esim(&app, &token).await);
    app.drain().await;
    assert_steps(&log.way_of(&stuck), &[placed[0], placed[1], failed, failed, left, failed]);

    app.network.answer(unknown(1));
    let slow = id(esim(&app, &token).await);
    app.drain().await;
    let ended = ("esim-worker", "order ended");
    assert_steps(&log.way_of(&slow), &[placed[0], failed, ended]);

    app.network.answer([NetworkAnswer::Refused { reason: "no".to_owned() }]);
    let refused = id(esim(&app, &token).await);
    app.drain().await;
    let undone = ("esim-worker", "order is being undone");
    assert_steps(&log.way_of(&refused), &[placed[0], undone, ended]);

    // The first one goes on when there is stock.
    app.sweep().await;
    app.drain().await;
    let driven = ("sweeper", "order driven again");
    assert_steps(&log.way_of(&unstocked), &[left, driven, ended]);
    assert_none_without_order(&log);
}

#[tokio::test]
async fn a_carrier_order_is_followed_to_its_end_and_to_an_operator() {
    let (log, app) = (Log::begin(), Fixture::new().await);
    app.allow_leftovers();
    let placed = app.placed(&order(), "ACKNOWLEDGED").await;
    for _ in 0..10 {
        app.drain().await;
        app.clock.advance(Duration::MINUTE);
    }
    let refused = app.call("verizon", "POST", &placed.path("/hold")).await;
    assert_eq!(refused.status, 409);
    let steps = [
        ("carrier-orders-api", "order placed"),
        ("carrier-orders-api", "answered"),
        ("outbox-relay", "message sent"),
        ("carrier-order-worker", "order stepped"),
        ("notification-fanout", "status change published"),
        ("carrier-order-worker", "order stepped"),
        ("carrier-orders-api", "refused"),
    ];
    assert_steps(&log.way_of(&placed.id), &steps);

    let broken = order_with("PO-2", &[("/sellerId", AUTOMATIC.into())]);
    let broken = app.placed(&broken, "ACKNOWLEDGED").await;
    app.db.corrupt(&broken.id).await;
    app.message(&broken.id, 3).await;
    let poison = ("carrier-order-worker", "message not done");
    assert_steps(&log.way_of(&broken.id), &[poison]);
}

#[tokio::test]
async fn an_order_of_ours_at_a_seller_is_followed_however_its_seller_fails() {
    let log = Log::begin();
    let pair = Pair::new(Manual).await;
    let ordered = |pon: &str| order_with(pon, &[("/sellerId", SELLER.into())]);
    let (failed, left) = (
        ("carrier-order-worker", "message not done"),
        ("carrier-order-worker", "order needs intervention"),
    );
    let waits = ("carrier-order-worker", "request not forwarded, tried again later");
    let passed = ("carrier-order-worker", "request forwarded");

    let placed = pair.buyer.placed(&ordered("PO-1"), "ACKNOWLEDGED").await;
    pair.buyer.elsewhere.fails([Fault::Down, Fault::Down, Fault::Instead(401, "")]);
    pair.buyer.message(&placed.id, 1).await;
    pair.buyer.message(&placed.id, 3).await;
    pair.buyer.clock.advance(Duration::HOUR);
    pair.buyer.message(&placed.id, 3).await;
    let way = log.way_of(&placed.id);
    assert_steps(&way, &[("carrier-orders-api", "order placed"), failed, waits, left, failed]);

    let killed = pair.buyer.placed(&ordered("PO-2"), "ACKNOWLEDGED").await;
    pair.buyer.elsewhere.fails([Fault::DiesBefore]);
    pair.buyer.message(&killed.id, 1).await;
    pair.buyer.clock.advance(Duration::HOUR);
    pair.buyer.message(&killed.id, 2).await;
    assert_steps(&log.way_of(&killed.id), &[failed, passed]);

    // What the Seller tells is about the Buyer's order.
    let sold = pair.sold("PO-2").await;
    sold.worked().await;
    pair.tell_all(&sold).await;
    let told = ("carrier-notifications-api", "updated by the seller");
    assert_steps(&log.way_of(&killed.id), &[told, ("carrier-notifications-api", "answered")]);
}

/// The last failure of an order, as the operator sees it.
async fn failure(app: &TestApp, order: &str) -> Option<(String, bool)> {
    let open = store::DynamoWatchdog::new(app.db.table.clone()).get(order).await.unwrap();
    open.unwrap().failed.map(|failed| (failed.why, failed.next.is_some()))
}

#[tokio::test]
async fn the_last_failure_is_on_an_order_of_every_kind_until_it_goes_on() {
    let app = TestApp::new().await;
    let client = ecc(&app).await;
    let token = reseller(&app).await;
    stock(&app, 1).await;
    let order = subscription(&app, &client, 1).await.to_string();
    app.network.answer(unknown(1));
    let message = |order: &str| {
        sqs_event(
            &[&json!({ "orderId": order, "revision": 1, "correlationId": "c" }).to_string()],
            1,
        )
    };
    app.work("subscription-worker", message(&order)).await;
    let expected = Some(("network: status 500".to_owned(), true));
    assert_eq!(failure(&app, &order).await, expected);
    let esim = esim(&app, &token).await.rsplit('/').next().unwrap().to_owned();
    app.network.answer(unknown(1));
    app.work("esim-worker", message(&esim)).await;
    assert_eq!(failure(&app, &esim).await, expected);
    app.drain().await;
    assert_eq!((failure(&app, &order).await, failure(&app, &esim).await), (None, None));
    stock(&app, 2).await;
    app.smdp.fail(["HTTP 500"]);
    let esim = self::esim(&app, &token).await.rsplit('/').next().unwrap().to_owned();
    app.work("esim-worker", message(&esim)).await;
    assert_eq!(failure(&app, &esim).await, Some(("SM-DP+: HTTP 500".to_owned(), true)));
    app.drain().await;

    let pair = Pair::new(Manual).await;
    let ordered = order_with("PO-1", &[("/sellerId", SELLER.into())]);
    let placed = pair.buyer.placed(&ordered, "ACKNOWLEDGED").await;
    pair.buyer.elsewhere.fails([Fault::Instead(401, ""), Fault::Down]);
    pair.buyer.message(&placed.id, 1).await;
    let refused = Some(("seller: status 401".to_owned(), true));
    assert_eq!(failure(&pair.buyer, &placed.id).await, refused);
    pair.buyer.message(&placed.id, 3).await;
    let away = Some(("seller: no connection".to_owned(), true));
    assert_eq!(failure(&pair.buyer, &placed.id).await, away);
    pair.buyer.clock.advance(Duration::HOUR);
    placed.worked().await;
    assert_eq!(failure(&pair.buyer, &placed.id).await, None);
}

#[tokio::test]
async fn a_push_to_a_buyer_elsewhere_is_followed() {
    let log = Log::begin();
    let pair = Pair::new(Automatic).await;
    let ordered = order_with("PO-1", &[("/sellerId", SELLER.into())]);
    pair.buyer.placed(&ordered, "ACKNOWLEDGED").await.worked().await;
    let sold = pair.sold("PO-1").await;
    sold.worked().await;
    let id = domain::carrier::notification_message(&sold.id.parse().unwrap(), 1);
    assert_eq!(id.order().as_deref(), Some(sold.id.as_str()));
    assert_steps(&log.way_of(&sold.id), &[("carrier-order-worker", "order stepped")]);
}

#[tokio::test]
async fn a_failed_login_names_the_client_and_no_secret() {
    let (log, app) = (Log::begin(), TestApp::new().await);
    let client = app.client("one", "one", Role::Ecc).await;
    let get = |id: &str, secret: &str| {
        let by =
            Credentials { id: id.to_owned(), secret: secret.to_owned(), tenant: String::new() };
        Call::new("GET", "/ecc/v1/orders/1").by(&by)
    };
    let mail = "john@doe.com";
    for (id, secret) in
        [("one", "wrong-secret"), ("nobody", &client.secret), (mail, "wrong-secret")]
    {
        assert_eq!(app.send(get(id, secret)).await.status, 401);
    }
    let lines = log.lines();
    let named: Vec<_> = lines.iter().map(|line| line["client_id"].as_str()).collect();
    assert_eq!(named, [Some("one"), Some("nobody"), None]);
    let all = serde_json::to_string(&lines).unwrap();
    for private in ["wrong-secret", client.secret.as_str(), mail] {
        assert!(!all.contains(private), "{private}");
    }
}
