use api::{Access, Method, Route};
use domain::identity::Role;

/// What the function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `POST /batches`
    CreateBatch,
    /// `GET /batches/{batchid}`
    GetBatch,
}

const fn route(
    method: Method,
    path: &'static str,
    operation: Operation,
    operation_id: &'static str,
) -> Route<Operation> {
    Route { method, path, operation, operation_id, access: Access::Roles(&[Role::Ecc]) }
}

/// Every route, as in `infra/template.yaml`; a parity test compares them.
pub(crate) static ROUTES: [Route<Operation>; 2] = [
    route(Method::POST, "/ecc/v1/batches", Operation::CreateBatch, "create_batch"),
    route(Method::GET, "/ecc/v1/batches/{batchid}", Operation::GetBatch, "get_batch"),
];
