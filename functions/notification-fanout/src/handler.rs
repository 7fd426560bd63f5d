use std::sync::Arc;

use domain::{
    carrier::{CarrierOrder, Hosting, OrderHeader, Party},
    clock::Clock,
    order::StatusChange,
    provisioning::{OrderStatus, ProvisioningOrder},
    webhook::{Endpoint, OrderingKey, Payload},
};
use futures::future::try_join_all;
use lambda::{
    dispatch::Dispatch,
    message::{BatchMessage, DeliveryMessage, OrderMessage},
    sqs_batch::{Outcome, RecordContext, RecordHandler},
    system::SystemClock,
    telemetry::Metric,
};
use store::{
    DynamoDeliveries, DynamoEndpoints, DynamoParties, DynamoPublisher, PendingPublication,
    StoreError, StoredDelivery, Subject, Table,
};
use time::Duration;

use crate::{feed, push};

/// How often an order is read again whose history does not fit into its item: one message then
/// publishes some 500 status changes, and the next the rest.
const MOST_READS: u32 = 10;

/// Publishes one order at a time, its status changes in their order; a remote Buyer of a carrier
/// order gets its notifications as well.
///
/// What happens when the process dies: before the deliveries, nothing has; after some of them,
/// the message comes again and plans the same deliveries, which are there already, and sends
/// their messages again, which change nothing. Only when all of them are planned and sent is the
/// state marked as told, in one transaction with the client's feeds. An order that has ended
/// stays with the watchdog until then.
pub struct NotificationFanout<D, B> {
    publisher: DynamoPublisher,
    endpoints: DynamoEndpoints,
    deliveries: DynamoDeliveries,
    parties: DynamoParties,
    queue: D,
    batches: B,
    watchdog: Duration,
    clock: Arc<dyn Clock>,
}

impl<D: Dispatch, B: Dispatch> NotificationFanout<D, B> {
    /// Sends the messages of deliveries by `queue`, and the end of an order that a batch placed by
    /// `batches`; what was not delivered after `watchdog` is looked for.
    pub fn new(table: Table, queue: D, batches: B, watchdog: Duration) -> Self {
        Self {
            publisher: DynamoPublisher::new(table.clone()),
            endpoints: DynamoEndpoints::new(table.clone()),
            parties: DynamoParties::new(table.clone()),
            deliveries: DynamoDeliveries::new(table),
            queue,
            batches,
            watchdog,
            clock: Arc::new(SystemClock),
        }
    }

    /// With another clock: for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Publishes all there is, however long the history is: what is archived of it comes first.
    async fn publish(&self, order_id: &str) -> Result<Outcome, StoreError> {
        for _ in 0..MOST_READS {
            let Some(pending) = self.publisher.pending(order_id).await? else {
                return Ok(Outcome::poison("no such order"));
            };
            let outcome = self.publish_pending(&pending).await?;
            if !pending.has_more || !matches!(outcome, Outcome::Done) {
                return Ok(outcome);
            }
        }
        Ok(Outcome::retry("more to publish"))
    }

    async fn publish_pending(&self, pending: &PendingPublication) -> Result<Outcome, StoreError> {
        if let Subject::Carrier(order) = &pending.subject
            && (pending.has_unpushed() || pending.unanswered().is_some())
            && !self.push(pending, order).await?
        {
            return Ok(Outcome::retry("pushes not sent"));
        }
        if pending.changes.is_empty() {
            self.publisher.clear_watchdog(pending).await?;
            return Ok(Outcome::Done);
        }
        let mut endpoints = Vec::new();
        for tenant in &pending.audience {
            endpoints.extend(self.endpoints.all(tenant).await?);
        }
        for change in &pending.changes {
            if !self.deliver(pending, change, &endpoints).await? {
                return Ok(Outcome::retry("deliveries not sent"));
            }
            let events = match &pending.subject {
                Subject::Ecc(order) => {
                    if !self.notify_batch(order, change).await {
                        return Ok(Outcome::retry("batch not notified"));
                    }
                    feed::events(order, change)
                }
                Subject::Carrier(_) | Subject::Esim(_) => Vec::new(),
            };
            let now = self.clock.now();
            if self.publisher.publish(pending, change, &events, now).await? {
                let StatusChange { status, sequence, .. } = change;
                tracing::info!(status, sequence, "status change published");
                let took = (now - change.at).try_into().unwrap_or_default();
                Metric::duration("TimeToTell", took).by("kind", pending.kind.as_str()).emit();
            }
        }
        self.publisher.clear_watchdog(pending).await?;
        Ok(Outcome::Done)
    }

    /// Plans and sends what a remote Buyer has not been told, in its order, and the answer to its
    /// question. False: not all was sent.
    ///
    /// What happens when the process dies: as with deliveries; they are marked as sent only when
    /// all of them are planned and sent.
    async fn push(
        &self,
        pending: &PendingPublication,
        order: &CarrierOrder,
    ) -> Result<bool, StoreError> {
        let header = &order.header;
        let buyer = self.parties.get(&header.buyer).await?;
        let is_called =
            |buyer: &Party| buyer.hosting == Hosting::Remote && buyer.callback_base.is_some();
        if buyer.as_ref().is_some_and(is_called) {
            let (now, id) = (self.clock.now(), &pending.correlation_id);
            if pending.has_unpushed() && !self.push_notifications(pending, header).await? {
                return Ok(false);
            }
            if let Some(question) = pending.unanswered() {
                let response = push::status_response(order, question, id, now)?;
                if !self.plan_and_send(&[response]).await? {
                    return Ok(false);
                }
            }
        }
        self.publisher.pushed(pending).await?;
        Ok(true)
    }

    /// Plans and sends the notifications that a remote Buyer has not got: some at a time, because
    /// there may be any number. False: not all were sent.
    async fn push_notifications(
        &self,
        pending: &PendingPublication,
        header: &OrderHeader,
    ) -> Result<bool, StoreError> {
        let (mut after, id) = (0, &pending.correlation_id);
        loop {
            let page = self.publisher.unpushed(pending, &header.id, after).await?;
            let Some(last) = page.last().map(|new| u64::from(new.version)) else {
                return Ok(true);
            };
            let now = self.clock.now();
            let pushed = page.into_iter().filter(|new| new.pushed);
            let planned: Result<Vec<_>, _> =
                pushed.map(|new| push::notification(header, new, id, now)).collect();
            if !self.plan_and_send(&planned?).await? {
                return Ok(false);
            }
            if last == pending.notification_count() {
                return Ok(true);
            }
            self.publisher.pushed_until(pending, last).await?;
            after = last;
        }
    }

    /// Tells the worker on batches that one of its orders has ended. False: it could not be told.
    async fn notify_batch(&self, order: &ProvisioningOrder, change: &StatusChange<String>) -> bool {
        let ended = change.status != OrderStatus::Provisioning.as_str();
        let Some(batch) = order.batch.as_ref().filter(|_| ended) else { return true };
        let message = BatchMessage {
            batch_id: batch.id,
            index: Some(batch.index),
            correlation_id: order.correlation_id.clone(),
        };
        self.batches.dispatch(vec![(message.to_body(), std::time::Duration::ZERO)]).await
    }

    /// Plans and sends one message to each endpoint that wants it. False: not all were sent.
    async fn deliver(
        &self,
        pending: &PendingPublication,
        change: &StatusChange<String>,
        endpoints: &[Endpoint],
    ) -> Result<bool, StoreError> {
        let Some(payload) = payload(pending, change) else { return Ok(true) };
        let now = self.clock.now();
        let ordering_key = OrderingKey {
            order: format!("{}-{}", pending.kind, pending.id),
            sequence: change.sequence,
        };
        let planned: Vec<_> = endpoints
            .iter()
            .filter(|endpoint| endpoint.wants(payload.event()))
            .map(|endpoint| {
                let (key, correlation) = (Some(ordering_key.clone()), &pending.correlation_id);
                StoredDelivery::planned(endpoint, &payload, key, correlation, now)
            })
            .collect();
        self.plan_and_send(&planned).await
    }

    async fn plan_and_send(&self, planned: &[StoredDelivery]) -> Result<bool, StoreError> {
        if planned.is_empty() {
            return Ok(true);
        }
        let due = self.clock.now() + self.watchdog;
        try_join_all(planned.iter().map(|delivery| self.deliveries.plan(delivery, due))).await?;
        // Also of those that were there already: nobody knows whether they were sent.
        let messages = planned.iter().map(|planned| {
            let StoredDelivery { delivery, tenant, correlation_id, .. } = planned;
            let message = DeliveryMessage::of(delivery, tenant, correlation_id);
            (message.to_body(), std::time::Duration::ZERO)
        });
        Ok(self.queue.dispatch(messages.collect()).await)
    }
}

fn payload(pending: &PendingPublication, change: &StatusChange<String>) -> Option<Payload> {
    let StatusChange { sequence, status, at, reason, .. } = change;
    match Payload::order(pending.kind, &pending.id, status, *sequence, *at) {
        Ok(payload) => Some(about(
            pending,
            match reason {
                Some(reason) => payload.with("reason", reason.clone()),
                None => payload,
            },
        )),
        Err(error) => {
            // The domain's tests make every state have its event.
            tracing::error!(%error, "nothing to tell");
            None
        }
    }
}

/// What a receiver needs to find the order in its own systems.
fn about(pending: &PendingPublication, payload: Payload) -> Payload {
    match &pending.subject {
        Subject::Carrier(order) => payload
            .with("buyerId", order.header.buyer.as_str())
            .with("sellerId", order.header.seller.as_str())
            .with("buyerPurchaseOrderNumber", order.header.pon.as_str()),
        Subject::Ecc(_) | Subject::Esim(_) => payload,
    }
}

impl<D: Dispatch, B: Dispatch> RecordHandler for NotificationFanout<D, B> {
    type Message = OrderMessage;

    async fn handle(&self, message: OrderMessage, _: &RecordContext) -> Outcome {
        self.publish(&message.order_id).await.unwrap_or_else(Outcome::from)
    }
}
