use time::OffsetDateTime;

use super::{
    Assignments, Cancellation, CarrierDate, DesiredResponses, OrderMessage, OrderStatus,
    word::words,
};

words! {
    /// `notificationType`.
    NotificationType {
        /// The order is not accepted.
        Rejection = "REJECTION",
        /// A date is committed.
        Confirmation = "CONFIRMATION",
        /// Identifiers are assigned.
        Configuration = "CONFIGURATION",
        /// The order ended without effect.
        Cancellation = "CANCELLATION",
        /// All is done.
        Completion = "COMPLETION",
        /// The date moves.
        Jeopardy = "JEOPARDY",
        /// Anything else.
        StatusUpdate = "STATUS_UPDATE",
    }
}

impl NotificationType {
    /// The order's status that the type alone implies.
    pub const fn implied_status(self) -> Option<OrderStatus> {
        match self {
            Self::Rejection => Some(OrderStatus::Rejected),
            Self::Confirmation | Self::Configuration => Some(OrderStatus::InProgress),
            Self::Cancellation => Some(OrderStatus::Cancelled),
            Self::Completion => Some(OrderStatus::Completed),
            Self::Jeopardy | Self::StatusUpdate => None,
        }
    }

    /// Whether the Buyer wants it pushed; all are readable.
    pub const fn is_pushed(self, desired: DesiredResponses) -> bool {
        !matches!(
            (self, desired),
            (Self::Confirmation | Self::Configuration, DesiredResponses::None)
                | (Self::Configuration, DesiredResponses::ConfirmationOnly)
        )
    }
}

/// `orderNotification`: what the Buyer is told of one event. What every response about an order
/// repeats is in its [`OrderHeader`](super::OrderHeader).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// 1 for the first of an order, and one more for each further one.
    pub version: u32,
    /// What kind of news.
    pub kind: NotificationType,
    /// When it happened.
    pub at: OffsetDateTime,
    /// The order's status after the event.
    pub status: OrderStatus,
    /// When the Seller will be done.
    pub expected_completion: Option<CarrierDate>,
    /// When the Seller was done.
    pub completion: Option<CarrierDate>,
    /// What was assigned: with CONFIGURATION what is new, with COMPLETION everything.
    pub assignments: Option<Assignments>,
    /// By when a corrected version must come, when one must.
    pub correction_due: Option<OffsetDateTime>,
    /// How it ended, when it was cancelled.
    pub cancellation: Option<Cancellation>,
    /// Why.
    pub messages: Vec<OrderMessage>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_confirmation_and_configuration_can_be_unwanted() {
        use DesiredResponses as Wants;
        for (_, kind) in NotificationType::WORDS {
            let pushed =
                [Wants::None, Wants::ConfirmationOnly, Wants::ConfirmationAndEngineeringDesign]
                    .map(|desired| kind.is_pushed(desired));
            let expected = match kind {
                NotificationType::Confirmation => [false, true, true],
                NotificationType::Configuration => [false, false, true],
                _ => [true; 3],
            };
            assert_eq!(pushed, expected, "{kind}");
        }
    }
}
