//! Carrier orders on the wire: JSON read with every limit of
//! `infra/docs/contracts/carrier-orders.md`, *Objects*, and written as the contract says.
//!
//! A document from a partner stays what it is: it is checked against tables of members,
//! what decisions need is read out of it, and what is ours is laid over it when it is written.

mod answer;
mod bandwidth;
mod legacy;
mod notification;
#[cfg(feature = "openapi")]
pub mod openapi;
mod order;
mod read;
mod schema;
mod status;
mod write;

pub use answer::{LookedUp, read_answer, read_list, read_refusal};
pub use legacy::split_legacy_query;
pub use notification::{NotificationRequest, read_notification};
pub use order::{OrderRequest, read_order, same_document, view_order};
pub use schema::{NOTIFICATION, ORDER, STATUS_REQUEST, STATUS_RESPONSE};
pub use status::{
    StatusRequest, StatusResponse, read_status_request, read_status_response, status_body,
};
pub use write::{
    Links, OrderListBody, OrderPage, list_body, messages_body, notification_body, order_body,
    refusal_body, report_body,
};

#[cfg(test)]
mod tests;
