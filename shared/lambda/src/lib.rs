//! The Lambda runtime: SQS batches, DynamoDB stream batches, scheduled jobs, configuration,
//! telemetry, deadlines.
//!
//! A worker implements [`sqs_batch::RecordHandler`] and calls [`sqs_batch::run`]; the relay uses
//! [`stream_batch`], scheduled functions use [`scheduled`]. Each `main` is one call of [`start`].
//! HTTP handling is in the crate `api`.

pub mod config;
pub mod deadline;
pub mod dispatch;
pub mod message;
pub mod process;
pub mod scheduled;
pub mod sqs_batch;
pub mod stream_batch;
pub mod system;
pub mod telemetry;

pub use deadline::Deadline;
pub use lambda_runtime::Error as RunError;
pub use process::{block_on, start};
