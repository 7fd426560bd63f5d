//! What a party wants of an order, and the event that this is: of the order of a Seller here, or of
//! one that is kept at its Seller elsewhere. The only place that asks which of the two it is.

use domain::{
    carrier::{CarrierOrderEvent, Event, Instruction, OrderHeader, Party, Side},
    idempotency::{Idempotency, IdempotencyGuard, ResponseError},
    identity::Identity,
};
use serde_json::{Map, Value};

use crate::{
    CarrierError, VisibleOrder,
    orders::json_text,
    tolerance::tolerate,
    wire::{NotificationRequest, OrderRequest, merge_patch, read_order},
};

/// The reason of a Seller that gives none.
const NO_REASON: &str = "The order was cancelled by the Seller";

/// The largest document, in bytes of JSON: a patch must not make one that could not be sent.
const LARGEST_DOCUMENT: usize = 256 * 1024;

/// Who gives a command, and how.
#[derive(Debug)]
pub struct CommandContext<'a> {
    /// Who acts, and for which parties.
    pub caller: &'a Identity,
    /// Follows the request.
    pub correlation_id: &'a str,
    /// The versions (entity tags) of the order that the command is meant for. None: any.
    pub expected: Option<&'a [u64]>,
    /// The caller's key, and the response to store with the effect.
    pub idempotency: Option<&'a Idempotency<'a, CommandOutcome>>,
}

impl CommandContext<'_> {
    /// What the transaction of the command stores besides its effect.
    pub(crate) fn guard(
        &self,
        outcome: &CommandOutcome,
    ) -> Result<Option<IdempotencyGuard>, ResponseError> {
        self.idempotency.map(|key| key.guard(outcome)).transpose()
    }
}

/// What a party wants of an order.
#[derive(Debug, Clone)]
pub enum Command {
    /// The Buyer sends a newer document.
    Replace(Box<OrderRequest>),
    /// The Buyer sends a JSON Merge Patch (RFC 7396) that makes the newer document.
    Patch(Map<String, Value>),
    /// One of the parties cancels it.
    Cancel {
        /// Why.
        reason: Option<String>,
    },
    /// One of the parties holds it.
    Hold,
    /// The party that holds it lets it go on.
    Release,
    /// The Seller's own systems report progress.
    Report(Box<NotificationRequest>),
}

/// What a command has come to.
#[derive(Debug, Clone)]
pub enum CommandOutcome {
    /// The order was placed.
    Placed(Box<VisibleOrder>),
    /// The order has changed; one that is kept at its Seller elsewhere is asked to change.
    Changed(Box<VisibleOrder>),
    /// The order is as the command wants it: nothing was stored.
    Unchanged(Box<VisibleOrder>),
    /// What the caller sent about an order was stored: this is it, as it was stored.
    Received {
        /// The order.
        header: Box<OrderHeader>,
        /// What was sent.
        body: Map<String, Value>,
    },
    /// The same, and nothing had to be stored.
    Known {
        /// The order.
        header: Box<OrderHeader>,
        /// What was sent.
        body: Map<String, Value>,
    },
}

impl CommandOutcome {
    /// Whether there was an effect. With a key, its response is stored.
    pub const fn is_stored(&self) -> bool {
        match self {
            Self::Placed(_) | Self::Changed(_) | Self::Received { .. } => true,
            Self::Unchanged(_) | Self::Known { .. } => false,
        }
    }
}

/// What a command is judged by.
#[derive(Debug)]
pub(crate) struct StepContext<'a> {
    /// Who gives it.
    pub(crate) caller: &'a Identity,
    /// The order, as the caller sees it.
    pub(crate) found: &'a VisibleOrder,
    /// Its Buyer, if registered.
    pub(crate) buyer: Option<Party>,
    /// Its Seller, if registered.
    pub(crate) seller: Option<Party>,
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

    fn with_document(event: CarrierOrderEvent, document: Map<String, Value>) -> Self {
        Self { document: Some(document), ..Self::of(event) }
    }

    /// The newer document of the Buyer.
    pub(crate) fn replacement(
        sent: OrderRequest,
        context: &StepContext<'_>,
    ) -> Result<Self, CarrierError> {
        if !context.found.roles.contains(&Side::Buyer) {
            return Err(CarrierError::NotAllowed);
        }
        tolerate(&sent.view.buyer, context.buyer.as_ref(), &sent.tolerated)?;
        let view = Box::new(sent.view);
        let event = match context.found.order.buyer_order {
            Some(_) => {
                CarrierOrderEvent::Requested { what: Instruction::Replace, view: Some(view) }
            }
            None => {
                let seller = context.seller.clone().map(Box::new);
                CarrierOrderEvent::Replaced { view, seller }
            }
        };
        Ok(Self::with_document(event, sent.document))
    }
}

impl Command {
    /// The event that the command is, on an order as it was read. An order that is kept at its
    /// Seller elsewhere stays as it is until its Seller says otherwise.
    ///
    /// # Errors
    /// The caller's side may not give it, or its document is malformed or not tolerated.
    pub(crate) fn change(&self, context: &StepContext<'_>) -> Result<Change, CarrierError> {
        let is_forwarded = context.found.order.buyer_order.is_some();
        match self {
            Self::Replace(sent) => Change::replacement(OrderRequest::clone(sent), context),
            Self::Patch(patch) => {
                let document = patched(context.found.document.clone(), patch.clone())?;
                Change::replacement(read_order(document)?, context)
            }
            Self::Report(sent) => reported(sent, context),
            Self::Cancel { reason } if is_forwarded => {
                requested(Instruction::Cancel { reason: reason.clone() }, context)
            }
            Self::Hold if is_forwarded => requested(Instruction::Hold, context),
            Self::Release if is_forwarded => requested(Instruction::Release, context),
            Self::Cancel { reason } => Ok(happened(cancelled(reason.as_deref(), context))),
            Self::Hold => {
                let by = holder(context)?;
                Ok(happened(Event::Held { by, expected: None, messages: Vec::new() }))
            }
            Self::Release => Ok(happened(Event::Released { by: holder(context)? })),
        }
    }
}

fn happened(event: Event) -> Change {
    Change::of(CarrierOrderEvent::Happened(vec![event]))
}

fn requested(what: Instruction, context: &StepContext<'_>) -> Result<Change, CarrierError> {
    if !context.found.roles.contains(&Side::Buyer) {
        return Err(CarrierError::NotAllowed);
    }
    Ok(Change::of(CarrierOrderEvent::Requested { what, view: None }))
}

fn cancelled(reason: Option<&str>, context: &StepContext<'_>) -> Event {
    if context.found.roles.contains(&Side::Buyer) {
        // In words for both carriers.
        return Event::CancelledByBuyer { who: context.caller.client.to_string() };
    }
    Event::CancelledBySeller { reason: reason.unwrap_or(NO_REASON).to_owned() }
}

/// A report of the Seller's own systems.
fn reported(sent: &NotificationRequest, context: &StepContext<'_>) -> Result<Change, CarrierError> {
    let VisibleOrder { order, roles, .. } = context.found;
    if order.buyer_order.is_some() || !roles.contains(&Side::Seller) {
        return Err(CarrierError::NotAllowed);
    }
    tolerate(&order.header.seller, context.seller.as_ref(), &sent.tolerated)?;
    let event = CarrierOrderEvent::Reported(Box::new(sent.report.clone()));
    Ok(Change { report: Some(sent.body.clone()), ..Change::of(event) })
}

/// The side that holds or releases: of a caller on both sides, the one that holds the order.
fn holder(context: &StepContext<'_>) -> Result<Side, CarrierError> {
    let found = context.found;
    let holder = found.order.progress.hold.as_ref().map(|hold| hold.by);
    let holder = holder.filter(|side| found.roles.contains(side));
    holder.or_else(|| found.roles.first().copied()).ok_or(CarrierError::OrderNotFound)
}

/// The document after the patch; it must not outgrow what could be sent.
fn patched(
    mut document: Map<String, Value>,
    patch: Map<String, Value>,
) -> Result<Map<String, Value>, CarrierError> {
    merge_patch(&mut document, patch);
    let size = json_text(&document).len();
    if size > LARGEST_DOCUMENT { Err(CarrierError::TooLarge) } else { Ok(document) }
}
