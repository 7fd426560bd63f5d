use domain::{
    clock::Clock,
    feed::Feed,
    order::Lifecycle,
    provisioning::{Decision, Event, OrderStatus},
};
use serde_json::{Map, json};
use store::{Authority, DynamoFeeds, DynamoPublisher, FeedEvent, PendingPublication};
use testkit::Fault;
use time::Duration;

use crate::scene::{Scene, WATCH, blocking, tenant};

fn event(of: &str, what: &str) -> FeedEvent {
    let body = Map::from_iter([("what".to_owned(), json!(what))]);
    FeedEvent { tenant: tenant(of), feed: Feed::Order, body }
}

async fn numbers(scene: &Scene, of: &str) -> Vec<u64> {
    let feeds = DynamoFeeds::new(scene.db.table.clone());
    let events = feeds.events(&tenant(of), Feed::Order, 1, 1_000).await.unwrap();
    let last = feeds.last(&tenant(of), Feed::Order).await.unwrap();
    assert_eq!(last, u64::try_from(events.len()).unwrap());
    events.into_iter().map(|(number, _)| number).collect()
}

#[tokio::test]
async fn every_status_of_an_order_is_pending_until_it_is_published() {
    let scene = Scene::new().await;
    let order = scene.change(&scene.existing("a", 1).await, blocking()).await;
    let id = order.id.to_string();
    let open = scene.publisher.pending(&id).await.unwrap().unwrap();
    assert_eq!((open.changes.len(), open.changes[0].sequence), (1, 1));
    scene.end(order.id, OrderStatus::Canceled).await;
    let ended = scene.publisher.pending(&id).await.unwrap().unwrap();
    let pending: Vec<_> = ended.changes.iter().map(|h| (h.sequence, h.status.as_str())).collect();
    assert_eq!(pending, [(1, "PROVISIONING"), (2, "CANCELED")]);
    assert_eq!(ended.changes[1].reason.as_deref(), Some("refused"));
    scene.publish(order.id).await;
    assert_eq!(scene.publisher.pending(&id).await.unwrap().unwrap().changes, []);
    assert_eq!(scene.publisher.pending("404").await.unwrap(), None);
}

#[tokio::test]
async fn a_state_is_told_once_however_often_it_is_tried() {
    let scene = Scene::new().await;
    let order = scene.change(&scene.existing("a", 1).await, blocking()).await;
    let telling = scene.publisher.pending(&order.id.to_string()).await.unwrap().unwrap();
    let now = scene.clock.now();
    let events = [event("a", "placed")];
    let tell = || scene.publisher.publish(&telling, &telling.changes[..1], &events, now);
    scene.db.proxy.fail_next("TransactWriteItems", Fault::AnswerLost);
    let told = futures::future::join_all((0..8).map(|_| tell())).await;
    assert_eq!(told.into_iter().filter(|told| *told.as_ref().unwrap()).count(), 1);
    assert_eq!(numbers(&scene, "a").await, [1]);
}

#[tokio::test]
async fn states_that_were_told_in_part_meanwhile_are_not_told_again() {
    let scene = Scene::new().await;
    let order = scene.change(&scene.existing("a", 1).await, blocking()).await;
    scene.complete(order.id).await;
    let both = scene.publisher.pending(&order.id.to_string()).await.unwrap().unwrap();
    let (now, events) = (scene.clock.now(), [event("a", "placed")]);
    assert!(scene.publisher.publish(&both, &both.changes[..1], &events, now).await.unwrap());
    let all = [event("a", "placed"), event("a", "completed")];
    assert!(!scene.publisher.publish(&both, &both.changes, &all, now).await.unwrap());
    assert!(!scene.publisher.publish(&both, &both.changes, &[], now).await.unwrap());
    let left = scene.publisher.pending(&order.id.to_string()).await.unwrap().unwrap();
    assert_eq!(left.changes, both.changes[1..]);
    assert!(scene.publisher.publish(&left, &left.changes, &all[1..], now).await.unwrap());
    assert_eq!(numbers(&scene, "a").await, [1, 2]);
}

#[tokio::test]
async fn an_end_that_nobody_is_told_of_leaves_the_list_of_due_orders_at_once() {
    let scene = Scene::new().await;
    let mut overdue = Vec::new();
    for (n, of) in [(1, "a"), (2, "b"), (3, "c"), (4, "d")] {
        let order = scene.change(&scene.existing(of, n).await, blocking()).await;
        match of {
            "b" => {
                testkit::add_endpoint(
                    &scene.db.table,
                    of,
                    &["*"],
                    &scene.random,
                    scene.clock.now(),
                )
                .await;
            }
            "c" => testkit::read_feed(&scene.db.table, of, Feed::Order, scene.clock.now()).await,
            "d" => testkit::read_feed(&scene.db.table, of, Feed::Batch, scene.clock.now()).await,
            _ => {}
        }
        let work = scene.work.for_tenant(&tenant(of), scene.clock.now()).await.unwrap();
        let (held, lease) = scene.leased(order.id).await;
        let decision = Decision { event: Event::Done, reason: None, by: "network".to_owned() };
        let applied = held.apply(decision, scene.clock.now()).unwrap();
        work.commit(&applied, Authority::Worker(&lease), &()).await.unwrap();
        overdue.push(order.id.to_string());
    }
    // Those that have an endpoint or read a feed of orders are watched until all is published.
    scene.clock.advance(WATCH + Duration::SECOND);
    let mut found = Vec::new();
    for shard in 0..store::DynamoWatchdog::SHARDS {
        let due = scene.watchdog.overdue(shard, scene.clock.now()).await.unwrap();
        assert!(due.iter().all(|order| order.unpublished), "{due:?}");
        found.extend(due.into_iter().map(|order| order.id));
    }
    found.sort();
    let mut expected = overdue[1..3].to_vec();
    expected.sort();
    assert_eq!(found, expected);
    // What is pending of the others is still known.
    let quiet = scene.publisher.pending(&overdue[0]).await.unwrap().unwrap();
    assert_eq!(quiet.changes.len(), 2);
}

#[tokio::test]
async fn a_feed_is_in_use_for_a_week_after_it_was_read_last() {
    let scene = Scene::new().await;
    let table = &scene.db.table;
    let in_use = async || {
        let found = store::DynamoSubscribers::new(table.clone());
        let found = found.of(&tenant("a"), scene.clock.now()).await.unwrap();
        !found.is_empty()
    };
    assert!(!in_use().await);
    let read = async || testkit::read_feed(table, "a", Feed::Order, scene.clock.now()).await;
    read().await;
    scene.db.proxy.take_calls();
    read().await;
    assert_eq!(scene.db.proxy.take_calls(), ["GetItem"], "noted once a day");
    for _ in 0..2 {
        scene.clock.advance(Duration::days(6));
        assert!(in_use().await);
        read().await;
    }
    scene.clock.advance(Duration::days(7));
    assert!(in_use().await);
    scene.clock.advance(Duration::SECOND);
    assert!(!in_use().await);
    read().await;
    assert!(in_use().await);
}

#[tokio::test]
async fn a_feed_that_many_write_to_has_no_gap_and_no_repetition() {
    let scene = Scene::new().await;
    let mut orders = Vec::new();
    for n in 1..=12 {
        orders.push(scene.change(&scene.existing("a", n).await, blocking()).await);
    }
    let tell = |order: String| {
        // Each as in a process of its own.
        let (telling, now) = (DynamoPublisher::new(scene.db.table.clone()), scene.clock.now());
        async move {
            let order = telling.pending(&order).await.unwrap().unwrap();
            let events = [event("a", &order.id), event("b", &order.id)];
            telling.publish(&order, &order.changes[..1], &events, now).await
        }
    };
    let ids = orders.iter().map(|order| order.id.to_string());
    let mut told = 0;
    for outcome in futures::future::join_all(ids.map(tell)).await {
        // Who found no place among so many comes again.
        told += u64::from(outcome.is_ok());
    }
    assert!(told > 0);
    for of in ["a", "b"] {
        assert_eq!(numbers(&scene, of).await, (1..=told).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn states_told_at_the_same_time_share_transactions() {
    let scene = Scene::new().await;
    let mut pending = Vec::new();
    for n in 1..=24 {
        let order = scene.change(&scene.existing("a", n).await, blocking()).await;
        pending.push(scene.publisher.pending(&order.id.to_string()).await.unwrap().unwrap());
    }
    let (telling, now) = (&scene.publisher, scene.clock.now());
    // Each twice, as when its message came twice.
    let tell = |order: PendingPublication| async move {
        let events = [event("a", &order.id), event("b", &order.id)];
        telling.publish(&order, &order.changes[..1], &events, now).await.unwrap()
    };
    scene.db.proxy.take_calls();
    let all = pending.iter().chain(&pending).cloned().map(tell);
    let told = futures::future::join_all(all).await;
    assert_eq!(told.iter().filter(|told| **told).count(), 24);
    let calls = scene.db.proxy.take_calls();
    let transactions = calls.iter().filter(|call| *call == "TransactWriteItems").count();
    // One alone, twenty, the other three with what has come twice, and the rest of that.
    assert!((3..=8).contains(&transactions), "{calls:?}");
    for of in ["a", "b"] {
        assert_eq!(numbers(&scene, of).await, (1..=24).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn who_is_cut_off_while_telling_for_others_loses_nothing() {
    let scene = Scene::new().await;
    let mut pending = Vec::new();
    for n in 1..=6 {
        let order = scene.change(&scene.existing("a", n).await, blocking()).await;
        pending.push(scene.publisher.pending(&order.id.to_string()).await.unwrap().unwrap());
    }
    let now = scene.clock.now();
    let tell = |order: PendingPublication| {
        let telling = scene.publisher.clone();
        tokio::spawn(async move {
            let events = [event("a", &order.id)];
            telling.publish(&order, &order.changes[..1], &events, now).await
        })
    };
    for cut in 0..pending.len() {
        let running: Vec<_> = pending.iter().cloned().map(tell).collect();
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        running[cut].abort();
        futures::future::join_all(running).await;
    }
    for order in &pending {
        let _ = tell(order.clone()).await.unwrap().unwrap();
        let found = scene.publisher.pending(&order.id).await.unwrap().unwrap();
        assert_eq!(found.changes, []);
    }
    assert_eq!(numbers(&scene, "a").await, (1..=6).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_tenant_whose_feed_is_held_up_delays_no_other() {
    let scene = Scene::new().await;
    let mut pending = Vec::new();
    for (n, of) in [(1, "a"), (2, "a"), (3, "b")] {
        let order = scene.change(&scene.existing(of, n).await, blocking()).await;
        pending.push((scene.publisher.pending(&order.id.to_string()).await.unwrap().unwrap(), of));
    }
    let now = scene.clock.now();
    let publish = |(order, of): (PendingPublication, &'static str)| {
        let publisher = scene.publisher.clone();
        tokio::spawn(async move {
            let events = [event(of, &order.id)];
            publisher.publish(&order, &order.changes[..1], &events, now).await.unwrap()
        })
    };
    let gate = scene.db.proxy.hold_next("TransactWriteItems");
    let (of_b, last) = (pending.pop().unwrap(), pending.pop().unwrap());
    let first = publish(pending.pop().unwrap());
    gate.reached().await;
    let last = publish(last);
    let of_b = tokio::time::timeout(std::time::Duration::from_secs(20), publish(of_b)).await;
    assert!(of_b.expect("it does not wait").unwrap());
    assert!(!first.is_finished() && !last.is_finished());
    gate.open();
    assert!(first.await.unwrap() && last.await.unwrap());
    assert_eq!((numbers(&scene, "a").await, numbers(&scene, "b").await), (vec![1, 2], vec![1]));
}
