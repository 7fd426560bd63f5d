//! We as Buyer: what we know of an order that another carrier delivers.
//!
//! Only the Seller's word moves such an order. What our side wants of it is passed on in the
//! order in which it was wanted, each request under a number of its own, and stays queued until the
//! Seller has answered.

mod update;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::OffsetDateTime;

use super::{
    Hosting, OrderId, OrderMessage, OrderProgress, OrderStatus, OrderVersion, Party, SellerReport,
    Side, TransitionError, milliseconds, registry,
};

pub use update::SellerUpdate;

/// Requests that may wait at once: whoever holds and releases for ever is stopped here.
const MOST: usize = 16;
/// Messages of the Seller that are kept.
const MOST_MESSAGES: usize = 20;

/// Whether an order is kept at its Seller, and only shown here: the Buyer is ours, the Seller
/// is not. Parties that are not registered are nobody's.
pub fn is_at_remote_seller(buyer: Option<&Party>, seller: Option<&Party>) -> bool {
    let hosted = |party: Option<&Party>, at: Hosting| party.is_some_and(|p| p.hosting == at);
    hosted(buyer, Hosting::Local) && hosted(seller, Hosting::Remote)
}

/// What an order that is kept at its Seller has besides its progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BuyerOrder {
    /// The Seller's id of it, once the Seller has said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller_order: Option<OrderId>,
    /// The version that the Seller has taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<OrderVersion>,
    /// How many request_count there were.
    pub request_count: u32,
    /// Those that the Seller has not answered yet, in the order in which they are passed on.
    pub pending: Vec<PendingRequest>,
}

/// Something that our side wants of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingRequest {
    /// 1 for the first of an order. Stands in the key under which it is sent: however often that
    /// happens, it is one request.
    pub number: u32,
    /// What is wanted.
    pub what: Instruction,
    /// Since when.
    #[serde(with = "milliseconds")]
    pub at: OffsetDateTime,
}

/// What can be wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Instruction {
    /// That the order be placed.
    Place,
    /// That the newer document take the place of the other.
    Replace,
    /// That it be cancelled.
    Cancel {
        /// Why, at most 300 characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// That it be held.
    Hold,
    /// That it go on.
    Release,
}

impl Instruction {
    /// What it is called in messages to the Buyer.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Place => "place",
            Self::Replace => "replace",
            Self::Cancel { .. } => "cancel",
            Self::Hold => "hold",
            Self::Release => "release",
        }
    }

    const fn sends_the_document(&self) -> bool {
        matches!(self, Self::Place | Self::Replace)
    }
}

/// Nothing more is passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RequestError {
    /// The order has ended.
    #[error(transparent)]
    Ended(#[from] TransitionError),
    /// The Seller has not answered the last ones.
    #[error("the Seller has not answered what was passed on before")]
    TooMany,
}

/// What the Seller answers to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestOutcome {
    /// Done; with the order, if the answer held it.
    Done(Option<Box<(OrderId, SellerUpdate)>>),
    /// Refused: nothing has changed there.
    Refused {
        /// What the Seller's answer was, in words.
        why: String,
        /// What the Seller says about it.
        messages: Vec<OrderMessage>,
    },
}

/// A Buyer's order after an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Updated {
    /// What is passed on.
    pub buyer_order: BuyerOrder,
    /// How it stands.
    pub progress: OrderProgress,
}

/// What becomes of a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotificationOutcome {
    /// It moves the Buyer's order.
    Moves(Box<Updated>),
    /// Repeated, or overtaken: kept, and nothing else.
    Ignored,
}

impl BuyerOrder {
    /// Of an order that is to be placed.
    pub fn to_be_placed(now: OffsetDateTime) -> Self {
        let first = PendingRequest { number: 1, what: Instruction::Place, at: now };
        Self { seller_order: None, taken: None, request_count: 1, pending: vec![first] }
    }

    /// What is passed on next.
    pub fn next(&self) -> Option<&PendingRequest> {
        self.pending.first()
    }

    /// Whether the Seller's id of the order is this one, or not known yet.
    pub fn may_be(&self, order: &OrderId) -> bool {
        self.seller_order.as_ref().is_none_or(|known| known == order)
    }

    /// Queues a request, and says so to the Buyer. A document that waits is sent in its newest
    /// version only; the same request twice in a row is one.
    ///
    /// # Errors
    /// When the order has ended, or too much waits.
    pub fn request(
        mut self,
        progress: &OrderProgress,
        what: Instruction,
        now: OffsetDateTime,
    ) -> Result<Updated, RequestError> {
        let (from, event) = (Some(progress.status), event(&what));
        if progress.status.is_final() {
            return Err(TransitionError::NotAllowed { from, event }.into());
        }
        let mut progress = progress.clone();
        let said = registry::PASSED_ON.message().saying(what.as_str());
        let number = self.request_count + 1;
        let unsent = self.pending.iter_mut().find(|request| request.what.sends_the_document());
        if let Some(unsent) = unsent.filter(|_| what.sends_the_document()) {
            // The older one may be on its way: under a new number, its answer is not this one's.
            (unsent.number, unsent.at) = (number, now);
        } else if self.pending.last().is_some_and(|last| last.what == what) {
            return Ok(Updated { buyer_order: self, progress });
        } else if self.pending.len() >= MOST {
            return Err(RequestError::TooMany);
        } else {
            self.pending.push(PendingRequest { number, what, at: now });
        }
        self.request_count = number;
        if !progress.messages.contains(&said) {
            progress.messages.push(said);
        }
        Ok(Updated { buyer_order: self, progress })
    }

    /// What the Seller's answer to a request makes of the order. An answer that nobody awaits any
    /// more, because the request was replaced or another worker has stored it, says no more than
    /// what the Seller calls the order: how it stood then may be long over.
    pub fn apply_outcome(
        mut self,
        progress: &OrderProgress,
        request: &PendingRequest,
        sent: &OrderVersion,
        answer: RequestOutcome,
        now: OffsetDateTime,
    ) -> Updated {
        let mut progress = progress.clone();
        let waiting = self.pending.len();
        self.pending.retain(|waiting| waiting.number != request.number);
        let awaited = self.pending.len() < waiting;
        match answer {
            RequestOutcome::Done(order) => {
                let order = order.map(|order| *order);
                let (id, word) = order.map_or((None, None), |(id, word)| (Some(id), Some(word)));
                self.seller_order = self.seller_order.or(id);
                if awaited {
                    self.done(&mut progress, &request.what, sent, word, now);
                }
            }
            RequestOutcome::Refused { why, messages } if awaited => {
                self.refused(&mut progress, request, &why, messages, now);
            }
            RequestOutcome::Refused { .. } => {}
        }
        self.settle(progress)
    }

    fn done(
        &mut self,
        progress: &mut OrderProgress,
        what: &Instruction,
        sent: &OrderVersion,
        word: Option<SellerUpdate>,
        now: OffsetDateTime,
    ) {
        progress.messages.retain(|message| !is(message, registry::REFUSED.code));
        if what.sends_the_document() {
            self.taken = Some(sent.clone());
        }
        let Some(mut word) = word else { return };
        if *what == Instruction::Hold {
            word.held_by.get_or_insert(Side::Buyer);
        }
        // The first answer again, long after the order was taken, is no news.
        let old = what.sends_the_document()
            && word.status == OrderStatus::Acknowledged
            && progress.status != OrderStatus::Acknowledged;
        if !old {
            self.take_over(progress, &word, now);
        }
    }

    fn refused(
        &mut self,
        progress: &mut OrderProgress,
        request: &PendingRequest,
        why: &str,
        messages: Vec<OrderMessage>,
        now: OffsetDateTime,
    ) {
        if progress.status.is_final() {
            return;
        }
        let said = format!("{}: {why}", request.what.as_str());
        let said = registry::REFUSED.message().saying(said);
        if request.what == Instruction::Place && self.seller_order.is_none() {
            let word = SellerUpdate { messages, ..SellerUpdate::of(OrderStatus::Rejected) };
            self.take_over(progress, &word, now);
        } else {
            let kept = messages.into_iter().take(MOST_MESSAGES);
            for message in kept {
                if !progress.messages.contains(&message) {
                    progress.messages.push(message);
                }
            }
        }
        progress.messages.push(said);
        let surplus = progress.messages.len().saturating_sub(2 * MOST_MESSAGES);
        progress.messages.drain(..surplus);
    }

    /// What a notification makes of the order. `version` is its `notificationVersion`: one that is
    /// not newer than the latest moves nothing, and neither does one about a version of the order
    /// that the Seller has replaced. Versions may be missing: not all are pushed.
    pub fn apply_notification(
        mut self,
        progress: &OrderProgress,
        report: &SellerReport,
        version: u32,
        now: OffsetDateTime,
    ) -> NotificationOutcome {
        let overtaken =
            self.taken.as_ref().is_some_and(|taken| taken.is_newer_than(&report.version));
        if version <= progress.notification_version || overtaken {
            return NotificationOutcome::Ignored;
        }
        let mut progress = progress.clone();
        if !self.take_over(&mut progress, &report.into(), now) {
            return NotificationOutcome::Ignored;
        }
        progress.notification_version = version;
        self.seller_order.get_or_insert_with(|| report.order.clone());
        NotificationOutcome::Moves(Box::new(self.settle(progress)))
    }

    /// What a status-response makes of the order; none: nothing.
    pub fn apply_status(
        self,
        progress: &OrderProgress,
        word: &SellerUpdate,
        now: OffsetDateTime,
    ) -> Option<Updated> {
        let mut known = progress.clone();
        let moved = self.take_over(&mut known, word, now) && known != *progress;
        moved.then(|| self.settle(known))
    }

    /// An order that has ended wants nothing more; one of which nothing waits has nothing passed
    /// on.
    fn settle(mut self, mut progress: OrderProgress) -> Updated {
        if progress.status.is_final() {
            self.pending.clear();
        }
        if self.pending.is_empty() {
            progress.messages.retain(|message| !is(message, registry::PASSED_ON.code));
        }
        Updated { buyer_order: self, progress }
    }
}

fn is(message: &OrderMessage, code: &str) -> bool {
    message.code.as_deref() == Some(code)
}

/// The event of the transition table that a request would be.
const fn event(what: &Instruction) -> super::EventKind {
    use super::EventKind;
    match what {
        Instruction::Place => EventKind::Accepted,
        Instruction::Replace => EventKind::NewerVersionReceived,
        Instruction::Cancel { .. } => EventKind::CancelledByBuyer,
        Instruction::Hold => EventKind::Held,
        Instruction::Release => EventKind::Released,
    }
}

#[cfg(test)]
mod tests;
