//! Many orders, of many tenants, of all kinds of work.

use std::{
    collections::BTreeSet,
    time::{Duration as StdDuration, Instant},
};

use lambda::{dispatch::Dispatch, message::BatchMessage};
use store::DynamoStock;
use testkit::{CapturedQueue, numbers};

use crate::fixture::Fixture;

/// How many orders are overdue; another number is measured with `SWEEP_ORDERS`.
fn overdue() -> u64 {
    std::env::var("SWEEP_ORDERS").map_or(250, |count| count.parse().unwrap())
}

/// A queue whose calls take a while.
struct Slow(CapturedQueue, StdDuration);

impl Dispatch for Slow {
    async fn send(&self, messages: Vec<(String, StdDuration)>) -> Vec<usize> {
        tokio::time::sleep(self.1).await;
        self.0.send(messages).await
    }
}

/// A hundred orders of a shard in a sweep, one message a call, were the limit.
#[tokio::test]
async fn all_overdue_orders_are_driven_again_and_a_small_tenant_does_not_wait_for_a_large_one() {
    let (app, count) = (Fixture::new().await, overdue());
    let placed = app.placed(1).await.to_string();
    let (since, first) = (app.due(&placed).await, 7_000_000_000_000);
    let shards: u64 = if count > 1_600 { 16 } else { 2 };
    for shard in 0..shards {
        let texts = [("tenant", "large"), ("dueShard", &*format!("DUE#{shard:02}"))];
        let ids = (first..first + count).filter(|id| id % shards == shard);
        app.db.copy_order(&placed, ids, &texts, &[("dueAt", since)]).await;
    }
    let (small, last) = (first + count, [("tenant", "small"), ("dueShard", "DUE#01")]);
    app.db.copy_order(&placed, [small], &last, &[("dueAt", since + 1_000)]).await;
    app.wait();
    let (mut sweeps, mut sent) = (0, Vec::new());
    let count = usize::try_from(count).unwrap();
    let started = Instant::now();
    while sent.len() < count + 2 && sweeps < 5 {
        assert_eq!(app.run_with(|_, queue| queue, StdDuration::from_secs(50)).await, Ok(()));
        sent.extend(Fixture::taken(app.ecc()));
        sweeps += 1;
    }
    assert!(sweeps == 1 || count > 1_600, "{sweeps} sweeps");
    println!("{} orders in {sweeps} sweeps, {:?}", sent.len(), started.elapsed());
    // In the first round of its shard, and each of the other shards may be some calls ahead.
    let position = sent.iter().position(|id| *id == small.to_string()).unwrap();
    assert!(position < count / 3, "{position}");
    let ids: BTreeSet<String> = sent.iter().cloned().collect();
    assert_eq!((ids.len(), sent.len()), (count + 2, count + 2), "each of them once");
    assert!(app.ecc().calls() <= count / 10 + 32, "{} calls", app.ecc().calls());
}

#[tokio::test]
async fn no_kind_of_work_waits_for_another() {
    let app = Fixture::new().await;
    let placed = app.placed(1).await.to_string();
    let due = [("dueAt", app.due(&placed).await)];
    app.db.copy_order(&placed, 1..=300, &[("dueShard", "DUE#03")], &due).await;
    app.delivery().await;
    app.batch().await;
    app.wait();
    let slow = StdDuration::from_secs(1);
    let queue = |kind: Option<_>, to| Slow(to, kind.map_or(StdDuration::ZERO, |_| slow));
    // Two seconds of it are the margin: there is time for a handful of calls.
    // A busy machine may not end the last of them in time.
    let _ = app.run_with(queue, StdDuration::from_secs(10)).await;
    assert!(app.ecc().len() < 300, "the orders took all the time");
    assert_eq!((app.deliveries.len(), app.batches.len()), (1, 1));
    let mut sent: BTreeSet<String> = Fixture::taken(app.ecc()).into_iter().collect();
    assert_eq!(app.run().await, Ok(()));
    sent.extend(Fixture::taken(app.ecc()));
    assert_eq!(sent.len(), 301, "none is lost");
}

#[tokio::test]
async fn batches_take_turns_and_one_that_cannot_be_read_stops_none() {
    let app = Fixture::new().await;
    let mut ids = BTreeSet::new();
    for n in 0..30 {
        let batch = app.batch_of(if n % 2 == 0 { "a" } else { "b" }).await;
        let key = format!("BATCH#{batch}");
        app.db.set_text_of((&key, "BATCH"), "dueShard", "BATCHES#05").await;
        if n == 0 {
            app.db.set_text_of((&key, "BATCH"), "size", "none").await;
        }
        if n > 0 {
            ids.insert(batch);
        }
    }
    app.wait();
    assert_eq!(app.run().await, Ok(()));
    assert!(app.batches.calls() <= 4, "ten in a call");
    let sent = app.batches.messages::<BatchMessage>();
    assert_eq!(sent.iter().map(|batch| batch.batch_id).collect::<BTreeSet<_>>(), ids);
    assert_eq!(app.run().await, Ok(()));
    assert!(app.batches.is_empty());
}

#[tokio::test]
async fn an_order_that_awaits_stock_is_supplied_behind_any_number_of_other_cases() {
    let app = Fixture::new().await;
    let placed = app.placed(1).await.to_string();
    let since = app.due(&placed).await;
    let marked = [
        ("dueShard", "INTERVENTION#03"),
        ("needsInterventionWhy", "nobody knows"),
        ("awaitedStock", "consumer"),
    ];
    let at = |at: i64| [("dueAt", at), ("needsInterventionSince", at)];
    app.db.copy_order(&placed, 1..=1_200, &marked[..2], &at(since - 10_000)).await;
    let misnamed = [marked[0], marked[1], ("awaitedStock", "no type, and no name of one")];
    app.db.copy_order(&placed, [7_776], &misnamed, &at(since)).await;
    app.db.copy_order(&placed, [7_777], &marked, &at(since)).await;
    app.wait();
    let stock = DynamoStock::new(app.db.table.clone());
    stock.import(&"consumer".parse().unwrap(), &[numbers::iccid(9)]).await.unwrap();
    assert_eq!(app.run().await, Ok(()));
    assert_eq!(Fixture::taken(app.ecc()), [placed.clone(), "7777".to_owned()]);
}
