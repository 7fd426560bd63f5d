use std::convert::Infallible;

use domain::{
    clock::Clock as _,
    webhook::{DisableReason, Disabled, Endpoint, Health, Payload},
};
use lambda::message::{DeliveryMessage, OrderMessage};
use store::{DynamoDeliveries, DynamoEndpoints, DynamoOrders, DynamoWork, Leased, StoredDelivery};
use testkit::add_endpoint;
use time::Duration;

use crate::scene::Scene;

#[tokio::test]
async fn an_order_is_resolved_by_the_operator_of_the_session() {
    let scene = Scene::new().await;
    let order = scene.stuck(1, "unknown").await;
    let browser = scene.operator().await;
    let page = browser.page(&format!("/console/orders/{order}")).await;
    assert!(page.contains("Needs intervention") && page.contains("/actions\""), "{page}");
    let path = format!("/console/orders/{order}/resolve");
    let done = browser.post(&path, "as=COMPLETED&reason=seen+at+the+network").await.response;
    let location = format!("/console/orders/{order}?done=resolved");
    assert_eq!((done.status, done.header("location")), (303, location.as_str()));
    let page = browser.page(&location).await;
    assert!(page.contains("<strong>COMPLETED</strong>") && page.contains("ended as you decided"));
    assert!(page.contains("by ada: seen at the network"), "{page}");
    let stored = DynamoOrders::new(scene.db.table.clone()).get(order).await.unwrap().unwrap();
    assert_eq!(stored.history.last().unwrap().by.as_deref(), Some("ada"));
    let again = browser.post(&path, "as=COMPLETED&reason=seen").await.response;
    assert_eq!(again.status, 303, "the same again changes nothing");
    let other = browser.post(&path, "as=CANCELED&reason=no").await.response;
    assert_eq!(other.status, 409);
    assert!(other.text().contains("has ended as COMPLETED"), "{}", other.text());
}

#[tokio::test]
async fn a_resolution_without_a_decision_or_a_reason_is_refused() {
    let scene = Scene::new().await;
    let order = scene.stuck(1, "unknown").await;
    let browser = scene.operator().await;
    let path = format!("/console/orders/{order}/resolve");
    let long = format!("as=CANCELED&reason={}", "a".repeat(201));
    for form in ["reason=x", "as=OTHER&reason=x", "as=CANCELED", "as=CANCELED&reason=+", &long] {
        assert_eq!(browser.post(&path, form).await.response.status, 400, "{form}");
    }
    assert_eq!(scene.status(order).await, "PROVISIONING");
    let none = browser.post("/console/orders/77/resolve", "as=CANCELED&reason=x").await;
    assert_eq!(none.response.status, 404);
}

#[tokio::test]
async fn an_order_that_a_worker_holds_is_not_resolved() {
    let scene = Scene::new().await;
    let order = scene.stuck(1, "unknown").await;
    let work = DynamoWork::new(scene.db.table.clone(), Duration::minutes(5));
    let leased = work.lease(order, "w".to_owned(), Duration::MINUTE, scene.clock.now()).await;
    let Leased::Mine(..) = leased.unwrap() else { panic!("no lease") };
    let browser = scene.operator().await;
    let path = format!("/console/orders/{order}/resolve");
    let refused = browser.post(&path, "as=CANCELED&reason=x").await.response;
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("carried out by a worker"), "{}", refused.text());
    assert_eq!(scene.status(order).await, "PROVISIONING");
}

#[tokio::test]
async fn a_retry_calls_the_worker_of_a_marked_order_only() {
    let scene = Scene::new().await;
    let (stuck, open) = (scene.stuck(1, "unknown").await, scene.order(2).await);
    let browser = scene.operator().await;
    let path = format!("/console/orders/{stuck}/retry");
    let done = browser.post(&path, "").await.response;
    assert_eq!(done.header("location"), format!("/console/orders/{stuck}?done=retried"));
    let [message] = &scene.work.messages::<OrderMessage>()[..] else { panic!("one message") };
    assert_eq!(message.order_id, stuck.to_string());
    let refused = browser.post(&format!("/console/orders/{open}/retry"), "").await.response;
    assert_eq!(refused.status, 409);
    assert!(scene.work.is_empty());
    scene.work.refuse("");
    assert_eq!(browser.post(&path, "").await.response.status, 503);
}

#[tokio::test]
async fn an_endpoint_is_enabled_and_its_deliveries_are_replayed() {
    let scene = Scene::new().await;
    let now = scene.clock.now();
    let endpoint = add_endpoint(&scene.db.table, "t", &["*"], &scene.random, now).await;
    let endpoints = DynamoEndpoints::new(scene.db.table.clone());
    let disabled = Health {
        disabled: Some(Disabled { at: now, why: DisableReason::Gone }),
        ..Health::default()
    };
    let disable = |read: Endpoint| Ok::<_, Infallible>(Endpoint { health: disabled, ..read });
    endpoints.change(&endpoint.tenant, &endpoint.id, None, now, disable).await.unwrap();
    let payload = Payload::test(&endpoint.id, 7, now);
    let planned = StoredDelivery::planned(&endpoint, &payload, None, "correlation-1", now);
    let deliveries = DynamoDeliveries::new(scene.db.table.clone());
    assert!(deliveries.plan(&planned, now + Duration::minutes(5)).await.unwrap());
    let browser = scene.operator().await;
    assert!(browser.page("/console/tenants/t").await.contains("disabled since"));
    let path = format!("/console/tenants/t/endpoints/{}", endpoint.id);
    let page = browser.page(&path).await;
    assert!(page.contains("disabled since") && page.contains("webhook.test"), "{page}");
    let replay = format!("{path}/deliveries/{}/replay", planned.delivery.message);
    assert!(!page.contains(&replay));
    assert_eq!(browser.post(&replay, "").await.response.status, 409, "it is disabled");
    let done = browser.post(&format!("{path}/enable"), "").await.response;
    assert_eq!(done.header("location"), format!("{path}?done=enabled"));
    let page = browser.page(&path).await;
    assert!(page.contains(": well.") && page.contains(&replay), "{page}");
    let done = browser.post(&replay, "").await.response;
    assert_eq!(done.header("location"), format!("{path}?done=replayed"));
    let [message] = &scene.deliveries.messages::<DeliveryMessage>()[..] else { panic!("one") };
    assert_eq!((&message.message_id, message.round), (&planned.delivery.message, 2));
    assert_eq!(browser.post(&format!("{path}x/enable"), "").await.response.status, 404);
}
