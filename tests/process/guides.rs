//! Payloads of the public guides and of later revisions of the published schemas, as they stand.

use domain::{esim::Product, identity::Role};
use harness::TestApp;
use serde_json::{Value, json};
use store::DynamoCatalogue;
use testkit::{Call, numbers};

/// Ids as the provider of eSIMs gives them out.
const PRODUCTS: [&str; 3] = ["a3u3z000000PZBhAAO", "cHJvZHVjdC0x_plan-EU==", "A+b/c=_-.9"];

/// What is sent, and the status that it must get.
struct Example {
    what: &'static str,
    client: &'static str,
    call: Call,
    status: u16,
}

fn post(what: &'static str, path: &str, body: &Value, status: u16) -> Example {
    Example { what, client: "mobile", call: Call::new("POST", path).json(body), status }
}

fn get(what: &'static str, path: &str, status: u16) -> Example {
    Example { what, client: "mobile", call: Call::new("GET", path), status }
}

fn subscriptions() -> Vec<Example> {
    let (iccid, msisdn) = (numbers::iccid(1), numbers::msisdn(1));
    let all = "/ecc/v1/subscriptions";
    let nulls = json!({ "iccid": iccid, "msisdn": msisdn, "imsi": null, "odb-profile": null });
    vec![
        get("the feed begins", "/ecc/v1/events/order", 200),
        post("optional members are null", all, &nulls, 202),
        get("the guide's own wait", "/ecc/v1/events/order?long-polling=30&limit=10", 200),
        get("a longer wait", "/ecc/v1/events/order?long-polling=3600", 200),
        get("no wait at all is no number", "/ecc/v1/events/order?long-polling=-1", 400),
    ]
}

fn batches() -> Vec<Example> {
    let one = format!("subscriptions/msisdn:{}", numbers::msisdn(1));
    let batch = |requests: Value| json!({ "type": null, "requests": requests });
    let all = "/ecc/v1/batches";
    let mut published = batch(json!([
        { "method": "PATCH", "resource": one, "body": { "blocked": true }, "requestid": null },
    ]));
    published.as_object_mut().unwrap().shift_remove("type");
    let services = json!({ "type": "multi", "requests": [
        { "method": "POST", "resource": format!("{one}/services"),
          "body": { "services": [{ "id": "SMS", "limit": "5" }] }, "requestid": "1" },
        { "method": "PATCH", "resource": format!("/{one}/services"),
          "body": { "id": "SMS", "limit": "6" }, "requestid": "2" },
        { "method": "DELETE", "resource": format!("/ecc/v1/{one}/services"),
          "body": { "id": "SMS" }, "requestid": "3" },
        { "method": "DELETE", "resource": format!("{one}/tags/a"), "body": null },
    ] });
    vec![
        post("a resource without a slash", all, &published, 202),
        post("services by id in the body, limits as text", all, &services, 202),
    ]
}

#[tokio::test]
async fn the_examples_of_the_public_guides_are_accepted_as_they_stand() {
    let app = TestApp::new().await;
    app.db.client("mobile", "acme", &[Role::Ecc], &[]).await;
    for Example { what, client, call, status } in subscriptions().into_iter().chain(batches()) {
        let answer = app.send(call.as_client(client)).await;
        assert_eq!(answer.status, status, "{what}: {}", answer.text());
        for request in answer.body["requests"].as_array().into_iter().flatten() {
            assert_eq!(request["status"], "APPROVED", "{what}: {request}");
            assert!(request["info"].is_null() && request["orderid"].is_null(), "{what}: {request}");
        }
        app.drain().await;
    }
}

#[tokio::test]
async fn products_have_the_ids_of_their_provider() {
    let app = TestApp::new().await;
    app.db.client("reseller", "acme", &[Role::Reseller], &[]).await;
    let catalogue = DynamoCatalogue::new(app.db.table.clone());
    let tenant = "acme".parse().unwrap();
    for id in PRODUCTS {
        let product =
            Product { id: id.parse().unwrap(), profile_type: "consumer".parse().unwrap() };
        catalogue.put_product(&tenant, &product).await.unwrap();
    }
    let ask = Call::new("POST", "/oauth/token")
        .as_client("reseller")
        .bytes("application/x-www-form-urlencoded", "grant_type=client_credentials");
    let token = app.send(ask).await.body["access_token"].as_str().unwrap().to_owned();
    for (n, id) in PRODUCTS.into_iter().enumerate() {
        let name = ["product_id", "allowanceId", "id"][n];
        let body = json!({ "input": {
            "operationType": "NEW_ESIM", "countryCode": "PT",
            "customer": { "email": "john@doe.com", "countryOfResidence": "US" },
            "device": { "product_id": "dev=_-1", "model": "iPhone", "type": "ios" },
            "subscriptions": [{ name: id }],
        } });
        let call = Call::new("POST", "/esim/v1/order").json(&body).bearer(&token);
        let placed = app.send(call).await;
        assert_eq!(placed.status, 201, "{id}: {}", placed.text());
        let read = app.send(Call::new("GET", placed.header("location")).bearer(&token)).await;
        assert_eq!(read.body["input"], body["input"]);
        let upper = placed.header("location").rsplit_once('/').unwrap();
        let upper = format!("{}/{}", upper.0, upper.1.to_uppercase());
        let same = app.send(Call::new("GET", upper).bearer(&token)).await;
        assert_eq!((same.status, same.body), (200, read.body), "a UUID in any case");
    }
    app.allow_leftovers();
}
