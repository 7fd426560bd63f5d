use domain::{
    clock::Clock,
    order::Lifecycle,
    provisioning::{Decision, Event, OrderStatus},
};
use store::{Authority, Committed, DynamoWatchdog, DynamoWork, OpenOrder};
use time::Duration;

use crate::scene::{LEASE, Scene, WATCH, blocking};

async fn overdue(scene: &Scene) -> Vec<OpenOrder> {
    let mut all = Vec::new();
    for shard in 0..DynamoWatchdog::SHARDS {
        all.extend(scene.watchdog.overdue(shard, scene.clock.now()).await.unwrap());
    }
    all
}

async fn awaiting(scene: &Scene) -> Vec<OpenOrder> {
    let mut all = Vec::new();
    for shard in 0..DynamoWatchdog::SHARDS {
        all.extend(scene.watchdog.needing_intervention(shard, scene.clock.now()).await.unwrap());
    }
    all
}

#[tokio::test]
async fn an_open_order_is_overdue_after_its_time_and_a_final_one_until_it_is_told() {
    let scene = Scene::new().await;
    let order = scene.change(&scene.existing("a", 1).await, blocking()).await;
    assert_eq!(overdue(&scene).await, []);
    scene.clock.advance(WATCH + Duration::SECOND);
    let found = overdue(&scene).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].id, order.id.to_string());
    assert!(found[0].has_work());
    scene.complete(order.id).await;
    assert_eq!(overdue(&scene).await, []);
    scene.clock.advance(WATCH + Duration::SECOND);
    let found = overdue(&scene).await;
    assert!(found.len() == 1 && !found[0].has_work() && found[0].unpublished, "{found:?}");
    scene.publish(order.id).await;
    assert_eq!(overdue(&scene).await, []);
}

#[tokio::test]
async fn an_order_that_was_driven_again_is_rescheduled() {
    let scene = Scene::new().await;
    scene.change(&scene.existing("a", 1).await, blocking()).await;
    scene.clock.advance(WATCH + Duration::SECOND);
    let found = overdue(&scene).await;
    let now = scene.clock.now();
    assert!(scene.watchdog.reschedule(&found[0], now + WATCH, now).await.unwrap());
    assert_eq!(overdue(&scene).await, []);
    scene.clock.advance(WATCH + Duration::SECOND);
    assert_eq!(overdue(&scene).await.len(), 1);
}

#[tokio::test]
async fn an_order_that_moved_on_is_not_rescheduled() {
    let scene = Scene::new().await;
    let order = scene.change(&scene.existing("a", 1).await, blocking()).await;
    scene.clock.advance(WATCH + Duration::SECOND);
    let found = overdue(&scene).await;
    let (leased, lease) = scene.leased(order.id).await;
    let now = scene.clock.now();
    assert!(!scene.watchdog.reschedule(&found[0], now + WATCH, now).await.unwrap());
    scene.work.release_lease(&leased, &lease, &(), now + Duration::SECOND).await.unwrap();
    assert!(!scene.watchdog.reschedule(&found[0], now + WATCH, now).await.unwrap());
    scene.complete(order.id).await;
    assert!(!scene.watchdog.reschedule(&found[0], now + WATCH, now).await.unwrap());
}

#[tokio::test]
async fn an_order_that_ended_is_not_marked_for_intervention() {
    let scene = Scene::new().await;
    let order = scene.change(&scene.existing("a", 1).await, blocking()).await;
    let id = order.id.to_string();
    let now = scene.clock.now();
    let open = scene.watchdog.get(&id).await.unwrap().unwrap();
    let (held, lease) = scene.leased(order.id).await;
    assert!(!scene.watchdog.mark_needs_intervention(&open, "held", now).await.unwrap());
    scene.work.release_lease(&held, &lease, &(), now).await.unwrap();
    assert!(scene.watchdog.mark_needs_intervention(&open, "dead letter", now).await.unwrap());
    assert!(!scene.watchdog.mark_needs_intervention(&open, "again", now).await.unwrap());
    let waiting = awaiting(&scene).await;
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].needs_intervention.as_ref().unwrap().why, "dead letter");
    assert_eq!(overdue(&scene).await, [], "a person is told once, not driven again");
    scene.clock.advance(LEASE);
    scene.complete(order.id).await;
    assert_eq!(scene.status(order.id).await, OrderStatus::Completed);
    assert_eq!(awaiting(&scene).await, []);
    assert!(!scene.watchdog.mark_needs_intervention(&open, "late", now).await.unwrap());
}

#[tokio::test]
async fn an_end_that_is_not_published_is_overdue_after_the_configured_time() {
    let scene = Scene::new().await;
    let order = scene.change(&scene.existing("a", 1).await, blocking()).await;
    let (leased, lease) = scene.leased(order.id).await;
    let work = DynamoWork::new(scene.db.table.clone(), Duration::seconds(30));
    let decision = Decision { event: Event::Done, reason: None, by: "network".to_owned() };
    let applied = leased.apply(decision, scene.clock.now()).unwrap();
    let by = Authority::Worker(&lease);
    let committed = work.commit(&applied, by, &()).await.unwrap();
    assert!(matches!(committed, Committed::Done(_)), "{committed:?}");
    assert_eq!(overdue(&scene).await, []);
    scene.clock.advance(Duration::seconds(31));
    assert_eq!(overdue(&scene).await.len(), 1);
}

#[tokio::test]
async fn a_marked_order_keeps_its_first_time_and_stays_listed_until_it_ends() {
    let scene = Scene::new().await;
    let order = scene.change(&scene.existing("a", 1).await, blocking()).await;
    let first = scene.clock.now();
    let (held, lease) = scene.leased(order.id).await;
    scene.work.mark_needs_intervention(&held, &lease, "first", first).await.unwrap();
    scene.clock.advance(LEASE);
    let (held, lease) = scene.leased(order.id).await;
    scene.work.release_lease(&held, &lease, &(), scene.clock.now()).await.unwrap();
    let listed = awaiting(&scene).await.remove(0).needs_intervention.unwrap();
    assert_eq!((listed.since, &*listed.why, listed.retried), (first, "first", true));
    assert_eq!(overdue(&scene).await, []);
    let (held, lease) = scene.leased(order.id).await;
    let now = scene.clock.now();
    scene.work.mark_needs_intervention(&held, &lease, "second", now).await.unwrap();
    let listed = awaiting(&scene).await.remove(0).needs_intervention.unwrap();
    assert_eq!((listed.since, &*listed.why, listed.retried), (first, "second", false));
    scene.complete(order.id).await;
    assert_eq!(awaiting(&scene).await, []);
}

#[tokio::test]
async fn a_letter_from_before_a_wait_does_not_mark_the_order_after_it() {
    let scene = Scene::new().await;
    let order = scene.change(&scene.existing("a", 1).await, blocking()).await;
    let id = order.id.to_string();
    let by = scene.db.attribute(&id, "workBy").await.unwrap();
    scene.db.set_number(&id, "workAfter", by.parse().unwrap()).await;
    scene.clock.advance(WATCH + Duration::SECOND);
    let now = scene.clock.now();
    let waited = overdue(&scene).await.remove(0);
    assert!(!waited.is_open_call(1), "it waits");
    assert!(scene.watchdog.reschedule(&waited, now + WATCH, now).await.unwrap());
    let called = scene.watchdog.get(&id).await.unwrap().unwrap();
    assert!(!called.is_open_call(waited.revision - 1), "a letter from before the wait");
    assert!(called.is_open_call(waited.revision), "the sweeper's own message");
    assert!(!scene.watchdog.mark_needs_intervention(&waited, "read before", now).await.unwrap());
    // A message for the same call is no new one: its letters count, however often it is repeated.
    scene.clock.advance(WATCH + Duration::SECOND);
    let now = scene.clock.now();
    let late = overdue(&scene).await.remove(0);
    assert!(scene.watchdog.reschedule(&late, now + WATCH, now).await.unwrap());
    let repeated = scene.watchdog.get(&id).await.unwrap().unwrap();
    assert!(repeated.is_open_call(waited.revision));
    assert!(scene.watchdog.mark_needs_intervention(&repeated, "a dead letter", now).await.unwrap());
}
