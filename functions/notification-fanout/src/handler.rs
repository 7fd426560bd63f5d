use std::sync::Arc;

use domain::{
    carrier::{CarrierOrder, Hosting, OrderHeader, Party},
    clock::Clock,
    order::{OrderKind, StatusChange},
    provisioning::{OrderStatus, ProvisioningOrder},
    scenario::Sandbox,
    webhook::{Endpoint, Payload},
};
use futures::future::try_join_all;
use lambda::{
    dispatch::Dispatch,
    message::{BatchMessage, DeliveryMessage, OrderMessage, Publication},
    sqs_batch::{Outcome, RecordContext, RecordHandler},
    system::SystemClock,
    telemetry::Metric,
};
use store::{
    DynamoDeliveries, DynamoParties, DynamoPublisher, DynamoSubscribers, PendingPublication,
    StoreError, StoredDelivery, Subject, Subscribers, Table,
};
use time::Duration;

use crate::{
    deliveries::{self, Planned},
    feed, hub, push,
};

/// Status changes that are marked as published together: after a death, only these are repeated.
const MARKED_TOGETHER: usize = 20;
/// How often an order is read again whose history does not fit into its item: one message then
/// publishes some 500 status changes, and the next the rest.
const MOST_READS: u32 = 10;

/// Publishes one order at a time, its status changes in their order; a remote Buyer of a carrier
/// order gets its notifications as well. Nothing is written of what nobody is to be told.
///
/// What happens when the process dies: before the deliveries, nothing has; after some of them,
/// the message comes again and plans the same deliveries, which are there already, and sends
/// their messages again, which change nothing. Only when all of them are sent are the states
/// marked as told, in one transaction with the client's feeds. An order that has ended stays with
/// the watchdog until then.
pub struct NotificationFanout<D, B> {
    publisher: DynamoPublisher,
    subscribers: DynamoSubscribers,
    deliveries: DynamoDeliveries,
    parties: DynamoParties,
    queue: D,
    batches: B,
    watchdog: Duration,
    sandbox: Sandbox,
    clock: Arc<dyn Clock>,
}

/// How far a publication has come.
enum Progress {
    /// Everybody was told of what was pending, or nobody is to be told.
    Published,
    /// Others published some of it meanwhile: what is left must be read again.
    Overtaken,
    /// A queue did not take this.
    Unsent(&'static str),
}

impl<D: Dispatch, B: Dispatch> NotificationFanout<D, B> {
    /// Sends the messages of deliveries by `queue`, and the end of an order that a batch placed by
    /// `batches`; what was not delivered after `watchdog` is looked for.
    pub fn new(table: Table, queue: D, batches: B, watchdog: Duration) -> Self {
        Self {
            publisher: DynamoPublisher::new(table.clone()),
            subscribers: DynamoSubscribers::new(table.clone()),
            parties: DynamoParties::new(table.clone()),
            deliveries: DynamoDeliveries::new(table),
            queue,
            batches,
            watchdog,
            sandbox: Sandbox::Off,
            clock: Arc::new(SystemClock),
        }
    }

    /// In this kind of deployment.
    #[must_use]
    pub fn in_sandbox(mut self, sandbox: Sandbox) -> Self {
        self.sandbox = sandbox;
        self
    }

    /// With another clock: for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Publishes the only pending status change of an order, of which the message says all. False:
    /// what is pending must be read.
    ///
    /// Dies before the messages are sent: the message comes again. Dies after it: they are sent
    /// twice, and the attempt that was made refuses the second. Marked: nothing is left to do.
    async fn publish_known(
        &self,
        message: &OrderMessage,
        publication: &Publication,
    ) -> Result<Progress, StoreError> {
        let now = self.clock.now();
        let Some(messages) = deliveries::of_publication(message, publication, now) else {
            return Ok(Progress::Overtaken);
        };
        if !self.dispatch(messages, Duration::ZERO).await {
            return Ok(Progress::Unsent("deliveries not sent"));
        }
        let (change, is_final) = (&publication.change, publication.is_final);
        if !self.publisher.mark(&message.order_id, change.sequence, is_final, now).await? {
            return Ok(Progress::Overtaken);
        }
        published(change.kind, &change.status, change.sequence, now - change.at);
        Ok(Progress::Published)
    }

    /// Publishes all there is, however long the history is: what is archived of it comes first.
    async fn publish(&self, order_id: &str) -> Result<Outcome, StoreError> {
        for _ in 0..MOST_READS {
            let Some(pending) = self.publisher.pending(order_id).await? else {
                return Ok(Outcome::poison("no such order"));
            };
            match self.publish_pending(&pending).await? {
                Progress::Overtaken => {}
                Progress::Published if pending.has_more => {}
                Progress::Published => return Ok(Outcome::Done),
                Progress::Unsent(what) => return Ok(Outcome::retry(what)),
            }
        }
        Ok(Outcome::retry("more to publish"))
    }

    async fn publish_pending(&self, pending: &PendingPublication) -> Result<Progress, StoreError> {
        if let Subject::Carrier(order) = &pending.subject
            && (pending.has_unpushed() || pending.unanswered().is_some())
            && !self.push(pending, order).await?
        {
            return Ok(Progress::Unsent("pushes not sent"));
        }
        if !pending.changes.is_empty() {
            let subscribers = self.subscribers(pending).await?;
            if subscribers.is_empty() && pending.may_stay_pending() && !of_batch(pending) {
                return Ok(Progress::Published);
            }
            self.publisher.watch(pending, self.clock.now() + self.watchdog).await?;
            for changes in pending.changes.chunks(MARKED_TOGETHER) {
                match self.publish_changes(pending, changes, &subscribers).await? {
                    Progress::Published => {}
                    unpublished => return Ok(unpublished),
                }
            }
        }
        self.publisher.clear_watchdog(pending).await?;
        Ok(Progress::Published)
    }

    /// Everybody who is told of an order. Of several tenants only the endpoints are: feeds are of
    /// orders that one tenant has placed.
    async fn subscribers(
        &self,
        pending: &PendingPublication,
    ) -> Result<Subscribers<(u8, Endpoint)>, StoreError> {
        let (now, mut all) = (self.clock.now(), Subscribers::default());
        for tenant in &pending.audience {
            let found = self.subscribers.with_endpoints(tenant, now).await?;
            let may_hear = |(_, to): &(u8, Endpoint)| hub::may_hear(&pending.subject, to);
            all.endpoints.extend(found.endpoints.into_iter().filter(may_hear));
            all.feeds.extend(found.feeds);
        }
        Ok(all)
    }

    /// Tells everybody of some status changes, and marks them together.
    async fn publish_changes(
        &self,
        pending: &PendingPublication,
        changes: &[StatusChange<String>],
        subscribers: &Subscribers<(u8, Endpoint)>,
    ) -> Result<Progress, StoreError> {
        let mut events = Vec::new();
        for change in changes {
            if !self.deliver(pending, change, &subscribers.endpoints).await? {
                return Ok(Progress::Unsent("deliveries not sent"));
            }
            if let Subject::Ecc(order) = &pending.subject {
                if !self.notify_batch(order, change).await {
                    return Ok(Progress::Unsent("batch not notified"));
                }
                events.extend(feed::events(order, change));
            }
        }
        events.retain(|event| subscribers.feeds.contains(&event.feed));
        let now = self.clock.now();
        if !self.publisher.publish(pending, changes, &events, now).await? {
            return Ok(Progress::Overtaken);
        }
        for StatusChange { status, sequence, at, .. } in changes {
            published(pending.kind, status, *sequence, now - *at);
        }
        Ok(Progress::Published)
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
        endpoints: &[(u8, Endpoint)],
    ) -> Result<bool, StoreError> {
        let Some(payload) = payload(pending, change) else { return Ok(true) };
        let now = self.clock.now();
        let (mut messages, mut stored) =
            (Vec::new(), hub::deliveries(pending, change, endpoints, now));
        for to in endpoints.iter().filter(|(_, endpoint)| endpoint.wants(payload.event())) {
            let before = before(pending, change);
            match deliveries::planned(pending, (before, change), &payload, to, now) {
                Planned::InMessage(message) => messages.push(message),
                Planned::Stored(delivery, after) => stored.push((*delivery, after)),
            }
        }
        self.plan(stored.iter().map(|(delivery, _)| delivery)).await?;
        messages.extend(stored.iter().map(|(planned, after)| {
            let StoredDelivery { delivery, tenant, correlation_id, .. } = planned;
            DeliveryMessage {
                after: *after,
                ..DeliveryMessage::of(delivery, tenant, correlation_id)
            }
        }));
        Ok(self.dispatch(messages, deliveries::told_after(self.sandbox, pending)).await)
    }

    async fn plan(&self, planned: impl Iterator<Item = &StoredDelivery>) -> Result<(), StoreError> {
        let due = self.clock.now() + self.watchdog;
        try_join_all(planned.map(|delivery| self.deliveries.plan(delivery, due))).await.map(drop)
    }

    /// Sends messages, to be received after a time. False: not all were sent.
    async fn dispatch(&self, messages: Vec<DeliveryMessage>, after: Duration) -> bool {
        if messages.is_empty() {
            return true;
        }
        let bodies = messages.iter().map(|message| (message.to_body(), after.unsigned_abs()));
        self.queue.dispatch(bodies.collect()).await
    }

    async fn plan_and_send(&self, planned: &[StoredDelivery]) -> Result<bool, StoreError> {
        self.plan(planned.iter()).await?;
        // Also of those that were there already: nobody knows whether they were sent.
        let messages = planned.iter().map(|planned| {
            let StoredDelivery { delivery, tenant, correlation_id, .. } = planned;
            DeliveryMessage::of(delivery, tenant, correlation_id)
        });
        Ok(self.dispatch(messages.collect(), Duration::ZERO).await)
    }
}

/// Says that everybody was told, and how long after the change.
fn published(kind: OrderKind, status: &str, sequence: u64, took: Duration) {
    tracing::info!(status, sequence, "status change published");
    let took = took.try_into().unwrap_or_default();
    Metric::duration("TimeToTell", took).by("kind", kind.as_str()).emit();
}

/// The status change before another one, where it is known.
fn before<'p>(
    pending: &'p PendingPublication,
    change: &StatusChange<String>,
) -> Option<&'p StatusChange<String>> {
    let all = pending.previous.iter().chain(&pending.changes);
    all.into_iter().find(|before| before.sequence + 1 == change.sequence)
}

/// Whether a batch hears of the end of an order.
fn of_batch(pending: &PendingPublication) -> bool {
    matches!(&pending.subject, Subject::Ecc(order) if order.batch.is_some())
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
        Subject::Ecc(_) | Subject::Esim(_) | Subject::Service(_) => payload,
    }
}

impl<D: Dispatch, B: Dispatch> RecordHandler for NotificationFanout<D, B> {
    type Message = OrderMessage;

    async fn handle(&self, message: OrderMessage, _: &RecordContext) -> Outcome {
        // Which scenario an order has is not in the message.
        let known = match message.publication.as_ref().filter(|_| !self.sandbox.is_on()) {
            Some(publication) => self.publish_known(&message, publication).await,
            None => Ok(Progress::Overtaken),
        };
        match known {
            Ok(Progress::Published) => Outcome::Done,
            Ok(Progress::Unsent(what)) => Outcome::retry(what),
            Ok(Progress::Overtaken) => {
                self.publish(&message.order_id).await.unwrap_or_else(Outcome::from)
            }
            Err(error) => Outcome::from(error),
        }
    }
}
