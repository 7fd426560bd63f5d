//! Scenarios in place of SM-DP+ and network (`infra/docs/guides/scenarios.md`).
//!
//! Nothing is kept: what is answered depends on the order, its age and its attempts alone, so that
//! every instance answers the same, and a worker that dies loses nothing.

use domain::{
    esim::{
        ConfirmedOrder, DownloadProgress, Es2Function, Fulfilment, OrderedProfile, Outcome,
        PlanNetwork, SmDpPlus, Work,
    },
    network::{Lookup, NetworkAnswer},
    scenario::{EsimCourse, NetworkCourse},
};
use store::{NotedProgress, StoreError};

use crate::{EsimWorker, steps::LeasedOrder};

impl<S: SmDpPlus, P: PlanNetwork> EsimWorker<S, P> {
    /// The course of the order's scenario. Outside a sandbox no order has one.
    pub(crate) fn course(&self, held: &LeasedOrder<'_>) -> Option<EsimCourse> {
        let email = &held.order.details.customer.email;
        self.terms.sandbox.of_customer(email).map(|scenario| scenario.course)
    }

    /// What comes of the order's step; none when the step calls nobody.
    pub(crate) async fn sandboxed(
        &self,
        held: &LeasedOrder<'_>,
        course: EsimCourse,
        work: &Work,
    ) -> Option<Outcome> {
        let replaced = held.order.fulfilment.reservation().map_or(0, |profile| profile.replaced);
        let at = (attempt(held), replaced);
        match work {
            Work::DownloadOrder(order) => {
                let ordered = OrderedProfile { iccid: order.iccid.clone() };
                Some(Outcome::Downloaded(course.call(Es2Function::DownloadOrder, at, ordered)))
            }
            Work::ConfirmOrder(order) => {
                let matching_id = order.matching_id.clone();
                let confirmed = ConfirmedOrder { matching_id, smdp_address: None };
                Some(Outcome::Confirmed(course.call(Es2Function::ConfirmOrder, at, confirmed)))
            }
            Work::CancelOrder(_) => {
                Some(Outcome::Cancelled(course.call(Es2Function::CancelOrder, at, ())))
            }
            Work::AddPlans { .. } => {
                Some(Outcome::PlanAdded(self.sandboxed_plans(held, course.network).await))
            }
            Work::ReserveProfile { .. } | Work::Complete => None,
        }
    }

    /// Asks before it repeats, as it asks a network.
    async fn sandboxed_plans(
        &self,
        held: &LeasedOrder<'_>,
        network: NetworkCourse,
    ) -> NetworkAnswer {
        let age = || self.clock.now() - held.order.order_date;
        let wait = network.wait(age());
        tokio::time::sleep(wait.try_into().unwrap_or_default()).await;
        let attempt = attempt(held);
        if attempt > 1 {
            match network.look_up(attempt, age()) {
                Lookup::Known(answer) => return answer,
                Lookup::Unknown { why } => return NetworkAnswer::Unknown { why },
                Lookup::Away { why } => return NetworkAnswer::Away { why },
                Lookup::Never => {}
            }
        }
        network.carry_out(attempt, age())
    }

    /// Notes how far a device has come, once the profile is released; the order has changed if that
    /// is new, and must be read again.
    ///
    /// Dies before the note: the next attempt notes it. Dies after it: the next attempt finds it
    /// known, and goes on.
    pub(crate) async fn note_download(
        &self,
        held: &LeasedOrder<'_>,
        course: EsimCourse,
    ) -> Result<bool, StoreError> {
        let Fulfilment::Released { reservation, .. } = &held.order.fulfilment else {
            return Ok(false);
        };
        let Some(installation) = course.installation(&held.order) else { return Ok(false) };
        let eid = held.order.details.device.eid.clone();
        let progress = DownloadProgress { iccid: reservation.iccid.clone(), eid, installation };
        let noted = self.work.progress().note(&progress).await?;
        Ok(matches!(noted, NotedProgress::Noted(_)))
    }
}

/// The attempt at the call of the order's step: the first, when this very run has written the step.
fn attempt(held: &LeasedOrder<'_>) -> u32 {
    if held.earlier { held.lease.attempt } else { 1 }
}
