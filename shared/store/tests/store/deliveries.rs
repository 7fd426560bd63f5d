use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    clock::Clock,
    order::OrderKind,
    webhook::{
        Attempt, AttemptResult, Concurrency, Delivery, DeliveryState, Endpoint, Failure,
        LoggedAttempt, OrderingKey, Outcome, Payload,
    },
};
use store::{
    Acquired, DueItem, DynamoDeliveries, DynamoSending, DynamoWaitingDeliveries, EndpointSlot,
    HeldSlots, StoredDelivery, WaitingDelivery,
};
use testkit::Fault;
use time::Duration;

use crate::{
    endpoints::endpoint,
    scene::{Scene, WATCH},
};

pub(crate) fn planned(scene: &Scene, to: &Endpoint, sequence: u64) -> StoredDelivery {
    planned_of(scene, to, "20144", sequence)
}

pub(crate) fn planned_of(
    scene: &Scene,
    to: &Endpoint,
    order: &str,
    sequence: u64,
) -> StoredDelivery {
    let now = scene.clock.now();
    let payload = Payload::order(OrderKind::Ecc, order, "PROVISIONING", sequence, now).unwrap();
    let key = OrderingKey { order: format!("ecc-{order}"), sequence };
    StoredDelivery::planned(to, &payload, Some(key), "correlation-1", now)
}

pub(crate) async fn due_items(scene: &Scene) -> Vec<DueItem> {
    let waiting = DynamoWaitingDeliveries::new(scene.db.table.clone());
    let (mut all, now) = (Vec::new(), scene.clock.now());
    for shard in 0..16 {
        let (entries, _) = waiting.due(shard, now, 100, None).await.unwrap();
        if !entries.is_empty() {
            all.extend(waiting.read(&entries, now).await.unwrap().into_iter().map(Result::unwrap));
        }
    }
    all
}

async fn due(scene: &Scene) -> Vec<WaitingDelivery> {
    let delivery = |item| match item {
        DueItem::Delivery(delivery) => delivery,
        DueItem::Slot(slot) => panic!("{slot:?}"),
    };
    due_items(scene).await.into_iter().map(delivery).collect()
}

pub(crate) fn failed(scene: &Scene, stored: &StoredDelivery) -> (Delivery, LoggedAttempt) {
    let (now, attempt) = (scene.clock.now(), stored.delivery.attempt);
    let outcome = Outcome::of_failure(Failure::Status(500));
    let after = stored.delivery.finished(attempt, &outcome, now, 200).unwrap();
    let result = AttemptResult::Answered(500);
    (after, LoggedAttempt { attempt, at: now, result, took: Duration::milliseconds(7) })
}

#[tokio::test]
async fn a_delivery_that_is_planned_again_stays_as_it_is() {
    let scene = Scene::new().await;
    let deliveries = DynamoDeliveries::new(scene.db.table.clone());
    let to = endpoint(&scene, "a");
    let delivery = planned(&scene, &to, 1);
    let until = scene.clock.now() + WATCH;
    assert!(deliveries.plan(&delivery, until).await.unwrap());
    scene.clock.advance(Duration::SECOND);
    assert!(!deliveries.plan(&planned(&scene, &to, 1), until).await.unwrap());
    let read = deliveries.get(&to.id, &delivery.delivery.message).await.unwrap();
    assert_eq!(read, Some(delivery));
}

#[tokio::test]
async fn deliveries_are_listed_newest_first_in_pages() {
    let scene = Scene::new().await;
    let deliveries = DynamoDeliveries::new(scene.db.table.clone());
    let to = endpoint(&scene, "a");
    for sequence in 1..=5 {
        scene.clock.advance(Duration::SECOND);
        deliveries.plan(&planned(&scene, &to, sequence), scene.clock.now()).await.unwrap();
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let (page, more) = deliveries.list(&to.id, 2, after.as_deref()).await.unwrap();
        seen.extend(page.into_iter().map(|delivery| delivery.ordering_key.unwrap().sequence));
        after = more;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, [5, 4, 3, 2, 1]);
}

#[tokio::test]
async fn the_result_of_an_attempt_that_is_not_awaited_changes_nothing() {
    let scene = Scene::new().await;
    let table = &scene.db.table;
    let (deliveries, sending) =
        (DynamoDeliveries::new(table.clone()), DynamoSending::new(table.clone()));
    let to = endpoint(&scene, "a");
    let first = planned(&scene, &to, 1);
    deliveries.plan(&first, scene.clock.now()).await.unwrap();
    let (after, log) = failed(&scene, &first);
    scene.db.proxy.fail_next("UpdateItem", Fault::AnswerLost);
    assert!(sending.finish(&first, &after, Some(&log), None).await.unwrap());
    assert!(!sending.finish(&first, &first.delivery, None, None).await.unwrap());
    let read = sending.get(&to.id, &first.delivery.message).await.unwrap().unwrap();
    assert_eq!((&read.delivery, read.attempts.as_slice()), (&after, [log].as_slice()));
    let replayed = read.delivery.replayed(scene.clock.now());
    assert!(deliveries.replay(&read, &replayed, scene.clock.now()).await.unwrap());
    let again = read.delivery.replayed(scene.clock.now() + Duration::SECOND);
    assert!(!deliveries.replay(&read, &again, scene.clock.now()).await.unwrap());
    let (late, log) = failed(&scene, &read);
    assert!(!sending.finish(&read, &late, Some(&log), None).await.unwrap());
    let read = sending.get(&to.id, &first.delivery.message).await.unwrap().unwrap();
    assert_eq!(read.delivery.attempt, Attempt { round: 2, number: 1 });
}

#[tokio::test]
async fn a_delivery_that_moved_on_is_not_rescheduled() {
    let scene = Scene::new().await;
    let table = &scene.db.table;
    let (deliveries, sending) =
        (DynamoDeliveries::new(table.clone()), DynamoSending::new(table.clone()));
    let waiting = DynamoWaitingDeliveries::new(table.clone());
    let to = endpoint(&scene, "a");
    let first = planned(&scene, &to, 1);
    deliveries.plan(&first, scene.clock.now() + WATCH).await.unwrap();
    assert_eq!(due(&scene).await, []);
    scene.clock.advance(WATCH);
    let found = due(&scene).await;
    assert_eq!(found.len(), 1);
    let now = scene.clock.now();
    assert!(waiting.reschedule(&found[0], WATCH, now).await.unwrap());
    assert!(!waiting.reschedule(&found[0], WATCH, now).await.unwrap());
    assert_eq!(due(&scene).await, []);
    scene.clock.advance(WATCH);
    let found = due(&scene).await;
    let (attempt, now) = (first.delivery.attempt, scene.clock.now());
    let after = first.delivery.finished(attempt, &Outcome::Delivered, now, 0).unwrap();
    assert!(sending.finish(&first, &after, None, None).await.unwrap());
    assert!(matches!(after.state, DeliveryState::Delivered { .. }));
    assert!(!waiting.reschedule(&found[0], WATCH, now).await.unwrap());
    assert_eq!(due(&scene).await, []);
}

#[tokio::test]
async fn the_time_between_two_messages_for_one_attempt_doubles() {
    let scene = Scene::new().await;
    let waiting = DynamoWaitingDeliveries::new(scene.db.table.clone());
    let first = planned(&scene, &endpoint(&scene, "a"), 1);
    let start = scene.clock.now();
    let deliveries = DynamoDeliveries::new(scene.db.table.clone());
    deliveries.plan(&first, start + Duration::minutes(5)).await.unwrap();
    let mut sent = Vec::new();
    for _ in 0..180 {
        scene.clock.advance(Duration::MINUTE);
        for found in due(&scene).await {
            sent.push((scene.clock.now() - start).whole_minutes());
            let now = scene.clock.now();
            assert!(waiting.reschedule(&found, Duration::minutes(5), now).await.unwrap());
        }
    }
    assert_eq!(sent, [5, 10, 20, 40, 80, 140]);
}

#[tokio::test]
async fn one_item_that_cannot_be_read_leaves_the_others_due() {
    let scene = Scene::new().await;
    let to = endpoint(&scene, "a");
    let deliveries = DynamoDeliveries::new(scene.db.table.clone());
    let all: Vec<_> = (1..=3).map(|sequence| planned(&scene, &to, sequence)).collect();
    for delivery in &all {
        deliveries.plan(delivery, scene.clock.now()).await.unwrap();
    }
    let broken = AttributeValue::S(format!("HOOK#{}#{}", to.id, all[0].delivery.message));
    let update = scene.db.direct.update_item().table_name(&scene.db.name);
    update
        .key("pk", broken)
        .key("sk", AttributeValue::S("DELIVERY".to_owned()))
        .update_expression("SET tenant = :wrong")
        .expression_attribute_values(":wrong", AttributeValue::N("1".to_owned()))
        .send()
        .await
        .unwrap();
    let waiting = DynamoWaitingDeliveries::new(scene.db.table.clone());
    let (mut read, mut broken) = (0, 0);
    for shard in 0..16 {
        let (entries, _) = waiting.due(shard, scene.clock.now(), 100, None).await.unwrap();
        if !entries.is_empty() {
            for item in waiting.read(&entries, scene.clock.now()).await.unwrap() {
                *(if item.is_ok() { &mut read } else { &mut broken }) += 1;
            }
        }
    }
    assert_eq!((read, broken), (2, 1));
}

#[tokio::test]
async fn a_replay_whose_response_was_lost_is_recognised() {
    let scene = Scene::new().await;
    let deliveries = DynamoDeliveries::new(scene.db.table.clone());
    let first = planned(&scene, &endpoint(&scene, "a"), 1);
    deliveries.plan(&first, scene.clock.now()).await.unwrap();
    let replayed = first.delivery.replayed(scene.clock.now());
    let due = scene.clock.now() + WATCH;
    scene.db.proxy.fail_next("UpdateItem", Fault::AnswerLost);
    assert!(deliveries.replay(&first, &replayed, due).await.unwrap(), "our own update");
    scene.clock.advance(Duration::SECOND);
    let other = first.delivery.replayed(scene.clock.now());
    assert!(!deliveries.replay(&first, &other, due).await.unwrap(), "another replay was first");
}

pub(crate) async fn acquire(
    scene: &Scene,
    delivery: &StoredDelivery,
    concurrency: Concurrency,
    owner: &str,
) -> Acquired {
    let Delivery { endpoint, message, .. } = &delivery.delivery;
    let sending = DynamoSending::new(scene.db.table.clone());
    let now = scene.clock.now();
    let names = (endpoint, message);
    sending.acquire(names, concurrency, owner, Duration::MINUTE, now).await.unwrap()
}

pub(crate) fn held(acquired: Acquired) -> HeldSlots {
    match acquired {
        Acquired::Held(held) => held,
        Acquired::Busy(slot) => panic!("{slot:?}"),
    }
}

pub(crate) fn busy(acquired: Acquired) -> EndpointSlot {
    match acquired {
        Acquired::Busy(slot) => slot,
        Acquired::Held(held) => panic!("{held:?}"),
    }
}

#[tokio::test]
async fn one_delivery_is_in_flight_for_an_endpoint_and_an_order() {
    use Concurrency::Full;
    let scene = Scene::new().await;
    let sending = DynamoSending::new(scene.db.table.clone());
    let (to, other) = (endpoint(&scene, "a"), endpoint(&scene, "a"));
    let (one, two) = (planned(&scene, &to, 1), planned(&scene, &to, 2));
    scene.db.proxy.fail_next("UpdateItem", Fault::AnswerLost);
    let first = held(acquire(&scene, &one, Full, "first").await);
    busy(acquire(&scene, &two, Full, "second").await);
    held(acquire(&scene, &planned(&scene, &other, 2), Full, "third").await);
    assert_eq!(sending.release(&first).await.unwrap(), None);
    let second = held(acquire(&scene, &two, Full, "second").await);
    sending.release(&first).await.unwrap();
    busy(acquire(&scene, &one, Full, "fourth").await);
    scene.clock.advance(Duration::MINUTE + Duration::SECOND);
    let late = held(acquire(&scene, &one, Full, "late").await);
    sending.release(&second).await.unwrap();
    busy(acquire(&scene, &two, Full, "fifth").await);
    sending.release(&late).await.unwrap();
}

#[tokio::test]
async fn a_receiver_has_eight_slots_two_when_it_is_slow_and_one_when_it_fails() {
    let scene = Scene::new().await;
    for (concurrency, most) in
        [(Concurrency::Full, 8), (Concurrency::Slow, 2), (Concurrency::Failing, 1)]
    {
        let to = endpoint(&scene, "a");
        let mut in_flight = 0;
        for order in 0..100 {
            let delivery = planned_of(&scene, &to, &order.to_string(), 1);
            let acquired = acquire(&scene, &delivery, concurrency, &format!("{order}")).await;
            in_flight += usize::from(matches!(acquired, Acquired::Held(_)));
        }
        assert_eq!(in_flight, most, "{concurrency:?}");
    }
}

#[tokio::test]
async fn a_receiver_that_begins_to_fail_keeps_the_slot_of_an_order() {
    let scene = Scene::new().await;
    let sending = DynamoSending::new(scene.db.table.clone());
    let to = endpoint(&scene, "a");
    let first = held(acquire(&scene, &planned(&scene, &to, 1), Concurrency::Full, "one").await);
    let next = planned(&scene, &to, 2);
    busy(acquire(&scene, &next, Concurrency::Failing, "two").await);
    sending.release(&first).await.unwrap();
    let gated = held(acquire(&scene, &next, Concurrency::Failing, "two").await);
    assert!(gated.is_gated());
    // And the other way round, when it is well again.
    busy(acquire(&scene, &planned(&scene, &to, 3), Concurrency::Full, "three").await);
}
