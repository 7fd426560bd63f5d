//! The rules of Orderwire, and nothing else: types that cannot hold a wrong value, one transition
//! table for each kind of order, and the decisions taken with them.
//!
//! No input or output, no clock, no AWS, no HTTP: whatever a decision needs is an argument.

pub mod batch;
pub mod carrier;
pub mod clock;
pub mod console;
pub mod drift;
pub mod esim;
pub mod ethernet;
pub mod failure;
pub mod feed;
pub mod idempotency;
pub mod identity;
pub mod lease;
pub mod network;
pub mod numbering;
pub mod order;
pub mod provisioning;
pub mod retry_after;
pub mod scenario;
pub mod service_order;
pub mod sim;
pub mod subscription;
pub mod text;
pub mod violation;
pub mod webhook;
