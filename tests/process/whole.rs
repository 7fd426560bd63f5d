//! Orders of every kind from the call to the receiver of their webhooks, by nothing but what the
//! table and the queues bring about.

use domain::{esim::Product, identity::Role, network::NetworkAnswer};
use harness::{Call, Credentials, TestApp};
use serde_json::{Value, json};
use store::{DynamoCatalogue, DynamoStock};
use testkit::numbers;
use time::Duration;

use crate::fixture::{AUTOMATIC, Fixture, order};

const PRODUCT: &str = "a3u3z000000PZBhAAO";

/// Registers a receiver of a client's webhooks.
pub(crate) async fn webhook(app: &TestApp, client: &Credentials) {
    let body = json!({ "url": "https://1.1.1.1/hook", "events": ["*"] });
    let created = app.send(Call::new("POST", "/webhooks").json(&body).by(client)).await;
    assert_eq!(created.status, 201, "{created:?}");
}

pub(crate) async fn subscription(app: &TestApp, client: &Credentials, n: u64) -> u64 {
    let body = json!({ "iccid": numbers::iccid(n), "msisdn": numbers::msisdn(n) });
    app.send(Call::new("POST", "/ecc/v1/subscriptions").json(&body).by(client)).await.order()
}

/// The statuses that were posted, oldest first.
fn statuses(app: &TestApp) -> Vec<String> {
    let status = |post: harness::app::Post| text(&post.body["data"]["status"]);
    app.receivers.take().into_iter().map(status).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

#[tokio::test]
async fn a_subscription_order_is_completed_and_published() {
    let app = TestApp::new().await;
    let client = app.client("one", "one", Role::Ecc).await;
    webhook(&app, &client).await;
    let order = subscription(&app, &client, 1).await;
    app.drain().await;
    let path = format!("/ecc/v1/orders/{order}");
    let found = app.send(Call::new("GET", path).by(&client)).await;
    assert_eq!(found.body["status"], "COMPLETED", "{found:?}");
    assert_eq!(statuses(&app), ["PROVISIONING", "COMPLETED"]);
    app.drain().await;
    assert!(app.receivers.take().is_empty(), "nothing is posted twice");
    app.clock.advance(Duration::HOUR);
    app.sweep().await;
    app.drain().await;
    assert!(app.receivers.take().is_empty(), "nothing is left for the sweeper");
}

/// A reseller with a product, and its token; without stock.
pub(crate) async fn reseller(app: &TestApp) -> String {
    app.db.client("reseller", "one", &[Role::Reseller], &[]).await;
    let catalogue = DynamoCatalogue::new(app.db.table.clone());
    let product =
        Product { id: PRODUCT.parse().unwrap(), profile_type: "consumer".parse().unwrap() };
    let tenant = "one".parse().unwrap();
    catalogue.put_product(&tenant, &product).await.unwrap();
    catalogue.put_currencies(&tenant, ["USD".parse().unwrap()].into()).await.unwrap();
    let ask = Call::new("POST", "/oauth/token")
        .as_client("reseller")
        .bytes("application/x-www-form-urlencoded", "grant_type=client_credentials");
    text(&app.send(ask).await.body["access_token"])
}

/// Fills the pool with profiles.
pub(crate) async fn stock(app: &TestApp, count: u64) {
    let stock = DynamoStock::new(app.db.table.clone());
    let profiles: Vec<_> = (1..=count).map(numbers::iccid).collect();
    stock.import(&"consumer".parse().unwrap(), &profiles).await.unwrap();
}

/// An order of a new eSIM.
pub(crate) fn new_esim() -> Value {
    json!({ "input": {
        "operationType": "NEW_ESIM",
        "countryCode": "PT",
        "customer": { "email": "john@doe.com", "countryOfResidence": "US" },
        "device": { "product_id": "123456789", "model": "iPhone", "type": "ios" },
        "subscriptions": [{
            "id": PRODUCT, "activationDate": "2026-11-22T12:00:00Z", "price": 10, "currency": "USD",
        }],
    }})
}

/// Places an order of an eSIM; its path.
pub(crate) async fn esim(app: &TestApp, token: &str) -> String {
    let body = new_esim();
    let place = Call::new("POST", "/esim/v1/order").bearer(token).json(&body);
    let placed = app.send(place).await;
    assert_eq!(placed.status, 201, "{placed:?}");
    placed.header("location").to_owned()
}

#[tokio::test]
async fn an_esim_order_is_completed_and_published() {
    let app = TestApp::new().await;
    let token = reseller(&app).await;
    stock(&app, 1).await;
    let path = esim(&app, &token).await;
    app.drain().await;
    let found = app.send(Call::new("GET", path).bearer(&token)).await;
    assert_eq!(found.status, 200, "{found:?}");
    assert!(found.body.to_string().contains("COMPLETED"), "{found:?}");
}

#[tokio::test]
async fn a_carrier_order_is_completed_step_by_step() {
    let app = Fixture::new().await;
    let placed = app.placed(&order(), "ACKNOWLEDGED").await;
    for _ in 0..10 {
        app.drain().await;
        app.clock.advance(Duration::MINUTE);
    }
    assert_eq!(placed.status().await, "COMPLETED");
    assert_eq!(placed.told().await.len(), 4);
}

#[tokio::test]
async fn a_receiver_that_fails_is_tried_again_after_a_delay() {
    let app = TestApp::new().await;
    let client = app.client("one", "one", Role::Ecc).await;
    webhook(&app, &client).await;
    subscription(&app, &client, 1).await;
    app.receivers.answer([500]);
    app.drain().await;
    let first = app.receivers.take();
    assert_eq!(first[0].body["data"]["status"], "PROVISIONING");
    assert!(!app.queues.leftovers().is_empty());
    app.clock.advance(Duration::MINUTE);
    app.drain().await;
    let again = app.receivers.take();
    assert_eq!(again[0].message, first[0].message);
}

#[tokio::test]
async fn a_message_that_is_never_handled_becomes_a_dead_letter() {
    let app = TestApp::new().await;
    app.allow_leftovers();
    let client = app.client("one", "one", Role::Ecc).await;
    let unknown = || NetworkAnswer::Unknown { why: "no connection".to_owned() };
    app.network.answer([unknown(), unknown(), unknown()]);
    let order = subscription(&app, &client, 1).await.to_string();
    app.drain().await;
    assert_eq!(app.queues.dead_letters().len(), 1);
    let marked = app.db.attribute(&order, "needsInterventionWhy").await;
    assert_eq!(marked.as_deref(), Some("no connection"));
    app.consume_dead_letters().await;
    assert_eq!(app.db.attribute(&order, "needsInterventionWhy").await, marked, "marked once");
}

#[tokio::test]
#[should_panic(expected = "messages that no function has handled")]
async fn an_app_with_leftovers_fails_its_test() {
    let app = TestApp::new().await;
    let client = app.client("one", "one", Role::Ecc).await;
    let unknown = || NetworkAnswer::Unknown { why: "no connection".to_owned() };
    app.network.answer([unknown(), unknown(), unknown()]);
    subscription(&app, &client, 1).await;
    app.drain().await;
}

#[tokio::test]
async fn the_id_of_another_kind_of_order_is_the_id_of_no_order() {
    let app = Fixture::new().await;
    let ecc = app.client("one", "one", Role::Ecc).await;
    let foreign = subscription(&app, &ecc, 1).await;
    app.drain().await;
    let placed = app.post("/orders", &order()).await;
    let mut version = order();
    version["buyerOrderVersion"] = "2".into();
    for id in [foreign.to_string(), "ORD-NONE".to_owned()] {
        let one = |tail: &str| format!("/orders/{id}{tail}");
        let status = json!({ "orderId": id, "buyerId": "Verizon", "sellerId": AUTOMATIC });
        let answers = [
            app.get(&one("")).await,
            app.get(&one("/status")).await,
            app.get(&one("/notifications")).await,
            app.get(&one("/notifications?view=history")).await,
            app.get(&format!("/orders/status?orderId={id}")).await,
            app.call("verizon", "POST", &one("/hold")).await,
            app.call("verizon", "POST", &one("/release")).await,
            app.call("verizon", "POST", &one("/cancel")).await,
            app.call_with("verizon", "PUT", &one(""), &version).await,
            app.post("/orders/status-request", &status).await,
        ];
        for (n, answer) in answers.iter().enumerate() {
            assert_eq!(answer.status, 404, "{id}, call {n}: {answer:?}");
        }
        let listed = app.get(&format!("/orders?id={id}")).await;
        assert_eq!((listed.status, &listed.body["items"]), (200, &json!([])), "{listed:?}");
    }
    // The other way round: a carrier order is no order of the ECC API.
    let carrier = placed.body["id"].as_str().unwrap();
    let path = format!("/ecc/v1/orders/{carrier}");
    let found = app.send(Call::new("GET", path).by(&ecc)).await;
    assert!([400, 404].contains(&found.status), "{found:?}");
    app.drain().await;
}
