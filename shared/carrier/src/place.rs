//! Placing an order for its Buyer.

use api::{ApiRequest, ApiResponse, Problem};
use domain::carrier::{CarrierContext, CarrierOrder, Notification};
use serde_json::{Map, Value};
use store::{CarrierPlacing, PlacedCarrierOrder};
use time::OffsetDateTime;

use crate::{orders::CarrierOrders, step::notifications};

/// An order to be placed.
#[derive(Debug)]
pub struct Placement<'a> {
    /// The order.
    pub order: &'a CarrierOrder,
    /// The Buyer's document.
    pub document: &'a Map<String, Value>,
    /// What the Buyer is told by placing it.
    pub told: Vec<(Notification, Option<Map<String, Value>>)>,
    /// Its place in lists.
    pub listed_at: OffsetDateTime,
    /// What is answered when it is placed.
    pub response: &'a ApiResponse,
}

impl CarrierOrders {
    /// Places an order.
    ///
    /// # Errors
    /// A problem of ours, or the key has been used.
    pub async fn place(
        &self,
        request: &ApiRequest,
        placement: Placement<'_>,
        now: OffsetDateTime,
    ) -> Result<PlacedCarrierOrder, Problem> {
        let Placement { order, document, told, listed_at, response } = placement;
        let guard = request.guard(response)?;
        let context = CarrierContext::of(self.party(&order.header.seller).await?);
        let placing = CarrierPlacing {
            order,
            document: &serde_json::to_string(document).map_err(Problem::internal)?,
            notifications: &notifications(&order.header, told)?,
            context: &context,
            watchdog: self.watchdog,
            listed_at,
            guard: guard.as_ref(),
            now,
        };
        Ok(self.orders.place(&placing).await?)
    }
}
