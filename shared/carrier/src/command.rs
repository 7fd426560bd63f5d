//! What a party wants of an order, and the event that this is: of the order of a Seller here, or of
//! one of a Buyer here at a remote Seller.

use api::json::merge_patch;
use domain::{
    carrier::{BuyerOrderEvent, Event, Instruction, OrderHeader, Party, SellerOrderEvent, Side},
    idempotency::{Idempotency, IdempotencyGuard, ResponseError},
    identity::Identity,
};
use serde_json::{Map, Value};

use crate::{
    CarrierError, VisibleOrder,
    orders::{FoundOrder, json_text},
    tolerance::tolerate,
    wire::{NotificationRequest, OrderRequest, read_order},
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
    /// The versions that it is not meant for.
    pub unexpected: &'a [u64],
    /// The caller's key, and the response to store with the effect.
    pub idempotency: Option<&'a Idempotency<'a, CommandOutcome>>,
}

impl CommandContext<'_> {
    /// Whether the command is meant for this version of the order.
    pub(crate) fn expects(&self, version: u64) -> bool {
        self.expected.is_none_or(|versions| versions.contains(&version))
            && !self.unexpected.contains(&version)
    }

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
    /// The order, as the caller sees it.
    pub(crate) found: &'a FoundOrder,
    /// Its Buyer, if registered.
    pub(crate) buyer: Option<Party>,
    /// Its Seller, if registered.
    pub(crate) seller: Option<Party>,
}

/// An event of an order, and the texts that go with it.
#[derive(Debug)]
pub(crate) struct Change<E> {
    pub(crate) event: E,
    pub(crate) texts: Texts,
}

/// The texts that go with an event.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    /// The new document.
    pub(crate) document: Option<Map<String, Value>>,
    /// The notification as the Seller's own systems sent it: the response, with its number.
    pub(crate) report: Option<Map<String, Value>>,
}

impl<E> Change<E> {
    fn of(event: E) -> Self {
        Self { event, texts: Texts::default() }
    }

    fn with_document(event: E, document: Map<String, Value>) -> Self {
        Self { event, texts: Texts { document: Some(document), report: None } }
    }
}

impl Command {
    /// The event that the command is on the order of a Seller here, as it was read.
    ///
    /// # Errors
    /// The caller's side may not give it, or its document is malformed or not tolerated.
    pub(crate) fn executed(
        &self,
        context: &StepContext<'_>,
    ) -> Result<Change<SellerOrderEvent>, CarrierError> {
        let event = match self {
            Self::Replace(_) | Self::Patch(_) => {
                let OrderRequest { view, document, .. } = self.replacement(context)?;
                let seller = context.seller.clone().map(Box::new);
                let event = SellerOrderEvent::Replaced { view: Box::new(view), seller };
                return Ok(Change::with_document(event, document));
            }
            Self::Report(sent) => return reported(sent, context),
            Self::Cancel { reason } => cancelled(reason.as_deref(), context),
            Self::Hold => {
                Event::Held { by: holder(context)?, expected: None, messages: Vec::new() }
            }
            Self::Release => Event::Released { by: holder(context)? },
        };
        Ok(Change::of(SellerOrderEvent::Happened(vec![event])))
    }

    /// The event that the command is on an order at a remote Seller: the order stays as it is until
    /// its Seller says otherwise.
    ///
    /// # Errors
    /// As for an order of a Seller here.
    pub(crate) fn forwarded(
        &self,
        context: &StepContext<'_>,
    ) -> Result<Change<BuyerOrderEvent>, CarrierError> {
        if !context.found.roles.contains(&Side::Buyer) {
            return Err(CarrierError::NotAllowed);
        }
        let what = match self {
            Self::Replace(_) | Self::Patch(_) => {
                let OrderRequest { view, document, .. } = self.replacement(context)?;
                let (what, view) = (Instruction::Replace, Some(Box::new(view)));
                let event = BuyerOrderEvent::Requested { what, view };
                return Ok(Change::with_document(event, document));
            }
            Self::Report(_) => return Err(CarrierError::NotAllowed),
            Self::Cancel { reason } => Instruction::Cancel { reason: reason.clone() },
            Self::Hold => Instruction::Hold,
            Self::Release => Instruction::Release,
        };
        Ok(Change::of(BuyerOrderEvent::Requested { what, view: None }))
    }

    /// The newer document of the Buyer.
    fn replacement(&self, context: &StepContext<'_>) -> Result<OrderRequest, CarrierError> {
        let sent = match self {
            Self::Replace(sent) => OrderRequest::clone(sent),
            Self::Patch(patch) => {
                read_order(patched(context.found.document.clone(), patch.clone())?)?
            }
            Self::Cancel { .. } | Self::Hold | Self::Release | Self::Report(_) => {
                return Err(CarrierError::NotAllowed);
            }
        };
        if !context.found.roles.contains(&Side::Buyer) {
            return Err(CarrierError::NotAllowed);
        }
        // Not the document's own `buyerId`: whether it is that of the order is judged later.
        let buyer = &context.found.order().header.buyer;
        tolerate(buyer, context.buyer.as_ref(), &sent.tolerated)?;
        Ok(sent)
    }
}

fn cancelled(reason: Option<&str>, context: &StepContext<'_>) -> Event {
    if context.found.roles.contains(&Side::Buyer) {
        // In words for both carriers: they know parties, not our clients.
        return Event::CancelledByBuyer { who: context.found.order().header.buyer.to_string() };
    }
    Event::CancelledBySeller { reason: reason.unwrap_or(NO_REASON).to_owned() }
}

/// A report of the Seller's own systems.
fn reported(
    sent: &NotificationRequest,
    context: &StepContext<'_>,
) -> Result<Change<SellerOrderEvent>, CarrierError> {
    if !context.found.roles.contains(&Side::Seller) {
        return Err(CarrierError::NotAllowed);
    }
    let seller = &context.found.order().header.seller;
    tolerate(seller, context.seller.as_ref(), &sent.tolerated)?;
    let event = SellerOrderEvent::Reported(Box::new(sent.report.clone()));
    Ok(Change { event, texts: Texts { document: None, report: Some(sent.body.clone()) } })
}

/// The side that holds or releases: of a caller on both sides, the one that holds the order.
fn holder(context: &StepContext<'_>) -> Result<Side, CarrierError> {
    let found = context.found;
    let holder = found.order().progress.hold.as_ref().map(|hold| hold.by);
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
