//! The function in the OpenAPI document.

use api::openapi::{DescribeError, Describer, Operation, segment};
use carrier::wire::{
    NOTIFICATION,
    openapi::{CarrierProblem, NotificationBody, Notifications},
};
use domain::carrier::OrderId;

use crate::CarrierNotificationsApi;

/// Describes the function.
///
/// # Errors
/// A route has no description.
pub fn describe(doc: &mut Describer) -> Result<(), DescribeError> {
    doc.tag("Notifications", "Progress of carrier orders, as their Sellers report it.");
    doc.path_parameter("id", "The Seller's id of the order.", segment::<OrderId>());
    doc.api::<CarrierNotificationsApi, CarrierProblem>()
}

pub(crate) fn get(doc: &mut Describer) -> Operation {
    let described = doc.operation("Read the notifications of an order: the latest, or all");
    let page = "The notification, or a page of all: `Link` names the next page, if there is one.";
    doc.responds_with::<Notifications>(described, 200, page).header(200, "Link")
}

pub(crate) fn report(doc: &mut Describer) -> Operation {
    let who = "Report the progress of an order, as its Seller: from the systems of one that is \
               here, or one elsewhere, under its own id of the order";
    let described = doc.operation("Report the progress of an order, as its Seller");
    let described = doc.takes(described.about(who).idempotent(), &NOTIFICATION);
    let stored = "The notification as it was stored, under its number.";
    let described = doc.responds_with::<NotificationBody>(described, 201, stored);
    described.problem(409, "Not possible in the order's state: nothing changed.")
}
