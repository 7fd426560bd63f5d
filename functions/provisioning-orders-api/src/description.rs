//! The function in the OpenAPI document.

use api::openapi::{DescribeError, Describer, Operation};
use ecc::EccProblem;
use serde_json::json;

use crate::{ProvisioningOrderResponse, ProvisioningOrdersApi};

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

pub(crate) fn get_provisioning_order(doc: &mut Describer) -> Operation {
    let described = doc.operation("Read a provisioning order");
    doc.responds_with::<ProvisioningOrderResponse>(described, 200, "The order.")
}
