use domain::{
    clock::Clock,
    webhook::{
        Attempt, AttemptResult, Delivery, DeliveryState, Endpoint, Failure, Lane, LoggedAttempt,
        Outcome, Payload,
    },
};
use store::{
    DeliveryLane, DynamoDeliveries, DynamoSending, DynamoWaitingDeliveries, StoredDelivery,
    WaitingDelivery,
};
use testkit::Fault;
use time::Duration;

use crate::{
    endpoints::endpoint,
    scene::{Scene, WATCH},
};

fn planned(scene: &Scene, to: &Endpoint, sequence: u64) -> StoredDelivery {
    let now = scene.clock.now();
    let payload =
        Payload::order(domain::order::OrderKind::Ecc, "20144", "PROVISIONING", sequence, now)
            .unwrap();
    let lane = Lane { order: "ecc-20144".to_owned(), sequence };
    StoredDelivery::planned(to, &payload, Some(lane), "correlation-1", now)
}

async fn due(scene: &Scene) -> Vec<WaitingDelivery> {
    let waiting = DynamoWaitingDeliveries::new(scene.db.table.clone());
    let mut all = Vec::new();
    for shard in 0..16 {
        all.extend(waiting.due(shard, scene.clock.now()).await.unwrap());
    }
    all
}

fn failed(scene: &Scene, stored: &StoredDelivery) -> (Delivery, LoggedAttempt) {
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
        seen.extend(page.into_iter().map(|delivery| delivery.lane.unwrap().sequence));
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
    assert!(!deliveries.replay(&read, &replayed, scene.clock.now()).await.unwrap());
    let (late, log) = failed(&scene, &read);
    assert!(!sending.finish(&read, &late, Some(&log), None).await.unwrap());
    let read = sending.get(&to.id, &first.delivery.message).await.unwrap().unwrap();
    assert_eq!(read.delivery.attempt, Attempt { round: 2, number: 1 });
}

#[tokio::test]
async fn a_delivery_that_moved_on_is_not_put_off() {
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
    let until = scene.clock.now() + WATCH;
    assert!(waiting.put_off(&found[0], until).await.unwrap());
    assert!(!waiting.put_off(&found[0], until).await.unwrap());
    assert_eq!(due(&scene).await, []);
    scene.clock.advance(WATCH);
    let found = due(&scene).await;
    let (attempt, now) = (first.delivery.attempt, scene.clock.now());
    let after = first.delivery.finished(attempt, &Outcome::Delivered, now, 0).unwrap();
    assert!(sending.finish(&first, &after, None, None).await.unwrap());
    assert!(matches!(after.state, DeliveryState::Delivered { .. }));
    assert!(!waiting.put_off(&found[0], until).await.unwrap());
    assert_eq!(due(&scene).await, []);
}

#[tokio::test]
async fn one_delivery_is_in_flight_for_an_endpoint_and_an_order() {
    let scene = Scene::new().await;
    let sending = DynamoSending::new(scene.db.table.clone());
    let (to, other) = (endpoint(&scene, "a"), endpoint(&scene, "a"));
    let (one, two) = (planned(&scene, &to, 1), planned(&scene, &to, 2));
    let enter = |delivery: StoredDelivery, owner: &'static str| {
        let (sending, now) = (sending.clone(), scene.clock.now());
        let lane = DeliveryLane::of(&delivery, false);
        async move { sending.enter(&lane, owner, Duration::MINUTE, now).await.unwrap() }
    };
    scene.db.proxy.fail_next("UpdateItem", Fault::AnswerLost);
    assert!(enter(one.clone(), "first").await, "our own, whose answer was lost");
    assert!(!enter(two.clone(), "second").await);
    assert!(enter(planned(&scene, &other, 2), "third").await, "another endpoint");
    let lane = DeliveryLane::of(&one, false);
    sending.leave(&lane, "second").await.unwrap();
    assert!(!enter(two.clone(), "second").await, "left only by its owner");
    sending.leave(&lane, "first").await.unwrap();
    assert!(enter(two.clone(), "second").await);
    scene.clock.advance(Duration::MINUTE + Duration::SECOND);
    assert!(enter(one, "late").await, "whoever died in it holds it for a while only");
}

#[tokio::test]
async fn an_endpoint_that_fails_has_one_lane_and_another_has_eight() {
    let scene = Scene::new().await;
    let to = endpoint(&scene, "a");
    let lanes = |failing| {
        let of_order = |n: u32| {
            let mut delivery = planned(&scene, &to, 1);
            delivery.lane = Some(Lane { order: format!("ecc-{n}"), sequence: 1 });
            format!("{:?}", DeliveryLane::of(&delivery, failing))
        };
        (0..200).map(of_order).collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!((lanes(true), lanes(false)), (1, 8));
}
