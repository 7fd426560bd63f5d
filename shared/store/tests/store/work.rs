use std::collections::BTreeSet;

use domain::{
    clock::Clock,
    order::FailedAttempt,
    provisioning::{Operation, OrderStatus},
    subscription::{
        Change, Service, ServiceSettings, Subscription, SubscriptionId, SubscriptionState,
    },
};
use store::{Authority, Awaits, DynamoWatchdog, Leased, Placed};
use testkit::{Fault, numbers};
use time::Duration;

use crate::scene::{Ending, LEASE, Scene, WATCH, blocking, by_number, new_number, tenant};

#[tokio::test]
async fn of_two_workers_one_gets_the_lease() {
    let scene = Scene::new().await;
    let order = scene.change(&scene.existing("a", 1).await, blocking()).await;
    let now = scene.clock.now();
    let ask = |name: &str| scene.work.lease(order.id, name.to_owned(), LEASE, now);
    let (one, two) = futures::future::join(ask("one"), ask("two")).await;
    let mine = |leased: &Leased<_>| matches!(leased, Leased::Mine(..));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert!(mine(&one) ^ mine(&two), "{one:?} {two:?}");
}

#[tokio::test]
async fn a_lease_whose_answer_was_lost_is_recognised() {
    let scene = Scene::new().await;
    let order = scene.change(&scene.existing("a", 1).await, blocking()).await;
    scene.db.proxy.fail_next("UpdateItem", Fault::AnswerLost);
    let (_, lease) = scene.leased(order.id).await;
    assert_eq!(lease.fence.0, 1);
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_cannot_end_the_order() {
    let scene = Scene::new().await;
    let order = scene.change(&scene.existing("a", 1).await, blocking()).await;
    let (slept, old) = scene.leased(order.id).await;
    scene.clock.advance(LEASE + Duration::SECOND);
    let (held, new) = scene.leased(order.id).await;
    assert!(new.fence > old.fence);
    let ended = scene.end_as(&slept, Authority::Worker(&old), OrderStatus::Canceled).await;
    assert_eq!(ended.unwrap(), Ending::Superseded);
    assert_eq!(scene.status(order.id).await, OrderStatus::Provisioning);
    let ended = scene.end_as(&held, Authority::Worker(&new), OrderStatus::Completed).await;
    assert_eq!(ended.unwrap(), Ending::Done);
}

#[tokio::test]
async fn a_lease_is_given_back_only_by_its_owner() {
    let scene = Scene::new().await;
    let order = scene.change(&scene.existing("a", 1).await, blocking()).await;
    let (slept, old) = scene.leased(order.id).await;
    scene.clock.advance(LEASE + Duration::SECOND);
    let (held, new) = scene.leased(order.id).await;
    let due = scene.clock.now();
    scene.work.release_lease(&slept, &old, &(), due).await.unwrap();
    let asked = scene.work.lease(order.id, "third".to_owned(), LEASE, due).await.unwrap();
    assert_eq!(asked, Leased::Held);
    scene.work.release_lease(&held, &new, &(), due).await.unwrap();
    scene.leased(order.id).await;
}

#[tokio::test]
async fn why_an_attempt_failed_is_stored_with_the_release_until_the_order_goes_on() {
    let scene = Scene::new().await;
    let order = scene.change(&scene.existing("a", 1).await, blocking()).await;
    let id = order.id.to_string();
    let shard = async || {
        let all = (0..DynamoWatchdog::SHARDS).map(|shard| scene.watchdog.retrying(shard));
        let all = futures::future::try_join_all(all).await.unwrap();
        all.into_iter().flat_map(|(orders, _)| orders).map(|order| order.id).collect::<Vec<_>>()
    };
    assert_eq!(shard().await, Vec::<String>::new());
    let now = scene.clock.now();
    let (held, lease) = scene.leased(order.id).await;
    let attempt = FailedAttempt::new(now, "network: status 500", Some(Duration::seconds(2)));
    scene.work.release_failed(&held, &lease, &(), &attempt).await.unwrap();
    let open = scene.watchdog.get(&id).await.unwrap().unwrap();
    assert_eq!(open.failed.as_ref(), Some(&attempt));
    let due = now + Duration::minutes(5);
    assert_eq!(open.awaits(now), Awaits::Attempt { at: now + Duration::seconds(2), or: due });
    assert_eq!(shard().await, std::slice::from_ref(&id));
    // A worker that has it now says no more than that it has it.
    let (held, lease) = scene.leased(order.id).await;
    let open = scene.watchdog.get(&id).await.unwrap().unwrap();
    assert_eq!(open.awaits(now), Awaits::Worker { until: lease.until });
    scene.work.mark_needs_intervention(&held, &lease, "network: no answer", now).await.unwrap();
    let open = scene.watchdog.get(&id).await.unwrap().unwrap();
    assert_eq!(open.failed, Some(FailedAttempt::new(now, "network: no answer", None)));
    assert_eq!(open.awaits(now), Awaits::Intervention);
    assert_eq!(shard().await, Vec::<String>::new());
    let (held, lease) = scene.leased(order.id).await;
    scene.end_as(&held, Authority::Worker(&lease), OrderStatus::Completed).await.unwrap();
    let open = scene.watchdog.get(&id).await.unwrap().unwrap();
    assert_eq!((open.failed.as_ref(), open.awaits(now)), (None, Awaits::Publication));
}

#[tokio::test]
async fn the_operator_cannot_end_an_order_that_a_worker_holds() {
    let scene = Scene::new().await;
    let order = scene.change(&scene.existing("a", 1).await, blocking()).await;
    let (held, lease) = scene.leased(order.id).await;
    let read = scene.orders.get(order.id).await.unwrap().unwrap();
    let ended = scene.end_as(&read, Authority::Operator, OrderStatus::Canceled).await;
    assert_eq!(ended.unwrap(), Ending::Superseded);
    scene.work.mark_needs_intervention(&held, &lease, "time-out", scene.clock.now()).await.unwrap();
    let read = scene.orders.get(order.id).await.unwrap().unwrap();
    assert_eq!(read.needs_intervention.as_ref().unwrap().why, "time-out");
    assert_eq!(read.status, OrderStatus::Provisioning);
    let ended = scene.end_as(&read, Authority::Operator, OrderStatus::Canceled).await;
    assert_eq!(ended.unwrap(), Ending::Done);
    let ended = scene.orders.get(order.id).await.unwrap().unwrap();
    assert_eq!((ended.status, ended.needs_intervention), (OrderStatus::Canceled, None));
}

#[tokio::test]
async fn a_number_is_freed_only_by_its_holder() {
    let scene = Scene::new().await;
    let subscription = scene.existing("a", 1).await;
    let mut order = scene.change(&subscription, blocking()).await;
    // An order that claims to hold somebody else's number must not end, let alone free it.
    scene.existing("b", 2).await;
    let (leased, lease) = scene.leased(order.id).await;
    order = leased;
    order.operation = Operation::Change(Box::new(new_number(2)));
    let ended = scene.end_as(&order, Authority::Worker(&lease), OrderStatus::Canceled).await;
    assert!(ended.is_err());
    assert!(scene.subscriptions.find(&tenant("b"), &by_number(2)).await.unwrap().is_some());
}

#[tokio::test]
async fn a_change_is_applied_to_every_attribute_of_the_record() {
    let scene = Scene::new().await;
    let before = scene.existing("a", 1).await;
    let change = Change {
        msisdn: Some(numbers::msisdn(8)),
        iccid: Some(numbers::iccid(8)),
        blocked: Some(true),
        state: Some(SubscriptionState::InUse),
        odb_profile: Some(7.try_into().unwrap()),
        static_ip: Some(Some([10, 1, 2, 3].into())),
        apn_ids: Some(vec![4, 2]),
        a2p_voice_app_key: Some("key".parse().unwrap()),
        tags: Some(BTreeSet::from(["fleet".parse().unwrap()])),
        services: Some(vec![Service {
            id: "VOICE".parse().unwrap(),
            instance: 1,
            settings: ServiceSettings { limit: Some(5), forward_number: Some(numbers::msisdn(3)) },
            mode: Some("ALWAYS".parse().unwrap()),
        }]),
    };
    let order = scene.change(&before, change.clone()).await;
    assert_eq!(
        scene.orders.get(order.id).await.unwrap().unwrap().operation,
        Operation::Change(Box::new(change.clone()))
    );
    scene.complete(order.id).await;
    let mut expected = before.clone().changed(change);
    let after = scene.found("a", 8).await;
    expected.revision = after.revision;
    assert_eq!(after, expected);
    let no_address = Change { static_ip: Some(None), ..Change::default() };
    let order = scene.change(&after, no_address).await;
    scene.complete(order.id).await;
    assert_eq!(scene.found("a", 8).await.static_ip, None);
    // The number it had is free again.
    let (again, order) = scene.creation("b", 1);
    let (id, iccid) =
        (SubscriptionId::new(scene.clock.now(), &numbers::iccid(50)), numbers::iccid(50));
    let again = Subscription { id, iccid, imsi: None, ..again };
    let order = scene.order(&again, order.id, Operation::Create);
    assert_eq!(scene.place(&order, &again).await.unwrap(), Placed::Done);
}

#[tokio::test]
async fn an_order_that_ended_has_no_more_work() {
    let scene = Scene::new().await;
    let order = scene.change(&scene.existing("a", 1).await, blocking()).await;
    scene.complete(order.id).await;
    let now = scene.clock.now();
    let asked = scene.work.lease(order.id, "late".to_owned(), LEASE, now).await.unwrap();
    assert_eq!(asked, Leased::Ended);
    let none = scene.work.lease(scene.number(), "lost".to_owned(), LEASE, now).await.unwrap();
    assert_eq!(none, Leased::Absent);
}

#[tokio::test]
async fn a_lease_is_one_call_of_the_table() {
    let scene = Scene::new().await;
    let order = scene.change(&scene.existing("a", 1).await, blocking()).await;
    let now = scene.clock.now();
    scene.db.proxy.take_calls();
    let lease =
        async |owner: &str| scene.work.lease(order.id, owner.to_owned(), LEASE, now).await.unwrap();
    // The response is lost, and the SDK sends the update again.
    scene.db.proxy.fail_next("UpdateItem", Fault::AnswerLost);
    let Leased::Mine(held, mine) = lease("one").await else { panic!("not leased") };
    assert_eq!(scene.db.proxy.take_calls(), ["UpdateItem", "UpdateItem"]);
    assert_eq!((held.id, mine.fence.0, mine.attempt), (order.id, 1, 1));
    assert_eq!(mine.watched, Some(now + WATCH));
    assert_eq!(lease("two").await, Leased::Held);
    scene.clock.advance(LEASE + Duration::SECOND);
    let now = scene.clock.now();
    let again = scene.work.lease(order.id, "three".to_owned(), LEASE, now).await.unwrap();
    let Leased::Mine(_, again) = again else { panic!("{again:?}") };
    assert_eq!((again.fence.0, again.attempt), (2, 2));
}
