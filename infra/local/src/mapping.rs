//! Event source mappings: what feeds functions besides HTTP, with AWS's rules
//! for batches, failures and retries.

mod failures;
mod filter;
mod queue;
mod record_source;
mod schedule;
mod stream;

pub use failures::{Failures, read_failures};
pub use filter::matches_any;
pub use queue::{QueueLoop, ReceivedMessage, queue_event};
pub use record_source::{RecordSource, StreamRecord, TableStream};
pub use schedule::{Schedules, scheduled_event};
pub use stream::{FailureQueue, StreamLoop};
