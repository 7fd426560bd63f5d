//! How Orderwire talks to AWS: one set of settings and one HTTP client for every AWS client, and
//! the work queues. Nothing of ours lies below this crate.
//!
//! The configuration is built directly instead of by `aws-config`: 1.2 MB less binary and 7 % less
//! CPU a call (`performance.md`, fact 7).

pub mod queue;
mod quota;
pub mod settings;

pub use queue::{Outgoing, QueueError, Received, WorkQueue};
pub use quota::QuotaWatch;
pub use settings::{Service, Settings, SettingsError};
