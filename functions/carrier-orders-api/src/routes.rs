use api::{Access, Method, Route};
use domain::identity::Role;

/// What the function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `GET /orders`
    List,
    /// `GET /orders&…`: the old documents write `&` for `?`.
    ListLegacy,
    /// `POST /orders`, and `/order` as the old documents' heading has it.
    Create,
    /// `GET /orders/{id}`
    Get,
    /// `PUT /orders/{id}`
    Replace,
    /// `PATCH /orders/{id}`
    Patch,
    /// `POST /orders/{id}/cancel`
    Cancel,
    /// `POST /orders/{id}/hold`
    Hold,
    /// `POST /orders/{id}/release`
    Release,
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
const BUYER: &[Role] = &[Role::Buyer];
const ONE: &str = "/orders/{id}";

/// Every route, as in `infra/template.yaml`; a parity test compares them.
pub(crate) static ROUTES: [Route<Operation>; 10] = [
    route(Method::GET, "/orders", Operation::List, "list_carrier_orders", BOTH),
    route(Method::GET, "/{collection}", Operation::ListLegacy, "list_carrier_orders_legacy", BOTH),
    route(Method::POST, "/orders", Operation::Create, "create_carrier_order", BUYER),
    route(Method::POST, "/order", Operation::Create, "create_carrier_order_alias", BUYER),
    route(Method::GET, ONE, Operation::Get, "get_carrier_order", BOTH),
    route(Method::PUT, ONE, Operation::Replace, "replace_carrier_order", BUYER),
    route(Method::PATCH, ONE, Operation::Patch, "patch_carrier_order", BUYER),
    route(Method::POST, "/orders/{id}/cancel", Operation::Cancel, "cancel_carrier_order", BOTH),
    route(Method::POST, "/orders/{id}/hold", Operation::Hold, "hold_carrier_order", BOTH),
    route(Method::POST, "/orders/{id}/release", Operation::Release, "release_carrier_order", BOTH),
];
