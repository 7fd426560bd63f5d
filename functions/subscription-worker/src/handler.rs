use std::sync::Arc;

use domain::{
    clock::Clock,
    lease::Lease,
    network::{Lookup, NetworkAnswer, SubscriptionNetwork},
    order::{FailedAttempt, Lifecycle},
    provisioning::{Decision, Event, OrderNumber, ProvisioningOrder},
};
use lambda::{
    config::WorkLimits,
    message::OrderMessage,
    sqs_batch::{Outcome, RecordContext, RecordHandler},
    system::SystemClock,
    telemetry::{Metric, name_tenant},
};
use store::{Authority, Committed, DynamoWork, Leased, StoreError};
use uuid::Uuid;

use crate::Config;

/// Who ends an order here, as its history says.
const NETWORK: &str = "network";
/// Kept back of a record's time for the commit after the network has answered.
const COMMIT: std::time::Duration = std::time::Duration::from_secs(5);

/// Carries out one order at a time.
///
/// What happens when the process dies: before the lease, nothing has; after it, the message comes
/// back when both the visibility time-out and the lease are over. Before the network call,
/// nothing has happened outside. After it, the next attempt asks the network by the order's own
/// key before it sends anything, or, where there are no keys, reads what the network holds and goes
/// on from there ([`crate::StepNetwork`]). After the commit, the next message finds the order ended.
pub struct SubscriptionWorker<N> {
    work: DynamoWork,
    network: N,
    limits: WorkLimits,
    clock: Arc<dyn Clock>,
}

/// An order under its lease, and the repository that commits what happens to it.
struct Held<'a> {
    order: &'a ProvisioningOrder,
    lease: &'a Lease,
    work: &'a DynamoWork,
}

impl<N: SubscriptionNetwork> SubscriptionWorker<N> {
    /// With this network.
    pub fn new(work: DynamoWork, network: N, config: &Config) -> Self {
        Self { work, network, limits: config.limits, clock: Arc::new(SystemClock) }
    }

    /// With another clock: for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    async fn carry_out(
        &self,
        id: OrderNumber,
        record: &RecordContext,
    ) -> Result<Outcome, StoreError> {
        let owner = Uuid::new_v4().simple().to_string();
        let leased = self.work.lease(id, owner, self.limits.lease, self.clock.now()).await?;
        let (order, lease) = match leased {
            Leased::Mine(order, lease) => (order, lease),
            Leased::Held => return Ok(Outcome::retry("held by another worker")),
            Leased::Ended => return Ok(Outcome::Done),
            Leased::Absent => return Ok(Outcome::poison("no such order")),
        };
        name_tenant(order.tenant.as_str());
        let left = record.remaining().saturating_sub(COMMIT);
        let asked = tokio::time::timeout(left, self.ask(&order, &lease));
        let (answer, work) = tokio::join!(asked, self.work_of(&order));
        let held = Held { order: &order, lease: &lease, work: &work };
        let answer =
            answer.unwrap_or_else(|_| NetworkAnswer::Away { why: "no answer in time".to_owned() });
        match answer {
            NetworkAnswer::Done => self.end(&held, Event::Done, None).await,
            NetworkAnswer::Refused { reason } => {
                self.end(&held, Event::Refused, Some(reason)).await
            }
            NetworkAnswer::Running => {
                self.leave(&held, record, "still running in the network").await
            }
            NetworkAnswer::Unknown { why } => self.leave(&held, record, &why).await,
            NetworkAnswer::Away { why } => self.await_network(&held, record, &why).await,
            NetworkAnswer::Differs { difference } => self.intervene(&held, &difference).await,
        }
    }

    /// The order's repository, which knows whether somebody is to be told of its end. The end of an
    /// order of a batch has to reach the batch in any case. What cannot be read is not known:
    /// the watchdog then stays until all is published.
    async fn work_of(&self, order: &ProvisioningOrder) -> DynamoWork {
        if order.batch.is_some() {
            return self.work.clone();
        }
        self.work.for_tenant(&order.tenant, self.clock.now()).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "subscribers not known");
            self.work.clone()
        })
    }

    /// Asks before it repeats: an earlier attempt may have reached the network, and its effect
    /// is then the order's effect.
    async fn ask(&self, order: &ProvisioningOrder, lease: &Lease) -> NetworkAnswer {
        if lease.attempt > 1 {
            match self.network.look_up(order).await {
                Lookup::Known(answer) => return answer,
                Lookup::Unknown { why } => return NetworkAnswer::Unknown { why },
                Lookup::Away { why } => return NetworkAnswer::Away { why },
                Lookup::Never => {}
            }
        }
        self.network.carry_out(order, lease).await
    }

    async fn end(
        &self,
        Held { order, lease, work }: &Held<'_>,
        event: Event,
        reason: Option<String>,
    ) -> Result<Outcome, StoreError> {
        let now = self.clock.now();
        let decision = Decision { event, reason, by: NETWORK.to_owned() };
        let Ok(applied) = order.apply(decision, now) else { return Ok(Outcome::Done) };
        match work.commit(&applied, Authority::Worker(lease), &()).await? {
            Committed::Done(order) => {
                let (attempts, status) = (lease.attempt, order.status);
                tracing::info!(attempts, %status, "order ended");
                let outcome = status.as_str();
                Metric::count("Orders", 1).by("kind", "ecc").by("outcome", outcome).emit();
                let took = (now - order.order_date).try_into().unwrap_or_default();
                Metric::duration("TimeToComplete", took).by("kind", "ecc").emit();
            }
            Committed::Superseded => {
                tracing::info!("ended by another");
            }
        }
        Ok(Outcome::Done)
    }

    /// The network is away: an outage of hours is no matter for a person. The message is tried
    /// again until its attempts are over, then the order less and less often, for a day.
    async fn await_network(
        &self,
        held: &Held<'_>,
        record: &RecordContext,
        why: &str,
    ) -> Result<Outcome, StoreError> {
        let Held { order, lease, work } = held;
        let is_last = self.limits.is_last(record.receive_count);
        let waits = work.await_outside(order, lease, is_last, why, self.clock.now()).await?;
        let Some(until) = waits else { return self.leave(held, record, why).await };
        tracing::warn!(attempts = lease.attempt, why, %until, "network away");
        Metric::count("OrdersAwaitingNetwork", 1).emit();
        Ok(Outcome::Done)
    }

    /// The network holds what the order cannot go on from. The order is marked at once; its message
    /// becomes a dead letter, which the operator redrives when the difference is gone.
    async fn intervene(
        &self,
        Held { order, lease, work }: &Held<'_>,
        difference: &str,
    ) -> Result<Outcome, StoreError> {
        let why = format!("the network differs: {difference}");
        work.mark_needs_intervention(order, lease, &why, self.clock.now()).await?;
        tracing::error!(attempts = lease.attempt, why, "order needs intervention");
        Ok(Outcome::poison("the network differs: left to a person"))
    }

    /// The effect is unknown. The lock stays; the last attempt marks the order.
    async fn leave(
        &self,
        Held { order, lease, work }: &Held<'_>,
        record: &RecordContext,
        why: &str,
    ) -> Result<Outcome, StoreError> {
        let now = self.clock.now();
        if self.limits.is_last(record.receive_count) {
            work.mark_needs_intervention(order, lease, why, now).await?;
            tracing::error!(attempts = lease.attempt, why, "order needs intervention");
            return Ok(Outcome::poison("attempts are over: left to a person"));
        }
        let delay = record.next_delay();
        let attempt = FailedAttempt::new(now, why, delay.try_into().ok());
        work.release_failed(order, lease, &(), &attempt).await?;
        Ok(Outcome::retry_after(why.to_owned(), delay))
    }
}

impl<N: SubscriptionNetwork + 'static> RecordHandler for SubscriptionWorker<N> {
    type Message = OrderMessage;

    async fn handle(&self, message: OrderMessage, record: &RecordContext) -> Outcome {
        let Ok(id) = message.order_id.parse() else {
            return Outcome::poison("no order number");
        };
        self.carry_out(id, record).await.unwrap_or_else(Outcome::from)
    }
}
