//! Drives every order again that is past its due time: a lost stream record, a lost message, a
//! vanished worker. One mechanism for all (`infra/docs/reliability.md`, *Watchdog*).
//!
//! Sends first and puts the due time off afterwards: dying in between sends a message twice,
//! which is harmless; the other way round could lose it.
//!
//! The sweeper knows no kinds of orders: the item says what is due, and its kind names the queue.
//! An item may also name the stock that its order awaits: such an order is driven again as soon as
//! the pool has some, whether imported or returned.

mod batches;
mod calls;
mod deliveries;
mod interventions;
mod orders;
mod start;
mod turns;

use std::{collections::BTreeMap, error::Error, sync::Arc, time::Duration as StdDuration};

use domain::{clock::Clock, failure::Retryable, order::OrderKind};
use lambda::{Deadline, dispatch::Dispatch, scheduled::Job, system::SystemClock};
use store::{StoreError, Table};
use time::Duration;

use batches::BatchSweeper;
use calls::Calls;
pub use calls::MOST_CALLS;
pub use deliveries::DeliverySweeper;
use interventions::InterventionSweeper;
use orders::OrderSweeper;
pub use start::start;

/// Messages of one call of a queue.
const BATCH: usize = 10;
/// Kept back of the time of a sweep: a batch that has begun is completed.
const MARGIN: StdDuration = StdDuration::from_secs(2);

/// The queues that the sweeper sends to.
#[derive(Debug)]
pub struct Queues<D> {
    /// Work of orders, by their kind.
    pub work: BTreeMap<OrderKind, D>,
    /// Orders that have something to publish.
    pub events: D,
    /// Messages to endpoints.
    pub deliveries: D,
    /// Work on batches.
    pub batches: D,
}

/// The sweeper.
pub struct Sweeper<D> {
    orders: OrderSweeper,
    interventions: InterventionSweeper,
    deliveries: DeliverySweeper,
    batches: BatchSweeper,
    queues: Queues<D>,
    clock: Arc<dyn Clock>,
}

impl<D: Dispatch> Sweeper<D> {
    /// Sends the work of the orders in this table to these queues, and gives it `watchdog` to
    /// happen.
    pub fn new(table: &Table, queues: Queues<D>, watchdog: Duration) -> Self {
        let calls = Calls::new();
        Self {
            interventions: InterventionSweeper::new(table, calls.share()),
            deliveries: DeliverySweeper::sharing(table, watchdog, calls.share()),
            batches: BatchSweeper::new(table, watchdog, calls.share()),
            orders: OrderSweeper::new(table, watchdog, calls),
            queues,
            clock: Arc::new(SystemClock),
        }
    }

    /// With another clock: for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }
}

/// The outcome of a write to one item: none if the item itself is at fault, which must not stop
/// those behind it.
///
/// # Errors
/// The database is at fault: the same would happen to every other item.
fn keep_going<T>(outcome: Result<T, StoreError>, id: &str) -> Result<Option<T>, StoreError> {
    match outcome {
        Ok(done) => Ok(Some(done)),
        Err(error) if error.retryable() => Err(error),
        Err(error) => {
            tracing::error!(%error, id, "not swept");
            Ok(None)
        }
    }
}

impl<D: Dispatch> Job for Sweeper<D> {
    /// Orders, their marks, batches and deliveries are swept at the same time: none of them waits
    /// for the others, whatever they have.
    async fn run(&self, deadline: Deadline) -> Result<(), Box<dyn Error + Send + Sync>> {
        let (now, queues) = (self.clock.now(), &self.queues);
        // Boxed: the compiler refuses a future as deep as all of this in one.
        let (overdue, waiting, batches, deliveries) = futures::join!(
            Box::pin(self.orders.sweep(queues, now, deadline)),
            Box::pin(self.interventions.sweep(queues, now, deadline)),
            Box::pin(self.batches.sweep(&queues.batches, now, deadline)),
            Box::pin(self.deliveries.sweep(&queues.deliveries, now, deadline)),
        );
        let (overdue, waiting) = (overdue?, waiting?);
        batches?;
        deliveries?;
        tracing::info!(overdue, waiting, "swept");
        Ok(())
    }
}
