//! Placing an order for its Buyer.

use domain::{
    carrier::{
        AnyCarrierOrder, BuyerOrder, CarrierOrder, Intake, Notification, OrderHeader, OrderId,
        OrderProgress, Party, Resubmission, SellerOrder, SellerOrderError, begin, decide_intake,
        is_at_remote_seller, resubmission,
    },
    identity::Identity,
    violation::Violations,
};
use lambda::telemetry::name_order;
use serde_json::{Map, Value};
use store::{CarrierPlacing, PlacedCarrierOrder};
use time::OffsetDateTime;

use crate::{
    CarrierError, CarrierOrders, Command, CommandContext, CommandOutcome, VisibleOrder,
    new_notifications,
    orders::{FoundOrder, json_text},
    roles::roles,
    tolerance::tolerate,
    wire::{OrderRequest, same_document},
};

/// An order that may be placed, and what its Seller finds wrong with it.
struct Accepted {
    progress: OrderProgress,
    notifications: Vec<Notification>,
    seller: Option<Party>,
    /// Whether it is kept at its Seller elsewhere.
    is_forwarded: bool,
    now: OffsetDateTime,
}

impl CarrierOrders {
    /// Places an order. What is wrong with its content becomes messages of the stored order. A
    /// newer version of one that the Buyer has takes its place.
    ///
    /// Repeatable: the second execution finds the number of the Buyer taken by the same document.
    ///
    /// # Errors
    /// Why it was not placed.
    pub async fn place(
        &self,
        context: &CommandContext<'_>,
        sent: OrderRequest,
    ) -> Result<CommandOutcome, CarrierError> {
        let accepted = self.accept(context.caller, &sent).await?;
        let now = accepted.now;
        let header = sent.view.header(OrderId::new(now, &*self.random));
        let correlation_id = context.correlation_id.to_owned();
        let order = CarrierOrder::new(header, accepted.progress, correlation_id, now);
        let told = accepted.notifications.into_iter().map(|told| (told, None)).collect();
        let notifications = new_notifications(&order.header, told);
        let text = json_text(&sent.document);
        let roles = roles(context.caller, &order.header);
        let kept = if accepted.is_forwarded {
            AnyCarrierOrder::Buyer(BuyerOrder::new(order.clone(), now))
        } else {
            AnyCarrierOrder::Seller(SellerOrder::new(order.clone()))
        };
        let placed = VisibleOrder { order, document: sent.document.clone(), roles };
        let outcome = CommandOutcome::Placed(Box::new(placed));
        let guard = context.guard(&outcome)?;
        let placing = CarrierPlacing {
            order: &kept,
            tenant: Some(&context.caller.tenant),
            document: &text,
            notifications: &notifications,
            seller: &accepted.seller,
            watchdog: self.watchdog,
            listed_at: sent.view.order_date.earliest().unwrap_or(now),
            guard: guard.as_ref(),
            now,
        };
        match self.orders.place(&placing).await? {
            PlacedCarrierOrder::Done => {
                let order = kept.order();
                let (order_id, status) = (order.header.id.as_str(), order.progress.status);
                name_order(order_id);
                tracing::info!(order_id, %status, "order placed");
                Ok(outcome)
            }
            PlacedCarrierOrder::PonTaken(id) => self.resubmitted(context, &id, sent).await,
        }
    }

    /// How an order would stand if it was placed. Nothing is stored.
    ///
    /// # Errors
    /// Why it could not be placed.
    pub async fn validate(
        &self,
        caller: &Identity,
        sent: &OrderRequest,
    ) -> Result<OrderProgress, CarrierError> {
        self.accept(caller, sent).await.map(|accepted| accepted.progress)
    }

    async fn accept(
        &self,
        caller: &Identity,
        sent: &OrderRequest,
    ) -> Result<Accepted, CarrierError> {
        if !caller.parties.contains(sent.view.buyer.as_str()) {
            return Err(Violations::one("/buyerId", "not a party of this client").into());
        }
        self.sandbox.check_pon(&sent.view.pon)?;
        let buyer = self.party(&sent.view.buyer).await?;
        tolerate(&sent.view.buyer, buyer.as_ref(), &sent.tolerated)?;
        let now = self.clock.now();
        let seller = self.party(&sent.view.seller).await?;
        let is_forwarded = is_at_remote_seller(buyer.as_ref(), seller.as_ref());
        let intake = if is_forwarded {
            // Whether it is good is for its Seller to say.
            Intake::Accepted { warnings: Vec::new() }
        } else {
            decide_intake(&sent.view, seller.as_ref(), now)
        };
        let (progress, notifications) =
            begin(&sent.view, intake, now).map_err(SellerOrderError::from)?;
        Ok(Accepted { progress, notifications, seller, is_forwarded, now })
    }

    /// The Buyer has an order with this number: the same again, a newer version, or a conflict.
    async fn resubmitted(
        &self,
        context: &CommandContext<'_>,
        id: &OrderId,
        sent: OrderRequest,
    ) -> Result<CommandOutcome, CarrierError> {
        let found = self.find(context.caller, id).await?;
        match means(&found.order, &found.document, &sent) {
            Resubmission::SameAgain => Ok(CommandOutcome::Unchanged(Box::new(found))),
            Resubmission::Conflict => Err(taken(found.order.header)),
            Resubmission::Newer => {
                let replace = Command::Replace(Box::new(sent.clone()));
                let decide = |found: &FoundOrder| {
                    match means(found.order(), &found.document, &sent) {
                        Resubmission::Newer => Ok(Some(&replace)),
                        // Sent twice at once: the other one was stored.
                        Resubmission::SameAgain => Ok(None),
                        Resubmission::Conflict => Err(taken(found.order().header.clone())),
                    }
                };
                self.execute_decided(context, id, decide).await
            }
        }
    }
}

fn means(order: &CarrierOrder, document: &Map<String, Value>, sent: &OrderRequest) -> Resubmission {
    let same = same_document(document, &sent.document);
    resubmission(&order.header.version, &sent.view.version, same)
}

fn taken(header: OrderHeader) -> CarrierError {
    CarrierError::NumberTaken { order: header.id, version: header.version }
}
