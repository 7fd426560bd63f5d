//! Deliveries that are not stored before their first attempts.

use std::time::Duration as StdDuration;

use domain::{
    clock::Clock,
    order::OrderKind,
    webhook::{Delivery, DeliveryState, Endpoint, Health, Payload},
};
use lambda::{
    message::{DeliveryMessage, FirstDelivery, StatusMessage},
    sqs_batch,
};
use time::Duration;

use crate::{Behaviour, Scene};

impl Scene {
    /// Sends a message that says all of a delivery, as the fan-out does.
    fn first(&self, to: &Endpoint, order: &str, sequence: u64) -> DeliveryMessage {
        let now = self.clock.now();
        let status = if sequence == 1 { "PROVISIONING" } else { "COMPLETED" }.to_owned();
        let payload = Payload::order(OrderKind::Ecc, order, &status, sequence, now).unwrap();
        let delivery = Delivery::planned(payload.id().clone(), to.id.clone(), now);
        let change = StatusMessage { kind: OrderKind::Ecc, status, sequence, at: now };
        let message = DeliveryMessage {
            after: (sequence > 1).then(|| sequence - 1),
            first: Some(FirstDelivery { change, index: 0, created_at: now }),
            ..DeliveryMessage::of(&delivery, &to.tenant, "c-1")
        };
        let queued = std::cmp::Reverse((now, message.to_body(), 1));
        self.messages.lock().unwrap().push(queued);
        message
    }
}

#[tokio::test]
async fn a_first_attempt_at_a_receiver_that_is_well_takes_three_calls_of_the_table() {
    let scene = Scene::new(|_, _| 200).await;
    let to = scene.endpoint("well").await;
    for sequence in [1, 2] {
        let message = scene.first(&to, "1", sequence);
        scene.db.proxy.take_calls();
        assert_eq!(scene.receive(&message.to_body(), 1).await, sqs_batch::Outcome::Done);
        let calls = scene.db.proxy.take_calls();
        assert_eq!(calls, ["BatchGetItem", "PutItem", "UpdateItem"], "{sequence}");
        let stored = scene.stored(&message).await;
        assert!(matches!(stored.delivery.state, DeliveryState::Delivered { .. }), "{stored:?}");
        assert_eq!((stored.attempts.len(), stored.leased_until), (1, None));
    }
    let stored = scene.stored(&scene.first(&to, "1", 2)).await;
    let body: serde_json::Value = serde_json::from_str(&stored.body).unwrap();
    let expected = serde_json::json!({
        "type": "order.completed", "timestamp": "2026-11-21T12:00:00.000Z",
        "data": { "kind": "ecc", "orderId": "1", "status": "COMPLETED", "sequence": 2 },
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn first_attempts_arrive_once_and_in_order_though_the_queue_repeats() {
    let scene = Scene::new(|_, _| 204).await;
    let to = scene.endpoint("well").await;
    for order in 0..8 {
        for sequence in [2, 1] {
            scene.first(&to, &format!("10{order}"), sequence);
        }
    }
    scene.pass(Duration::minutes(2), Duration::MINUTE).await;
    scene.both_states_of_eight_orders_arrived_once_in_order();
    assert_eq!(scene.read(&to).await.health, Health::default());
    assert_eq!(scene.messages.lock().unwrap().len(), 0, "no message is left");
}

#[tokio::test]
async fn one_first_attempt_is_in_flight_for_an_endpoint_and_an_order() {
    let mut scene = Scene::new(|_, _| 200).await;
    scene.receivers.takes = StdDuration::from_millis(50);
    let to = scene.endpoint("well").await;
    let messages: Vec<_> =
        [1, 2, 3].into_iter().map(|n| scene.first(&to, "1", n).to_body()).collect();
    scene.messages.lock().unwrap().clear();
    for _ in 0..6 {
        let all = messages.iter().cycle().take(9).map(|body| scene.receive(body, 1));
        futures::future::join_all(all).await;
    }
    let at_once = scene.receivers.at_once.lock().unwrap().clone();
    assert!(at_once.values().all(|(_, most)| *most == 1), "{at_once:?}");
    assert_eq!(scene.attempts("well").len(), 3);
}

#[tokio::test]
async fn senders_that_die_during_first_attempts_lose_nothing() {
    let down: Behaviour = |_, at| if at < Duration::minutes(4) { 500 } else { 200 };
    let well: Behaviour = |_, _| 200;
    for behaviour in [down, well] {
        let scene = Scene::new(behaviour).await;
        let to = scene.endpoint("well").await;
        let mut all = Vec::new();
        for order in 0..6 {
            for sequence in 1..=2 {
                all.push(scene.first(&to, &order.to_string(), sequence));
            }
        }
        // From before the first call of the table to after the last.
        *scene.lives.lock().unwrap() =
            (0..12).map(|n| StdDuration::from_micros(600 * (n * 7 % 12))).collect();
        scene.pass(Duration::minutes(20), Duration::MINUTE).await;
        scene.pass(Duration::hours(8), Duration::minutes(20)).await;
        scene.all_died_and_all_is_delivered(&all).await;
    }
}

/// What has happened to an order's deliveries besides first attempts that succeeded makes those
/// after it hold slots.
#[tokio::test]
async fn after_a_failure_the_next_delivery_of_the_order_holds_a_slot() {
    let recovers = |_: &str, at: Duration| if at < Duration::SECOND { 500 } else { 200 };
    let scene = Scene::new(recovers).await;
    let (to, other) = (scene.endpoint("well").await, "2");
    scene.first(&to, "1", 1);
    scene.pass(Duration::MILLISECOND, Duration::MINUTE).await;
    scene.clock.advance(Duration::seconds(2));
    scene.first(&to, other, 1);
    scene.pass(Duration::MILLISECOND, Duration::MINUTE).await;
    assert_eq!(scene.read(&to).await.health, Health::default(), "well again");
    let message = scene.first(&to, "1", 2);
    scene.db.proxy.take_calls();
    scene.receive(&message.to_body(), 1).await;
    let calls = scene.db.proxy.take_calls();
    assert_eq!(calls[..2], ["BatchGetItem", "PutItem"], "read, stored to wait");
    assert_eq!(calls.iter().filter(|call| *call == "UpdateItem").count(), 3, "{calls:?}");
    let stored = scene.stored(&message).await;
    assert!(matches!(stored.delivery.state, DeliveryState::Delivered { .. }), "{stored:?}");
}

#[tokio::test]
async fn a_message_that_is_not_fresh_holds_a_slot() {
    let scene = Scene::new(|_, _| 200).await;
    let to = scene.endpoint("well").await;
    let message = scene.first(&to, "1", 1);
    scene.clock.advance(Duration::seconds(4));
    scene.db.proxy.take_calls();
    scene.receive(&message.to_body(), 1).await;
    let calls = scene.db.proxy.take_calls();
    let expected = ["PutItem", "Query", "UpdateItem", "GetItem", "UpdateItem", "UpdateItem"];
    assert_eq!(calls, expected);
}
