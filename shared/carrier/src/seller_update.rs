//! Updates of a Seller elsewhere on an order that is kept there.

use api::{ApiRequest, ApiResponse, Problem, StatusCode};
use domain::{
    carrier::{
        CarrierContext, CarrierOrder, CarrierOrderError, CarrierOrderEvent, OrderHeader, OrderId,
        PartyId, Pon, Side,
    },
    idempotency::IdempotencyGuard,
    order::{Applied, Lifecycle},
};
use serde_json::{Map, Value};
use store::{Authority, CarrierCommit, Committed, NewNotification};

use crate::{
    orders::CarrierOrders,
    problem::{not_stored, order_problem},
    roles::{audience, roles},
    step::ATTEMPTS,
};

/// Which order a Seller elsewhere refers to.
#[derive(Debug)]
pub struct OrderReference<'a> {
    /// Who ordered.
    pub buyer: &'a PartyId,
    /// Who sends the update.
    pub seller: &'a PartyId,
    /// The Buyer's id of it, when the Seller says it.
    pub pon: Option<&'a Pon>,
    /// The Seller's id of it, when the Seller says it.
    pub order: Option<&'a OrderId>,
}

/// The event that an update is, and the notification that it came with.
pub type UpdateEvent = (CarrierOrderEvent, Option<NewNotification>);

impl OrderReference<'_> {
    /// Whether it refers to this order.
    fn is_about(&self, order: &CarrierOrder) -> bool {
        let OrderHeader { buyer, seller, .. } = &order.header;
        order.buyer_order.as_ref().is_some_and(|buyer_order| {
            (buyer, seller) == (self.buyer, self.seller)
                && self.order.is_none_or(|order| buyer_order.may_be(order))
        })
    }
}

impl CarrierOrders {
    /// A Seller elsewhere updates an order of ours: 201 and what it has sent. `update` is the event
    /// that this is, and the notification, to be kept whether it changes the order or not.
    ///
    /// # Errors
    /// 404 for an order that is not known here, or is another's; or a problem of ours.
    pub async fn seller_update(
        &self,
        request: &ApiRequest,
        about: &OrderReference<'_>,
        body: &Map<String, Value>,
        update: impl Fn(&CarrierOrder) -> Result<UpdateEvent, Problem> + Send + Sync,
    ) -> Result<ApiResponse, Problem> {
        let identity = request.identity()?;
        let id = self.referenced(about).await?.ok_or(Problem::NotFound)?;
        for _ in 0..ATTEMPTS {
            let order = self.find_order(identity, &id).await?;
            // A client of the Buyer sees the order as well, and must not speak for the Seller.
            let as_seller = roles(identity, &order.header).contains(&Side::Seller);
            if !as_seller || !about.is_about(&order) {
                return Err(Problem::NotFound);
            }
            let (event, note) = update(&order)?;
            let now = self.clock.now();
            let echo = ApiResponse::json(StatusCode::CREATED, body)?;
            let echo = echo.visible_to(audience(&order.header));
            let guard = request.guard(&echo)?;
            let applied = match order.apply(event, now) {
                Ok(applied) => applied,
                Err(CarrierOrderError::Unchanged) => {
                    let Some(note) = &note else { return Ok(echo) };
                    let kept = self.work.keep(&id, note, guard.as_ref(), now).await?;
                    return Ok(if kept { echo.recorded() } else { echo });
                }
                Err(error) => return Err(order_problem(&error)),
            };
            if self.updated(&applied, note, guard.as_ref()).await? {
                return Ok(echo.recorded());
            }
        }
        Err(not_stored())
    }

    /// The id of the order here.
    async fn referenced(&self, about: &OrderReference<'_>) -> Result<Option<OrderId>, Problem> {
        let found = match (about.pon, about.order) {
            (Some(pon), _) => self.orders.by_pon(about.buyer, pon).await,
            (None, Some(order)) => self.orders.by_sellers_id(about.seller, order).await,
            (None, None) => Ok(None),
        };
        found.map_err(Problem::failed)
    }

    /// False: the order is not as it was read.
    async fn updated(
        &self,
        applied: &Applied<CarrierOrder>,
        note: Option<NewNotification>,
        guard: Option<&IdempotencyGuard>,
    ) -> Result<bool, Problem> {
        let notifications: Vec<NewNotification> = note.into_iter().collect();
        let commit = CarrierCommit {
            applied,
            document: None,
            notifications: &notifications,
            by: Authority::Party,
            context: &CarrierContext::default(),
        };
        match self.work.commit_call(&commit, guard).await? {
            Committed::Done(order) => {
                let (order_id, status) = (order.header.id.as_str(), order.progress.status);
                tracing::info!(order_id, %status, "updated by the seller");
                Ok(true)
            }
            Committed::Superseded => Ok(false),
        }
    }
}
