//! AWS access: one set of settings and one HTTP client for every AWS client, and the work queues.
//! This crate depends on no other crate of the workspace.
//!
//! The configuration is built directly instead of by `aws-config`, which makes the binary 1.2 MB
//! smaller and saves 7 % CPU per call (`infra/docs/performance.md`, fact 7).

pub mod queue;
mod quota;
pub mod settings;

pub use queue::{Outgoing, QueueError, Received, WorkQueue};
pub use quota::QuotaWatch;
pub use settings::{Service, Settings, SettingsError};
