//! First attempts, of deliveries that are not stored before.

use domain::{
    clock::Clock,
    webhook::{Endpoint, LoggedAttempt, Outcome},
};
use store::{Begun, DynamoDeliveries, DynamoEndpoints, DynamoSending, Predecessor, StoredDelivery};
use testkit::Fault;
use time::Duration;

use crate::{
    deliveries::{failed, planned},
    endpoints::endpoint,
    scene::{Scene, WATCH},
};

const LEASE: Duration = Duration::seconds(40);

struct First {
    scene: Scene,
    sending: DynamoSending,
    to: Endpoint,
}

impl First {
    async fn new() -> Self {
        let scene = Scene::new().await;
        let (table, to) = (&scene.db.table, endpoint(&scene, "a"));
        DynamoEndpoints::new(table.clone()).add(&to).await.unwrap();
        Self { sending: DynamoSending::new(table.clone()), scene, to }
    }

    async fn begin(&self, delivery: &StoredDelivery, owner: &str) -> Begun {
        let now = self.scene.clock.now();
        self.sending.begin(delivery, owner, now + LEASE, now).await.unwrap()
    }

    async fn deliver(&self, delivery: &StoredDelivery) {
        assert_eq!(self.begin(delivery, "one").await, Begun::Mine);
        let (_, log) = failed(&self.scene, delivery);
        let log = LoggedAttempt { result: domain::webhook::AttemptResult::Answered(200), ..log };
        let (attempt, now) = (delivery.delivery.attempt, self.scene.clock.now());
        let after = delivery.delivery.finished(attempt, &Outcome::Delivered, now, 0).unwrap();
        assert!(self.sending.finish_first(delivery, &after, &log, None).await.unwrap());
    }

    async fn before(&self, delivery: &StoredDelivery) -> Predecessor {
        let names = (&self.to.id, 0);
        let message = &delivery.delivery.message;
        let read = self.sending.before_first(&self.to.tenant, names, Some(message)).await.unwrap();
        assert_eq!(read.0.as_ref(), Some(&self.to));
        read.1
    }
}

#[tokio::test]
async fn a_first_attempt_is_begun_once_though_the_response_is_lost() {
    let first = First::new().await;
    let delivery = planned(&first.scene, &first.to, 1);
    first.scene.db.proxy.fail_next("PutItem", Fault::AnswerLost);
    assert_eq!(first.begin(&delivery, "one").await, Begun::Mine);
    assert_eq!(first.begin(&delivery, "two").await, Begun::Held);
    first.scene.clock.advance(LEASE + Duration::SECOND);
    assert_eq!(first.begin(&delivery, "two").await, Begun::Waits);
    let other = planned(&first.scene, &first.to, 2);
    first.deliver(&other).await;
    assert_eq!(first.begin(&other, "two").await, Begun::Ended);
}

#[tokio::test]
async fn only_first_attempts_that_arrive_settle_their_deliveries() {
    let first = First::new().await;
    let now = first.scene.clock.now();
    let deliveries = DynamoDeliveries::new(first.scene.db.table.clone());
    let delivery = planned(&first.scene, &first.to, 1);
    assert_eq!(first.before(&delivery).await, Predecessor::Pending, "its message is in the queue");
    first.deliver(&delivery).await;
    assert_eq!(first.before(&delivery).await, Predecessor::Settled);
    let message = &delivery.delivery.message;
    let read = first.sending.get(&first.to.id, message).await.unwrap().unwrap();
    let replayed = read.delivery.replayed(now);
    assert!(deliveries.replay(&read, &replayed, now + WATCH).await.unwrap());
    assert_eq!(first.before(&delivery).await, Predecessor::Unsettled, "it is sent again");
    let delivery = planned(&first.scene, &first.to, 2);
    assert_eq!(first.begin(&delivery, "one").await, Begun::Mine);
    assert_eq!(first.before(&delivery).await, Predecessor::Pending, "its attempt is in flight");
    let (after, log) = failed(&first.scene, &delivery);
    assert!(first.sending.finish_first(&delivery, &after, &log, None).await.unwrap());
    assert_eq!(first.before(&delivery).await, Predecessor::Unsettled, "it waits");
    let delivery = planned(&first.scene, &first.to, 3);
    first.sending.plan(&delivery, now + WATCH).await.unwrap();
    assert_eq!(first.before(&delivery).await, Predecessor::Pending, "it was never attempted");
}

#[tokio::test]
async fn an_index_that_another_endpoint_has_by_now_names_none() {
    let first = First::new().await;
    let gone = endpoint(&first.scene, "a");
    let names = (&gone.id, 0);
    let read = first.sending.before_first(&gone.tenant, names, None).await.unwrap();
    assert_eq!(read, (None, Predecessor::Settled));
}

#[tokio::test]
async fn first_attempts_that_last_share_the_slots_of_their_receiver() {
    let first = First::new().await;
    let now = first.scene.clock.now();
    let message = planned(&first.scene, &first.to, 1).delivery.message;
    let names = (&first.to.id, &message);
    let mut held = Vec::new();
    for owner in ["one", "two", "three", "four"] {
        let slots = first.sending.acquire_any(names, owner, LEASE, now).await.unwrap();
        held.extend(slots);
    }
    assert_eq!(held.len(), 3, "its own slot, and the next two");
    first.sending.release(&held[1]).await.unwrap();
    assert!(first.sending.acquire_any(names, "five", LEASE, now).await.unwrap().is_some());
}
