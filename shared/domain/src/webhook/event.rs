use std::fmt;

use thiserror::Error;

use crate::order::OrderKind;

/// What a message is about: the `type` of its payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventType {
    /// The order is stored and will be worked on.
    OrderAccepted,
    /// Somebody works on it.
    OrderInProgress,
    /// It waits for a corrected version.
    OrderPending,
    /// One side holds it.
    OrderHeld,
    /// Final: done.
    OrderCompleted,
    /// Final: some items are done.
    OrderPartial,
    /// Final: ended without effect. One L, whatever the kind writes.
    OrderCanceled,
    /// Final: never accepted.
    OrderRejected,
    /// Final: it could not be done.
    OrderFailed,
    /// Its client wants it cancelled; whether that is possible is not decided.
    OrderAssessingCancellation,
    /// The orders of its items are being cancelled.
    OrderPendingCancellation,
    /// The owner of an endpoint tries it. Goes to that endpoint whatever it subscribes to.
    WebhookTest,
    /// Another endpoint of the same owner has been disabled.
    WebhookDisabled,
}

impl EventType {
    /// Every type.
    pub const ALL: [Self; 13] = [
        Self::OrderAccepted,
        Self::OrderInProgress,
        Self::OrderPending,
        Self::OrderHeld,
        Self::OrderCompleted,
        Self::OrderPartial,
        Self::OrderCanceled,
        Self::OrderRejected,
        Self::OrderFailed,
        Self::OrderAssessingCancellation,
        Self::OrderPendingCancellation,
        Self::WebhookTest,
        Self::WebhookDisabled,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OrderAccepted => "order.accepted",
            Self::OrderInProgress => "order.in_progress",
            Self::OrderPending => "order.pending",
            Self::OrderHeld => "order.held",
            Self::OrderCompleted => "order.completed",
            Self::OrderPartial => "order.partial",
            Self::OrderCanceled => "order.canceled",
            Self::OrderRejected => "order.rejected",
            Self::OrderFailed => "order.failed",
            Self::OrderAssessingCancellation => "order.assessing_cancellation",
            Self::OrderPendingCancellation => "order.pending_cancellation",
            Self::WebhookTest => "webhook.test",
            Self::WebhookDisabled => "webhook.disabled",
        }
    }

    /// The type that this word means.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == word)
    }

    /// The part before the dot.
    pub fn family(self) -> &'static str {
        self.as_str().split_once('.').map_or("", |(family, _)| family)
    }

    /// The type for an order that has reached `status`, a wire value of its own kind.
    ///
    /// # Errors
    /// The kind has no such state.
    pub fn of_state(kind: OrderKind, status: &str) -> Result<Self, UnknownState> {
        STATES
            .iter()
            .find(|(of, word, _)| *of == kind && *word == status)
            .map(|(_, _, event)| *event)
            .ok_or(UnknownState { kind })
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The value is not a status of that kind of order, so no event has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a state of an order of kind {kind}")]
pub struct UnknownState {
    /// The kind.
    pub kind: OrderKind,
}

/// Every status of every kind of order and its event.
pub const STATES: [(OrderKind, &str, EventType); 26] = {
    use EventType::{
        OrderAccepted, OrderAssessingCancellation, OrderCanceled, OrderCompleted, OrderFailed,
        OrderHeld, OrderInProgress, OrderPartial, OrderPending, OrderPendingCancellation,
        OrderRejected,
    };
    use OrderKind::{Carrier, Ecc, Esim, Service};
    [
        (Ecc, "PROVISIONING", OrderAccepted),
        (Ecc, "COMPLETED", OrderCompleted),
        (Ecc, "CANCELED", OrderCanceled),
        (Carrier, "ACKNOWLEDGED", OrderAccepted),
        (Carrier, "IN_PROGRESS", OrderInProgress),
        (Carrier, "PENDING", OrderPending),
        (Carrier, "HELD", OrderHeld),
        (Carrier, "REJECTED", OrderRejected),
        (Carrier, "CANCELLED", OrderCanceled),
        (Carrier, "COMPLETED", OrderCompleted),
        (Carrier, "FAILED", OrderFailed),
        (Carrier, "PARTIAL", OrderPartial),
        (Esim, "ACCEPTED", OrderAccepted),
        (Esim, "FULFILLING", OrderInProgress),
        (Esim, "COMPLETED", OrderCompleted),
        (Esim, "FAILED", OrderFailed),
        (Service, "acknowledged", OrderAccepted),
        (Service, "inProgress", OrderInProgress),
        (Service, "pending", OrderPending),
        (Service, "rejected", OrderRejected),
        (Service, "cancelled", OrderCanceled),
        (Service, "completed", OrderCompleted),
        (Service, "failed", OrderFailed),
        (Service, "partial", OrderPartial),
        (Service, "assessingCancellation", OrderAssessingCancellation),
        (Service, "pendingCancellation", OrderPendingCancellation),
    ]
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{carrier, provisioning, service_order};

    #[test]
    fn every_state_of_a_provisioning_order_has_its_event() {
        for status in provisioning::OrderStatus::ALL {
            assert!(EventType::of_state(OrderKind::Ecc, status.as_str()).is_ok(), "{status}");
        }
        let told = STATES.iter().filter(|(kind, ..)| *kind == OrderKind::Ecc).count();
        assert_eq!(told, provisioning::OrderStatus::ALL.len());
    }

    #[test]
    fn every_state_of_a_carrier_order_has_its_event() {
        for (word, _) in carrier::OrderStatus::WORDS {
            assert!(EventType::of_state(OrderKind::Carrier, word).is_ok(), "{word}");
        }
        let told = STATES.iter().filter(|(kind, ..)| *kind == OrderKind::Carrier).count();
        assert_eq!(told, carrier::OrderStatus::WORDS.len());
    }

    #[test]
    fn every_state_of_a_service_order_has_its_event() {
        for state in service_order::OrderState::ALL {
            assert!(EventType::of_state(OrderKind::Service, state.as_str()).is_ok(), "{state}");
        }
        let told = STATES.iter().filter(|(kind, ..)| *kind == OrderKind::Service).count();
        assert_eq!(told, service_order::OrderState::ALL.len());
    }

    #[test]
    fn no_two_states_of_a_kind_share_an_event() {
        for (n, (kind, word, event)) in STATES.iter().enumerate() {
            for (other_kind, other_word, other_event) in &STATES[n + 1..] {
                assert!(kind != other_kind || (word != other_word && event != other_event));
            }
        }
    }

    #[test]
    fn a_word_of_another_kind_tells_nothing() {
        for (kind, word) in [
            (OrderKind::Ecc, "CANCELLED"),
            (OrderKind::Carrier, "CANCELED"),
            (OrderKind::Esim, "PENDING"),
            (OrderKind::Ecc, "completed"),
        ] {
            assert_eq!(EventType::of_state(kind, word), Err(UnknownState { kind }));
        }
    }

    #[test]
    fn every_type_is_a_family_and_a_name() {
        for event in EventType::ALL {
            let (family, name) = event.as_str().split_once('.').unwrap();
            assert_eq!(family, event.family());
            assert!(!name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
        }
    }
}
