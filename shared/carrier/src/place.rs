//! Placing an order for its Buyer.

use api::{ApiRequest, ApiResponse, Problem, remember, repeat};
use domain::carrier::{CarrierContext, CarrierOrder, Notification};
use serde_json::{Map, Value};
use store::{CarrierPlacing, PlacedCarrierOrder};
use time::OffsetDateTime;

use crate::{desk::Desk, step::notifications};

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

impl Desk {
    /// Places an order. The inner error is the first answer to a repeated request.
    ///
    /// # Errors
    /// A problem of ours.
    pub async fn place(
        &self,
        request: &ApiRequest,
        placement: Placement<'_>,
        now: OffsetDateTime,
    ) -> Result<Result<PlacedCarrierOrder, Result<ApiResponse, Problem>>, Problem> {
        let Placement { order, document, told, listed_at, response } = placement;
        let once = request.once()?;
        let remembered = once.as_ref().map(|once| remember(once, response));
        let tenant = &request.identity()?.tenant;
        let context = CarrierContext::of(self.party(&order.header.seller).await?);
        let placing = CarrierPlacing {
            order,
            document: &serde_json::to_string(document).map_err(Problem::internal)?,
            notifications: &notifications(&order.header, told)?,
            context: &context,
            watchdog: self.watchdog,
            listed_at,
            once: once
                .as_ref()
                .zip(remembered.as_ref())
                .map(|(once, answer)| (tenant, once, answer)),
            now,
        };
        let placed = self.orders.place(&placing).await.map_err(Problem::failed)?;
        Ok(match (placed, &once) {
            (PlacedCarrierOrder::Repeated(earlier), Some(once)) => Err(repeat(once, &earlier)),
            (placed, _) => Ok(placed),
        })
    }
}
