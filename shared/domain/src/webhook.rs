//! Telling clients by webhook: who wants to hear what, what is said, and when it is said again
//! (`contracts/`, *Webhooks*; Standard Webhooks 1.0).
//!
//! One delivery is one message for one endpoint. Its message id is made from what happened, not
//! drawn, so that a fan-out which runs twice makes the same delivery twice, and a receiver that
//! keeps the ids it has seen notices every repetition.

mod delivery;
mod endpoint;
mod event;
mod health;
mod outcome;
mod payload;
mod schedule;
mod secret;

#[cfg(test)]
mod simulation;

pub use delivery::{
    Abandoned, Attempt, AttemptResult, Delivery, DeliveryState, Lane, LoggedAttempt, StaleAttempt,
    Wait,
};
pub use endpoint::{
    Endpoint, EndpointId, EndpointUrl, EventPattern, MAX_ENDPOINTS, MAX_PATTERNS, Patterns,
};
pub use event::{EventType, STATES, UnknownState};
pub use health::{DisableReason, Disabled, Health};
pub use outcome::{Failure, Outcome};
pub use payload::{MessageId, Payload};
pub use schedule::{DELAYS, LONGEST_DELAY, LONGEST_QUEUE_DELAY, delay_before, told_to_wait};
pub use secret::{ParseSecretError, Secret, Secrets};
