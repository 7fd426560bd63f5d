//! The order that repairs a finding: placed as any other, and carried out by its worker.

use domain::{
    drift::{DriftSubject, Finding, RepairState},
    network::{DriftKind, DriftPolicy},
    provisioning::{Operation, OrderNumber, ProvisioningOrder},
    subscription::{NewSubscription, OdbProfile, Subscription, SubscriptionId},
};
use lambda::telemetry::Metric;
use store::{GuardedError, Placed, Placing, SimTruth, StoreError};
use time::{Duration, OffsetDateTime};

use crate::DriftSweeper;

impl<N> DriftSweeper<N> {
    /// Places the order of a finding whose repair is due. One that is not placed, because an order is
    /// outstanding or something changed, is looked at again by the next run.
    pub(crate) async fn repair(
        &self,
        finding: &Finding,
        truth: &SimTruth,
    ) -> Result<(), StoreError> {
        if !self.is_due(finding) {
            return Ok(());
        }
        // Stored in milliseconds, as the order's number has it.
        let now = self.clock.now();
        let at = now - Duration::nanoseconds(i64::from(now.nanosecond() % 1_000_000));
        let number = OrderNumber::generate(at, self.random.generate());
        let Some((operation, subscription)) = wanted(finding, truth, number, at) else {
            return Ok(());
        };
        let correlation = format!("drift-{number}");
        let order = ProvisioningOrder::placed(number, &subscription, operation, at, correlation);
        let placing = Placing {
            order: &order,
            subscription: &subscription,
            parent: None,
            watchdog: self.config.watchdog,
            guard: None,
            now: at,
        };
        match self.placing.place(&placing).await {
            Ok(Placed::Done) => {
                self.findings.ordered(finding, number).await?;
                let (order_id, operation) = (number.get(), order.operation.as_str());
                tracing::info!(order_id, operation, "repair placed");
                Metric::count("DriftRepairs", 1).emit();
                Ok(())
            }
            Ok(other) => {
                tracing::info!(?other, "repair not placed");
                Ok(())
            }
            Err(GuardedError::Failed(error)) => Err(error),
            Err(GuardedError::KeyUsed(_)) => Ok(()),
        }
    }

    /// By the policy, what differs of a subscription is repaired once: a repair that was refused, and
    /// every deletion of a subscriber that no order has created, needs a decision of the operator.
    fn is_due(&self, finding: &Finding) -> bool {
        let is_automatic =
            self.config.policy == DriftPolicy::Repair && finding.drift.kind != DriftKind::Foreign;
        finding.is_repairable
            && match finding.repair {
                RepairState::Proposed => is_automatic,
                RepairState::Approved { .. } => true,
                RepairState::Ordered(_) => false,
            }
    }
}

/// What an order does about a finding, and the subscription that it locks.
fn wanted(
    finding: &Finding,
    truth: &SimTruth,
    number: OrderNumber,
    at: OffsetDateTime,
) -> Option<(Operation, Subscription)> {
    match (truth, &finding.repair, &finding.subject) {
        (SimTruth::Subscription { subscription, .. }, _, _) => {
            Some((Operation::Restore, (**subscription).clone()))
        }
        (
            SimTruth::Free,
            RepairState::Approved { tenant: Some(tenant), .. },
            DriftSubject::Sim(iccid),
        ) => {
            let (iccid, tenant) = (iccid.clone(), tenant.clone());
            let id = SubscriptionId::new(at, &iccid);
            let odb_profile = OdbProfile::default();
            let new = NewSubscription { iccid, msisdn: None, imsi: None, odb_profile };
            Some((Operation::Withdraw, new.into_subscription(id, tenant, number)))
        }
        _ => None,
    }
}
