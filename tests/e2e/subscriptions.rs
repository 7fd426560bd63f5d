//! A subscription with an outstanding order.

use harness::{Setup, wait};
use serde_json::json;
use testkit::numbers;

const ALL: &str = "/ecc/v1/subscriptions";

fn path(n: u64) -> String {
    format!("{ALL}/msisdn:{}", numbers::msisdn(n))
}

#[tokio::test]
async fn an_outstanding_order_blocks_every_change_and_no_read() {
    let cloud = Setup::new().start().await;
    let api = cloud.api();
    let body = json!({ "iccid": numbers::iccid(1), "msisdn": numbers::msisdn(1) });
    api.created(&body).await;
    cloud.network.hold().await;
    let path = path(1);
    let order = api.patch(&path, &json!({ "blocked": true })).await.order();
    let changes = [
        api.patch(&path, &json!({ "blocked": true })).await,
        api.patch(&path, &json!({ "blocked": false })).await,
        api.delete(&path).await,
        api.post(&format!("{path}/services"), &json!({ "services": [{ "id": "SMS" }] })).await,
        api.patch(&format!("{path}/services/SMS"), &json!({ "limit": 1 })).await,
        api.delete(&format!("{path}/services/SMS")).await,
        api.delete(&format!("{path}/services/SMS/1")).await,
        api.send(harness::Call::new("POST", format!("{path}/tags/a"))).await,
        api.delete(&format!("{path}/tags/a")).await,
    ];
    for response in changes {
        assert_eq!(response.expect(409, "ORDER_OUTSTANDING").body["orderId"], order);
    }
    let read = api.get(&path).await.expect(200, "").body;
    assert_eq!((&read["blocked"], &read["outstandingOrder"]), (&json!(false), &json!(order)));
    let open = api.get(&format!("/ecc/v1/orders/{order}")).await.body;
    assert_eq!(open["status"], "PROVISIONING");
    assert!(open.get("completionDate").is_none(), "{open}");
    cloud.network.behave().await;
    api.completed(order).await;
    assert_eq!(api.get(&path).await.body["blocked"], true);
    cloud.finish(&[]).await;
}

#[tokio::test]
async fn an_outstanding_change_reserves_its_number_and_sim_across_tenants() {
    let cloud = Setup::new().start().await;
    let (api, other) = (cloud.api(), cloud.other());
    api.created(&json!({ "iccid": numbers::iccid(1), "msisdn": numbers::msisdn(1) })).await;
    cloud.network.hold().await;
    let patch = json!({ "iccid": numbers::iccid(2), "msisdn": numbers::msisdn(2) });
    let order = api.patch(&path(1), &patch).await.order();
    for client in [&api, &other] {
        for (sim, number, code) in [
            (1, 3, "SIM_IN_USE"),
            (2, 3, "SIM_IN_USE"),
            (3, 1, "MSISDN_IN_USE"),
            (3, 2, "MSISDN_IN_USE"),
        ] {
            let body = json!({ "iccid": numbers::iccid(sim), "msisdn": numbers::msisdn(number) });
            client.post(ALL, &body).await.expect(409, code);
        }
    }
    // It has its old number until the network has executed the change.
    api.get(&path(1)).await.expect(200, "");
    api.get(&path(2)).await.expect(404, "NOT_FOUND");
    cloud.network.behave().await;
    api.completed(order).await;
    let number = json!({ "iccid": numbers::iccid(3), "msisdn": numbers::msisdn(1) });
    other.created(&number).await;
    cloud.finish(&[]).await;
}

#[tokio::test]
async fn the_network_receives_the_requested_change() {
    let cloud = Setup::new().start().await;
    let api = cloud.api();
    api.created(&json!({ "iccid": numbers::iccid(1), "msisdn": numbers::msisdn(1) })).await;
    let sim = numbers::iccid(1).to_string();
    assert_eq!(cloud.network.subscriber(&sim).await["msisdn"], json!(numbers::msisdn(1)));
    let order = api.patch(&path(1), &json!({ "blocked": true })).await.order();
    api.completed(order).await;
    assert_eq!(cloud.network.subscriber(&sim).await["blocked"], true);
    let order = api.delete(&path(1)).await.order();
    api.completed(order).await;
    wait::until_is("the subscriber is gone", json!(null), async || {
        cloud.network.subscriber(&sim).await
    })
    .await;
    cloud.finish(&[]).await;
}
