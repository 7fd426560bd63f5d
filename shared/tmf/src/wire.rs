//! Orders on the wire. What a client wrote stays a document: it is checked against tables of
//! members, what decisions need is read out of it, and what is ours is laid over it when it is
//! written.

mod change;
mod document;
mod face;
mod items;
mod milestone;
mod schema;
#[cfg(test)]
mod tests;
mod write;

pub use change::{Change, change};
pub use document::{Cancellation, NewDocument, fingerprint, read_cancellation, read_new};
pub use face::{Names, names};
pub use items::{item_in, items_of, subject_of};
pub use milestone::{Milestone, milestones};
pub use schema::{
    CANCEL_PRODUCT_ORDER, CANCEL_SERVICE_ORDER, PRODUCT_ORDER, PRODUCT_ORDER_PATCH, SERVICE_ORDER,
    SERVICE_ORDER_PATCH,
};
pub use write::{alerts, cancel_task_body, order_body, order_ref};
