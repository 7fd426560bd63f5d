//! Ending an eSIM order by hand.

use domain::{
    esim::{
        EsimOrder, EsimOrderEvent, EsimOrderId, EsimOrderStatus, Failure, FailureKind, Fulfilment,
        ProfileFate,
    },
    order::Lifecycle,
};
use store::{Authority, Committed, DynamoEsimWork};
use time::OffsetDateTime;

use super::{Resolution, ResolveRequest, Resolved, ResolvedId};
use crate::{Interventions, ResolveError};

impl Interventions {
    /// COMPLETED is for a top-up, and for an order whose profile is released: its plans are there, as
    /// the network says or by other means.
    /// CANCELED is for any; its profile goes into quarantine, for nobody knows what the SM-DP+ has.
    pub(super) async fn resolve_esim(
        &self,
        id: EsimOrderId,
        asked: ResolveRequest,
        now: OffsetDateTime,
    ) -> Result<Resolved, ResolveError> {
        let work = DynamoEsimWork::new(self.table.clone(), self.watchdog);
        let missing = || ResolveError::NoOrder(id.to_string());
        let order = work.orders().get(id).await?.ok_or_else(missing)?;
        let wanted = match asked.resolution {
            Resolution::Completed => EsimOrderStatus::Completed,
            Resolution::Canceled => EsimOrderStatus::Failed,
        };
        let resolved = |changed| Resolved {
            id: ResolvedId::Esim(id),
            status: wanted.as_str(),
            changed,
            by: asked.by.clone(),
            reason: Some(asked.reason.clone()),
        };
        if order.status.is_final() {
            return match order.status == wanted {
                true => Ok(resolved(false)),
                false => Err(ResolveError::EsimOrderEnded(id, order.status)),
            };
        }
        let by = asked.by.clone();
        let event = match asked.resolution {
            Resolution::Completed if order.is_topup() || released(&order) => {
                EsimOrderEvent::CompletedByHand { by }
            }
            Resolution::Completed => return Err(ResolveError::NotReleased(id)),
            Resolution::Canceled => {
                let kind = FailureKind::EndedByOperator;
                let failure = Failure { kind, message: asked.reason.clone() };
                let profile = order.fulfilment.reservation();
                let profile =
                    profile.map(|profile| (profile.iccid.clone(), ProfileFate::Quarantined));
                EsimOrderEvent::Failed { failure, profile, by: Some(by) }
            }
        };
        let Ok(applied) = order.apply(event, now) else {
            return Err(ResolveError::NotReleased(id));
        };
        match work.commit(&applied, Authority::Operator, &()).await? {
            Committed::Done(_) => Ok(resolved(true)),
            Committed::Superseded => Err(ResolveError::EsimOrderBusy(id)),
        }
    }
}

fn released(order: &EsimOrder) -> bool {
    matches!(order.fulfilment, Fulfilment::Released { .. } | Fulfilment::PlanAdded { .. })
}
