//! A network without keys as the network of subscription orders.

use std::sync::Arc;

use domain::{
    clock::Clock,
    lease::Lease,
    network::{
        Lookup, NetworkAnswer, StateNetwork, StateSession as _, StepError, StepPlan, Subscriber,
        SubscriptionNetwork, beyond_numbers,
    },
    numbering::Iccid,
    provisioning::{Operation, ProvisioningOrder},
    sim::Sim,
    subscription::Subscription,
};
use lambda::{system::SystemClock, telemetry::Metric};
use network::NotCarried;
use store::{DynamoSimData, DynamoSubscriptions, StoreError, Table};

use crate::steps::{Sims, Task, bring, failed};

/// Carries orders out in a state-based network, with the SIM data of the table.
pub struct StepNetwork<N> {
    network: N,
    sims: DynamoSimData,
    subscriptions: DynamoSubscriptions,
    not_carried: NotCarried,
    clock: Arc<dyn Clock>,
}

/// Why an order is refused before anything is sent.
struct Refusal(&'static str);

impl<N: StateNetwork> StepNetwork<N> {
    /// Over this network and this table.
    pub fn new(network: N, table: &Table, not_carried: NotCarried) -> Self {
        Self {
            network,
            sims: DynamoSimData::new(table.clone()),
            subscriptions: DynamoSubscriptions::new(table.clone()),
            not_carried,
            clock: Arc::new(SystemClock),
        }
    }

    /// With another clock: for tests.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    async fn run(
        &self,
        order: &ProvisioningOrder,
        lease: &Lease,
    ) -> Result<NetworkAnswer, StoreError> {
        // Locked by the order, the subscription is as it was when the order was placed.
        let subscription = self.subscriptions.get(order.subscription).await?;
        let locked = subscription.filter(|found| found.outstanding_order == Some(order.id));
        let Some(subscription) = locked else {
            let why = "the order does not lock its subscription".to_owned();
            return Ok(NetworkAnswer::Unknown { why });
        };
        if order.operation.is_repair() {
            return self.repair(order, &subscription, lease).await;
        }
        let plan = StepPlan::of_order(order, &subscription);
        let beyond = beyond_numbers(order, &subscription);
        let is_refused = self.not_carried == NotCarried::Refuse && !beyond.is_empty();
        let refusal =
            is_refused.then(|| format!("the network does not carry: {}", beyond.join(", ")));
        let answer = if plan.steps().is_empty() {
            match refusal {
                Some(reason) => NetworkAnswer::Refused { reason },
                None => NetworkAnswer::Done,
            }
        } else {
            match self.sims_of(order).await? {
                Err(Refusal(why)) => NetworkAnswer::Refused { reason: why.to_owned() },
                Ok(sims) => {
                    let (plan, sims, clock) = (&plan, &sims, &*self.clock);
                    bring(&self.network, &Task { plan, sims, refusal, lease, clock }).await
                }
            }
        };
        if answer == NetworkAnswer::Done && !beyond.is_empty() {
            report(&beyond);
        }
        Ok(answer)
    }

    /// Brings the network to what the orders say of the SIM, from whatever is there.
    ///
    /// When the process dies, the next attempt reads again and goes on from there. Both lead to the same
    /// values, so that a late step of the first changes nothing after the second.
    async fn repair(
        &self,
        order: &ProvisioningOrder,
        subscription: &Subscription,
        lease: &Lease,
    ) -> Result<NetworkAnswer, StoreError> {
        let sims = match self.sims_of(order).await? {
            Ok(sims) => sims,
            Err(Refusal(why)) => return Ok(NetworkAnswer::Refused { reason: why.to_owned() }),
        };
        let target = StepPlan::of_order(order, subscription).target();
        let found = match self.found(&sims.current).await {
            Ok(found) => found,
            Err(error) => return Ok(failed(error)),
        };
        let plan = StepPlan::reaching(found, target.current.as_ref());
        let task = Task { plan: &plan, sims: &sims, refusal: None, lease, clock: &*self.clock };
        Ok(match bring(&self.network, &task).await {
            // Others change the network between the two reads: the next attempt begins with what they
            // leave.
            NetworkAnswer::Differs { difference } => NetworkAnswer::Unknown {
                why: format!("the network changed meanwhile: {difference}"),
            },
            answer => answer,
        })
    }

    async fn found(&self, sim: &Sim) -> Result<Option<Subscriber>, StepError> {
        self.network.open().await?.read(sim).await
    }

    /// The SIMs of an order. SIM data never changes and never goes: when it is missing now, no step
    /// of the order has been sent before.
    async fn sims_of(
        &self,
        order: &ProvisioningOrder,
    ) -> Result<Result<Sims, Refusal>, StoreError> {
        let new_sim = match &order.operation {
            Operation::Change(change) => change.iccid.as_ref(),
            _ => None,
        };
        let Some(current) = self.sim(&order.iccid).await? else {
            return Ok(Err(Refusal("the network has no data of the SIM")));
        };
        if order.imsi.as_ref().is_some_and(|imsi| *imsi != current.identity.imsi) {
            return Ok(Err(Refusal("the SIM has another IMSI")));
        }
        let replacement = match new_sim {
            None => None,
            Some(iccid) => match self.sim(iccid).await? {
                Some(sim) => Some(sim),
                None => return Ok(Err(Refusal("the network has no data of the new SIM"))),
            },
        };
        Ok(Ok(Sims { current, replacement }))
    }

    async fn sim(&self, iccid: &Iccid) -> Result<Option<Sim>, StoreError> {
        self.sims.get(iccid).await
    }
}

/// Says which values the network does not carry, by their names.
fn report(beyond: &[&'static str]) {
    tracing::warn!(values = beyond.join(", "), "carried out without values");
    for value in beyond {
        Metric::count("ValuesNotCarried", 1).by("value", *value).emit();
    }
}

impl<N: StateNetwork> SubscriptionNetwork for StepNetwork<N> {
    async fn carry_out(&self, order: &ProvisioningOrder, lease: &Lease) -> NetworkAnswer {
        match self.run(order, lease).await {
            Ok(answer) => answer,
            Err(error) => NetworkAnswer::Unknown { why: format!("table: {error}") },
        }
    }

    /// It knows no orders: what it holds is read when the order is carried out.
    async fn look_up(&self, _: &ProvisioningOrder) -> Lookup {
        Lookup::Never
    }
}
