//! Webhooks: endpoints and their event patterns, payloads, attempts and their schedule
//! (`contracts/`, *Webhooks*; Standard Webhooks 1.0).
//!
//! A delivery is one message for one endpoint. Its message id is derived from the status change
//! and not generated: a fan-out that runs twice plans the same delivery twice, and a receiver
//! that stores the ids it has seen recognises every repetition.

mod delivery;
mod endpoint;
mod event;
mod health;
mod hub;
mod outcome;
mod payload;
mod schedule;
mod secret;

#[cfg(test)]
mod simulation;

pub use delivery::{
    Abandoned, Attempt, AttemptResult, Delivery, DeliveryState, LoggedAttempt, OrderingKey,
    StaleAttempt, Wait,
};
pub use endpoint::{
    Endpoint, EndpointId, EndpointUrl, EventPattern, MAX_ENDPOINTS, MAX_PATTERNS, Patterns,
};
pub use event::{EventType, STATES, UnknownState};
pub use health::{Concurrency, DisableReason, Disabled, Health};
pub use hub::{HubEvent, HubEventKind};
pub use outcome::{Failure, Outcome};
pub use payload::{MessageId, Payload};
pub use schedule::{DELAYS, LONGEST_DELAY, LONGEST_QUEUE_DELAY, delay_before, told_to_wait};
pub use secret::{ParseSecretError, Secret, Secrets, TooManyRotations};
