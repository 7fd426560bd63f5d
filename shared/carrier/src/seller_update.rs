//! What a Seller reports about an order: one here from its own systems, one elsewhere to its Buyer
//! here.

use domain::{
    carrier::{
        AnyCarrierOrder, BuyerOrder, BuyerOrderError, BuyerOrderEvent, Hosting, OrderHeader,
        OrderId, Party, PartyId, Pon, Side, Tolerated,
    },
    idempotency::IdempotencyGuard,
    order::{Applied, Lifecycle},
    violation::Violations,
};
use lambda::telemetry::name_order;
use serde_json::{Map, Value};
use store::{Authority, CarrierCommit, Committed, CommittedNotification, ReceivedNotification};

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
    pub(crate) seller: &'a Party,
    /// The Buyer's id of it, when the Seller says it.
    pub(crate) pon: Option<&'a Pon>,
    /// The Seller's id of it, when the Seller says it.
    pub(crate) order: Option<&'a OrderId>,
}

/// The event that an update is, and the notification that it came with: it is stored whether it
/// changes the order or not.
#[derive(Debug)]
pub(crate) struct Update {
    pub(crate) event: BuyerOrderEvent,
    pub(crate) notification: Option<ReceivedNotification>,
    /// Its deviations from the contract.
    pub(crate) tolerated: Vec<Tolerated>,
}

/// What came of an update.
enum Updated {
    /// The order has changed, or what is stored beside it.
    Stored,
    /// The update was known.
    Known,
    /// The order is not as it was read.
    Superseded,
}

impl OrderReference<'_> {
    /// Whether it refers to this order.
    fn is_about(&self, kept: &BuyerOrder) -> bool {
        let OrderHeader { buyer, seller, .. } = &kept.order.header;
        (buyer, seller) == (self.buyer, &self.seller.id)
            && self.order.is_none_or(|order| kept.may_be(order))
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
        let NotificationRequest { body, report, version, tolerated } = sent;
        let about = OrderReference {
            buyer: &report.buyer,
            seller: &seller,
            pon: Some(&report.pon),
            order: Some(&report.order),
        };
        let update = Update {
            event: BuyerOrderEvent::Notified { report: Box::new(report.clone()), version },
            notification: Some(ReceivedNotification { version, body: json_text(&body) }),
            tolerated,
        };
        self.seller_update(context, &about, body, &update).await
    }

    /// A Seller elsewhere updates an order of ours.
    ///
    /// # Errors
    /// The order is not known here, or is another's; or the update was not stored.
    pub(crate) async fn seller_update(
        &self,
        context: &CommandContext<'_>,
        about: &OrderReference<'_>,
        body: Map<String, Value>,
        update: &Update,
    ) -> Result<CommandOutcome, CarrierError> {
        let id = self.referenced(about).await?.ok_or(CarrierError::OrderNotFound)?;
        for _ in 0..ATTEMPTS {
            let Some(AnyCarrierOrder::Buyer(order)) = self.orders.get(&id).await? else {
                return Err(CarrierError::OrderNotFound);
            };
            let header = &order.order.header;
            // A client of the Buyer sees the order as well, and must not speak for the Seller.
            let as_seller = roles(context.caller, header).contains(&Side::Seller);
            if !as_seller || !about.is_about(&order) {
                return Err(CarrierError::OrderNotFound);
            }
            tolerate(&about.seller.id, Some(about.seller), &update.tolerated)?;
            let header = Box::new(header.clone());
            let received = CommandOutcome::Received { header: header.clone(), body: body.clone() };
            let guard = context.guard(&received)?;
            match self.update(&order, update, guard.as_ref()).await? {
                Updated::Stored => return Ok(received),
                Updated::Known => return Ok(CommandOutcome::Known { header, body }),
                Updated::Superseded => {}
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
            (None, Some(order)) => self.orders.by_sellers_id(&about.seller.id, order).await?,
            (None, None) => None,
        })
    }

    /// Applies an update, and stores what becomes of it.
    async fn update(
        &self,
        order: &BuyerOrder,
        Update { event, notification, .. }: &Update,
        guard: Option<&IdempotencyGuard>,
    ) -> Result<Updated, CarrierError> {
        let now = self.clock.now();
        let applied = match (order.apply(event.clone(), now), notification) {
            (Ok(applied), _) => applied,
            (Err(BuyerOrderError::Unchanged), None) => return Ok(Updated::Known),
            (Err(BuyerOrderError::Unchanged), Some(received)) => {
                let kept = self.bought.keep(order, received, guard, now).await?;
                return Ok(if kept { Updated::Stored } else { Updated::Known });
            }
            (Err(error), _) => return Err(error.into()),
        };
        let updated = match notification {
            Some(received) => {
                match self.bought.commit_notification(&applied, received, guard).await? {
                    CommittedNotification::Done(_) => Updated::Stored,
                    CommittedNotification::Repeated => Updated::Known,
                    CommittedNotification::Superseded => Updated::Superseded,
                }
            }
            None => self.commit_status(&applied, guard).await?,
        };
        if matches!(updated, Updated::Stored) {
            let order = &applied.order().order;
            let (order_id, status) = (order.header.id.as_str(), order.progress.status);
            name_order(order_id);
            tracing::info!(order_id, %status, "updated by the seller");
        }
        Ok(updated)
    }

    async fn commit_status(
        &self,
        applied: &Applied<BuyerOrder>,
        guard: Option<&IdempotencyGuard>,
    ) -> Result<Updated, CarrierError> {
        let commit = CarrierCommit {
            applied,
            document: None,
            notifications: &[],
            by: Authority::Party,
            context: &None,
        };
        Ok(match self.bought.commit_call(&commit, guard).await? {
            Committed::Done(_) => Updated::Stored,
            Committed::Superseded => Updated::Superseded,
        })
    }
}
