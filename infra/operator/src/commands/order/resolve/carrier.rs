//! Ending a carrier order by hand.

use domain::{
    carrier::{AnyCarrierOrder, BuyerOrderEvent, OrderId, OrderStatus},
    order::Lifecycle,
};
use store::{Authority, Committed, DynamoBuyerWork, DynamoCarrierOrders};

use super::{Resolution, ResolveOrder, Resolved, ResolvedId};
use crate::{context::Context, error::CommandError};

/// Only an order at a remote Seller, which may never report again. One of a Seller here ends by
/// its parties or its worker, with all that it claims.
pub(super) async fn resolve(
    context: &Context,
    id: OrderId,
    asked: ResolveOrder,
) -> Result<Resolved, CommandError> {
    let table = context.table()?;
    let order = DynamoCarrierOrders::new(table.clone()).get(&id).await?;
    let order = match order {
        Some(AnyCarrierOrder::Buyer(order)) => order,
        Some(AnyCarrierOrder::Seller(_)) => return Err(CommandError::NotResolvable(id)),
        None => return Err(CommandError::NoOrder(id.to_string())),
    };
    let status = match asked.resolution {
        Resolution::Completed => OrderStatus::Completed,
        Resolution::Canceled => OrderStatus::Cancelled,
    };
    let resolved = |changed| Resolved {
        id: ResolvedId::Carrier(id.to_string()),
        status: status.as_str(),
        changed,
        by: asked.by.clone(),
        reason: Some(asked.reason.clone()),
    };
    if order.status() == status {
        return Ok(resolved(false));
    }
    let (reason, by) = (asked.reason.clone(), asked.by.clone());
    let event = BuyerOrderEvent::Resolved { status, reason, by };
    let Ok(applied) = order.apply(event, context.now()) else {
        return Err(CommandError::CarrierOrderEnded(id, order.status()));
    };
    let work = DynamoBuyerWork::new(table, context.watchdog());
    match work.commit(&applied, Authority::Operator, &None).await? {
        Committed::Done(_) => Ok(resolved(true)),
        Committed::Superseded => Err(CommandError::CarrierOrderBusy(id)),
    }
}
