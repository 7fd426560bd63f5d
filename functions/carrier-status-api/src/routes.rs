use api::{Access, Method, Route};
use domain::identity::Role;

/// What the function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `GET /orders/{id}/status`
    Get,
    /// `GET /orders/status?…`
    Find,
    /// `POST /orders/status-request`
    Request,
    /// `POST /orders/status-response`
    Receive,
}

const fn route(
    method: Method,
    path: &'static str,
    operation: Operation,
    operation_id: &'static str,
    roles: &'static [Role],
) -> Route<Operation> {
    Route { method, path, operation, operation_id, access: Access::Roles(roles) }
}

const BOTH: &[Role] = &[Role::Buyer, Role::Seller];

/// Every route, as in `infra/template.yaml`; a parity test compares them.
pub(crate) static ROUTES: [Route<Operation>; 4] = [
    route(Method::GET, "/orders/{id}/status", Operation::Get, "get_carrier_order_status", BOTH),
    route(Method::GET, "/orders/status", Operation::Find, "find_carrier_order_status", BOTH),
    route(
        Method::POST,
        "/orders/status-request",
        Operation::Request,
        "request_carrier_order_status",
        &[Role::Buyer],
    ),
    route(
        Method::POST,
        "/orders/status-response",
        Operation::Receive,
        "receive_carrier_order_status",
        &[Role::Seller],
    ),
];
