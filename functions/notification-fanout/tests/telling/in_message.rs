//! Deliveries whose messages say all, and publications that need not be read.

use domain::{order::OrderKind, provisioning::OrderStatus};
use lambda::message::{EndpointMessage, OrderMessage, Publication, StatusMessage};
use serde_json::Value;
use store::DynamoDeliveries;
use time::{Duration, OffsetDateTime};

use crate::Scene;

#[tokio::test]
async fn a_reason_is_stored_and_in_no_message() {
    let scene = Scene::new().await;
    let to = scene.endpoint("a", &["*"]).await;
    let order = scene.placed("a", 1).await;
    scene.end(order, OrderStatus::Canceled).await;
    assert_eq!(scene.told(&[order]).await, 0);
    let sent = scene.sent();
    assert!(sent[0].first.is_some() && sent[1].first.is_none());
    assert_eq!(sent[1].after, Some(1));
    let deliveries = DynamoDeliveries::new(scene.db.table.clone());
    let stored = deliveries.get(&to.id, &sent[1].message_id).await.unwrap().unwrap();
    let body: Value = serde_json::from_str(&stored.body).unwrap();
    assert_eq!(body["data"]["reason"], "no such SIM");
    assert!(!sent[1].to_body().contains("no such SIM"));
}

#[tokio::test]
async fn a_message_that_says_all_is_published_by_one_write() {
    let scene = Scene::new().await;
    let to = scene.endpoint("a", &["*"]).await;
    let order = scene.placed("a", 1).await;
    let change = StatusMessage {
        kind: OrderKind::Ecc,
        status: "PROVISIONING".to_owned(),
        sequence: 1,
        at: OffsetDateTime::UNIX_EPOCH + Duration::MILLISECOND,
    };
    let endpoints = vec![EndpointMessage { id: to.id, index: 0, after: None }];
    let message = OrderMessage {
        order_id: order.to_string(),
        revision: 1,
        correlation_id: "c".to_owned(),
        tenant: Some("a".parse().unwrap()),
        publication: Some(Publication { change, is_final: false, endpoints }),
    };
    let message = serde_json::to_value(message).unwrap();
    scene.db.proxy.take_calls();
    *scene.takes.lock().unwrap() = false;
    assert_eq!(scene.told_of(std::slice::from_ref(&message)).await, 1);
    assert_eq!(scene.db.proxy.take_calls(), [""; 0], "nothing is marked that was not sent");
    *scene.takes.lock().unwrap() = true;
    assert_eq!(scene.told_of(std::slice::from_ref(&message)).await, 0);
    assert_eq!(scene.db.proxy.take_calls(), ["UpdateItem"]);
    assert_eq!(scene.sent().len(), 1);
    // Twice: what is pending is read, and that is nothing.
    assert_eq!(scene.told_of(&[message]).await, 0);
    assert_eq!(scene.db.proxy.take_calls(), ["UpdateItem", "GetItem"]);
}
