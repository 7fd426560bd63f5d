use std::sync::Arc;

use domain::{
    clock::Clock,
    failure::Retryable,
    idempotency::{KeyUsed, ResponseStore},
    provisioning::{Operation, OrderStatus},
    subscription::{ChangeRequest, Subscription, SubscriptionId},
};
use store::{Authority, DynamoResponses, GuardedError, Placed};
use testkit::Fault;
use time::Duration;

use crate::scene::{Ending, Scene, blocking, by_number, guard, new_number, new_sim, tenant};

#[tokio::test]
async fn a_creation_stores_the_subscription_locked_by_its_order() {
    let scene = Scene::new().await;
    let (subscription, order) = scene.creation("a", 1);
    assert_eq!(scene.place(&order, &subscription).await.unwrap(), Placed::Done);
    assert_eq!(scene.found("a", 1).await, subscription);
    assert_eq!(scene.orders.get(order.id).await.unwrap(), Some(order));
}

#[tokio::test]
async fn of_64_orders_on_one_subscription_one_is_placed() {
    let scene = Scene::new().await;
    let subscription = scene.existing("a", 1).await;
    let orders: Vec<_> = (0..64)
        .map(|_| {
            let change = Operation::Change(Box::new(blocking()));
            scene.order(&subscription, scene.number(), change)
        })
        .collect();
    let placing = orders.iter().map(|order| scene.place(order, &subscription));
    let placed: Vec<_> =
        futures::future::join_all(placing).await.into_iter().map(Result::unwrap).collect();
    let winner = placed.iter().position(|placed| *placed == Placed::Done).unwrap();
    for (n, placed) in placed.iter().enumerate().filter(|(n, _)| *n != winner) {
        assert_eq!(*placed, Placed::Outstanding(orders[winner].id), "order {n}");
    }
}

#[tokio::test]
async fn a_change_worked_out_from_old_values_is_not_placed() {
    let scene = Scene::new().await;
    let read = scene.existing("a", 1).await;
    let other = scene.change(&read, blocking()).await;
    scene.complete(other.id).await;
    let change = read.difference(ChangeRequest::Values(Box::new(blocking()))).unwrap();
    let order = scene.order(&read, scene.number(), Operation::Change(Box::new(change)));
    assert_eq!(scene.place(&order, &read).await.unwrap(), Placed::Changed);
    assert_eq!(scene.orders.get(order.id).await.unwrap(), None);
}

#[tokio::test]
async fn one_number_goes_to_one_of_two_tenants() {
    let scene = Scene::new().await;
    let (ours, our_order) = scene.creation("a", 1);
    let (theirs, their_order) = scene.creation("b", 1);
    assert_eq!(scene.place(&our_order, &ours).await.unwrap(), Placed::Done);
    assert_eq!(scene.place(&their_order, &theirs).await.unwrap(), Placed::SimInUse);
    let iccid = testkit::numbers::iccid(2);
    let id = SubscriptionId::new(scene.clock.now(), &iccid);
    let same_number = Subscription { id, iccid, imsi: None, ..theirs };
    let order = scene.order(&same_number, scene.number(), Operation::Create);
    assert_eq!(scene.place(&order, &same_number).await.unwrap(), Placed::MsisdnInUse);
    assert_eq!(scene.orders.get(order.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_number_is_taken_while_the_order_that_brings_it_is_under_way() {
    let scene = Scene::new().await;
    let (first, second) = (scene.existing("a", 1).await, scene.existing("b", 2).await);
    let change = scene.change(&first, new_number(9)).await;
    let rival = scene.order(&second, scene.number(), Operation::Change(Box::new(new_number(9))));
    assert_eq!(scene.place(&rival, &second).await.unwrap(), Placed::MsisdnInUse);
    scene.end(change.id, OrderStatus::Canceled).await;
    assert_eq!(scene.place(&rival, &second).await.unwrap(), Placed::Done);
}

#[tokio::test]
async fn a_canceled_creation_leaves_nothing_but_its_order() {
    let scene = Scene::new().await;
    let (subscription, order) = scene.creation("a", 1);
    scene.place(&order, &subscription).await.unwrap();
    scene.end(order.id, OrderStatus::Canceled).await;
    assert_eq!(scene.items().await, 1);
    assert_eq!(scene.subscriptions.find(&tenant("a"), &by_number(1)).await.unwrap(), None);
    let (again, order) = scene.creation("b", 1);
    assert_eq!(scene.place(&order, &again).await.unwrap(), Placed::Done);
}

#[tokio::test]
async fn a_sim_that_was_replaced_or_whose_subscription_ended_is_void_for_ever() {
    let scene = Scene::new().await;
    let subscription = scene.existing("a", 1).await;
    let swap = scene.change(&subscription, new_sim(7)).await;
    scene.complete(swap.id).await;
    let swapped = scene.found("a", 7).await;
    assert_eq!(swapped.imsi, None);
    let deletion = scene.order(&swapped, scene.number(), Operation::Delete);
    scene.place(&deletion, &swapped).await.unwrap();
    scene.complete(deletion.id).await;
    for sim in [1, 7] {
        let (again, order) = scene.creation("a", sim);
        assert_eq!(scene.place(&order, &again).await.unwrap(), Placed::SimInUse, "SIM {sim}");
        let get = scene.db.direct.get_item().table_name(&scene.db.name).consistent_read(true);
        let pk = format!("ICCID#{}", testkit::numbers::iccid(sim));
        let key = |text: String| aws_sdk_dynamodb::types::AttributeValue::S(text);
        let get = get.key("pk", key(pk)).key("sk", key("CLAIM".to_owned()));
        let item = get.send().await.unwrap().item.unwrap();
        let names: std::collections::BTreeSet<_> = item.keys().map(String::as_str).collect();
        // Nothing of the tenant, and the order that ended the SIM.
        let left = ["lastOrder", "pk", "revision", "sk", "subscription", "void"];
        assert_eq!(names, left.into(), "SIM {sim}");
    }
}

#[tokio::test]
async fn an_order_number_that_is_taken_is_found_and_nothing_is_written() {
    let scene = Scene::new().await;
    let (first, order) = scene.creation("a", 1);
    scene.place(&order, &first).await.unwrap();
    let stored = scene.items().await;
    let (second, mut same) = scene.creation("b", 2);
    same.id = order.id;
    assert_eq!(scene.place(&same, &second).await.unwrap(), Placed::NumberTaken);
    assert_eq!(scene.items().await, stored);
}

#[tokio::test]
async fn the_same_key_twice_at_once_places_one_order() {
    let scene = Scene::new().await;
    let subscription = scene.existing("a", 1).await;
    let change = || Operation::Change(Box::new(blocking()));
    let first = scene.order(&subscription, scene.number(), change());
    let second = scene.order(&subscription, scene.number(), change());
    let guard = guard("a", "key-1", "hash");
    assert_eq!(scene.place_guarded(&first, &subscription, &guard).await.unwrap(), Placed::Done);
    let again = scene.place_guarded(&second, &subscription, &guard).await.unwrap_err();
    let GuardedError::KeyUsed(used) = again else { panic!("{again:?}") };
    assert_eq!(*used, KeyUsed { request: guard.request.clone(), response: guard.response.clone() });
    let responses = DynamoResponses::new(scene.db.table.clone(), Arc::new(scene.clock.clone()));
    let key = &guard.request.key;
    assert_eq!(responses.get(&tenant("a"), key).await.unwrap(), Some(guard.response.clone()));
    assert_eq!(responses.get(&tenant("b"), key).await.unwrap(), None);
    scene.clock.advance(Duration::hours(25));
    assert_eq!(responses.get(&tenant("a"), key).await.unwrap(), None, "expired");
}

#[tokio::test]
async fn a_response_without_an_effect_is_stored_under_an_unused_key_and_no_other() {
    let scene = Scene::new().await;
    let responses = DynamoResponses::new(scene.db.table.clone(), Arc::new(scene.clock.clone()));
    let (mine, other) = (guard("a", "key-1", "hash"), guard("a", "key-1", "another hash"));
    scene.db.proxy.fail_next("TransactWriteItems", Fault::AnswerLost);
    assert_eq!(responses.put(&mine).await.unwrap(), None, "its own, though the answer was lost");
    let used = responses.put(&other).await.unwrap().expect("the key is used");
    assert!(!used.same_request());
    assert_eq!(used.response, mine.response);
    assert_eq!(responses.put(&guard("b", "key-1", "hash")).await.unwrap(), None);
    scene.clock.advance(Duration::hours(25));
    assert_eq!(responses.put(&other).await.unwrap(), None, "expired");
}

#[tokio::test]
async fn a_key_that_expired_is_new_again_even_before_it_is_deleted() {
    let scene = Scene::new().await;
    let subscription = scene.existing("a", 1).await;
    let guard = guard("a", "key-1", "hash");
    let change = || Operation::Change(Box::new(blocking()));
    let first = scene.order(&subscription, scene.number(), change());
    scene.place_guarded(&first, &subscription, &guard).await.unwrap();
    scene.complete(first.id).await;
    scene.clock.advance(Duration::hours(25));
    let subscription = scene.found("a", 1).await;
    let second = scene.order(&subscription, scene.number(), change());
    assert_eq!(scene.place_guarded(&second, &subscription, &guard).await.unwrap(), Placed::Done);
}

#[tokio::test]
async fn a_lost_answer_is_not_taken_for_a_conflict() {
    let scene = Scene::new().await;
    let subscription = scene.existing("a", 1).await;
    scene.db.proxy.fail_next("TransactWriteItems", Fault::AnswerLost);
    let order = scene.change(&subscription, blocking()).await;
    scene.db.proxy.fail_next("TransactWriteItems", Fault::AnswerLost);
    scene.complete(order.id).await;
    assert_eq!(scene.status(order.id).await, OrderStatus::Completed);
}

#[tokio::test]
async fn a_conflict_that_passes_is_retried_and_one_that_stays_is_no_409() {
    let scene = Scene::new().await;
    let subscription = scene.existing("a", 1).await;
    for _ in 0..3 {
        scene.db.proxy.fail_next("TransactWriteItems", Fault::TransactionConflict);
    }
    scene.change(&subscription, blocking()).await;
    let other = scene.existing("a", 2).await;
    for _ in 0..100 {
        scene.db.proxy.fail_next("TransactWriteItems", Fault::TransactionConflict);
    }
    let order = scene.order(&other, scene.number(), Operation::Delete);
    assert!(scene.place(&order, &other).await.unwrap_err().retryable());
}

#[tokio::test]
async fn an_order_that_ended_twice_leaves_the_next_lock_alone() {
    let scene = Scene::new().await;
    let subscription = scene.existing("a", 1).await;
    let first = scene.change(&subscription, blocking()).await;
    let (leased, lease) = scene.leased(first.id).await;
    let end = || scene.end_as(&leased, Authority::Worker(&lease), OrderStatus::Completed);
    assert_eq!(end().await.unwrap(), Ending::Done);
    let second = scene.change(&scene.found("a", 1).await, new_number(5)).await;
    assert_eq!(end().await.unwrap(), Ending::Superseded);
    assert_eq!(scene.found("a", 1).await.outstanding_order, Some(second.id));
}
