use api::{Access, Method, Route};
use domain::identity::Role;

/// What the function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `POST v1/order`
    Create,
    /// `GET v1/order/{id}`
    Get,
    /// `GET v1/order/{id}/qr`
    GetQrCode,
}

const fn route(
    method: Method,
    path: &'static str,
    operation: Operation,
    operation_id: &'static str,
) -> Route<Operation> {
    let access = Access::Roles(&[Role::Reseller, Role::AccountManager]);
    Route { method, path, operation, operation_id, access }
}

/// Every route, under the base of the seed and under that of its successor, as in
/// `infra/template.yaml`; a parity test compares them.
pub(crate) static ROUTES: [Route<Operation>; 6] = [
    route(Method::POST, "/esim/v1/order", Operation::Create, "create_esim_order"),
    route(Method::GET, "/esim/v1/order/{id}", Operation::Get, "get_esim_order"),
    route(Method::GET, "/esim/v1/order/{id}/qr", Operation::GetQrCode, "get_esim_qr_code"),
    route(Method::POST, "/connect-api/v1/order", Operation::Create, "create_connect_order"),
    route(Method::GET, "/connect-api/v1/order/{id}", Operation::Get, "get_connect_order"),
    route(
        Method::GET,
        "/connect-api/v1/order/{id}/qr",
        Operation::GetQrCode,
        "get_connect_qr_code",
    ),
];
