//! The walk-through of service orders (`infra/docs/walkthroughs/tmf.md`), and requests to cancel that
//! race with the orders they are for.

use harness::{Api, Setup, wait};
use serde_json::{Value, json};
use testkit::numbers;

const ORDERS: &str = "/tmf-api/serviceOrdering/v4/serviceOrder";
const CANCELS: &str = "/tmf-api/serviceOrdering/v4/cancelServiceOrder";

fn named(name: &str, value: impl Into<Value>) -> Value {
    json!({ "name": name, "value": value.into() })
}

fn subscription(id: &str, n: u64) -> Value {
    json!({ "id": id, "action": "add", "service": {
        "serviceSpecification": { "id": "mobile-subscription" },
        "serviceCharacteristic": [named("iccid", numbers::iccid(n).as_str())],
    } })
}

fn three_items(n: u64) -> Value {
    let mut first = subscription("1", n);
    first["serviceOrderItem"] = json!([{ "id": "1a", "action": "add", "service": {
        "serviceSpecification": { "id": "SMS" }, "serviceCharacteristic": [named("limit", 5)],
    } }]);
    let esim = [
        named("countryCode", "PT"),
        named("email", "porto@doe.com"),
        named("deviceType", "ios"),
        named("productId", harness::orders::PRODUCT),
    ];
    json!({ "serviceOrderItem": [first, {
        "id": "2", "action": "add",
        "service": { "serviceSpecification": { "id": "esim" }, "serviceCharacteristic": esim },
        "serviceOrderItemRelationship": [
            { "relationshipType": "reliesOn", "orderItem": { "itemId": "1a" } },
        ],
    }] })
}

async fn placed(api: &Api, body: &Value) -> String {
    let placed = api.post(ORDERS, body).await;
    assert_eq!(placed.status, 201, "{placed:?}");
    placed.body["href"].as_str().unwrap().to_owned()
}

/// What a resource has become when its state is none of these.
async fn left(api: &Api, path: &str, open: &[&str]) -> Value {
    let found = wait::until("the state changes", async || {
        let found = api.get(path).await.body;
        (!open.contains(&found["state"].as_str()?)).then_some(found)
    });
    found.await
}

const OPEN: [&str; 5] =
    ["acknowledged", "pending", "inProgress", "assessingCancellation", "pendingCancellation"];
/// States of a request to cancel that is not decided.
const UNDECIDED: [&str; 2] = ["accepted", "inProgress"];

#[tokio::test]
async fn an_order_of_three_items_is_amended_completed_and_another_one_cancelled() {
    let cloud = Setup::new().start().await;
    let api = cloud.client("demo-integrator");
    let mut body = three_items(900);
    body["externalId"] = json!("branch-porto");
    body["requestedStartDate"] = json!("2030-01-01T00:00:00Z");
    let path = placed(&api, &body).await;
    let again = api.post(ORDERS, &body).await;
    assert_eq!((again.status, &again.body["href"]), (200, &json!(path)));
    let amended = api.patch(&path, &json!({ "requestedStartDate": null })).await;
    assert_eq!(amended.body["state"], "acknowledged", "{amended:?}");
    let done = left(&api, &path, &OPEN).await;
    assert_eq!(done["state"], "completed", "{done:#}");
    assert_eq!(done["serviceOrderItem"][0]["serviceOrderItem"][0]["state"], "completed");
    body["externalId"] = json!("branch-faro");
    let path = placed(&api, &body).await;
    let id = path.rsplit('/').next().unwrap();
    let task = api.post(CANCELS, &json!({ "serviceOrder": { "id": id } })).await;
    let task = left(&api, task.body["href"].as_str().unwrap(), &UNDECIDED).await;
    assert_eq!(task["state"], "done", "{task:#}");
    assert_eq!(api.get(&path).await.body["state"], "cancelled");
}

#[tokio::test]
async fn a_product_order_and_a_service_order_are_placed_with_a_token() {
    let cloud = Setup::new().start().await;
    let api = cloud.client("demo-integrator").with_token().await;
    let named = named("iccid", numbers::iccid(950).as_str());
    let product = json!({ "relatedParty": [{ "id": "porto" }], "productOrderItem": [{
        "id": "1", "action": "add", "productOffering": { "id": "mobile-subscription" },
        "product": { "productCharacteristic": [named] },
    }] });
    let products = "/tmf-api/productOrderingManagement/v4/productOrder";
    let placed = api.post(products, &product).await;
    assert_eq!(placed.status, 201, "{placed:?}");
    let done = left(&api, placed.body["href"].as_str().unwrap(), &OPEN).await;
    assert_eq!(done["state"], "completed", "{done:#}");
    let listed = api.get(ORDERS).await;
    assert_eq!((listed.status, listed.body), (200, json!([])), "the other API does not show it");
}

#[tokio::test]
async fn of_a_request_to_cancel_and_the_beginning_of_an_order_one_wins() {
    const ROUNDS: u64 = 20;
    let cloud = Setup::new().start().await;
    let api = cloud.client("demo-integrator");
    let mut outcomes = [0, 0];
    for n in 0..ROUNDS {
        let path = placed(&api, &json!({ "serviceOrderItem": [subscription("1", 910 + n)] })).await;
        let id = path.rsplit('/').next().unwrap();
        // Some requests come at once, some while the worker has the order, some too late.
        tokio::time::sleep(std::time::Duration::from_millis(n * 7)).await;
        let task = api.post(CANCELS, &json!({ "serviceOrder": { "id": id } })).await;
        let order = left(&api, &path, &OPEN).await;
        let state = order["state"].as_str().unwrap();
        if task.status == 409 {
            assert_eq!((task.code(), state), ("ORDER_ENDED", "completed"), "{order:#}");
            outcomes[1] += 1;
            continue;
        }
        let task = left(&api, task.body["href"].as_str().unwrap(), &UNDECIDED).await;
        let subscription =
            format!("/ecc/v1/subscriptions/iccid:{}", numbers::iccid(910 + n).as_str());
        let expected = match task["state"].as_str().unwrap() {
            "done" => ("cancelled", 404, 0),
            _ => ("completed", 200, 1),
        };
        let found = api.get(&subscription).await.status;
        assert_eq!((state, found), (expected.0, expected.1), "{task:#} {order:#}");
        outcomes[expected.2] += 1;
    }
    assert_eq!(outcomes[0] + outcomes[1], ROUNDS);
}
