//! The function in the OpenAPI document.

use api::openapi::Describer;
use ecc::EccProblem;
use serde_json::json;

use crate::{Operation, ProvisioningOrderResponse, ProvisioningOrdersApi};

/// Describes the function.
pub fn describe(doc: &mut Describer) {
    let number = json!({ "type": "integer", "minimum": 1, "maximum": 9_007_199_254_740_991_u64 });
    doc.path_parameter("orderid", "The order's number.", number);
    doc.api::<ProvisioningOrdersApi, EccProblem>(|doc, operation, _| match operation {
        Operation::GetProvisioningOrder => {
            let described = doc.operation("Read a provisioning order");
            doc.answers::<ProvisioningOrderResponse>(described, 200, "The order.")
        }
    });
}
