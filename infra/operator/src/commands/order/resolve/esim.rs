//! Ending an eSIM order by hand.

use domain::esim::{
    EsimOperation, EsimOrder, EsimOrderId, EsimOrderStatus, Failure, FailureKind, Fulfilment,
    ProfileFate,
};
use store::{DynamoEsimWork, EndedBy, EsimEnding};
use time::Duration;

use super::{Resolution, ResolveOrder, Resolved, ResolvedId};
use crate::{context::Context, error::CommandError};

/// As the functions' own: an end is not told for eSIM orders, so nothing waits for it.
const WATCHDOG: Duration = Duration::minutes(5);

/// COMPLETED is for a top-up, and for an order whose profile is released: its plans are there, as
/// the network says or by other means.
/// CANCELED is for any; its profile goes into quarantine, for nobody knows what the SM-DP+ has.
pub(super) async fn resolve(
    context: &Context,
    id: EsimOrderId,
    asked: ResolveOrder,
) -> Result<Resolved, CommandError> {
    let work = DynamoEsimWork::new(context.table()?, WATCHDOG);
    let missing = || CommandError::NoOrder(id.to_string());
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
            false => Err(CommandError::EsimOrderEnded(id, order.status)),
        };
    }
    let by = EndedBy::Operator(asked.by.clone());
    let ended = match asked.resolution {
        Resolution::Completed if topup(&order) || released(&order) => {
            work.complete(&order, &by, context.now()).await?
        }
        Resolution::Completed => return Err(CommandError::NotReleased(id)),
        Resolution::Canceled => {
            let kind = FailureKind::EndedByOperator;
            let failure = Failure { kind, message: asked.reason.clone() };
            let profile = order.fulfilment.reservation();
            let fate = profile.map(|profile| (&profile.iccid, ProfileFate::Quarantined));
            work.fail(&order, &by, &failure, fate, context.now()).await?
        }
    };
    match ended {
        EsimEnding::Done => Ok(resolved(true)),
        EsimEnding::Superseded => Err(CommandError::EsimOrderBusy(id)),
    }
}

fn topup(order: &EsimOrder) -> bool {
    matches!(order.details.operation, EsimOperation::Topup { .. })
}

fn released(order: &EsimOrder) -> bool {
    matches!(order.fulfilment, Fulfilment::Released { .. } | Fulfilment::PlanAdded { .. })
}
