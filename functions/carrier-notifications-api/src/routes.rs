use api::{Access, Method, Route};
use domain::identity::Role;

/// What the function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `GET /orders/{id}/notifications`
    Get,
    /// `POST /orders/{id}/notifications`
    Report,
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

const ALL: &str = "/orders/{id}/notifications";
/// As the second of the old documents has it.
const ALIAS: &str = "/orders/{id}/notification";
const BOTH: &[Role] = &[Role::Buyer, Role::Seller];
const SELLER: &[Role] = &[Role::Seller];

/// Every route, as in `infra/template.yaml`; a parity test compares them.
pub(crate) static ROUTES: [Route<Operation>; 4] = [
    route(Method::GET, ALL, Operation::Get, "get_carrier_notifications", BOTH),
    route(Method::GET, ALIAS, Operation::Get, "get_carrier_notification_alias", BOTH),
    route(Method::POST, ALL, Operation::Report, "report_carrier_notification", SELLER),
    route(Method::POST, ALIAS, Operation::Report, "report_carrier_notification_alias", SELLER),
];
