//! How much a sweep does at once.

use std::time::Duration as StdDuration;

use lambda::dispatch::Dispatch;
use store::DynamoStock;
use sweeper::MOST_CALLS;
use testkit::{CapturedQueue, Gauge, numbers};

use crate::fixture::Fixture;

/// A queue whose calls take a while and are counted.
struct Counted(CapturedQueue, Gauge, StdDuration);

impl Dispatch for Counted {
    async fn send(&self, messages: Vec<(String, StdDuration)>) -> Vec<usize> {
        let _entered = self.1.enter();
        tokio::time::sleep(self.2).await;
        self.0.send(messages).await
    }
}

const SHARDS: u64 = 16;

/// Overdue orders in every shard, six each. Returns their count.
async fn orders_everywhere(app: &Fixture) -> usize {
    let placed = app.placed(1).await.to_string();
    let due = [("dueAt", app.due(&placed).await)];
    for shard in 0..SHARDS {
        let ids = (1..=6).map(|n| 7_000_000_000_000 + n * SHARDS + shard);
        let texts = [("dueShard", &*format!("DUE#{shard:02}"))];
        app.db.copy_order(&placed, ids, &texts, &due).await;
    }
    97
}

#[tokio::test]
async fn a_sweep_of_everything_has_at_most_sixteen_calls_in_flight() {
    let app = Fixture::new().await;
    let count = orders_everywhere(&app).await;
    let waiting = app.placed(2).await.to_string();
    let since = app.due(&waiting).await;
    for shard in 0..SHARDS {
        let marked = [
            ("dueShard", &*format!("INTERVENTION#{shard:02}")),
            ("needsInterventionWhy", "no profile"),
            ("awaitedStock", "consumer"),
        ];
        let at = [("dueAt", since), ("needsInterventionSince", since)];
        app.db.copy_order(&waiting, [shard + 1], &marked, &at).await;
    }
    let stock = DynamoStock::new(app.db.table.clone());
    stock.import(&"consumer".parse().unwrap(), &[numbers::iccid(9)]).await.unwrap();
    for _ in 0..24 {
        app.delivery().await;
        app.batch().await;
    }
    app.wait();
    let in_flight = app.db.proxy.in_flight().clone();
    in_flight.take_most();
    let counted = |_, to| Counted(to, in_flight.clone(), StdDuration::from_millis(5));
    assert_eq!(app.run_with(counted, StdDuration::from_secs(60)).await, Ok(()));
    let most = in_flight.take_most();
    assert!((MOST_CALLS / 2..=MOST_CALLS).contains(&most), "{most} calls at once");
    // The order that is not copied to a shard is overdue as well; sixteen await stock.
    assert_eq!(app.ecc().len(), count + 1 + 16);
    assert_eq!((app.deliveries.len(), app.batches.len()), (24, 24));
}

/// A queue that hangs until there is something in each of the others.
struct Hanging(CapturedQueue, Vec<CapturedQueue>);

impl Dispatch for Hanging {
    async fn send(&self, messages: Vec<(String, StdDuration)>) -> Vec<usize> {
        while self.1.iter().any(CapturedQueue::is_empty) {
            tokio::time::sleep(StdDuration::from_millis(5)).await;
        }
        self.0.send(messages).await
    }
}

#[tokio::test]
async fn a_queue_that_hangs_takes_no_connection_from_the_other_sections() {
    let app = Fixture::new().await;
    let count = orders_everywhere(&app).await;
    app.delivery().await;
    app.batch().await;
    app.wait();
    let others = vec![app.deliveries.clone(), app.batches.clone()];
    let queue = |kind: Option<_>, to| Hanging(to, kind.map_or_else(Vec::new, |_| others.clone()));
    assert_eq!(app.run_with(queue, StdDuration::from_secs(60)).await, Ok(()));
    assert_eq!((app.deliveries.len(), app.batches.len()), (1, 1));
    assert_eq!(app.ecc().len(), count, "the queue goes on");
}
