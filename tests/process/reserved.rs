//! Reserved values outside a sandbox (`infra/docs/guides/scenarios.md`): refused, and nothing stored.

use domain::identity::Role;
use harness::TestApp;
use serde_json::{Value, json};
use testkit::{Call, numbers};

use crate::{
    fixture::{Fixture, codes, order_with},
    whole::{new_esim, reseller, stock},
};

const ALL: &str = "/ecc/v1/subscriptions";
const SIM: &str = "89999010000000000013";
const NUMBER: &str = "999010000001";

async fn items(app: &TestApp) -> usize {
    app.db.direct.scan().table_name(&app.db.name).send().await.unwrap().items().len()
}

#[tokio::test]
async fn a_subscription_gets_no_reserved_sim_or_number() {
    let app = TestApp::new().await;
    let client = app.client("one", "one", Role::Ecc).await;
    let created = json!({ "iccid": numbers::iccid(1) });
    let order = app.send(Call::new("POST", ALL).json(&created).by(&client)).await.order();
    app.complete(order).await;
    app.drain().await;
    let before = items(&app).await;
    let one = format!("{ALL}/iccid:{}", numbers::iccid(1));
    for (method, path, body) in [
        ("POST", ALL, json!({ "iccid": SIM })),
        ("POST", ALL, json!({ "iccid": numbers::iccid(2), "msisdn": NUMBER })),
        ("PATCH", one.as_str(), json!({ "iccid": SIM })),
        ("PATCH", one.as_str(), json!({ "msisdn": NUMBER, "blocked": true })),
    ] {
        let refused = app.send(Call::new(method, path).json(&body).by(&client)).await;
        assert_eq!((refused.status, refused.code()), (422, "RESERVED_VALUE"), "{body}");
    }
    assert_eq!(items(&app).await, before);
    // A number of a batch is refused like any other.
    let batch = json!({ "requests": [
        { "method": "POST", "resource": "subscriptions", "body": { "iccid": SIM } },
    ] });
    let placed = app.send(Call::new("POST", "/ecc/v1/batches").json(&batch).by(&client)).await;
    app.drain().await;
    let path = format!("/ecc/v1/batches/{}", placed.body["batchid"].as_str().unwrap());
    let read = app.send(Call::new("GET", path).by(&client)).await.body;
    assert_eq!(read["requests"][0]["status"], "FAILED", "{read}");
}

#[tokio::test]
async fn an_esim_is_for_no_reserved_address() {
    let app = TestApp::new().await;
    let token = reseller(&app).await;
    stock(&app, 1).await;
    let before = items(&app).await;
    for address in ["ann@s01.scenario.test", "Ann@S12.SCENARIO.test", "ann@scenario.test"] {
        let mut body = new_esim();
        body["input"]["customer"]["email"] = json!(address);
        let place = Call::new("POST", "/esim/v1/order").bearer(&token).json(&body);
        let refused = app.send(place).await;
        assert_eq!((refused.status, &refused.body["type"]), (422, &json!("RESERVED_VALUE")));
    }
    assert_eq!(items(&app).await, before);
}

#[tokio::test]
async fn a_carrier_order_has_no_reserved_number_of_its_buyer() {
    let app = Fixture::new().await;
    let before = app.items().await;
    for (path, pon) in [
        ("/orders", "SANDBOX01-1"),
        ("/orders?validate=true", "SANDBOX01-1"),
        ("/orders", "SANDBOX"),
    ] {
        let body: Value = order_with(pon, &[]);
        let refused = app.post(path, &body).await;
        assert_eq!((refused.status, codes(&refused.body)), (422, vec!["FMT030"]), "{pon}");
    }
    assert_eq!(app.items().await, before);
}
