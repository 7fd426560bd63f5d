//! The status of an order: read, requested, and received.

use domain::{
    carrier::{BuyerOrderEvent, CarrierOrder, Hosting, OrderId, PartyId, Pon, Side},
    identity::Identity,
};

use crate::{
    CarrierError, CarrierOrders, CommandContext, CommandOutcome,
    roles::roles,
    seller_update::{OrderReference, Update},
    tolerance::tolerate,
    wire::{StatusRequest, StatusResponse},
};

/// Which order is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// By its id.
    pub order: Option<OrderId>,
    /// By the Buyer's number, with the Buyer.
    pub pon: Option<(PartyId, Pon)>,
    /// Only when this is its Buyer.
    pub buyer: Option<PartyId>,
    /// Only when this is its Seller.
    pub seller: Option<PartyId>,
}

impl Question {
    /// By what a party says of the order.
    fn new(buyer: &PartyId, seller: &PartyId, order: Option<&OrderId>, pon: Option<&Pon>) -> Self {
        Self {
            order: order.cloned(),
            pon: pon.map(|pon| (buyer.clone(), pon.clone())),
            buyer: Some(buyer.clone()),
            seller: Some(seller.clone()),
        }
    }

    fn fits(&self, order: &CarrierOrder) -> bool {
        let header = &order.header;
        self.buyer.as_ref().is_none_or(|buyer| header.buyer == *buyer)
            && self.seller.as_ref().is_none_or(|seller| header.seller == *seller)
            && self.pon.as_ref().is_none_or(|(_, pon)| header.pon == *pon)
    }
}

impl CarrierOrders {
    /// The order that is asked for.
    ///
    /// # Errors
    /// No such order, or the database failed.
    pub async fn find_asked(
        &self,
        caller: &Identity,
        question: &Question,
    ) -> Result<CarrierOrder, CarrierError> {
        let id = match (&question.order, &question.pon) {
            (Some(id), _) => Some(id.clone()),
            (None, Some((buyer, pon))) => self.orders.by_pon(buyer, pon).await?,
            (None, None) => None,
        };
        let order = self.find_order(caller, &id.ok_or(CarrierError::OrderNotFound)?).await?;
        if question.fits(&order) { Ok(order) } else { Err(CarrierError::OrderNotFound) }
    }

    /// A Buyer requests the status of an order: one elsewhere is sent it, one of ours reads it.
    ///
    /// # Errors
    /// No such order, or the request was not stored.
    pub async fn request_status(
        &self,
        context: &CommandContext<'_>,
        asked: StatusRequest,
    ) -> Result<CommandOutcome, CarrierError> {
        let StatusRequest { body, buyer, seller, order, pon } = asked;
        let question = Question::new(&buyer, &seller, order.as_ref(), pon.as_ref());
        let header = Box::new(self.find_asked(context.caller, &question).await?.header);
        let buyer = self.party(&header.buyer).await?;
        if buyer.is_none_or(|buyer| buyer.callback_base.is_none()) {
            return Ok(CommandOutcome::Known { header, body });
        }
        let id = header.id.clone();
        let outcome = CommandOutcome::Received { header, body };
        let guard = context.guard(&outcome)?;
        self.sold.ask(&id, guard.as_ref(), self.clock.now()).await?;
        Ok(outcome)
    }

    /// A Seller says how an order stands: it updates an order that is kept there. What a Seller
    /// here says of its own order, the order says itself.
    ///
    /// # Errors
    /// No such order, or the status was not stored.
    pub async fn receive_status(
        &self,
        context: &CommandContext<'_>,
        sent: StatusResponse,
    ) -> Result<CommandOutcome, CarrierError> {
        let StatusResponse { body, buyer, seller, order, pon, word, tolerated, .. } = sent;
        let (order, pon) = (order.as_ref(), pon.as_ref());
        let party = self.party(&seller).await?;
        if let Some(party) = party.as_ref().filter(|party| party.hosting == Hosting::Remote) {
            let about = OrderReference { buyer: &buyer, seller: party, pon, order };
            let event = BuyerOrderEvent::StatusReported(Box::new(word));
            let update = Update { event, notification: None, tolerated };
            return self.seller_update(context, &about, body, &update).await;
        }
        let question = Question::new(&buyer, &seller, order, pon);
        let header = Box::new(self.find_asked(context.caller, &question).await?.header);
        // A client of the Buyer sees the order as well, and must not speak for the Seller.
        if !roles(context.caller, &header).contains(&Side::Seller) {
            return Err(CarrierError::OrderNotFound);
        }
        tolerate(&header.seller, party.as_ref(), &tolerated)?;
        Ok(CommandOutcome::Known { header, body })
    }
}
