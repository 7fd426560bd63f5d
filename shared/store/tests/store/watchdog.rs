use domain::{clock::Clock, provisioning::OrderStatus};
use store::{DynamoWatchdog, OpenOrder};
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
        all.extend(scene.watchdog.awaiting_a_person(shard, scene.clock.now()).await.unwrap());
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
    assert!(!found[0].ended);
    scene.complete(order.id).await;
    assert_eq!(overdue(&scene).await, []);
    scene.clock.advance(WATCH + Duration::SECOND);
    let found = overdue(&scene).await;
    assert!(found.len() == 1 && found[0].ended && found[0].untold, "{found:?}");
    scene.tell(order.id).await;
    assert_eq!(overdue(&scene).await, []);
}

#[tokio::test]
async fn an_order_that_was_driven_again_is_put_off() {
    let scene = Scene::new().await;
    scene.change(&scene.existing("a", 1).await, blocking()).await;
    scene.clock.advance(WATCH + Duration::SECOND);
    let found = overdue(&scene).await;
    let now = scene.clock.now();
    assert!(scene.watchdog.put_off(&found[0], now + WATCH, now).await.unwrap());
    assert_eq!(overdue(&scene).await, []);
    scene.clock.advance(WATCH + Duration::SECOND);
    assert_eq!(overdue(&scene).await.len(), 1);
}

#[tokio::test]
async fn an_order_that_moved_on_is_not_put_off() {
    let scene = Scene::new().await;
    let order = scene.change(&scene.existing("a", 1).await, blocking()).await;
    scene.clock.advance(WATCH + Duration::SECOND);
    let found = overdue(&scene).await;
    let (leased, lease) = scene.leased(order.id).await;
    let now = scene.clock.now();
    assert!(!scene.watchdog.put_off(&found[0], now + WATCH, now).await.unwrap());
    scene.work.give_back(&leased, &lease, now + Duration::SECOND).await.unwrap();
    assert!(!scene.watchdog.put_off(&found[0], now + WATCH, now).await.unwrap());
    scene.complete(order.id).await;
    assert!(!scene.watchdog.put_off(&found[0], now + WATCH, now).await.unwrap());
}

#[tokio::test]
async fn an_order_that_ended_is_not_marked_for_intervention() {
    let scene = Scene::new().await;
    let order = scene.change(&scene.existing("a", 1).await, blocking()).await;
    let id = order.id.to_string();
    let now = scene.clock.now();
    let open = scene.watchdog.get(&id).await.unwrap().unwrap();
    let (held, lease) = scene.leased(order.id).await;
    assert!(!scene.watchdog.leave_to_a_person(&open, "held", now).await.unwrap());
    scene.work.give_back(&held, &lease, now).await.unwrap();
    assert!(scene.watchdog.leave_to_a_person(&open, "dead letter", now).await.unwrap());
    assert!(!scene.watchdog.leave_to_a_person(&open, "again", now).await.unwrap());
    let waiting = awaiting(&scene).await;
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].needs_intervention.as_ref().unwrap().why, "dead letter");
    assert_eq!(overdue(&scene).await, [], "a person is told once, not driven again");
    scene.clock.advance(LEASE);
    scene.complete(order.id).await;
    assert_eq!(scene.status(order.id).await, OrderStatus::Completed);
    assert_eq!(awaiting(&scene).await, []);
    assert!(!scene.watchdog.leave_to_a_person(&open, "late", now).await.unwrap());
}
