//! Orders that their client cancels, against the workers that take them.

use domain::{identity::Role, network::NetworkAnswer};
use harness::{Call, Credentials, Response, TestApp};
use serde_json::json;
use testkit::numbers;
use time::Duration;

use crate::whole::{esim, reseller, stock, subscription, webhook};

fn one(order: u64) -> String {
    format!("/ecc/v1/orders/{order}")
}

async fn cancel(app: &TestApp, client: &Credentials, order: u64) -> Response {
    app.send(Call::new("POST", format!("{}/cancel", one(order))).by(client)).await
}

/// The statuses and reasons that were posted, oldest first.
fn posted(app: &TestApp) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let posts = app.receivers.take().into_iter();
    posts
        .map(|post| (text(&post.body["data"]["status"]), text(&post.body["data"]["reason"])))
        .collect()
}

#[tokio::test]
async fn a_cancelled_order_ends_is_published_and_releases_its_numbers() {
    let app = TestApp::new().await;
    let client = app.client("one", "one", Role::Ecc).await;
    webhook(&app, &client).await;
    let order = subscription(&app, &client, 1).await;
    let canceled = cancel(&app, &client, order).await;
    assert_eq!(
        (canceled.status, &canceled.body["status"]),
        (200, &json!("CANCELED")),
        "{canceled:?}"
    );
    assert_eq!(canceled.body["reason"], "canceled by the client");
    let found = app.send(Call::new("GET", one(order)).by(&client)).await;
    assert_eq!(found.body, canceled.body);
    let again = cancel(&app, &client, order).await;
    assert_eq!((again.status, &again.body), (200, &canceled.body), "{again:?}");
    app.drain().await;
    assert!(app.network.take_orders().is_empty(), "the network was not called");
    let expected = [("PROVISIONING", ""), ("CANCELED", "canceled by the client")];
    let expected = expected.map(|(status, reason)| (status.to_owned(), reason.to_owned()));
    assert_eq!(posted(&app), expected);
    // SIM and number are free, for another tenant too.
    let other = app.client("two", "two", Role::Ecc).await;
    subscription(&app, &other, 1).await;
    app.drain().await;
    app.clock.advance(Duration::HOUR);
    app.sweep().await;
    app.drain().await;
    assert!(app.receivers.take().is_empty(), "nothing is left for the sweeper");
}

#[tokio::test]
async fn an_order_that_a_worker_has_taken_or_that_ended_is_not_cancelled() {
    let app = TestApp::new().await;
    let client = app.client("one", "one", Role::Ecc).await;
    let unknown = || NetworkAnswer::Unknown { why: "no connection".to_owned() };
    app.network.answer([unknown(), unknown(), unknown()]);
    app.allow_leftovers();
    let stuck = subscription(&app, &client, 1).await;
    app.drain().await;
    let ended = subscription(&app, &client, 2).await;
    app.drain().await;
    for (order, status) in [(stuck, "PROVISIONING"), (ended, "COMPLETED")] {
        let refused = cancel(&app, &client, order).await;
        assert_eq!(refused.status, 409, "{refused:?}");
        let code = (&refused.body["code"], &refused.body["status"]);
        assert_eq!(code, (&json!("ORDER_NOT_CANCELABLE"), &json!(status)));
    }
    let other = app.client("two", "two", Role::Ecc).await;
    for (client, order) in [(&other, ended), (&client, 1)] {
        let foreign = cancel(&app, client, order).await;
        let unknown = app.send(Call::new("GET", one(1)).by(client)).await;
        assert_eq!((foreign.status, &foreign.body), (404, &unknown.body));
    }
}

#[tokio::test]
async fn a_cancellation_under_a_key_has_one_response() {
    let app = TestApp::new().await;
    let client = app.client("one", "one", Role::Ecc).await;
    let order = subscription(&app, &client, 1).await;
    let send = async |order: u64, key: &str| {
        let call = Call::new("POST", format!("{}/cancel", one(order))).by(&client);
        app.send(call.header("idempotency-key", key)).await
    };
    let first = send(order, "key-1").await;
    let again = send(order, "key-1").await;
    assert_eq!((first.status, again.status), (200, 200), "{again:?}");
    assert_eq!((again.header("idempotency-replayed"), &again.body), ("true", &first.body));
    let late = send(order, "key-2").await;
    assert_eq!((late.status, &late.body), (200, &first.body), "{late:?}");
    let other = subscription(&app, &client, 2).await;
    assert_eq!(send(other, "key-1").await.status, 422);
    app.drain().await;
    let found = app.send(Call::new("GET", one(other)).by(&client)).await;
    assert_eq!(found.body["status"], "COMPLETED");
}

#[tokio::test]
async fn a_cancellation_and_a_worker_at_once_end_in_one_of_the_two() {
    let app = TestApp::new().await;
    let client = app.client("one", "one", Role::Ecc).await;
    let (mut canceled, mut completed) = (0, 0);
    for n in 1..=100 {
        let order = subscription(&app, &client, n).await;
        let cancelling = async {
            // Later and later, so that it meets each of the worker's calls of the table.
            for _ in 0..n % 25 {
                tokio::task::yield_now().await;
                tokio::time::sleep(std::time::Duration::from_micros(200)).await;
            }
            cancel(&app, &client, order).await
        };
        let (answer, ()) = tokio::join!(cancelling, app.drain());
        app.drain().await;
        let called = app.network.take_orders();
        let found = app.send(Call::new("GET", one(order)).by(&client)).await;
        let path = format!("/ecc/v1/subscriptions/iccid:{}", numbers::iccid(n));
        let subscription = app.send(Call::new("GET", path).by(&client)).await;
        let end = (answer.status, found.body["status"].as_str().unwrap_or_default());
        match end {
            (200, "CANCELED") => {
                canceled += 1;
                assert!(called.is_empty(), "{order}: the network was called");
                assert_eq!(subscription.status, 404);
            }
            (409, "COMPLETED") => {
                completed += 1;
                assert_eq!(called, [order.to_string()]);
                assert_eq!(subscription.body["outstandingOrder"], json!(null));
            }
            _ => panic!("{n}: {end:?}: {answer:?}"),
        }
    }
    println!("{canceled} canceled, {completed} completed");
    assert!(canceled > 0 && completed > 0, "{canceled} canceled, {completed} completed");
}

#[tokio::test]
async fn an_esim_order_is_cancelled_while_it_waits_for_stock_and_not_once_it_has_a_profile() {
    let app = TestApp::new().await;
    let token = reseller(&app).await;
    let waiting = esim(&app, &token).await;
    app.drain().await;
    let cancel = async |path: &str| {
        app.send(Call::new("POST", format!("{path}/cancel")).bearer(&token)).await
    };
    let canceled = cancel(&waiting).await;
    assert_eq!(
        (canceled.status, &canceled.body["status"]),
        (200, &json!("FAILED")),
        "{canceled:?}"
    );
    assert_eq!(canceled.body["failure"]["type"], "CANCELED_BY_CLIENT");
    assert_eq!(cancel(&waiting).await.body, canceled.body);
    stock(&app, 1).await;
    app.clock.advance(Duration::minutes(10));
    app.sweep().await;
    app.drain().await;
    let found = app.send(Call::new("GET", waiting.as_str()).bearer(&token)).await;
    assert_eq!(found.body, canceled.body, "stock does not bring it back");
    let second = esim(&app, &token).await;
    app.drain().await;
    let refused = cancel(&second).await;
    assert_eq!(
        (refused.status, &refused.body["status"]),
        (409, &json!("COMPLETED")),
        "{refused:?}"
    );
    assert_eq!(refused.body["type"], "ORDER_NOT_CANCELABLE");
    let successor = second.replace("/esim/", "/connect-api/");
    assert_eq!(cancel(&successor).await.body, refused.body);
}
