//! Every status and code of the contract (`infra/docs/contracts/ecc.md`, *Errors*) is produced
//! here, so that every documented one can occur.

use std::collections::BTreeSet;

use api::identity::Rate;
use domain::identity::Role;
use harness::{Call, Credentials, Response, TestApp};
use openapi::DocumentId;
use serde_json::{Value, json};
use testkit::numbers;

use crate::routes::documented;

/// The contract's table: status and `code` (none for successes).
const CONTRACT: [(u16, &str); 19] = [
    (200, ""),
    (202, ""),
    (204, ""),
    (400, "INVALID_PARAMETER"),
    (400, "UNKNOWN_SERVICE"),
    (401, "UNAUTHORIZED"),
    (403, "FORBIDDEN"),
    (404, "NOT_FOUND"),
    (405, "METHOD_NOT_ALLOWED"),
    (409, "ORDER_OUTSTANDING"),
    (409, "ORDER_NOT_CANCELABLE"),
    (409, "SIM_IN_USE"),
    (409, "MSISDN_IN_USE"),
    (413, "TOO_LARGE"),
    (415, "UNSUPPORTED_MEDIA_TYPE"),
    (422, "IDEMPOTENCY_KEY_REUSED"),
    (422, "RESERVED_VALUE"),
    (429, "THROTTLED"),
    (503, "UNAVAILABLE"),
];

const ALL: &str = "/ecc/v1/subscriptions";

struct Produced(BTreeSet<(u16, String)>);

impl Produced {
    fn record(&mut self, response: &Response) {
        if response.status >= 400 {
            assert!(response.body["info"].as_str().is_some_and(|info| !info.is_empty()));
            assert_eq!(response.headers["content-type"], "application/json", "{response:?}");
        }
        assert_eq!(response.headers["cache-control"], "no-store");
        assert_eq!(response.headers["x-content-type-options"], "nosniff");
        assert!(response.headers.contains_key("strict-transport-security"));
        self.0.insert((response.status, response.code().to_owned()));
    }
}

fn sim(n: u64, number: Option<u64>) -> Value {
    let mut body = json!({ "iccid": numbers::iccid(n) });
    if let Some(number) = number {
        body["msisdn"] = json!(numbers::msisdn(number));
    }
    body
}

/// A subscription without an order under way: as a worker leaves it.
/// Returns the order that created it.
async fn unlocked(api: &TestApp, client: &Credentials, n: u64) -> u64 {
    let body = sim(n, Some(n));
    let order = api.send(Call::new("POST", ALL).json(&body).by(client)).await.order();
    api.complete(order).await;
    order
}

async fn produce_all() -> BTreeSet<(u16, String)> {
    let api = TestApp::new().await;
    let client = api.client("one", "one", Role::Ecc).await;
    let buyer = api.client("buyer", "one", Role::Buyer).await;
    let ended = unlocked(&api, &client, 1).await;
    let one = format!("{ALL}/msisdn:{}", numbers::msisdn(1));
    let post = |path: &str, body: &Value| Call::new("POST", path).json(body).by(&client);
    let key = |call: Call| call.header("idempotency-key", "key-1");
    let large = json!({ "iccid": "8".repeat(300 * 1024) });
    let calls = [
        Call::new("GET", ALL).by(&client),
        Call::new("GET", one.as_str()).by(&client),
        Call::new("PATCH", one.as_str()).json(&json!({ "blocked": false })).by(&client),
        post(ALL, &json!({})),
        post(&format!("{one}/services"), &json!({ "services": [{ "id": "NO_SUCH" }] })),
        Call::new("GET", ALL),
        Call::new("GET", ALL).by(&buyer),
        Call::new("GET", "/ecc/v1/orders/1").by(&client),
        Call::new("POST", format!("/ecc/v1/orders/{ended}/cancel")).by(&client),
        Call::new("PUT", ALL).by(&client),
        post(ALL, &sim(1, None)),
        post(ALL, &sim(2, Some(1))),
        post(ALL, &json!({ "iccid": "89999010000000000013" })),
        post(ALL, &large),
        Call::new("POST", ALL).bytes("text/plain", "{}").by(&client),
        key(post(ALL, &sim(3, None))),
        key(post(ALL, &sim(4, None))),
        Call::new("DELETE", one.as_str()).by(&client),
        Call::new("DELETE", one.as_str()).by(&client),
    ];
    let mut produced = Produced(BTreeSet::new());
    for call in calls {
        produced.record(&api.send(call).await);
    }

    let slow = TestApp::with_rate(Rate { per_second: 0.001, burst: 1.0 }).await;
    let client = slow.client("one", "one", Role::Ecc).await;
    for _ in 0..2 {
        let response = slow.send(Call::new("GET", ALL).by(&client)).await;
        if response.status == 429 {
            assert!(response.headers["retry-after"].parse::<u32>().is_ok());
        }
        produced.record(&response);
    }

    let down = TestApp::new().await;
    let client = down.client("one", "one", Role::Ecc).await;
    for _ in 0..40 {
        down.db.proxy.fail_next("Query", testkit::Fault::Throttled);
    }
    let response = down.send(Call::new("GET", ALL).by(&client)).await;
    assert!(response.headers.contains_key("retry-after"), "{response:?}");
    produced.record(&response);
    produced.0
}

#[tokio::test]
async fn every_status_of_the_contract_is_produced_and_no_other() {
    let contract: BTreeSet<_> =
        CONTRACT.into_iter().map(|(status, code)| (status, code.to_owned())).collect();
    assert_eq!(produce_all().await, contract);
}

/// Additional statuses of each API: created, not modified, precondition failed.
const BESIDES: [(DocumentId, &[&str]); 7] = [
    (DocumentId::Carrier, &["201", "304", "412"]),
    (DocumentId::Ecc, &["304"]),
    (DocumentId::Esim, &["201"]),
    (DocumentId::ProductOrders, &["201", "304", "412"]),
    (DocumentId::ServiceOrders, &["201", "304", "412"]),
    (DocumentId::Tokens, &[]),
    (DocumentId::Webhooks, &["201", "304", "412"]),
];

/// The statuses that an operation's document names.
fn statuses(operation: &Value) -> impl Iterator<Item = &str> {
    operation["responses"].as_object().unwrap().keys().map(String::as_str)
}

#[test]
fn the_openapi_documents_have_only_statuses_of_the_contract() {
    let contract: BTreeSet<String> =
        CONTRACT.iter().map(|(status, _)| status.to_string()).collect();
    let operations = documented();
    for (id, besides) in BESIDES {
        let of_the_api = operations.iter().filter(|(document, _)| *document == id);
        let documented: BTreeSet<&str> = of_the_api
            .flat_map(|(_, operation)| statuses(operation))
            .filter(|status| !contract.contains(*status) && *status != "500")
            .collect();
        assert_eq!(documented, besides.iter().copied().collect(), "{id:?}");
    }
}

/// Only reads with an ETag have the status 304.
#[test]
fn only_reads_with_an_etag_have_the_status_not_modified() {
    let not_modified = documented()
        .into_iter()
        .filter(|(_, operation)| statuses(operation).any(|status| status == "304"));
    let ids: BTreeSet<String> = not_modified
        .map(|(_, operation)| operation["operationId"].as_str().unwrap().to_owned())
        .collect();
    let expected = [
        "get_carrier_order",
        "get_product_order",
        "get_service_order",
        "get_webhook",
        "list_events",
    ];
    assert_eq!(ids, expected.map(str::to_owned).into());
}

#[test]
fn every_status_of_the_contract_is_documented_by_some_operation() {
    let documented: BTreeSet<String> = documented()
        .into_iter()
        .flat_map(|(_, operation)| statuses(&operation).map(str::to_owned).collect::<Vec<_>>())
        .collect();
    // 405 is the response of a path without the method, not of an operation.
    for (status, _) in CONTRACT.into_iter().filter(|(status, _)| *status != 405) {
        assert!(documented.contains(&status.to_string()), "{status}");
    }
}
