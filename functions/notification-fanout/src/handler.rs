use std::sync::Arc;

use domain::{
    carrier::{Hosting, Party},
    clock::Clock,
    provisioning::{OrderStatus, ProvisioningOrder},
    webhook::{Endpoint, Lane, Payload},
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
    CarrierOrder, DynamoDeliveries, DynamoEndpoints, DynamoParties, DynamoTelling, Happening,
    StoreError, StoredDelivery, Subject, Table, Telling,
};
use time::Duration;

use crate::{feed, push};

/// Tells of one order at a time, its states in their order; a remote Buyer of a carrier order
/// gets its notifications as well.
///
/// What happens when the process dies: before the deliveries, nothing has; after some of them,
/// the message comes again and plans the same deliveries, which are there already, and sends
/// their messages again, which change nothing. Only when all of them are planned and sent is the
/// state marked as told, in one transaction with the client's feeds. An order that has ended
/// stays with the watchdog until then.
pub struct NotificationFanout<D, B> {
    telling: DynamoTelling,
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
            telling: DynamoTelling::new(table.clone()),
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

    async fn tell(&self, order_id: &str) -> Result<Outcome, StoreError> {
        let Some(telling) = self.telling.order(order_id).await? else {
            return Ok(Outcome::poison("no such order"));
        };
        if let Subject::Carrier(order) = &telling.subject
            && (telling.has_unpushed() || telling.unanswered().is_some())
            && !self.push(&telling, order).await?
        {
            return Ok(Outcome::retry("pushes not sent"));
        }
        if telling.untold.is_empty() {
            self.telling.rest(&telling).await?;
            return Ok(Outcome::Done);
        }
        let mut endpoints = Vec::new();
        for tenant in &telling.audience {
            endpoints.extend(self.endpoints.all(tenant).await?);
        }
        for happening in &telling.untold {
            if !self.deliver(&telling, happening, &endpoints).await? {
                return Ok(Outcome::retry("deliveries not sent"));
            }
            let events = match &telling.subject {
                Subject::Ecc(order) => {
                    if !self.tell_batch(order, happening).await {
                        return Ok(Outcome::retry("batch not told"));
                    }
                    feed::events(order, happening)
                }
                Subject::Carrier(_) | Subject::Esim(_) => Vec::new(),
            };
            let now = self.clock.now();
            if self.telling.tell(&telling, happening, &events, now).await? {
                let took = (now - happening.at).try_into().unwrap_or_default();
                Metric::duration("TimeToTell", took).by("kind", telling.kind.as_str()).emit();
            }
        }
        self.telling.rest(&telling).await?;
        Ok(Outcome::Done)
    }

    /// Plans and sends what a remote Buyer has not been told, in its order, and the answer to its
    /// question. False: not all was sent.
    ///
    /// What happens when the process dies: as with deliveries; they are marked as sent only when
    /// all of them are planned and sent.
    async fn push(&self, telling: &Telling, order: &CarrierOrder) -> Result<bool, StoreError> {
        let header = &order.header;
        let buyer = self.parties.get(&header.buyer).await?;
        let is_called =
            |buyer: &Party| buyer.hosting == Hosting::Remote && buyer.callback_base.is_some();
        if buyer.as_ref().is_some_and(is_called) {
            let (now, id) = (self.clock.now(), &telling.correlation_id);
            let mut planned = Vec::new();
            if telling.has_unpushed() {
                for new in self.telling.unpushed(telling, &header.id).await? {
                    if new.pushed {
                        planned.push(push::notification(header, new, id, now)?);
                    }
                }
            }
            if let Some(question) = telling.unanswered() {
                planned.push(push::status_response(order, question, id, now)?);
            }
            if !self.plan_and_send(&planned).await? {
                return Ok(false);
            }
        }
        self.telling.pushed(telling).await?;
        Ok(true)
    }

    /// Tells the worker on batches that one of its orders has ended. False: it could not be told.
    async fn tell_batch(&self, order: &ProvisioningOrder, happening: &Happening) -> bool {
        let ended = happening.status != OrderStatus::Provisioning.as_str();
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
        telling: &Telling,
        happening: &Happening,
        endpoints: &[Endpoint],
    ) -> Result<bool, StoreError> {
        let Some(payload) = payload(telling, happening) else { return Ok(true) };
        let now = self.clock.now();
        let lane = Lane {
            order: format!("{}-{}", telling.kind, telling.id),
            sequence: happening.sequence,
        };
        let planned: Vec<_> = endpoints
            .iter()
            .filter(|endpoint| endpoint.wants(payload.event()))
            .map(|endpoint| {
                let (lane, correlation) = (Some(lane.clone()), &telling.correlation_id);
                StoredDelivery::planned(endpoint, &payload, lane, correlation, now)
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

fn payload(telling: &Telling, happening: &Happening) -> Option<Payload> {
    let Happening { sequence, status, at, reason } = happening;
    match Payload::order(telling.kind, &telling.id, status, *sequence, *at) {
        Ok(payload) => Some(about(
            telling,
            match reason {
                Some(reason) => payload.with("reason", reason.clone()),
                None => payload,
            },
        )),
        Err(error) => {
            // The domain's tests make every state have its event.
            tracing::error!(order_id = telling.id, %error, "nothing to tell");
            None
        }
    }
}

/// What a receiver needs to find the order in its own systems.
fn about(telling: &Telling, payload: Payload) -> Payload {
    match &telling.subject {
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
        self.tell(&message.order_id).await.unwrap_or_else(Outcome::from)
    }
}
