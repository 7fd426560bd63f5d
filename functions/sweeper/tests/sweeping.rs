//! The function in process, on a real engine, with queues that the test looks into.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without stops it")]

#[path = "sweeping/bound.rs"]
mod bound;
#[path = "sweeping/fairness.rs"]
mod fairness;
#[path = "sweeping/fixture.rs"]
mod fixture;

use std::time::Duration as StdDuration;

use domain::{clock::Clock, order::OrderKind, provisioning::OrderStatus};
use lambda::{
    message::{BatchMessage, DeliveryMessage, OrderMessage},
    scheduled::RunFailed,
};
use store::{DynamoStock, DynamoWatchdog};
use testkit::{CapturedQueue, Fault, end_order, numbers};

use fixture::{Fixture, WATCH};

#[tokio::test]
async fn an_overdue_order_is_sent_again_and_then_given_its_time() {
    let app = Fixture::new().await;
    let order = app.placed(1).await.to_string();
    assert_eq!(app.run().await, Ok(()));
    assert!(app.ecc().is_empty() && app.events.is_empty(), "not due yet");
    app.wait();
    assert_eq!(app.run().await, Ok(()));
    assert_eq!(Fixture::taken(app.ecc()), std::slice::from_ref(&order));
    assert_eq!(Fixture::taken(&app.events), std::slice::from_ref(&order));
    assert_eq!(app.run().await, Ok(()));
    assert!(app.ecc().is_empty() && app.events.is_empty(), "a second run sends nothing");
    app.wait();
    assert_eq!(app.run().await, Ok(()));
    assert_eq!(Fixture::taken(app.ecc()), [order]);
    assert!(app.work[&OrderKind::Carrier].is_empty() && app.work[&OrderKind::Esim].is_empty());
}

#[tokio::test]
async fn an_order_is_rescheduled_only_after_its_messages_were_taken() {
    let app = Fixture::new().await;
    let order = app.placed(1).await.to_string();
    let due = app.db.attribute(&order, "dueAt").await;
    app.wait();
    for refusing in [app.ecc(), &app.events] {
        refusing.refuse("");
        assert_eq!(app.run().await, Ok(()));
        assert_eq!(app.db.attribute(&order, "dueAt").await, due, "still overdue");
        refusing.accept();
    }
    app.ecc().take();
    assert_eq!(app.run().await, Ok(()));
    assert_eq!(Fixture::taken(app.ecc()), std::slice::from_ref(&order));
    assert_eq!(Fixture::taken(&app.events), std::slice::from_ref(&order));
    let again = (app.clock.now() + WATCH).unix_timestamp() * 1_000;
    assert_eq!(app.db.attribute(&order, "dueAt").await, Some(again.to_string()));
}

#[tokio::test]
async fn an_order_whose_queue_refuses_keeps_no_other_from_being_sent() {
    let app = Fixture::new().await;
    let mut orders = Vec::new();
    for n in 1..=5 {
        orders.push(app.placed(n).await.to_string());
    }
    app.wait();
    app.ecc().refuse(&orders[2]);
    assert_eq!(app.run().await, Ok(()));
    let refused = orders.remove(2);
    let mut sent = Fixture::taken(app.ecc());
    sent.sort();
    assert_eq!(sent, orders);
    app.ecc().accept();
    assert_eq!(app.run().await, Ok(()));
    assert_eq!(Fixture::taken(app.ecc()), [refused]);
}

#[tokio::test]
async fn an_order_that_cannot_be_read_keeps_no_other_from_being_sent() {
    let app = Fixture::new().await;
    let mut orders = Vec::new();
    for n in 1..=12 {
        orders.push(app.placed(n).await.to_string());
    }
    // The oldest of its shard.
    let broken = orders.remove(0);
    app.db.corrupt(&broken).await;
    let shard = app.db.attribute(&broken, "dueShard").await.unwrap();
    for order in &orders {
        app.db.set_text(order, "dueShard", &shard).await;
    }
    let (endpoint, batch) = (app.delivery().await, app.batch().await);
    app.wait();
    assert_eq!(app.run().await, Ok(()));
    let mut sent = Fixture::taken(app.ecc());
    orders.sort();
    sent.sort();
    assert_eq!(sent, orders);
    let deliveries = app.deliveries.messages::<DeliveryMessage>();
    assert_eq!(deliveries.len(), 1);
    assert_eq!(deliveries[0].endpoint_id, endpoint);
    assert_eq!(app.batches.messages::<BatchMessage>()[0].batch_id, batch);
}

#[tokio::test]
async fn a_shard_that_cannot_be_read_keeps_no_other_from_being_sent() {
    let app = Fixture::new().await;
    let (here, there) = (app.placed(1).await.to_string(), app.placed(2).await.to_string());
    app.db.set_text(&here, "dueShard", "DUE#03").await;
    app.db.set_text(&there, "dueShard", "DUE#04").await;
    let (endpoint, batch) = (app.delivery().await, app.batch().await);
    app.wait();
    app.db.proxy.fail_next_about("Query", "\"DUE#03\"", Fault::Refused);
    assert_eq!(app.run().await, Err(RunFailed), "the run is seen to fail");
    assert_eq!(Fixture::taken(app.ecc()), [there]);
    let deliveries = app.deliveries.messages::<DeliveryMessage>();
    assert_eq!(deliveries[0].endpoint_id, endpoint);
    assert_eq!(app.batches.messages::<BatchMessage>()[0].batch_id, batch);
    assert_eq!(app.run().await, Ok(()));
    assert_eq!(Fixture::taken(app.ecc()), [here]);
}

#[tokio::test]
async fn the_worker_is_called_before_the_fanout() {
    let mut app = Fixture::new().await;
    let all = CapturedQueue::default();
    app.work.insert(OrderKind::Ecc, all.clone());
    app.events = all.clone();
    app.placed(1).await;
    app.wait();
    assert_eq!(app.run().await, Ok(()));
    let sent = all.take();
    assert_eq!(sent.len(), 2);
    let order = sent[0].message::<OrderMessage>();
    assert_eq!(sent[1].message::<OrderMessage>(), order);
    assert!(sent.iter().all(|sent| sent.delay == StdDuration::ZERO));
}

#[tokio::test]
async fn deliveries_and_batches_are_rescheduled_only_after_their_messages_were_taken() {
    let app = Fixture::new().await;
    app.delivery().await;
    app.batch().await;
    app.wait();
    app.deliveries.refuse("");
    app.batches.refuse("");
    assert_eq!(app.run().await, Ok(()));
    app.deliveries.accept();
    app.batches.accept();
    assert_eq!(app.run().await, Ok(()));
    assert_eq!((app.deliveries.take().len(), app.batches.take().len()), (1, 1));
    assert_eq!(app.run().await, Ok(()));
    assert!(app.deliveries.is_empty() && app.batches.is_empty());
}

#[tokio::test]
async fn an_order_without_work_is_sent_to_the_fanout_alone_until_all_is_published() {
    let app = Fixture::new().await;
    let order = app.placed(1).await;
    let id = order.to_string();
    end_order(&app.db.table, order, OrderStatus::Completed, None, app.clock.now()).await;
    app.wait();
    assert_eq!(app.run().await, Ok(()));
    assert_eq!(Fixture::taken(&app.events), std::slice::from_ref(&id));
    assert!(app.ecc().is_empty());
    app.publish(order).await;
    app.wait();
    assert_eq!(app.run().await, Ok(()));
    assert!(app.ecc().is_empty() && app.events.is_empty());
    assert_eq!(app.db.attribute(&id, "dueAt").await, None, "the watchdog is cleared");
}

#[tokio::test]
async fn an_order_that_needs_intervention_is_not_sent() {
    let app = Fixture::new().await;
    let order = app.placed(1).await.to_string();
    let watchdog = DynamoWatchdog::new(app.db.table.clone());
    let open = watchdog.get(&order).await.unwrap().unwrap();
    let now = app.clock.now();
    assert!(watchdog.mark_needs_intervention(&open, "a dead letter", now).await.unwrap());
    app.wait();
    assert_eq!(app.run().await, Ok(()));
    assert!(app.ecc().is_empty() && app.events.is_empty());
}

#[tokio::test]
async fn an_order_of_a_kind_without_a_queue_stays_overdue_and_stops_nothing() {
    let mut app = Fixture::new().await;
    app.work.remove(&OrderKind::Ecc);
    let order = app.placed(1).await.to_string();
    let due = app.db.attribute(&order, "dueAt").await;
    app.batch().await;
    app.wait();
    assert_eq!(app.run().await, Ok(()));
    assert_eq!(app.db.attribute(&order, "dueAt").await, due);
    assert_eq!(app.batches.len(), 1);
}

#[tokio::test]
async fn an_order_that_awaits_stock_is_sent_as_soon_as_the_pool_has_some() {
    let app = Fixture::new().await;
    let (waiting, other) = (app.placed(1).await.to_string(), app.placed(2).await.to_string());
    app.db.set_text(&waiting, "awaitedStock", "consumer").await;
    app.db.set_text(&other, "awaitedStock", "tablet").await;
    let watchdog = DynamoWatchdog::new(app.db.table.clone());
    for order in [&waiting, &other] {
        let open = watchdog.get(order).await.unwrap().unwrap();
        let now = app.clock.now();
        assert!(watchdog.mark_needs_intervention(&open, "no profile", now).await.unwrap());
    }
    assert_eq!(app.run().await, Ok(()));
    assert!(app.ecc().is_empty());
    let stock = DynamoStock::new(app.db.table.clone());
    stock.import(&"consumer".parse().unwrap(), &[numbers::iccid(9)]).await.unwrap();
    assert_eq!(app.run().await, Ok(()));
    assert_eq!(Fixture::taken(app.ecc()), [waiting]);
}
