use api::{Access, Method, Route};
use domain::identity::Role;

/// What the function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `GET /events/{event-type}`
    ListEvents,
}

/// Every route, as in `infra/template.yaml`; a parity test compares them.
pub(crate) static ROUTES: [Route<Operation>; 1] = [Route {
    method: Method::GET,
    path: "/ecc/v1/events/{eventtype}",
    operation: Operation::ListEvents,
    operation_id: "list_events",
    access: Access::Roles(&[Role::Ecc]),
}];
