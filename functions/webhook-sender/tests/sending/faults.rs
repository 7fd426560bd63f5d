//! Two messages for one attempt, senders that die, and the calls of one that does not.

use std::{cmp::Reverse, time::Duration as StdDuration};

use domain::webhook::DeliveryState;
use lambda::{message::DeliveryMessage, sqs_batch};
use time::Duration;

use crate::Scene;

impl Scene {
    /// Every sender died that was to die, and nothing was lost.
    pub(crate) async fn all_died_and_all_is_delivered(&self, all: &[DeliveryMessage]) {
        assert_eq!(self.lives.lock().unwrap().len(), 0, "all of them died");
        for message in all {
            let stored = self.stored(message).await;
            assert!(matches!(stored.delivery.state, DeliveryState::Delivered { .. }), "{stored:?}");
        }
        assert_eq!(self.messages.lock().unwrap().len(), 0, "no message is left");
    }
}

#[tokio::test]
async fn at_most_one_delivery_is_in_flight_for_an_endpoint_and_an_order() {
    let mut scene = Scene::new(|_, _| 200).await;
    scene.receivers.takes = StdDuration::from_millis(50);
    let to = scene.endpoint("slow").await;
    let mut messages = Vec::new();
    for sequence in [1, 2, 3] {
        messages.push(scene.plan(&to, "1", sequence).await.to_body());
    }
    scene.messages.lock().unwrap().clear();
    // As repeated messages do, past the receives in which each lets the one before go first.
    for _ in 0..6 {
        let all = messages.iter().cycle().take(9).map(|body| scene.receive(body, 5));
        futures::future::join_all(all).await;
    }
    // Whoever released the slot dispatched what waited for it.
    for _ in 0..6 {
        let sent = std::mem::take(&mut *scene.messages.lock().unwrap()).into_vec();
        let all = sent.iter().map(|Reverse((_, body, _))| scene.receive(body, 5));
        futures::future::join_all(all).await;
    }
    let at_once = scene.receivers.at_once.lock().unwrap().clone();
    assert!(at_once.values().all(|(_, most)| *most == 1), "{at_once:?}");
    assert_eq!(scene.attempts("slow").len(), 3);
}

#[tokio::test]
async fn two_messages_for_one_attempt_at_the_same_time_post_it_once() {
    let mut scene = Scene::new(|_, _| 200).await;
    scene.receivers.takes = StdDuration::from_millis(100);
    let to = scene.endpoint("well").await;
    let message = scene.plan(&to, "1", 1).await;
    scene.messages.lock().unwrap().clear();
    let body = message.to_body();
    // The second has read what it needs to know of its receiver before the first is done, and
    // gets its turn right after it.
    let second = async {
        tokio::time::sleep(StdDuration::from_millis(20)).await;
        for receives in 1..=3 {
            if scene.receive(&body, receives).await == sqs_batch::Outcome::Done {
                return;
            }
            tokio::time::sleep(StdDuration::from_millis(60)).await;
        }
    };
    futures::future::join(scene.receive(&body, 1), second).await;
    assert_eq!(scene.attempts("well").len(), 1);
    assert_eq!(scene.stored(&message).await.attempts.len(), 1);
}

#[tokio::test]
async fn senders_that_die_anywhere_lose_nothing() {
    let down = |_: &str, at: Duration| if at < Duration::minutes(4) { 500 } else { 200 };
    let scene = Scene::new(down).await;
    let to = scene.endpoint("well").await;
    let mut all = Vec::new();
    for order in 0..6 {
        for sequence in 1..=2 {
            all.push(scene.plan(&to, &order.to_string(), sequence).await);
        }
    }
    // From before the first call of the table to after the last.
    *scene.lives.lock().unwrap() =
        (0..60).map(|n| StdDuration::from_micros(300 * (n * 37 % 60))).collect();
    scene.pass(Duration::minutes(20), Duration::MINUTE).await;
    scene.pass(Duration::hours(8), Duration::minutes(20)).await;
    scene.all_died_and_all_is_delivered(&all).await;
}

#[tokio::test]
async fn a_delivery_whose_slot_is_free_takes_five_calls_of_the_table() {
    let scene = Scene::new(|_, _| 200).await;
    let to = scene.endpoint("well").await;
    let message = scene.plan(&to, "1", 1).await;
    scene.db.proxy.take_calls();
    scene.receive(&message.to_body(), 1).await;
    // Receiver; acquire; delivery; result; release.
    let calls = scene.db.proxy.take_calls();
    assert_eq!(calls, ["Query", "UpdateItem", "GetItem", "UpdateItem", "UpdateItem"]);
}
