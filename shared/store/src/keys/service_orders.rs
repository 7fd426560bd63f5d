//! The keys of service orders and product orders, besides those of every order.

use domain::{clock::rfc3339, identity::Tenant, service_order::Face};
use time::OffsetDateTime;

use super::Key;

/// Partition of the owner index that lists a tenant's service orders, or its product orders.
pub(crate) fn service_orders_of(tenant: &Tenant, face: Face) -> String {
    format!("SERVICEORDERS#{tenant}#{}", face.as_str())
}

/// Partition of the owner index that lists the requests to cancel them.
pub(crate) fn cancel_tasks_of(tenant: &Tenant, face: Face) -> String {
    format!("CANCELTASKS#{tenant}#{}", face.as_str())
}

/// The sort key of what is listed by its date.
pub(crate) fn dated(at: OffsetDateTime, id: &str) -> String {
    format!("{}#{id}", rfc3339(at))
}

/// The entry that lists a request to cancel an order.
pub(crate) fn cancel_task(order: &str, number: u8) -> Key {
    Key::new(format!("ORDER#{order}"), &format!("CANCEL#{number:03}"))
}

/// The claim on a client's id of a service order. That is the last part, so that it cannot be
/// mistaken for another tenant's.
pub(crate) fn external_id(tenant: &Tenant, face: Face, id: &str) -> Key {
    Key::new(format!("EXTERNAL#{tenant}#{}#{id}", face.as_str()), "CLAIM")
}
