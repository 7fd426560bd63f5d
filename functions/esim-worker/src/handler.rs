use std::sync::Arc;

use domain::{
    clock::{Clock, RandomSource},
    esim::{EsimOrder, EsimOrderId, Fulfilment, PlanNetwork, SmDpPlus},
    lease::Lease,
    order::FailedAttempt,
};
use lambda::{
    message::OrderMessage,
    sqs_batch::{Outcome, RecordContext, RecordHandler},
    system::{SystemClock, SystemRandom},
    telemetry::{Metric, name_tenant},
};
use store::{DynamoEsimWork, Leased, StoreError};
use uuid::Uuid;

use crate::{
    WorkTerms,
    steps::{After, LeasedOrder},
};

/// Carries out one order at a time, step by step; each is written down before the next is begun
/// (`domain::esim::Fulfilment` has the table of what happens after a crash).
///
/// Waiting for stock is no failure of the message: it is done, and the sweeper sends another
/// when there is stock. What else a person must look at becomes a dead letter, so that the
/// operator can drive it again.
pub struct EsimWorker<S, P> {
    pub(crate) work: DynamoEsimWork,
    pub(crate) smdp: S,
    pub(crate) plans: P,
    pub(crate) terms: WorkTerms,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn RandomSource>,
}

impl<S: SmDpPlus, P: PlanNetwork> EsimWorker<S, P> {
    /// With this SM-DP+ and this network.
    pub fn new(work: DynamoEsimWork, smdp: S, plans: P, terms: WorkTerms) -> Self {
        let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
        Self { work, smdp, plans, terms, clock, random }
    }

    /// With another clock and another random source: for tests.
    #[must_use]
    pub fn with(mut self, clock: Arc<dyn Clock>, random: Arc<dyn RandomSource>) -> Self {
        self.clock = clock;
        self.random = random;
        self
    }

    async fn carry_out(
        &self,
        id: EsimOrderId,
        record: &RecordContext,
    ) -> Result<Outcome, StoreError> {
        if record.receive_count > 1
            && let Some(outcome) = self.marked_before(id).await?
        {
            return Ok(outcome);
        }
        let owner = Uuid::new_v4().simple().to_string();
        let leased = self.work.lease(id, owner, self.terms.limits.lease, self.clock.now()).await?;
        let (order, lease) = match leased {
            Leased::Mine(order, lease) => (order, lease),
            Leased::Held => return Ok(Outcome::retry("held by another worker")),
            Leased::Ended => return Ok(Outcome::Done),
            Leased::Absent => return Ok(Outcome::poison("no such order")),
        };
        name_tenant(order.tenant.as_str());
        let mut held = LeasedOrder { order: *order, lease: &lease, record, earlier: true };
        loop {
            if Self::out_of_time(record) {
                return self.leave(&held, &lease, "out of time").await;
            }
            match self.step(&held).await? {
                After::Next(order) => {
                    held.order = *order;
                    held.earlier = false;
                }
                After::Ended => return Ok(Outcome::Done),
                After::Superseded => return Ok(Outcome::retry("the order has changed")),
                After::Retry(why) => return self.leave(&held, &lease, &why).await,
                After::Await(why) => return self.await_outside(&held, &lease, &why).await,
                After::NoStock(why) => {
                    self.intervene(&held, &lease, &why).await?;
                    return Ok(Outcome::Done);
                }
                After::Intervene(why) => {
                    self.intervene(&held, &lease, &why).await?;
                    return Ok(Outcome::poison(why));
                }
            }
        }
    }

    /// What to do with a message that comes again when the order was marked meanwhile: it waits for
    /// stock, and the message is done; or the message is on its way to the dead letters.
    async fn marked_before(&self, id: EsimOrderId) -> Result<Option<Outcome>, StoreError> {
        let order = self.work.orders().get(id).await?;
        // An order that was tried again since it was marked has a new message with attempts left.
        let marked =
            |order: &EsimOrder| order.needs_intervention.as_ref().is_some_and(|m| !m.retried);
        let Some(order) = order.filter(marked) else { return Ok(None) };
        Ok(Some(match order.fulfilment {
            Fulfilment::NotStarted { .. } if order.profile_type.is_some() => Outcome::Done,
            _ => Outcome::poison("left to a person"),
        }))
    }

    /// The SM-DP+ or the network is away: an outage of hours is no matter for a person. The message
    /// is tried again until its attempts are over, then the order less and less often, for a day.
    async fn await_outside(
        &self,
        held: &LeasedOrder<'_>,
        lease: &Lease,
        why: &str,
    ) -> Result<Outcome, StoreError> {
        let is_last = self.terms.limits.is_last(held.record.receive_count);
        let now = self.clock.now();
        let waits = self.work.await_outside(&held.order, lease, is_last, why, now).await?;
        let Some(until) = waits else { return self.leave(held, lease, why).await };
        tracing::warn!(attempts = lease.attempt, why, %until, "outside away");
        Metric::count("OrdersAwaitingNetwork", 1).emit();
        Ok(Outcome::Done)
    }

    /// Nobody knows yet. What the order holds stays; the last attempt leaves it to a person.
    async fn leave(
        &self,
        held: &LeasedOrder<'_>,
        lease: &Lease,
        why: &str,
    ) -> Result<Outcome, StoreError> {
        if self.terms.limits.is_last(held.record.receive_count) {
            self.intervene(held, lease, why).await?;
            return Ok(Outcome::poison("attempts are over: left to a person"));
        }
        let delay = held.record.next_delay();
        let attempt = FailedAttempt::new(self.clock.now(), why, delay.try_into().ok());
        self.work.release_failed(&held.order, lease, &(), &attempt).await?;
        Ok(Outcome::retry_after(why.to_owned(), delay))
    }

    async fn intervene(
        &self,
        held: &LeasedOrder<'_>,
        lease: &Lease,
        why: &str,
    ) -> Result<(), StoreError> {
        self.work.mark_needs_intervention(&held.order, lease, why, self.clock.now()).await?;
        tracing::error!(attempts = lease.attempt, why, "order needs intervention");
        Ok(())
    }

    pub(crate) fn tell_end(&self, held: &LeasedOrder<'_>, status: &'static str) {
        let order = &held.order;
        tracing::info!(attempts = held.lease.attempt, status, "order ended");
        Metric::count("Orders", 1).by("kind", "esim").by("outcome", status).emit();
        let took = (self.clock.now() - order.order_date).try_into().unwrap_or_default();
        Metric::duration("TimeToComplete", took).by("kind", "esim").emit();
    }
}

impl<S: SmDpPlus + 'static, P: PlanNetwork + 'static> RecordHandler for EsimWorker<S, P> {
    type Message = OrderMessage;

    async fn handle(&self, message: OrderMessage, record: &RecordContext) -> Outcome {
        let Ok(id) = message.order_id.parse() else {
            return Outcome::poison("no order id");
        };
        self.carry_out(id, record).await.unwrap_or_else(Outcome::from)
    }
}
