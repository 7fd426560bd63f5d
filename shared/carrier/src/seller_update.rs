//! What a Seller reports about an order: one here from its own systems, one elsewhere to its Buyer
//! here.

use domain::{
    carrier::{
        CarrierContext, CarrierOrder, CarrierOrderError, CarrierOrderEvent, Hosting, OrderHeader,
        OrderId, PartyId, Pon, Side,
    },
    idempotency::IdempotencyGuard,
    order::{Applied, Lifecycle},
    violation::Violations,
};
use serde_json::{Map, Value};
use store::{Authority, CarrierCommit, Committed, NewNotification};

use crate::{
    CarrierError, CarrierOrders, Command, CommandContext, CommandOutcome, execute::ATTEMPTS,
    orders::json_text, roles::roles, tolerance::tolerate, wire::NotificationRequest,
};

/// Which order a Seller elsewhere refers to.
#[derive(Debug)]
pub(crate) struct OrderReference<'a> {
    /// Who ordered.
    pub(crate) buyer: &'a PartyId,
    /// Who sends the update.
    pub(crate) seller: &'a PartyId,
    /// The Buyer's id of it, when the Seller says it.
    pub(crate) pon: Option<&'a Pon>,
    /// The Seller's id of it, when the Seller says it.
    pub(crate) order: Option<&'a OrderId>,
}

/// The event that an update is, and the notification that it came with.
type UpdateEvent = (CarrierOrderEvent, Option<NewNotification>);

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
    /// A Seller reports progress of an order under its own `id` of it. From a Seller here, each
    /// type of notification is an event of the transition table: applied, stored, and published
    /// to the Buyer with the same body. From one elsewhere, the order is found by what its Buyer
    /// calls it; what is repeated or overtaken is kept and moves nothing.
    ///
    /// # Errors
    /// Why the report was not stored.
    pub async fn report(
        &self,
        context: &CommandContext<'_>,
        id: &OrderId,
        sent: NotificationRequest,
    ) -> Result<CommandOutcome, CarrierError> {
        if sent.report.order != *id {
            return Err(Violations::one("/orderId", "differs from the order in the path").into());
        }
        let seller = self.party(&sent.report.seller).await?;
        let Some(seller) = seller.filter(|seller| seller.hosting == Hosting::Remote) else {
            return self.execute(context, id, &Command::Report(Box::new(sent))).await;
        };
        tolerate(&seller.id, Some(&seller), &sent.tolerated)?;
        let NotificationRequest { body, report, version, .. } = sent;
        let about = OrderReference {
            buyer: &report.buyer,
            seller: &report.seller,
            pon: Some(&report.pon),
            order: Some(&report.order),
        };
        let text = json_text(&body);
        let update = |order: &CarrierOrder| {
            // One without a version is taken as the next.
            let version = version.unwrap_or(order.progress.notification_version + 1);
            // Not pushed: the Buyer is here.
            let note = NewNotification { version, body: text.clone(), pushed: false };
            let report = Box::new(report.clone());
            (CarrierOrderEvent::SellerNotified { report, version }, Some(note))
        };
        self.seller_update(context, &about, body, update).await
    }

    /// A Seller elsewhere updates an order of ours. `update` is the event that this is, and the
    /// notification, to be kept whether it changes the order or not.
    ///
    /// # Errors
    /// The order is not known here, or is another's; or the update was not stored.
    pub(crate) async fn seller_update(
        &self,
        context: &CommandContext<'_>,
        about: &OrderReference<'_>,
        body: Map<String, Value>,
        update: impl Fn(&CarrierOrder) -> UpdateEvent + Send + Sync,
    ) -> Result<CommandOutcome, CarrierError> {
        let id = self.referenced(about).await?.ok_or(CarrierError::OrderNotFound)?;
        for _ in 0..ATTEMPTS {
            let order = self.find_order(context.caller, &id).await?;
            // A client of the Buyer sees the order as well, and must not speak for the Seller.
            let as_seller = roles(context.caller, &order.header).contains(&Side::Seller);
            if !as_seller || !about.is_about(&order) {
                return Err(CarrierError::OrderNotFound);
            }
            let (event, note) = update(&order);
            let now = self.clock.now();
            let header = Box::new(order.header.clone());
            let received = CommandOutcome::Received { header: header.clone(), body: body.clone() };
            let guard = context.guard(&received)?;
            let applied = match order.apply(event, now) {
                Ok(applied) => applied,
                Err(CarrierOrderError::Unchanged) => {
                    let kept = match &note {
                        Some(note) => self.work.keep(&id, note, guard.as_ref(), now).await?,
                        None => false,
                    };
                    let known = CommandOutcome::Known { header, body };
                    return Ok(if kept { received } else { known });
                }
                Err(error) => return Err(error.into()),
            };
            if self.updated(&applied, note, guard.as_ref()).await? {
                return Ok(received);
            }
        }
        Err(CarrierError::Contended)
    }

    /// The id of the order here.
    async fn referenced(
        &self,
        about: &OrderReference<'_>,
    ) -> Result<Option<OrderId>, CarrierError> {
        Ok(match (about.pon, about.order) {
            (Some(pon), _) => self.orders.by_pon(about.buyer, pon).await?,
            (None, Some(order)) => self.orders.by_sellers_id(about.seller, order).await?,
            (None, None) => None,
        })
    }

    /// False: the order is not as it was read.
    async fn updated(
        &self,
        applied: &Applied<CarrierOrder>,
        note: Option<NewNotification>,
        guard: Option<&IdempotencyGuard>,
    ) -> Result<bool, CarrierError> {
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
