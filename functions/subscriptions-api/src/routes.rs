use api::{Access, Method, Route};
use domain::identity::Role;

/// What the function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `POST /subscriptions`
    CreateSubscription,
    /// `GET /subscriptions`
    ListSubscriptions,
    /// `GET /subscriptions/{type}:{id}`
    GetSubscription,
    /// `PATCH /subscriptions/{type}:{id}`
    ChangeSubscription,
    /// `DELETE /subscriptions/{type}:{id}`
    DeleteSubscription,
    /// `POST …/services`
    AddServices,
    /// `PATCH …/services/{sid}`
    ChangeService,
    /// `DELETE …/services/{sid}` and `…/{instance}`
    RemoveService,
    /// `POST …/tags/{tag}`
    AddTag,
    /// `DELETE …/tags/{tag}`
    RemoveTag,
    /// `GET /services`
    ListServices,
}

const fn route(
    method: Method,
    path: &'static str,
    operation: Operation,
    operation_id: &'static str,
) -> Route<Operation> {
    Route { method, path, operation, operation_id, access: Access::Roles(&[Role::Ecc]) }
}

const ALL: &str = "/ecc/v1/subscriptions";
const ONE: &str = "/ecc/v1/subscriptions/{subscription}";
const SERVICES: &str = "/ecc/v1/subscriptions/{subscription}/services";
const SERVICE: &str = "/ecc/v1/subscriptions/{subscription}/services/{service}";
const INSTANCE: &str = "/ecc/v1/subscriptions/{subscription}/services/{service}/{instance}";
const TAG: &str = "/ecc/v1/subscriptions/{subscription}/tags/{tag}";
const CATALOGUE: &str = "/ecc/v1/services";

/// Every route, as in `infra/template.yaml`; a parity test compares them.
pub(crate) static ROUTES: [Route<Operation>; 12] = [
    route(Method::POST, ALL, Operation::CreateSubscription, "create_subscription"),
    route(Method::GET, ALL, Operation::ListSubscriptions, "list_subscriptions"),
    route(Method::GET, ONE, Operation::GetSubscription, "get_subscription"),
    route(Method::PATCH, ONE, Operation::ChangeSubscription, "change_subscription"),
    route(Method::DELETE, ONE, Operation::DeleteSubscription, "delete_subscription"),
    route(Method::POST, SERVICES, Operation::AddServices, "add_services"),
    route(Method::PATCH, SERVICE, Operation::ChangeService, "change_service"),
    route(Method::DELETE, SERVICE, Operation::RemoveService, "remove_service"),
    route(Method::DELETE, INSTANCE, Operation::RemoveService, "remove_service_instance"),
    route(Method::POST, TAG, Operation::AddTag, "add_tag"),
    route(Method::DELETE, TAG, Operation::RemoveTag, "remove_tag"),
    route(Method::GET, CATALOGUE, Operation::ListServices, "list_services"),
];
