use std::collections::BTreeMap;

use futures::future::join_all;
use lambda::{Deadline, dispatch::Dispatch, telemetry::Metric};
use store::{DynamoStock, DynamoWatchdog, OpenOrder, StoreError, Table};
use time::OffsetDateTime;

use crate::{BATCH, MARGIN, Queues, calls::Calls, keep_going, turns::take_turns};

/// Orders that are read at a time.
const PAGE: usize = 1_000;

/// Counts the orders that need intervention, and drives those of them again that await stock of
/// which there is some now.
pub(crate) struct InterventionSweeper {
    orders: DynamoWatchdog,
    stock: DynamoStock,
    calls: Calls,
}

/// What a shard has.
#[derive(Default)]
struct Marked {
    count: usize,
    awaiting_stock: Vec<OpenOrder>,
    is_complete: bool,
}

impl InterventionSweeper {
    pub(crate) fn new(table: &Table, calls: Calls) -> Self {
        let orders = DynamoWatchdog::new(table.clone());
        Self { orders, stock: DynamoStock::new(table.clone()), calls }
    }

    /// Returns how many orders need intervention: at least, if the time was over before all were
    /// read.
    pub(crate) async fn sweep<D: Dispatch>(
        &self,
        queues: &Queues<D>,
        now: OffsetDateTime,
        deadline: Deadline,
    ) -> Result<usize, StoreError> {
        let shards = (0..DynamoWatchdog::SHARDS).map(|shard| self.shard(shard, now, deadline));
        let (mut count, mut awaiting, mut failure) = (0, Vec::new(), None);
        for read in join_all(shards).await {
            match read {
                Ok(marked) => {
                    count += marked.count;
                    awaiting.extend(marked.awaiting_stock);
                    if !marked.is_complete {
                        tracing::warn!(count, "more orders need intervention than were counted");
                    }
                }
                Err(error) => failure = Some(error),
            }
        }
        let figure = u32::try_from(count).unwrap_or(u32::MAX);
        Metric::count("OrdersNeedingIntervention", figure).emit();
        self.supply(queues, awaiting, deadline).await?;
        failure.map_or(Ok(count), Err)
    }

    async fn shard(
        &self,
        shard: u8,
        now: OffsetDateTime,
        deadline: Deadline,
    ) -> Result<Marked, StoreError> {
        let (mut marked, mut position) = (Marked::default(), None);
        while deadline.remaining() > MARGIN {
            let page = self.orders.needing_intervention_from(shard, now, PAGE, position);
            let page = self.calls.run(page).await?;
            marked.count += page.orders.len() + page.unreadable;
            let awaiting = page.orders.into_iter().filter(|order| order.awaited_stock.is_some());
            marked.awaiting_stock.extend(awaiting);
            position = page.next;
            if position.is_none() {
                marked.is_complete = true;
                break;
            }
        }
        Ok(marked)
    }

    /// Nothing is written: the commit of the worker removes the mark as soon as the order goes on.
    async fn supply<D: Dispatch>(
        &self,
        queues: &Queues<D>,
        awaiting: Vec<OpenOrder>,
        deadline: Deadline,
    ) -> Result<(), StoreError> {
        let mut free = BTreeMap::new();
        for order in &awaiting {
            let Some(wanted) = order.awaited_stock.as_deref() else { continue };
            if !free.contains_key(wanted) {
                // A type whose name cannot be read keeps no other from being supplied.
                let there = self.calls.run(self.stock.has_free(wanted)).await;
                let there = keep_going(there, &order.id)?;
                free.insert(wanted.to_owned(), there.unwrap_or(false));
            }
        }
        let is_free = |order: &OpenOrder| {
            order.awaited_stock.as_ref().is_some_and(|wanted| free.get(wanted) == Some(&true))
        };
        let supplied: Vec<OpenOrder> = awaiting.into_iter().filter(is_free).collect();
        let supplied: Vec<OpenOrder> = take_turns(supplied, |order| order.owner.clone()).collect();
        for some in supplied.chunks(BATCH) {
            if deadline.remaining() < MARGIN {
                break;
            }
            queues.send(&self.calls, &some.iter().collect::<Vec<_>>(), |_| true).await;
        }
        Ok(())
    }
}
