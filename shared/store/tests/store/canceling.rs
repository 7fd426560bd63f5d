//! Orders that their client cancels.

use domain::{
    clock::Clock,
    idempotency::Idempotency,
    provisioning::{OrderNumber, OrderStatus, ProvisioningOrder},
};
use store::{Authority, CancelOrderError, CanceledOrder, Leased};
use testkit::Fault;
use time::Duration;

use crate::scene::{Ending, LEASE, Scene, blocking, by_number, by_sim, guard, new_number, tenant};

type Cancelled = Result<CanceledOrder<ProvisioningOrder>, CancelOrderError<OrderStatus>>;

async fn cancel(scene: &Scene, of: &str, id: OrderNumber) -> Cancelled {
    scene.work.cancel(&tenant(of), id, &(), None, scene.clock.now()).await
}

async fn is_stored(scene: &Scene, order: &ProvisioningOrder) -> bool {
    scene.orders.get(order.id).await.unwrap().as_ref() == Some(order)
}

#[tokio::test]
async fn a_cancelled_creation_leaves_nothing_but_the_order() {
    let scene = Scene::new().await;
    let (subscription, order) = scene.creation("a", 1);
    scene.place(&order, &subscription).await.unwrap();
    let canceled = cancel(&scene, "a", order.id).await.unwrap();
    assert!(canceled.is_new && is_stored(&scene, &canceled.order).await);
    assert_eq!(canceled.order.status, OrderStatus::Canceled);
    assert_eq!(scene.items().await, 1);
    let pending = scene.publisher.pending(&order.id.to_string()).await.unwrap().unwrap();
    assert_eq!(pending.changes.len(), 2, "placed and canceled");
    // Its numbers are free.
    let (again, order) = scene.creation("b", 1);
    scene.place(&order, &again).await.unwrap();
}

#[tokio::test]
async fn a_cancelled_change_leaves_the_subscription_as_it_was_and_frees_the_new_number() {
    let scene = Scene::new().await;
    let before = scene.existing("a", 1).await;
    let order = scene.change(&before, new_number(2)).await;
    cancel(&scene, "a", order.id).await.unwrap();
    let after = scene.found("a", 1).await;
    assert_eq!((after.msisdn, after.outstanding_order), (before.msisdn, None));
    assert!(scene.subscriptions.find(&tenant("a"), &by_number(2)).await.unwrap().is_none());
    let (other, order) = scene.creation("b", 2);
    scene.place(&order, &other).await.unwrap();
    assert!(scene.subscriptions.find(&tenant("b"), &by_sim(2)).await.unwrap().is_some());
}

#[tokio::test]
async fn a_cancellation_is_repeated_without_a_write_and_refused_to_others() {
    let scene = Scene::new().await;
    let order = scene.change(&scene.existing("a", 1).await, blocking()).await;
    let foreign = cancel(&scene, "b", order.id).await;
    assert!(matches!(foreign, Err(CancelOrderError::NotFound)), "{foreign:?}");
    // The response to the transaction is lost, and the SDK sends it again.
    scene.db.proxy.fail_next("TransactWriteItems", Fault::AnswerLost);
    assert!(cancel(&scene, "a", order.id).await.unwrap().is_new);
    scene.db.proxy.take_calls();
    let again = cancel(&scene, "a", order.id).await.unwrap();
    assert_eq!(scene.db.proxy.take_calls(), ["GetItem"]);
    assert!(!again.is_new && is_stored(&scene, &again.order).await);
    let leased = scene.work.lease(order.id, "w".to_owned(), LEASE, scene.clock.now()).await;
    assert_eq!(leased.unwrap(), Leased::Ended);
    let unknown = cancel(&scene, "a", scene.number()).await;
    assert!(matches!(unknown, Err(CancelOrderError::NotFound)), "{unknown:?}");
}

#[tokio::test]
async fn an_order_that_a_worker_has_taken_is_not_cancelled_whatever_became_of_the_worker() {
    let scene = Scene::new().await;
    let order = scene.change(&scene.existing("a", 1).await, blocking()).await;
    let (held, lease) = scene.leased(order.id).await;
    let refused = |cancelled: Cancelled| match cancelled {
        Err(CancelOrderError::TooLate { status, has_ended }) => (status, has_ended),
        other => panic!("{other:?}"),
    };
    let open = (OrderStatus::Provisioning, false);
    assert_eq!(refused(cancel(&scene, "a", order.id).await), open);
    scene.clock.advance(LEASE + Duration::SECOND);
    assert_eq!(refused(cancel(&scene, "a", order.id).await), open, "its lease is over");
    scene.work.release_lease(&held, &lease, &(), scene.clock.now()).await.unwrap();
    assert_eq!(refused(cancel(&scene, "a", order.id).await), open, "it released it");
    scene.end(order.id, OrderStatus::Canceled).await;
    let ended = (OrderStatus::Canceled, true);
    assert_eq!(refused(cancel(&scene, "a", order.id).await), ended, "by the network");
}

#[tokio::test]
async fn of_a_cancellation_and_a_lease_at_once_one_is_done() {
    let scene = Scene::new().await;
    let (mut canceled, mut begun) = (0, 0);
    for n in 1..=64 {
        let (subscription, order) = scene.creation("a", n);
        scene.place(&order, &subscription).await.unwrap();
        let now = scene.clock.now();
        let lease = scene.work.lease(order.id, format!("w{n}"), LEASE, now);
        let (cancelled, leased) = match n % 2 {
            0 => tokio::join!(cancel(&scene, "a", order.id), lease),
            _ => {
                let (leased, cancelled) = tokio::join!(lease, cancel(&scene, "a", order.id));
                (cancelled, leased)
            }
        };
        match (cancelled, leased.unwrap()) {
            (Ok(_), Leased::Ended) => {
                canceled += 1;
                let left = scene.subscriptions.find(&tenant("a"), &by_sim(n)).await.unwrap();
                assert_eq!(left, None, "{n}");
            }
            (Err(CancelOrderError::TooLate { .. }), Leased::Mine(order, lease)) => {
                begun += 1;
                let by = Authority::Worker(&lease);
                let ended = scene.end_as(&order, by, OrderStatus::Completed).await.unwrap();
                assert_eq!(ended, Ending::Done, "{n}");
                assert_eq!(scene.found("a", n).await.outstanding_order, None);
            }
            both => panic!("{n}: {both:?}"),
        }
    }
    println!("{canceled} canceled, {begun} begun");
    assert_eq!(canceled + begun, 64);
}

#[tokio::test]
async fn the_response_to_a_cancellation_is_stored_with_it() {
    let scene = Scene::new().await;
    let order = scene.change(&scene.existing("a", 1).await, blocking()).await;
    let stored = guard("a", "key", "cancel");
    let respond = |order: &ProvisioningOrder| {
        assert_eq!(order.status, OrderStatus::Canceled);
        Ok(stored.response.clone())
    };
    let key = Idempotency::new(tenant("a"), stored.request.clone(), respond);
    let now = scene.clock.now();
    let canceled = scene.work.cancel(&tenant("a"), order.id, &(), Some(&key), now).await;
    assert!(canceled.unwrap().is_new);
    let other = scene.change(&scene.existing("a", 2).await, blocking()).await;
    let used = scene.work.cancel(&tenant("a"), other.id, &(), Some(&key), now).await;
    assert!(matches!(used, Err(CancelOrderError::KeyUsed(_))), "{used:?}");
    assert_eq!(scene.status(other.id).await, OrderStatus::Provisioning);
}
