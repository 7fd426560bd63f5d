//! The function in the OpenAPI document.

use api::openapi::{DescribeError, Describer, Operation};
use ecc::EccProblem;
use serde_json::json;

use crate::{ProvisioningOrderList, ProvisioningOrderResponse, ProvisioningOrdersApi};

/// Describes the function.
///
/// # Errors
/// A route has no description.
pub fn describe(doc: &mut Describer) -> Result<(), DescribeError> {
    doc.tag("Provisioning orders", "Changes of subscriptions under way, and those of the past.");
    let number = json!({ "type": "integer", "minimum": 1, "maximum": 9_007_199_254_740_991_u64 });
    doc.path_parameter("orderid", "The order's number.", number);
    doc.api::<ProvisioningOrdersApi, EccProblem>()
}

pub(crate) fn list_provisioning_orders(doc: &mut Describer) -> Operation {
    let described = doc.operation("List the client's provisioning orders, newest first").about(
        "Lists the client's orders, newest first. All filters must match. They are served from at \
         most 1,000 orders a page: a page that ends there is short, or empty, and has a cursor, \
         which continues. Orders that were placed before lists existed are not in it",
    );
    doc.responds_with::<ProvisioningOrderList>(described, 200, "A page.")
}

pub(crate) fn cancel_provisioning_order(doc: &mut Describer) -> Operation {
    let described = doc.operation("Cancel a provisioning order").idempotent().about(
        "Ends an order as CANCELED, without effect, as long as the network cannot have been called \
         for it. The subscription is unlocked, and the numbers that the order claimed are free. \
         Canceling an order again is 200 again",
    );
    let canceled = "The order, CANCELED by the client.";
    let described = doc.responds_with::<ProvisioningOrderResponse>(described, 200, canceled);
    let late = "`ORDER_NOT_CANCELABLE`, with the order's `status`: it has ended, or the network may \
                have been called for it. Nothing changed.";
    described.problem(409, late)
}

pub(crate) fn get_provisioning_order(doc: &mut Describer) -> Operation {
    let described = doc.operation("Read a provisioning order");
    doc.responds_with::<ProvisioningOrderResponse>(described, 200, "The order.")
}
