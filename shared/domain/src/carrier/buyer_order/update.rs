//! What a Seller says of an order, and how it is taken over.

use time::OffsetDateTime;

use super::{BuyerOrder, Instruction, MOST_MESSAGES, is};
use crate::carrier::{
    Assignments, Cancellation, CarrierDate, Hold, ItemReference, OrderMessage, OrderStatus,
    SellerReport, Severity, Side, registry,
};

/// Identifiers and ranges of S-VLAN ids that are kept of an order of 20 items at the most: what is
/// beyond stays in the notification that told it, and the order stays storable.
const MOST_ASSIGNMENTS: usize = 500;

/// How the Seller says an order stands: in a notification, a status-response, or the order itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SellerUpdate {
    /// The order's status.
    pub status: OrderStatus,
    /// Who holds it, when the Seller says so.
    pub held_by: Option<Side>,
    /// When the Seller will be done.
    pub expected_completion: Option<CarrierDate>,
    /// When the Seller was done.
    pub completion: Option<CarrierDate>,
    /// By when a corrected version must come.
    pub correction_due: Option<CarrierDate>,
    /// Why it was cancelled.
    pub cancellation_reason: Option<String>,
    /// What is assigned.
    pub assignments: Assignments,
    /// Items with a status of their own.
    pub items: Vec<(ItemReference, OrderStatus)>,
    /// What is to be said about it.
    pub messages: Vec<OrderMessage>,
}

impl SellerUpdate {
    /// Only this status.
    pub fn of(status: OrderStatus) -> Self {
        Self {
            status,
            held_by: None,
            expected_completion: None,
            completion: None,
            correction_due: None,
            cancellation_reason: None,
            assignments: Assignments::default(),
            items: Vec::new(),
            messages: Vec::new(),
        }
    }

    /// An item's status: its own, or the order's. Of an order that is done in part, an item with
    /// an ERROR has failed.
    fn status_of(&self, item: &ItemReference) -> OrderStatus {
        let own = self.items.iter().find(|(reference, _)| reference == item);
        let error = |message: &&OrderMessage| {
            message.severity == Severity::Error
                && message.order_item_reference.as_ref() == Some(item)
        };
        match (own, self.status) {
            (Some((_, status)), _) => *status,
            (None, OrderStatus::Partial) if self.messages.iter().any(|m| error(&m)) => {
                OrderStatus::Failed
            }
            (None, OrderStatus::Partial) => OrderStatus::Completed,
            (None, status) => status,
        }
    }
}

impl From<&SellerReport> for SellerUpdate {
    fn from(report: &SellerReport) -> Self {
        Self {
            expected_completion: report.expected_completion.clone(),
            completion: report.completion.clone(),
            correction_due: report.correction_due.clone(),
            cancellation_reason: report.cancellation_reason.clone(),
            assignments: report.assignments.clone(),
            messages: report.messages.clone(),
            ..Self::of(report.status)
        }
    }
}

impl BuyerOrder {
    /// Takes the Seller's word over. False: it is behind what is known.
    pub(super) fn take_over(&mut self, word: &SellerUpdate, now: OffsetDateTime) -> bool {
        let progress = &self.order.progress;
        let from = progress.status;
        let released = word.status == OrderStatus::Acknowledged
            && progress.hold.as_ref().is_some_and(|hold| hold.from == word.status);
        // An end is the end; but that it was told in a few words must not hide what comes with it.
        let over = from.is_final() && word.status != from;
        if over || (stage(word.status) < stage(from) && !released) {
            return false;
        }
        self.enter(word, now);
        let progress = &mut self.order.progress;
        let mut assignments = progress.assignments.clone();
        assignments.merge(&word.assignments);
        if count(&assignments) <= MOST_ASSIGNMENTS {
            progress.assignments = assignments;
        }
        let over = |known: &mut Option<CarrierDate>, said: &Option<CarrierDate>| {
            if said.is_some() {
                known.clone_from(said);
            }
        };
        over(&mut progress.expected_completion, &word.expected_completion);
        over(&mut progress.completion, &word.completion);
        let ours = |message: &OrderMessage| {
            is(message, registry::PASSED_ON.code) || is(message, registry::REFUSED.code)
        };
        progress.messages.retain(ours);
        let theirs = word.messages.iter().filter(|message| !ours(message));
        progress.messages.splice(0..0, theirs.take(MOST_MESSAGES).cloned());
        true
    }

    fn enter(&mut self, word: &SellerUpdate, now: OffsetDateTime) {
        let progress = &mut self.order.progress;
        let from = progress.status;
        progress.status = word.status;
        let asked = self.pending.iter().any(|request| request.what == Instruction::Hold);
        let guess = if asked { Side::Buyer } else { Side::Seller };
        progress.hold = (word.status == OrderStatus::Held).then(|| match progress.hold.take() {
            Some(hold) => Hold { by: word.held_by.unwrap_or(hold.by), ..hold },
            None => Hold { by: word.held_by.unwrap_or(guess), from, since: now },
        });
        let due = word.correction_due.as_ref().and_then(CarrierDate::latest);
        progress.correction_due = (word.status == OrderStatus::Pending)
            .then(|| due.or(progress.correction_due))
            .flatten();
        if word.status == OrderStatus::Cancelled {
            let since = progress.cancellation.as_ref().map(|known| known.at);
            progress.cancellation = Some(cancellation(word, since.unwrap_or(now)));
        }
        for item in progress.items.iter_mut().filter(|item| !item.status.is_final()) {
            item.status = word.status_of(&item.reference);
        }
    }
}

fn count(all: &Assignments) -> usize {
    all.ovcs.len() + all.unis.len() + all.ennis.len() + all.svlans.len()
}

/// How far a status is: an order never goes back from one stage to another, unless it was held
/// before anybody worked on it.
pub(super) const fn stage(status: OrderStatus) -> u8 {
    match status {
        OrderStatus::Acknowledged => 0,
        OrderStatus::InProgress | OrderStatus::Pending | OrderStatus::Held => 1,
        _ => 2,
    }
}

fn cancellation(word: &SellerUpdate, at: OffsetDateTime) -> Cancellation {
    let by_buyer = word.messages.iter().any(|m| is(m, registry::CANCELLED_BY_BUYER.code));
    let said = || word.messages.iter().find_map(|message| message.message_information.clone());
    let reason = word.cancellation_reason.clone().or_else(said);
    let reason = reason.unwrap_or_else(|| "The order was cancelled at the Seller".to_owned());
    Cancellation {
        by: if by_buyer { Side::Buyer } else { Side::Seller },
        at,
        reason: reason.chars().take(300).collect(),
    }
}
