use std::sync::Arc;

use api::{json::parse_object, schema::Members};
use domain::{
    clock::{Clock, RandomSource},
    lease::Lease,
    order::{FailedAttempt, Lifecycle as _},
    service_order::{Item, ItemId, ItemUpdate, ServiceOrder, ServiceOrderEvent, ServiceOrderId},
    webhook::HubEventKind,
};
use futures::future::join_all;
use lambda::{
    config::WorkLimits,
    message::OrderMessage,
    sqs_batch::{Outcome, RecordContext, RecordHandler},
    system::SystemClock,
    telemetry::{Metric, name_tenant},
};
use store::{
    Committed, DynamoServiceOrders, DynamoServiceWork, DynamoSubscribers, Leased, StoreError,
    StoredDelivery, Table,
};
use time::Duration;
use uuid::Uuid;

use crate::{
    Config,
    item_orders::{ItemOrders, Placed},
    plan::{Plan, plan},
};

/// Kept back of a record's time: a step that has begun is completed.
const MARGIN: std::time::Duration = std::time::Duration::from_secs(8);
/// Orders that are read at once.
pub(crate) const READ_AT_ONCE: usize = 10;
/// Items that begin together: the order of each is placed soon after.
const BEGUN_AT_ONCE: usize = 10;
/// How long after an item began its order may still be placed: the key under which a repetition
/// finds it is kept for 24 hours.
const PLACEABLE: Duration = Duration::hours(23);

/// Executes one order at a time, step by step, as far as it goes.
///
/// What happens when the process dies: an item begins in a commit of its own, before its order is
/// placed, so that a request to cancel sees it under way. Its order is placed under a key of the
/// item: a repetition finds it. The end of an item's order is read from that order each time. The
/// relay calls the worker when an item's order ends; should that message be lost, the watchdog does.
pub struct ServiceOrderWorker {
    work: DynamoServiceWork,
    orders: DynamoServiceOrders,
    subscribers: DynamoSubscribers,
    pub(crate) items: ItemOrders,
    limits: WorkLimits,
    pub(crate) clock: Arc<dyn Clock>,
}

/// What is to be done next with an order.
pub(crate) enum Step {
    /// This has happened to it.
    Happened(ServiceOrderEvent),
    /// Nothing before an order of an item has ended, or a date has come.
    Nothing,
    /// Nothing before another order has ended, which is not this one's.
    Blocked(&'static str),
    /// Whether the order of an item was placed is not known any more.
    Unknown,
}

impl ServiceOrderWorker {
    /// Over this table.
    pub fn new(table: &Table, config: &Config) -> Self {
        Self {
            work: DynamoServiceWork::new(table.clone(), config.limits.watchdog),
            orders: DynamoServiceOrders::new(table.clone()),
            subscribers: DynamoSubscribers::new(table.clone()),
            items: ItemOrders::new(table, config),
            limits: config.limits,
            clock: Arc::new(SystemClock),
        }
    }

    /// With another clock and another random source: for tests.
    #[must_use]
    pub fn with(mut self, clock: Arc<dyn Clock>, random: &Arc<dyn RandomSource>) -> Self {
        self.items = self.items.with(&clock, random);
        self.clock = clock;
        self
    }

    async fn execute(
        &self,
        id: ServiceOrderId,
        record: &RecordContext,
    ) -> Result<Outcome, StoreError> {
        let owner = Uuid::new_v4().simple().to_string();
        let leased = self.work.lease(id, owner, self.limits.lease, self.clock.now()).await?;
        let (mut order, lease) = match leased {
            Leased::Mine(order, lease) => (order, lease),
            Leased::Held => return Ok(Outcome::retry("held by another worker")),
            // A deleted order has nothing left to do: it had ended.
            Leased::Ended | Leased::Absent => return Ok(Outcome::Done),
        };
        name_tenant(order.tenant.as_str());
        let document = self.document(id).await?;
        while record.remaining() > MARGIN {
            let event = match self.step(&order, &document).await? {
                Step::Happened(event) => event,
                Step::Nothing => {
                    self.work.release_lease(&order, &lease, &(), self.clock.now()).await?;
                    return Ok(Outcome::Done);
                }
                Step::Blocked(why) => return self.wait(&order, &lease, record, why).await,
                Step::Unknown => {
                    let why = "whether the order of an item was placed is not known any more";
                    return self.intervene(&order, &lease, why).await;
                }
            };
            let Ok(applied) = order.apply(event, self.clock.now()) else {
                return self.leave(&order, &lease, record, "the items have changed").await;
            };
            let told = self.told(&order, applied.order()).await?;
            match self.work.commit_step(&applied, &lease, &told).await? {
                Committed::Superseded => return Ok(Outcome::retry("the order has changed")),
                Committed::Done(_) if applied.ends() => {
                    self.report_end(applied.order(), &lease);
                    return Ok(Outcome::Done);
                }
                Committed::Done(changed) => order = changed,
            }
        }
        self.leave(&order, &lease, record, "out of time").await
    }

    /// What hubs are told of a step that has put the order into jeopardy.
    async fn told(
        &self,
        before: &ServiceOrder,
        after: &ServiceOrder,
    ) -> Result<Vec<StoredDelivery>, StoreError> {
        let is_new = |item: &Item| {
            item.alert.is_some() && before.item(&item.id).is_none_or(|old| old.alert.is_none())
        };
        if !after.items.iter().any(is_new) {
            return Ok(Vec::new());
        }
        let kind = HubEventKind::JeopardyRaised;
        tmf::events::notes(&self.subscribers, after, kind, self.clock.now()).await
    }

    /// What the client wrote.
    async fn document(&self, id: ServiceOrderId) -> Result<Members, StoreError> {
        let corrupt = || StoreError::Corrupt(format!("document of order {id}"));
        let (_, document) = self.orders.get_whole(id).await?.ok_or_else(corrupt)?;
        parse_object(document.as_bytes()).map_err(|_| corrupt())
    }

    /// First what has become of the orders of items, then a request to cancel, then the orders
    /// that are to be placed, then the items that may begin.
    ///
    /// The orders of items that are being cancelled are looked at by their cancellation, which may
    /// have been begun by a worker that died.
    async fn step(&self, order: &ServiceOrder, document: &Members) -> Result<Step, StoreError> {
        if order.is_cancelling() {
            return self.cancel_items(order).await.map(Step::Happened);
        }
        let updates = self.look_at_orders(order).await?;
        if !updates.is_empty() {
            return Ok(Step::Happened(ServiceOrderEvent::Progressed(updates)));
        }
        if order.open_task().is_some() {
            return self.assess(order).await;
        }
        let (mut updates, mut blocked) = (Vec::new(), None);
        for item in order.under_way().filter(|item| item.order.is_none()) {
            if !self.is_placeable(order, item) {
                return Ok(Step::Unknown);
            }
            let placed = match self.place(order, document, item).await {
                // What is placed already is noted first.
                Err(_) if !updates.is_empty() => break,
                placed => placed?,
            };
            match placed {
                Placed::Update(update) => updates.push((item.id.clone(), update)),
                Placed::Blocked(why) => blocked = Some(why),
            }
        }
        if !updates.is_empty() {
            return Ok(Step::Happened(ServiceOrderEvent::Progressed(updates)));
        }
        let mut ready = order.ready(self.clock.now());
        if !ready.is_empty() {
            ready.truncate(BEGUN_AT_ONCE);
            return Ok(Step::Happened(ServiceOrderEvent::Began(ready)));
        }
        Ok(blocked.map_or(Step::Nothing, Step::Blocked))
    }

    /// Whether the key of an item still tells whether its order was placed.
    pub(crate) fn is_placeable(&self, order: &ServiceOrder, item: &Item) -> bool {
        self.clock.now() - item.begun.unwrap_or(order.order_date) <= PLACEABLE
    }

    async fn look_at_orders(
        &self,
        order: &ServiceOrder,
    ) -> Result<Vec<(ItemId, ItemUpdate)>, StoreError> {
        let placed: Vec<_> =
            order.under_way().filter_map(|item| Some((item, item.order.as_ref()?))).collect();
        let mut updates = Vec::new();
        for some in placed.chunks(READ_AT_ONCE) {
            let read = some.iter().map(|(item, child)| self.items.look(item, child));
            for ((item, _), update) in some.iter().zip(join_all(read).await) {
                updates.extend(update?.map(|update| (item.id.clone(), update)));
            }
        }
        Ok(updates)
    }

    async fn place(
        &self,
        order: &ServiceOrder,
        document: &Members,
        item: &Item,
    ) -> Result<Placed, StoreError> {
        match plan(order, document, item) {
            Ok(Plan::Nothing) => Ok(Placed::Update(ItemUpdate::Completed(Vec::new()))),
            Ok(Plan::Subscription(command)) => self.items.subscription(order, item, command).await,
            Ok(Plan::Esim(request)) => self.items.esim(order, item, &request).await,
            Err(why) => Ok(Placed::Update(ItemUpdate::Rejected(why))),
        }
    }

    fn report_end(&self, order: &ServiceOrder, lease: &Lease) {
        let (state, attempts) = (order.state().as_str(), lease.attempt);
        tracing::info!(attempts, state, "order ended");
        Metric::count("Orders", 1).by("kind", "service").by("outcome", state).emit();
        let took = (self.clock.now() - order.order_date).try_into().unwrap_or_default();
        Metric::duration("TimeToComplete", took).by("kind", "service").emit();
    }

    /// An order that is not this one's has the subscription: that is looked at less and less often,
    /// for a day.
    async fn wait(
        &self,
        order: &ServiceOrder,
        lease: &Lease,
        record: &RecordContext,
        why: &str,
    ) -> Result<Outcome, StoreError> {
        let now = self.clock.now();
        match self.work.await_outside(order, lease, true, why, now).await? {
            Some(until) => {
                tracing::info!(why, %until, "order waits");
                Ok(Outcome::Done)
            }
            None => self.leave(order, lease, record, why).await,
        }
    }

    /// Nothing is known of the rest yet: the message comes again, and the last one leaves the order
    /// to a person.
    async fn leave(
        &self,
        order: &ServiceOrder,
        lease: &Lease,
        record: &RecordContext,
        why: &str,
    ) -> Result<Outcome, StoreError> {
        if self.limits.is_last(record.receive_count) {
            return self.intervene(order, lease, why).await;
        }
        let delay = record.next_delay();
        let attempt = FailedAttempt::new(self.clock.now(), why, delay.try_into().ok());
        self.work.release_failed(order, lease, &(), &attempt).await?;
        Ok(Outcome::retry_after(why.to_owned(), delay))
    }

    async fn intervene(
        &self,
        order: &ServiceOrder,
        lease: &Lease,
        why: &str,
    ) -> Result<Outcome, StoreError> {
        self.work.mark_needs_intervention(order, lease, why, self.clock.now()).await?;
        tracing::error!(attempts = lease.attempt, why, "order needs intervention");
        Ok(Outcome::poison(why.to_owned()))
    }
}

impl RecordHandler for ServiceOrderWorker {
    type Message = OrderMessage;

    async fn handle(&self, message: OrderMessage, record: &RecordContext) -> Outcome {
        let Ok(id) = message.order_id.parse() else {
            return Outcome::poison("no order id");
        };
        self.execute(id, record).await.unwrap_or_else(Outcome::from)
    }
}
