//! The Lambda boundary: requests, problems, identity, SQS batches, configuration, telemetry.
//!
//! An API function implements [`http::Api`] and calls [`http::run`]; a worker implements
//! [`sqs_batch::RecordHandler`] and calls [`sqs_batch::run`]; the relay [`stream_batch`]; what runs
//! by the clock [`scheduled`]. Each `main` is one call of [`start`].

pub mod carrier;
pub mod config;
pub mod cursor;
pub mod deadline;
pub mod dispatch;
pub mod esim;
pub mod http;
pub mod identity;
pub mod json;
pub mod message;
#[cfg(feature = "openapi")]
pub mod openapi;
pub mod process;
pub mod scheduled;
pub mod sqs_batch;
pub mod stream_batch;
pub mod system;
pub mod telemetry;

pub use deadline::Deadline;
pub use lambda_runtime::Error as RunError;
pub use process::{block_on, start};
