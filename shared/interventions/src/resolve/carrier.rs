//! Ending a carrier order by hand.

use domain::{
    carrier::{AnyCarrierOrder, BuyerOrderEvent, OrderId, OrderStatus},
    order::Lifecycle,
};
use store::{Authority, Committed, DynamoBuyerWork, DynamoCarrierOrders};
use time::OffsetDateTime;

use super::{Resolution, ResolveRequest, Resolved, ResolvedId};
use crate::{Interventions, ResolveError};

impl Interventions {
    /// Only an order at a remote Seller, which may never report again. One of a Seller here ends by
    /// its parties or its worker, with all that it claims.
    pub(super) async fn resolve_carrier(
        &self,
        id: OrderId,
        asked: ResolveRequest,
        now: OffsetDateTime,
    ) -> Result<Resolved, ResolveError> {
        let table = self.table.clone();
        let order = DynamoCarrierOrders::new(table.clone()).get(&id).await?;
        let order = match order {
            Some(AnyCarrierOrder::Buyer(order)) => order,
            Some(AnyCarrierOrder::Seller(_)) => return Err(ResolveError::NotResolvable(id)),
            None => return Err(ResolveError::NoOrder(id.to_string())),
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
        let Ok(applied) = order.apply(event, now) else {
            return Err(ResolveError::CarrierOrderEnded(id, order.status()));
        };
        let work = DynamoBuyerWork::new(table, self.watchdog);
        match work.commit(&applied, Authority::Operator, &None).await? {
            Committed::Done(_) => Ok(resolved(true)),
            Committed::Superseded => Err(ResolveError::CarrierOrderBusy(id)),
        }
    }
}
