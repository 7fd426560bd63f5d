use thiserror::Error;
use time::OffsetDateTime;

use super::{
    Assignments, CarrierDate, Event, ItemFailure, ItemReference, NotificationType, OrderHeader,
    OrderId, OrderMessage, OrderProgress, OrderStatus, OrderVersion, PartyId, Pon, Severity, Side,
    Step, TransitionError, intake::CORRECTION, registry,
};

/// An `orderNotification` as a partner sent it: from a Seller's own systems the report of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SellerReport {
    /// Of which order.
    pub order: OrderId,
    /// Who ordered.
    pub buyer: PartyId,
    /// Who delivers.
    pub seller: PartyId,
    /// The Buyer's id of it.
    pub pon: Pon,
    /// The Buyer's version it is about.
    pub version: OrderVersion,
    /// What kind of news.
    pub kind: NotificationType,
    /// The status it says, or else the one its type implies.
    pub status: OrderStatus,
    /// `expectedCompletionDate`.
    pub expected_completion: Option<CarrierDate>,
    /// `completionDate`.
    pub completion: Option<CarrierDate>,
    /// `correctionOrderDueDate`.
    pub correction_due: Option<CarrierDate>,
    /// `orderCancellationReason`.
    pub cancellation_reason: Option<String>,
    /// What was assigned.
    pub assignments: Assignments,
    /// Why.
    pub messages: Vec<OrderMessage>,
}

/// The report makes no event of this order. The order is as it was.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReportError {
    /// It is about another order, or another version of this one.
    #[error("differs from the order: {member}")]
    OtherOrder {
        /// The member that differs.
        member: &'static str,
    },
    /// It lacks what its event needs.
    #[error("missing for this event: {member}")]
    Missing {
        /// What is missing.
        member: &'static str,
    },
    /// A status update to a status that no event leads to from here.
    #[error("no event leads from {from} to {to}")]
    NoEvent {
        /// The status of the order.
        from: OrderStatus,
        /// The status reported.
        to: OrderStatus,
    },
    /// Not in this state.
    #[error(transparent)]
    Transition(#[from] TransitionError),
}

impl SellerReport {
    /// Applies the report to an order of the Seller.
    ///
    /// # Errors
    /// When it makes no event of it.
    pub fn apply(
        &self,
        header: &OrderHeader,
        progress: &OrderProgress,
        now: OffsetDateTime,
    ) -> Result<Step, ReportError> {
        let same = [
            ("orderId", self.order == header.id),
            ("buyerId", self.buyer == header.buyer),
            ("sellerId", self.seller == header.seller),
            ("buyerPurchaseOrderNumber", self.pon == header.pon),
            ("buyerOrderVersion", self.version == header.version),
        ];
        if let Some((member, _)) = same.into_iter().find(|(_, same)| !same) {
            return Err(ReportError::OtherOrder { member });
        }
        let event = self.event(progress, now)?;
        let mut informed = progress.clone();
        informed.assignments.merge(&self.assignments);
        let date = self.expected_completion.clone();
        // A date that moves is the event itself: it must not be known before.
        if !matches!(event, Event::Held { .. } | Event::DateAtRisk { .. }) && date.is_some() {
            informed.expected_completion = date;
        }
        Ok(informed.apply(event, now)?)
    }

    fn event(&self, progress: &OrderProgress, now: OffsetDateTime) -> Result<Event, ReportError> {
        let messages = || self.messages.clone();
        let expected = || self.expected_completion.clone();
        Ok(match self.kind {
            NotificationType::Rejection => Event::NotAccepted { messages: messages() },
            NotificationType::Confirmation => {
                let missing = ReportError::Missing { member: "expectedCompletionDate" };
                Event::DateCommitted { expected: expected().ok_or(missing)? }
            }
            NotificationType::Configuration => {
                Event::Configured { assignments: self.assignments.clone() }
            }
            NotificationType::Cancellation => Event::CancelledBySeller { reason: self.reason() },
            NotificationType::Completion => {
                Event::Finished { failed: Vec::new(), completion: self.completion.clone() }
            }
            NotificationType::Jeopardy => {
                let holds =
                    self.status == OrderStatus::Held && progress.status != OrderStatus::Held;
                if holds {
                    Event::Held { by: Side::Seller, expected: expected(), messages: messages() }
                } else {
                    Event::DateAtRisk { expected: expected(), messages: messages() }
                }
            }
            NotificationType::StatusUpdate => self.status_update(progress, now)?,
        })
    }

    fn status_update(
        &self,
        progress: &OrderProgress,
        now: OffsetDateTime,
    ) -> Result<Event, ReportError> {
        use OrderStatus::{Acknowledged, Failed, Held, InProgress, Partial, Pending};
        let messages = || self.messages.clone();
        Ok(match (progress.status, self.status) {
            (Acknowledged, InProgress) => Event::TreatmentStarted,
            (Held, to) if progress.hold.as_ref().is_some_and(|hold| hold.from == to) => {
                Event::Released { by: Side::Seller }
            }
            (_, Pending) => {
                let due = self.correction_due.as_ref().and_then(CarrierDate::latest);
                let due = due.unwrap_or(now + CORRECTION);
                Event::InformationNeeded { messages: messages(), due }
            }
            (_, Held) => Event::Held {
                by: Side::Seller,
                expected: self.expected_completion.clone(),
                messages: messages(),
            },
            (_, Partial | Failed) => {
                let failed = self.failures(progress);
                let all = failed.len() == progress.items.len();
                if failed.is_empty() || all != (self.status == Failed) {
                    return Err(ReportError::Missing { member: "orderMessages" });
                }
                Event::Finished { failed, completion: self.completion.clone() }
            }
            (from, to) => return Err(ReportError::NoEvent { from, to }),
        })
    }

    /// The items with an ERROR of their own; when the whole order failed, the others as well.
    fn failures(&self, progress: &OrderProgress) -> Vec<ItemFailure> {
        let errors = || self.messages.iter().filter(|m| m.severity == Severity::Error);
        let text = |message: &OrderMessage| {
            let said = message.message_information.as_ref().or(message.description.as_ref());
            said.map_or(registry::ITEM_FAILED.description, String::as_str).to_owned()
        };
        let whole = self.status == OrderStatus::Failed;
        let failure = |item: &ItemReference| {
            let own = errors().find(|m| m.order_item_reference.as_ref() == Some(item));
            let error = own.or_else(|| errors().next().filter(|_| whole));
            let said = error.map(text);
            let reason =
                said.or_else(|| whole.then(|| registry::ITEM_FAILED.description.to_owned()));
            reason.map(|reason| ItemFailure { item: item.clone(), reason })
        };
        progress.items.iter().filter_map(|item| failure(&item.reference)).collect()
    }

    fn reason(&self) -> String {
        let said = self.messages.iter().find_map(|message| message.message_information.clone());
        let reason = self.cancellation_reason.clone().or(said);
        reason.unwrap_or_else(|| "The order was cancelled by the Seller".to_owned())
    }
}

#[cfg(test)]
mod tests;
