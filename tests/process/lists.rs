//! Lists of ECC and eSIM orders.

use domain::identity::Role;
use harness::{Call, Credentials, Response, TestApp};
use serde_json::{Value, json};
use testkit::numbers;
use time::Duration;

use crate::whole::{esim, reseller, stock, subscription};

const ALL: &str = "/ecc/v1/orders";

async fn list(app: &TestApp, client: &Credentials, query: &str) -> Response {
    app.send(Call::new("GET", format!("{ALL}{query}")).by(client)).await
}

fn ids(page: &Response) -> Vec<u64> {
    let orders = page.body["orders"].as_array().unwrap_or_else(|| panic!("no list: {page:?}"));
    orders.iter().map(|order| order["orderId"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn orders_are_listed_as_they_are_read() {
    let app = TestApp::new().await;
    let client = app.client("one", "one", Role::Ecc).await;
    let other = app.client("two", "two", Role::Ecc).await;
    let mut placed = Vec::new();
    for n in 1..=5 {
        placed.insert(0, subscription(&app, &client, n).await);
        app.clock.advance(Duration::SECOND);
    }
    app.drain().await;
    let first = list(&app, &client, "?limit=3").await;
    assert_eq!((first.status, ids(&first)), (200, placed[..3].to_vec()), "{first:?}");
    let read = app.send(Call::new("GET", format!("{ALL}/{}", placed[0])).by(&client)).await;
    assert_eq!(first.body["orders"][0], read.body);
    let cursor = first.body["cursor"].as_str().unwrap();
    let last = list(&app, &client, &format!("?limit=3&cursor={cursor}")).await;
    assert_eq!((ids(&last), last.body.get("cursor")), (placed[3..].to_vec(), None));
    let nothing = list(&app, &other, "").await;
    assert_eq!((nothing.status, &nothing.body), (200, &json!({ "orders": [] })));
    let stolen = list(&app, &other, &format!("?cursor={cursor}")).await;
    assert_eq!(
        (stolen.status, &stolen.body["errors"][0]["pointer"]),
        (400, &json!("query/cursor"))
    );
}

#[tokio::test]
async fn a_list_is_filtered_by_status_number_date_and_correlation_id() {
    let app = TestApp::new().await;
    let client = app.client("one", "one", Role::Ecc).await;
    let first = subscription(&app, &client, 1).await;
    app.drain().await;
    app.clock.advance(Duration::DAY);
    let path = format!("/ecc/v1/subscriptions/msisdn:{}", numbers::msisdn(1));
    let change = Call::new("PATCH", path).json(&json!({ "msisdn": numbers::msisdn(9) }));
    let change = change.header("x-correlation-id", "move-1").by(&client);
    let second = app.send(change).await.order();
    let found = async |query: &str| {
        let page = list(&app, &client, query).await;
        assert_eq!(page.status, 200, "{query}: {page:?}");
        ids(&page)
    };
    assert_eq!(found("?status=PROVISIONING").await, [second]);
    assert_eq!(found("?status=COMPLETED").await, [first]);
    assert_eq!(found("?correlationId=move-1").await, [second]);
    let (number, sim) = (numbers::msisdn(1), numbers::iccid(1));
    for query in [
        format!("?msisdn={number}"),
        format!("?msisdn=%2B{number}"),
        format!("?iccid={sim}"),
        format!("?iccid={sim}F"),
        format!("?iccid={sim}&msisdn={number}"),
    ] {
        assert_eq!(found(&query).await, [second, first], "{query}");
    }
    assert_eq!(found(&format!("?msisdn=%2B{}", numbers::msisdn(9))).await, [second]);
    assert_eq!(found(&format!("?msisdn={}&status=CANCELED", numbers::msisdn(9))).await, [0_u64; 0]);
    assert_eq!(found("?orderDate.lt=2026-11-22").await, [first]);
    assert_eq!(found("?orderDate.gte=2026-11-22").await, [second]);
    assert_eq!(found("?orderDate.gte=2026-11-22&orderDate.lt=2026-11-22").await, [0_u64; 0]);
    app.drain().await;
}

#[tokio::test]
async fn everything_that_is_wrong_with_the_query_of_a_list_is_named() {
    let app = TestApp::new().await;
    let client = app.client("one", "one", Role::Ecc).await;
    let wrong = "?status=canceled&msisdn=0&iccid=1&orderDate.gte=soon&limit=0&number=1&cursor=x";
    let refused = list(&app, &client, wrong).await;
    assert_eq!(refused.status, 400, "{refused:?}");
    let errors = refused.body["errors"].as_array().unwrap();
    let mut pointers: Vec<&str> =
        errors.iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    pointers.sort_unstable();
    let names = ["cursor", "iccid", "limit", "msisdn", "number", "orderDate.gte", "status"];
    assert_eq!(pointers, names.map(|name| format!("query/{name}")));
}

#[tokio::test]
async fn esim_orders_are_listed_under_both_base_paths() {
    let app = TestApp::new().await;
    let token = reseller(&app).await;
    stock(&app, 1).await;
    let mut paths = Vec::new();
    for _ in 0..3 {
        paths.insert(0, esim(&app, &token).await);
        app.drain().await;
        app.clock.advance(Duration::SECOND);
    }
    let list = async |path: &str| app.send(Call::new("GET", path).bearer(&token)).await;
    let id = |path: &str| json!(path.rsplit('/').next().unwrap());
    for base in ["/esim/v1/order", "/connect-api/v1/order"] {
        let first = list(&format!("{base}?limit=2")).await;
        assert_eq!(first.status, 200, "{first:?}");
        assert_eq!(first.body["orders"][0], list(&paths[0]).await.body);
        assert_eq!(first.body["orders"][1]["id"], id(&paths[1]));
        let cursor = first.body["cursor"].as_str().unwrap();
        let last = list(&format!("{base}?limit=2&cursor={cursor}")).await;
        assert_eq!(last.body["orders"].as_array().map(Vec::len), Some(1), "{last:?}");
        assert_eq!(last.body.get("cursor"), None);
    }
    let completed = list("/esim/v1/order?status=COMPLETED").await;
    assert_eq!(completed.body["orders"][0]["id"], id(&paths[2]), "{completed:?}");
    let iccid = completed.body["orders"][0]["output"]["iccid"].as_str().unwrap();
    let by_iccid = list(&format!("/esim/v1/order?iccid={iccid}F")).await;
    assert_eq!(by_iccid.body["orders"], completed.body["orders"]);
    // A cursor that the caller made up is no position.
    for text in ["x", "AAAAAAAAAAAAAAAAAAAAAA", iccid] {
        let refused = list(&format!("/esim/v1/order?cursor={text}&sort=1")).await;
        assert_eq!(refused.status, 400, "{text}: {refused:?}");
        let messages: Vec<Value> = refused.body["messages"].as_array().unwrap().clone();
        assert_eq!(messages.len(), 2, "{messages:?}");
    }
}
