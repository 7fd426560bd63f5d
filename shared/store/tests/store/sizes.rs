//! What is too large to be stored.

use std::sync::Arc;

use domain::{
    batch::{Batch, BatchId, BatchKind, BatchRequest, BatchStatus, RequestStatus},
    clock::Clock,
    failure::Retryable,
    idempotency::ResponseStore,
};
use store::{DynamoBatches, DynamoResponses, StoreError};
use time::Duration;

use crate::scene::{Scene, WATCH, blocking, guard, tenant};

#[tokio::test]
async fn a_response_that_is_too_large_is_not_sent_to_the_table() {
    let scene = Scene::new().await;
    let mut guard = guard("a", "key", "body");
    guard.response.body = "x".repeat(400_000);
    let responses = DynamoResponses::new(scene.db.table.clone(), Arc::new(scene.clock.clone()));
    scene.db.proxy.take_calls();
    let error = responses.put(&guard).await.unwrap_err();
    assert!(error.too_large() && !error.retryable(), "{error}");
    assert!(scene.db.proxy.take_calls().is_empty());
}

#[tokio::test]
async fn nothing_of_a_batch_is_stored_when_one_of_its_requests_is_too_large() {
    let scene = Scene::new().await;
    let request = |bytes: usize| BatchRequest {
        requestid: None,
        method: "PATCH".to_owned(),
        resource: "/subscriptions/msisdn:1".to_owned(),
        body: "x".repeat(bytes),
        status: RequestStatus::Approved,
        info: None,
        order: None,
    };
    let now = scene.clock.now();
    let batch = Batch {
        id: BatchId(uuid::Uuid::new_v4()),
        tenant: tenant("a"),
        kind: BatchKind::Multi,
        status: BatchStatus::Initialised,
        created_at: now,
        correlation_id: "c-1".to_owned(),
        requests: vec![request(10), request(400_000)],
    };
    let batches = DynamoBatches::new(scene.db.table.clone());
    scene.db.proxy.take_calls();
    batches.add(&batch, now + WATCH, None).await.unwrap_err();
    assert!(scene.db.proxy.take_calls().is_empty());
}

#[tokio::test]
async fn an_item_that_has_grown_to_the_limit_is_not_written_again_and_again() {
    let scene = Scene::new().await;
    let order = scene.change(&scene.existing("a", 1).await, blocking()).await;
    let id = order.id.to_string();
    scene.db.set_text(&id, "filler", &"x".repeat(395_000)).await;
    let open = scene.watchdog.get(&id).await.unwrap().unwrap();
    let (why, now) = ("y".repeat(20_000), scene.clock.now() + Duration::SECOND);
    let error = scene.watchdog.mark_needs_intervention(&open, &why, now).await.unwrap_err();
    assert!(matches!(error, StoreError::TooLarge { .. }) && !error.retryable(), "{error}");
}
