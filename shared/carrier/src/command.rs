//! What a party wants of an order, and the event that this is: of the order of a Seller here, or of
//! one that is kept at its Seller elsewhere. The only place that asks which of the two it is.

use api::Problem;
use domain::carrier::{CarrierOrderEvent, Event, Instruction, Side};
use serde_json::{Map, Value};

use crate::{
    orders::tolerate,
    step::StepContext,
    wire::{NotificationRequest, OrderRequest},
};

/// The reason of a Seller that gives none.
const NO_REASON: &str = "The order was cancelled by the Seller";

/// What a party wants of an order.
#[derive(Debug, Clone)]
pub enum Command {
    /// The Buyer sends a newer document.
    Replace(Box<OrderRequest>),
    /// One of the parties cancels it.
    Cancel {
        /// Why.
        reason: Option<String>,
        /// Who, in words for both carriers.
        who: String,
    },
    /// One of the parties holds it.
    Hold,
    /// The party that holds it lets it go on.
    Release,
    /// The Seller's own systems report progress.
    Report(Box<NotificationRequest>),
}

/// An event of an order, and the texts that go with it.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) event: CarrierOrderEvent,
    /// The new document.
    pub(crate) document: Option<Map<String, Value>>,
    /// The notification as the Seller's own systems sent it: the response, with its number.
    pub(crate) report: Option<Map<String, Value>>,
}

impl Change {
    fn of(event: CarrierOrderEvent) -> Self {
        Self { event, document: None, report: None }
    }
}

impl Command {
    /// The event that the command is, on an order as it was read.
    ///
    /// # Errors
    /// 403 for a party that may not give it, or a document that is not forgiven.
    pub(crate) fn change(self, context: &StepContext<'_>) -> Result<Change, Problem> {
        match context.found.order.buyer_order {
            Some(_) => self.forwarded(context),
            None => self.own(context),
        }
    }

    /// On the order of a Seller here.
    fn own(self, context: &StepContext<'_>) -> Result<Change, Problem> {
        let happened = |event| Ok(Change::of(CarrierOrderEvent::Happened(vec![event])));
        match self {
            Self::Replace(sent) => {
                let sent = accepted(*sent, context)?;
                let (view, seller) = (Box::new(sent.view), context.seller.clone().map(Box::new));
                let event = CarrierOrderEvent::Replaced { view, seller };
                Ok(Change { document: Some(sent.document), ..Change::of(event) })
            }
            Self::Cancel { who, .. } if context.found.roles.contains(&Side::Buyer) => {
                happened(Event::CancelledByBuyer { who })
            }
            Self::Cancel { reason, .. } => {
                let reason = reason.unwrap_or_else(|| NO_REASON.to_owned());
                happened(Event::CancelledBySeller { reason })
            }
            Self::Hold => {
                let by = holder(context)?;
                happened(Event::Held { by, expected: None, messages: Vec::new() })
            }
            Self::Release => happened(Event::Released { by: holder(context)? }),
            Self::Report(sent) => {
                if !context.found.roles.contains(&Side::Seller) {
                    return Err(Problem::Forbidden);
                }
                let seller = &context.found.order.header.seller;
                tolerate(seller, context.seller.as_ref(), &sent.tolerated)?;
                let event = CarrierOrderEvent::Reported(Box::new(sent.report));
                Ok(Change { report: Some(sent.body), ..Change::of(event) })
            }
        }
    }

    /// On an order that is kept at its Seller elsewhere: the order stays as it is until its Seller
    /// says otherwise.
    fn forwarded(self, context: &StepContext<'_>) -> Result<Change, Problem> {
        if !context.found.roles.contains(&Side::Buyer) {
            return Err(Problem::Forbidden);
        }
        let requested = |what| CarrierOrderEvent::Requested { what, view: None };
        Ok(match self {
            Self::Replace(sent) => {
                let sent = accepted(*sent, context)?;
                let (what, view) = (Instruction::Replace, Some(Box::new(sent.view)));
                let event = CarrierOrderEvent::Requested { what, view };
                Change { document: Some(sent.document), ..Change::of(event) }
            }
            Self::Cancel { reason, .. } => Change::of(requested(Instruction::Cancel { reason })),
            Self::Hold => Change::of(requested(Instruction::Hold)),
            Self::Release => Change::of(requested(Instruction::Release)),
            Self::Report(_) => return Err(Problem::Forbidden),
        })
    }
}

/// A document of the Buyer, once its deviations are forgiven.
fn accepted(sent: OrderRequest, context: &StepContext<'_>) -> Result<OrderRequest, Problem> {
    if !context.found.roles.contains(&Side::Buyer) {
        return Err(Problem::Forbidden);
    }
    tolerate(&sent.view.buyer, context.buyer.as_ref(), &sent.tolerated)?;
    Ok(sent)
}

/// The side that holds or releases: of a caller on both sides, the one that holds the order.
fn holder(context: &StepContext<'_>) -> Result<Side, Problem> {
    let found = context.found;
    let holder = found.order.progress.hold.as_ref().map(|hold| hold.by);
    let holder = holder.filter(|side| found.roles.contains(side));
    holder.or_else(|| found.roles.first().copied()).ok_or(Problem::NotFound)
}
