//! The backlog of a receiver, and the marks of its slots.

use domain::{
    clock::Clock,
    webhook::{Concurrency, Delivery},
};
use store::{
    DueItem, DynamoBacklog, DynamoDeliveries, DynamoSending, DynamoWaitingDeliveries, EndpointSlot,
    Joined, NextAttempt, StoredDelivery,
};
use time::{Duration, OffsetDateTime};

use crate::{
    deliveries::{acquire, busy, due_items, failed, held, planned, planned_of},
    endpoints::endpoint,
    scene::{Scene, WATCH},
};

/// Adds a delivery to the backlog of its receiver.
async fn join(
    scene: &Scene,
    waiting: &StoredDelivery,
    not_before: Option<OffsetDateTime>,
    slot: &EndpointSlot,
) -> Joined {
    let Delivery { endpoint, message, attempt, .. } = &waiting.delivery;
    let (backlog, now) = (DynamoBacklog::new(scene.db.table.clone()), scene.clock.now());
    backlog.join((endpoint, message), *attempt, not_before, slot, now).await.unwrap()
}

#[tokio::test]
async fn a_slot_is_marked_only_while_it_is_held() {
    let scene = Scene::new().await;
    let sending = DynamoSending::new(scene.db.table.clone());
    let to = endpoint(&scene, "a");
    let (one, two) = (planned(&scene, &to, 1), planned(&scene, &to, 2));
    DynamoDeliveries::new(scene.db.table.clone())
        .plan(&two, scene.clock.now() + WATCH)
        .await
        .unwrap();
    let first = held(acquire(&scene, &one, Concurrency::Full, "one").await);
    let slot = busy(acquire(&scene, &two, Concurrency::Full, "two").await);
    assert_eq!(join(&scene, &two, None, &slot).await, Joined::Done);
    let message = &two.delivery.message;
    assert_eq!(sending.release(&first).await.unwrap().as_ref(), Some(message));
    assert_eq!(join(&scene, &two, None, &slot).await, Joined::Released);
}

#[tokio::test]
async fn a_delivery_of_a_backlog_is_taken_once() {
    let scene = Scene::new().await;
    let table = &scene.db.table;
    let (deliveries, backlog) =
        (DynamoDeliveries::new(table.clone()), DynamoBacklog::new(table.clone()));
    let to = endpoint(&scene, "a");
    let mut planned_at = Vec::new();
    for order in ["1", "2", "3"] {
        scene.clock.advance(Duration::SECOND);
        let delivery = planned_of(&scene, &to, order, 1);
        deliveries.plan(&delivery, scene.clock.now() + WATCH).await.unwrap();
        planned_at.push(delivery);
    }
    let now = scene.clock.now();
    let holder = held(acquire(&scene, &planned_at[0], Concurrency::Failing, "holder").await);
    let gate = holder.awaited();
    // In any order, and twice.
    for index in [2, 0, 1, 0] {
        assert_eq!(join(&scene, &planned_at[index], None, gate).await, Joined::Done);
        let mut stale = planned_at[index].clone();
        stale.delivery.attempt.number = 2;
        assert_eq!(join(&scene, &stale, None, gate).await, Joined::NotAwaited);
    }
    let take =
        async |known| backlog.take(&to.id, |_| false, known, now, now + WATCH).await.unwrap();
    let (first, second) = futures::future::join(take(None), take(None)).await;
    let mut taken = [first.unwrap(), second.unwrap()].map(|taken| taken.created_at);
    taken.sort();
    assert_eq!(taken, [planned_at[0].created_at, planned_at[1].created_at], "the oldest first");
    let last = &planned_at[2].delivery.message;
    assert_eq!(take(Some(last)).await.unwrap().delivery.message, *last);
    assert_eq!(take(Some(last)).await, None);
    // What is not due stays, also when it is known.
    let later = Some(now + Duration::MINUTE);
    assert_eq!(join(&scene, &planned_at[0], later, gate).await, Joined::Done);
    assert_eq!(take(Some(&planned_at[0].delivery.message)).await, None);
}

#[tokio::test]
async fn a_slot_whose_backlog_is_empty_loses_its_mark_unless_it_is_marked_again() {
    let scene = Scene::new().await;
    let table = &scene.db.table;
    let deliveries = DynamoDeliveries::new(table.clone());
    let (waiting, backlog) =
        (DynamoWaitingDeliveries::new(table.clone()), DynamoBacklog::new(table.clone()));
    let to = endpoint(&scene, "a");
    let (one, two) = (planned(&scene, &to, 1), planned(&scene, &to, 2));
    deliveries.plan(&two, scene.clock.now() + Duration::days(1)).await.unwrap();
    // A sender that dies while it holds the slot.
    held(acquire(&scene, &one, Concurrency::Full, "dies").await);
    let slot = busy(acquire(&scene, &two, Concurrency::Full, "two").await);
    assert_eq!(join(&scene, &two, None, &slot).await, Joined::Done);
    assert_eq!(due_items(&scene).await, [], "its lease has not ended");
    let slots = async || {
        let slot = |item| match item {
            DueItem::Slot(slot) => slot,
            DueItem::Delivery(delivery) => panic!("{delivery:?}"),
        };
        due_items(&scene).await.into_iter().map(slot).collect::<Vec<_>>()
    };
    let next = async |slot| {
        let now = scene.clock.now();
        waiting.next_of(slot, now, now + Duration::days(1)).await.unwrap()
    };
    scene.clock.advance(Duration::MINUTE + Duration::SECOND);
    let found = slots().await;
    let taken = next(&found[0]).await.unwrap();
    assert_eq!(taken.delivery.message, two.delivery.message);
    assert_eq!(next(&found[0]).await, None, "of two sweeps at once, one dispatches");
    // Marked again after the sweeper has read it: the mark stays.
    scene.clock.advance(Duration::minutes(2));
    let found = slots().await;
    held(acquire(&scene, &one, Concurrency::Full, "again").await);
    assert_eq!(join(&scene, &two, None, &slot).await, Joined::Done);
    backlog
        .take(&to.id, |_| true, None, scene.clock.now(), scene.clock.now() + WATCH * 1_000)
        .await
        .unwrap();
    assert_eq!(next(&found[0]).await, None);
    scene.clock.advance(Duration::minutes(3));
    let found = slots().await;
    assert_eq!((found.len(), next(&found[0]).await), (1, None));
    scene.clock.advance(Duration::hours(12));
    assert_eq!(slots().await, [], "no mark, nothing to look at");
}

/// The model `tests/model/deliveries.rs` has it as the rule `StoreWithMark`.
#[tokio::test]
async fn a_late_retry_is_found_although_its_sender_died_with_the_gate() {
    let scene = Scene::new().await;
    let table = &scene.db.table;
    let (sending, waiting) =
        (DynamoSending::new(table.clone()), DynamoWaitingDeliveries::new(table.clone()));
    let delivery = planned(&scene, &endpoint(&scene, "a"), 1);
    let now = scene.clock.now();
    DynamoDeliveries::new(table.clone()).plan(&delivery, now + WATCH).await.unwrap();
    let gate = held(acquire(&scene, &delivery, Concurrency::Failing, "dies").await);
    let (after, log) = failed(&scene, &delivery);
    let from = now + Duration::minutes(30);
    let next = Some(NextAttempt::Backlog { from, held: &gate });
    assert!(sending.finish(&delivery, &after, Some(&log), next).await.unwrap());
    // It dies here, and releases nothing.
    scene.clock.advance(Duration::minutes(31));
    let due = due_items(&scene).await;
    let [DueItem::Slot(slot)] = &due[..] else { panic!("{due:?}") };
    let now = scene.clock.now();
    let found = waiting.next_of(slot, now, now + WATCH).await.unwrap().unwrap();
    assert_eq!((found.delivery.message, found.delivery.attempt), (after.message, after.attempt));
}
