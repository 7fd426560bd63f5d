//! We as Buyer: what we know of an order that another carrier delivers.
//!
//! Only the Seller's word moves such an order. What our side wants of it is forwarded in the
//! order in which it was wanted, each request under a number of its own, and stays queued until the
//! Seller has answered.

mod event;
mod update;

use time::OffsetDateTime;

use super::{
    CarrierOrder, CarrierSide, Hosting, ItemProgress, OrderId, OrderMessage, OrderStatus,
    OrderVersion, OrderView, Party, SellerReport, Side, TransitionError, registry, succeeds,
};
use crate::order::{Applied, Intervention, Lifecycle, NextAction, OrderKind, StatusChange, Timing};

pub use event::{BuyerOrderError, BuyerOrderEvent, Instruction, PendingRequest, RequestOutcome};
pub use update::SellerUpdate;

/// Maximum pending requests: a Buyer that holds and releases again and again is stopped here.
const MOST: usize = 16;
/// Messages of the Seller that are kept.
const MOST_MESSAGES: usize = 20;

/// Whether an order is kept at its Seller, and only shown here: the Buyer is ours, the Seller
/// is not. Parties that are not registered are nobody's.
pub fn is_at_remote_seller(buyer: Option<&Party>, seller: Option<&Party>) -> bool {
    let hosted = |party: Option<&Party>, at: Hosting| party.is_some_and(|p| p.hosting == at);
    hosted(buyer, Hosting::Local) && hosted(seller, Hosting::Remote)
}

/// An order of a Buyer here that a remote Seller keeps, without its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuyerOrder {
    /// What both sides have.
    pub order: CarrierOrder,
    /// The Seller's id of it, once the Seller has said so.
    pub seller_order: Option<OrderId>,
    /// The version that the Seller has taken.
    pub taken: Option<OrderVersion>,
    /// How many requests there were.
    pub request_count: u32,
    /// Those that the Seller has not answered yet, in the order in which they are forwarded.
    pub pending: Vec<PendingRequest>,
}

impl BuyerOrder {
    /// An order that is new, and to be placed at its Seller.
    pub fn new(order: CarrierOrder, now: OffsetDateTime) -> Self {
        let first = PendingRequest { number: 1, what: Instruction::Place, at: now };
        Self { order, seller_order: None, taken: None, request_count: 1, pending: vec![first] }
    }

    /// What is forwarded next.
    pub fn next(&self) -> Option<&PendingRequest> {
        self.pending.first()
    }

    /// Whether the Seller's id of the order is this one, or not known yet.
    pub fn may_be(&self, order: &OrderId) -> bool {
        self.seller_order.as_ref().is_none_or(|known| known == order)
    }

    /// Queues a request, and says so to the Buyer. A document that waits is sent in its newest
    /// version only; the same request twice in a row is one.
    fn request(&mut self, what: Instruction, now: OffsetDateTime) -> Result<(), BuyerOrderError> {
        let from = self.order.progress.status;
        if from.is_final() {
            let event = what.event();
            return Err(TransitionError::NotAllowed { from: Some(from), event }.into());
        }
        let said = registry::PASSED_ON.message().saying(what.as_str());
        let number = self.request_count + 1;
        let unsent = self.pending.iter_mut().find(|request| request.what.sends_the_document());
        if let Some(unsent) = unsent.filter(|_| what.sends_the_document()) {
            // The older one may be on its way: under a new number, its response is not this one's.
            (unsent.number, unsent.at) = (number, now);
        } else if self.pending.last().is_some_and(|last| last.what == what) {
            return Ok(());
        } else if self.pending.len() >= MOST {
            return Err(BuyerOrderError::TooManyRequests);
        } else {
            self.pending.push(PendingRequest { number, what, at: now });
        }
        self.request_count = number;
        let messages = &mut self.order.progress.messages;
        if !messages.contains(&said) {
            messages.push(said);
        }
        Ok(())
    }

    /// The newer document takes the place of the other, its items in the status of the order.
    fn replace(&mut self, view: &OrderView) -> Result<(), BuyerOrderError> {
        let CarrierOrder { header, progress, .. } = &mut self.order;
        succeeds(header, view)?;
        *header = view.header(header.id.clone());
        let status = progress.status;
        let item = |reference| ItemProgress { reference, status };
        progress.items = view.references().into_iter().map(item).collect();
        Ok(())
    }

    /// What the Seller's response to a request makes of the order. A response that is not awaited
    /// any more, because the request was replaced or another worker has stored it, supplies only
    /// the Seller's id of the order: the status that it states may be out of date.
    fn apply_outcome(
        &mut self,
        request: &PendingRequest,
        sent: &OrderVersion,
        answer: RequestOutcome,
        now: OffsetDateTime,
    ) {
        let waiting = self.pending.len();
        self.pending.retain(|waiting| waiting.number != request.number);
        let awaited = self.pending.len() < waiting;
        match answer {
            RequestOutcome::Done(order) => {
                let (id, word) = order.map_or((None, None), |order| (Some(order.0), Some(order.1)));
                self.seller_order = self.seller_order.take().or(id);
                if awaited {
                    self.done(&request.what, sent, word, now);
                }
            }
            RequestOutcome::Found { order, version } => {
                let (id, word) = *order;
                self.seller_order = self.seller_order.take().or(Some(id));
                if awaited {
                    self.found(request, sent, version, word, now);
                }
            }
            RequestOutcome::Refused { why, messages } if awaited => {
                self.refused(request, &why, messages, now);
            }
            RequestOutcome::Refused { .. } => {}
        }
        self.settle();
    }

    fn done(
        &mut self,
        what: &Instruction,
        sent: &OrderVersion,
        word: Option<SellerUpdate>,
        now: OffsetDateTime,
    ) {
        let progress = &mut self.order.progress;
        progress.messages.retain(|message| !is(message, registry::REFUSED.code));
        if what.sends_the_document() {
            self.taken = Some(sent.clone());
        }
        let Some(mut word) = word else { return };
        if *what == Instruction::Hold {
            word.held_by.get_or_insert(Side::Buyer);
        }
        // The first response again, long after the order was taken, is no news.
        let old = what.sends_the_document()
            && word.status == OrderStatus::Acknowledged
            && progress.status != OrderStatus::Acknowledged;
        if !old {
            self.take_over(&word, now);
        }
    }

    /// The order is placed already. In an older version: the newer document is still to be sent.
    fn found(
        &mut self,
        request: &PendingRequest,
        sent: &OrderVersion,
        version: Option<OrderVersion>,
        word: SellerUpdate,
        now: OffsetDateTime,
    ) {
        let taken = version.unwrap_or_else(|| sent.clone());
        if sent.is_newer_than(&taken) {
            self.request_count += 1;
            let number = self.request_count;
            self.pending.insert(0, PendingRequest { number, what: Instruction::Replace, at: now });
        }
        self.done(&request.what, &taken, Some(word), now);
    }

    fn refused(
        &mut self,
        request: &PendingRequest,
        why: &str,
        messages: Vec<OrderMessage>,
        now: OffsetDateTime,
    ) {
        if self.order.progress.status.is_final() {
            return;
        }
        let said = format!("{}: {why}", request.what.as_str());
        let said = registry::REFUSED.message().saying(said);
        if request.what == Instruction::Place && self.seller_order.is_none() {
            let word = SellerUpdate { messages, ..SellerUpdate::of(OrderStatus::Rejected) };
            self.take_over(&word, now);
        } else {
            for message in messages.into_iter().take(MOST_MESSAGES) {
                if !self.order.progress.messages.contains(&message) {
                    self.order.progress.messages.push(message);
                }
            }
        }
        let messages = &mut self.order.progress.messages;
        messages.push(said);
        let surplus = messages.len().saturating_sub(2 * MOST_MESSAGES);
        messages.drain(..surplus);
    }

    /// What a notification makes of the order. One whose `notificationVersion` is not newer than
    /// the latest moves nothing, and neither does one about a version of the order that the Seller
    /// has replaced. Versions may be missing: not all are pushed, and a Seller need not number
    /// them. Without a version it counts as none: the numbers are the Seller's own.
    fn apply_notification(
        &mut self,
        report: &SellerReport,
        version: Option<u32>,
        now: OffsetDateTime,
    ) -> Result<(), BuyerOrderError> {
        let overtaken =
            self.taken.as_ref().is_some_and(|taken| taken.is_newer_than(&report.version));
        let known = self.order.progress.notification_version;
        let repeated = version.is_some_and(|version| version <= known);
        if repeated || overtaken || !self.take_over(&report.into(), now) {
            return Err(BuyerOrderError::Unchanged);
        }
        self.order.progress.notification_version = version.unwrap_or(known);
        self.seller_order.get_or_insert_with(|| report.order.clone());
        self.settle();
        Ok(())
    }

    /// What a status-response makes of the order.
    fn apply_status(
        &mut self,
        word: &SellerUpdate,
        now: OffsetDateTime,
    ) -> Result<(), BuyerOrderError> {
        let known = self.order.progress.clone();
        if !self.take_over(word, now) || self.order.progress == known {
            return Err(BuyerOrderError::Unchanged);
        }
        self.settle();
        Ok(())
    }

    /// Ends the order as the operator says. What its Seller reports afterwards moves nothing.
    fn resolve(
        &mut self,
        status: OrderStatus,
        reason: String,
        now: OffsetDateTime,
    ) -> Result<(), BuyerOrderError> {
        let messages = vec![registry::RESOLVED.message().saying(&reason)];
        let cancellation_reason = Some(reason);
        let word = SellerUpdate { cancellation_reason, messages, ..SellerUpdate::of(status) };
        if self.order.progress.status.is_final() {
            return Err(BuyerOrderError::Unchanged);
        }
        self.apply_status(&word, now)
    }

    /// An order that has ended wants nothing more; of one for which nothing waits, nothing is said
    /// to be forwarded.
    fn settle(&mut self) {
        let progress = &mut self.order.progress;
        if progress.status.is_final() {
            self.pending.clear();
        }
        if self.pending.is_empty() {
            progress.messages.retain(|message| !is(message, registry::PASSED_ON.code));
        }
    }
}

fn is(message: &OrderMessage, code: &str) -> bool {
    message.code.as_deref() == Some(code)
}

impl CarrierSide for BuyerOrder {
    fn order(&self) -> &CarrierOrder {
        &self.order
    }

    fn new_seller_order(effect: &Option<OrderId>) -> Option<&OrderId> {
        effect.as_ref()
    }
}

impl Lifecycle for BuyerOrder {
    const KIND: OrderKind = OrderKind::Carrier;

    type Status = OrderStatus;
    type Event = BuyerOrderEvent;
    /// The Seller's id of the order, when that is news.
    type Effect = Option<OrderId>;
    type Error = BuyerOrderError;
    /// When a Seller that does not respond is called again.
    type Context = Option<OffsetDateTime>;

    fn status(&self) -> OrderStatus {
        self.order.progress.status
    }

    fn revision(&self) -> u64 {
        self.order.revision
    }

    fn intervention(&self) -> Option<&Intervention> {
        self.order.needs_intervention.as_ref()
    }

    fn history(&self) -> &[StatusChange<OrderStatus>] {
        &self.order.history
    }

    fn long_history(&mut self) -> Option<&mut Vec<StatusChange<OrderStatus>>> {
        Some(&mut self.order.history)
    }

    fn apply(
        &self,
        event: BuyerOrderEvent,
        at: OffsetDateTime,
    ) -> Result<Applied<Self>, BuyerOrderError> {
        use BuyerOrderEvent as On;
        let mut new = Self { order: self.order.next_revision(), ..self.clone() };
        let mut operator = None;
        match event {
            On::Requested { what, view } => {
                new.request(what, at)?;
                view.map_or(Ok(()), |view| new.replace(&view))?;
            }
            On::Answered { request, sent, answer } => {
                new.apply_outcome(&request, &sent, answer, at);
            }
            On::Notified { report, version } => new.apply_notification(&report, version, at)?,
            On::StatusReported(word) => new.apply_status(&word, at)?,
            On::Resolved { status, reason, by } => {
                new.resolve(status, reason.clone(), at)?;
                operator = Some((reason, by));
            }
        }
        new.order.record_status(at);
        if let (Some((reason, by)), Some(last)) = (operator, new.order.history.last_mut()) {
            (last.reason, last.by) = (Some(reason), Some(by));
        }
        let known = self.seller_order.is_some();
        let seller_order = new.seller_order.clone().filter(|_| !known);
        Ok(Applied::new(self, new, seller_order, at))
    }

    fn next_action(&self, deferred: &Option<OffsetDateTime>, timing: Timing) -> NextAction {
        match (self.next(), deferred) {
            (None, _) => self.order.idle(),
            (Some(_), Some(until)) => NextAction::Wait { until: *until },
            (Some(_), None) => timing.work(),
        }
    }
}

#[cfg(test)]
mod tests;
