use std::{ops::ControlFlow, sync::Arc, time::Duration as StdDuration};

use domain::{
    carrier::{AnyCarrierOrder, CarrierSide, OrderId},
    clock::Clock,
    ethernet::EthernetSwitch,
    lease::Lease,
    order::{FailedAttempt, NextAction, Timing},
};
use lambda::{
    config::WorkLimits,
    message::OrderMessage,
    sqs_batch::{Outcome, RecordContext, RecordHandler},
    system::SystemClock,
};
use ovs::Ovs;
use seller::SellerApi;
use store::{DynamoCarrierOrders, Leased, OrderWork, StoreError, Stored, Table};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Config, automation::SellerAutomation, forwarding::Forwarding};

/// Works on carrier orders: those of Sellers here by their automation, those of Buyers here by
/// forwarding what they want to their Sellers.
pub struct CarrierOrderWorker<P, S = Ovs> {
    orders: DynamoCarrierOrders,
    automation: SellerAutomation<S>,
    forwarding: Forwarding<P>,
    clock: Arc<dyn Clock>,
}

/// Why a step was not taken.
pub(crate) enum StepError {
    Store(StoreError),
    /// The order is another's by now: whoever changed it has called for the next step.
    Superseded,
    /// An outside is away, and nobody knows whether it has executed what was sent. It passes.
    Away(String),
    /// An outside did not do what was asked.
    Failed(String),
    Broken(String),
}

impl From<StoreError> for StepError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Leases orders of one side.
pub(crate) struct Leases<L> {
    pub(crate) work: OrderWork<L>,
    limits: WorkLimits,
}

/// An order under its lease.
pub(crate) struct LeasedOrder<L: CarrierSide> {
    pub(crate) order: L,
    pub(crate) context: L::Context,
    pub(crate) lease: Lease,
    pub(crate) now: OffsetDateTime,
}

impl<P: SellerApi> CarrierOrderWorker<P> {
    /// Over this table, with this way to Sellers elsewhere, and the switch of the configuration.
    pub fn new(table: &Table, config: &Config, seller: P) -> Self {
        Self {
            orders: DynamoCarrierOrders::new(table.clone()),
            automation: SellerAutomation::new(table, config, config.switch.clone().map(Ovs::new)),
            forwarding: Forwarding::new(table, config, seller),
            clock: Arc::new(SystemClock),
        }
    }
}

impl<P: SellerApi, S: EthernetSwitch> CarrierOrderWorker<P, S> {
    /// With another switch: for tests.
    #[must_use]
    pub fn with_switch<T: EthernetSwitch>(self, switch: T) -> CarrierOrderWorker<P, T> {
        let Self { orders, automation, forwarding, clock } = self;
        let automation = automation.with_switch(switch);
        CarrierOrderWorker { orders, automation, forwarding, clock }
    }

    /// With another clock: for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.automation.clock = Arc::clone(&clock);
        self.clock = clock;
        self
    }

    async fn work_on(&self, id: &OrderId, record: &RecordContext) -> Result<Outcome, StepError> {
        let now = self.clock.now();
        match self.orders.get_whole(id).await? {
            Some((AnyCarrierOrder::Seller(order), document)) => {
                self.automation.work_on(&order, &document, record, now).await
            }
            Some((AnyCarrierOrder::Buyer(order), document)) => {
                self.forwarding.work_on(&order, document, record, now).await
            }
            None => Ok(Outcome::poison("no such order")),
        }
    }
}

impl<P: SellerApi, S: EthernetSwitch + 'static> RecordHandler for CarrierOrderWorker<P, S> {
    type Message = OrderMessage;

    async fn handle(&self, message: OrderMessage, record: &RecordContext) -> Outcome {
        let Ok(id) = message.order_id.parse() else { return Outcome::poison("no order id") };
        match self.work_on(&id, record).await {
            Ok(outcome) => outcome,
            Err(StepError::Superseded) => Outcome::Done,
            Err(StepError::Away(why) | StepError::Failed(why)) => Outcome::retry(why),
            Err(StepError::Broken(why)) => Outcome::poison(why),
            Err(StepError::Store(error)) => error.into(),
        }
    }
}

impl<L: Stored + CarrierSide> Leases<L> {
    pub(crate) fn new(table: &Table, config: &Config) -> Self {
        let limits = config.limits;
        Self { work: OrderWork::new(table.clone(), limits.watchdog), limits }
    }

    /// Leases an order as it was read, if there is something to do on it. Else this is what
    /// becomes of its message.
    pub(crate) async fn take(
        &self,
        read: &L,
        context: L::Context,
        now: OffsetDateTime,
    ) -> Result<ControlFlow<Outcome, LeasedOrder<L>>, StepError> {
        // Looked at before the lease is taken: most messages that come twice end here.
        let timing = Timing { now, watchdog: self.limits.watchdog };
        if !matches!(read.next_action(&context, timing), NextAction::Work { .. }) {
            return Ok(ControlFlow::Break(Outcome::Done));
        }
        let owner = Uuid::new_v4().simple().to_string();
        let leased = match self.work.lease(read.id(), owner, self.limits.lease, now).await? {
            Leased::Mine(order, lease) => LeasedOrder { order: *order, context, lease, now },
            Leased::Held => {
                return Ok(ControlFlow::Break(Outcome::retry("held by another worker")));
            }
            Leased::Ended => return Ok(ControlFlow::Break(Outcome::Done)),
            Leased::Absent => return Ok(ControlFlow::Break(Outcome::poison("no such order"))),
        };
        if leased.order.order().entity_tag != read.order().entity_tag {
            // The document that was read may not be this order's any more.
            self.release(&leased).await?;
            return Ok(ControlFlow::Break(Outcome::retry("changed while it was taken")));
        }
        Ok(ControlFlow::Continue(leased))
    }

    /// Releases a lease: the order is tried again later.
    pub(crate) async fn release(&self, leased: &LeasedOrder<L>) -> Result<(), StoreError> {
        let LeasedOrder { order, context, lease, now } = leased;
        self.work.release_lease(order, lease, context, *now).await
    }

    /// Leaves an order to a person.
    pub(crate) async fn mark(&self, leased: &LeasedOrder<L>, why: &str) -> Result<(), StoreError> {
        let LeasedOrder { order, lease, now, .. } = leased;
        self.work.mark_needs_intervention(order, lease, why, *now).await?;
        tracing::error!(attempts = lease.attempt, why, "order needs intervention");
        Ok(())
    }

    /// Releases a lease after an attempt that came to nothing, and notes why: the order is tried
    /// again after `delay`. What is due on it depends on `context`.
    pub(crate) async fn release_failed(
        &self,
        leased: &LeasedOrder<L>,
        context: &L::Context,
        why: &str,
        delay: StdDuration,
    ) -> Result<(), StoreError> {
        let LeasedOrder { order, lease, now, .. } = leased;
        let attempt = FailedAttempt::new(*now, why, delay.try_into().ok());
        self.work.release_failed(order, lease, context, &attempt).await
    }

    /// Whether a message will not come again.
    pub(crate) const fn is_last(&self, record: &RecordContext) -> bool {
        self.limits.is_last(record.receive_count)
    }
}
