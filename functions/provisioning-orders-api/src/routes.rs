use api::{Access, Method, Route};
use domain::identity::Role;

/// What the function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `GET /orders/{orderid}`
    GetProvisioningOrder,
}

/// Every route, as in `infra/template.yaml`; a parity test compares them.
pub(crate) static ROUTES: [Route<Operation>; 1] = [Route {
    method: Method::GET,
    path: "/ecc/v1/orders/{orderid}",
    operation: Operation::GetProvisioningOrder,
    operation_id: "get_provisioning_order",
    access: Access::Roles(&[Role::Ecc]),
}];
