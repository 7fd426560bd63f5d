use thiserror::Error;
use time::OffsetDateTime;

use super::{
    Event, EventKind, Intake, ItemProgress, Notification, OrderHeader, OrderProgress, OrderStatus,
    OrderVersion, OrderView, Party, TransitionError, decide_intake,
    intake::{CORRECTION, go_on},
};

/// What a POST means when the pair (Buyer, PON) has an order already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resubmission {
    /// The same again: the first response again.
    SameAgain,
    /// A newer version: as a PUT.
    Newer,
    /// The same version with another body, or an older one: 409.
    Conflict,
}

/// Decides on a POST for a pair (Buyer, PON) that has an order already.
pub fn resubmission(stored: &OrderVersion, sent: &OrderVersion, same_body: bool) -> Resubmission {
    if sent == stored && same_body {
        Resubmission::SameAgain
    } else if sent.is_newer_than(stored) {
        Resubmission::Newer
    } else {
        Resubmission::Conflict
    }
}

/// An order with a new document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// The order as it is now.
    pub progress: OrderProgress,
    /// What the Buyer is told, in order.
    pub notifications: Vec<Notification>,
}

/// The document cannot take the place of the other. The order is as it was.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReplacementError {
    /// It says that it is another order: `buyerId`, `sellerId` or the PON differ.
    #[error("must not change: {member}")]
    OtherOrder {
        /// The member that differs.
        member: &'static str,
    },
    /// Its version is not newer.
    #[error("version not newer than {stored}")]
    NotNewer {
        /// The version there is.
        stored: OrderVersion,
    },
    /// Identifiers or S-VLANs were assigned for the document there is.
    #[error("already configured")]
    Configured,
    /// Not in this state.
    #[error(transparent)]
    Transition(#[from] TransitionError),
}

/// Replaces an order's document by a newer version (calls 4 and 5).
///
/// PENDING: it is the awaited correction (row 7), and may need another (row 6). ACKNOWLEDGED, and
/// IN_PROGRESS before anything is assigned: it takes the place of the other, and what is wrong with
/// it makes the order REJECTED (row 2) or PENDING (row 6). Anything else is refused.
///
/// # Errors
/// When it cannot take the place of the other.
pub fn replace(
    progress: &OrderProgress,
    stored: &OrderHeader,
    sent: &OrderView,
    seller: Option<&Party>,
    now: OffsetDateTime,
) -> Result<Replaced, ReplacementError> {
    succeeds(stored, sent)?;
    let events = events(progress, decide_intake(sent, seller, now), now)?;
    let mut progress = progress.clone();
    let status = progress.status;
    progress.items =
        sent.references().into_iter().map(|reference| ItemProgress { reference, status }).collect();
    progress.messages = events.warnings;
    let mut notifications = Vec::new();
    let progress = go_on(progress, events.happen, &mut notifications, now)?;
    Ok(Replaced { progress, notifications })
}

/// Whether a document is a newer version of the same order. All that is asked of one that is
/// passed on to a Seller elsewhere.
///
/// # Errors
/// When it is none.
pub fn succeeds(stored: &OrderHeader, sent: &OrderView) -> Result<(), ReplacementError> {
    let same = [
        ("buyerId", stored.buyer == sent.buyer),
        ("sellerId", stored.seller == sent.seller),
        ("buyerPurchaseOrderNumber", stored.pon == sent.pon),
    ];
    if let Some((member, _)) = same.into_iter().find(|(_, same)| !same) {
        return Err(ReplacementError::OtherOrder { member });
    }
    if sent.version.is_newer_than(&stored.version) {
        Ok(())
    } else {
        Err(ReplacementError::NotNewer { stored: stored.version.clone() })
    }
}

/// What a new document causes. Without events it just takes the place of the other.
#[derive(Default)]
struct Events {
    warnings: Vec<super::OrderMessage>,
    happen: Vec<Event>,
}

fn events(
    progress: &OrderProgress,
    intake: Intake,
    now: OffsetDateTime,
) -> Result<Events, ReplacementError> {
    use OrderStatus::{Acknowledged, InProgress, Pending};
    let happen = |happen| Ok(Events { happen, ..Events::default() });
    let needed = |messages, due| Event::InformationNeeded { messages, due };
    let corrected = || Event::NewerVersionReceived { warnings: Vec::new() };
    match (progress.status, intake) {
        (InProgress, _) if !progress.assignments.is_empty() => Err(ReplacementError::Configured),
        (Acknowledged | InProgress, Intake::Accepted { warnings }) => {
            Ok(Events { warnings, ..Events::default() })
        }
        (Acknowledged, Intake::Rejected { messages }) => {
            happen(vec![Event::NotAccepted { messages }])
        }
        (Acknowledged, Intake::Pending { messages, due }) => {
            happen(vec![Event::TreatmentStarted, needed(messages, due)])
        }
        (InProgress, Intake::Pending { messages, due }) => happen(vec![needed(messages, due)]),
        // An order under treatment is not rejected any more: the Buyer may try again.
        (InProgress, Intake::Rejected { messages }) => {
            happen(vec![needed(messages, now + CORRECTION)])
        }
        (Pending, Intake::Accepted { warnings }) => {
            happen(vec![Event::NewerVersionReceived { warnings }])
        }
        (Pending, Intake::Pending { messages, due }) => {
            happen(vec![corrected(), needed(messages, due)])
        }
        (Pending, Intake::Rejected { messages }) => {
            happen(vec![corrected(), needed(messages, now + CORRECTION)])
        }
        (status, _) => Err(ReplacementError::Transition(TransitionError::NotAllowed {
            from: Some(status),
            event: EventKind::NewerVersionReceived,
        })),
    }
}

#[cfg(test)]
mod tests;
