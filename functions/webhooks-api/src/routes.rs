use api::{Access, Method, Route};
use domain::identity::Role;

/// What the function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// `POST /webhooks`
    CreateWebhook,
    /// `GET /webhooks`
    ListWebhooks,
    /// `GET /webhooks/{id}`
    GetWebhook,
    /// `DELETE /webhooks/{id}`
    DeleteWebhook,
    /// `POST /webhooks/{id}/test`
    TestWebhook,
    /// `POST /webhooks/{id}/rotate-secret`
    RotateWebhookSecret,
    /// `POST /webhooks/{id}/enable`
    EnableWebhook,
    /// `GET /webhooks/{id}/deliveries`
    ListDeliveries,
    /// `POST /webhooks/{id}/deliveries/{deliveryId}/replay`
    ReplayDelivery,
}

const fn route(
    method: Method,
    path: &'static str,
    operation: Operation,
    operation_id: &'static str,
) -> Route<Operation> {
    Route { method, path, operation, operation_id, access: Access::Roles(&Role::ALL) }
}

const ALL: &str = "/webhooks";
const ONE: &str = "/webhooks/{id}";
const TEST: &str = "/webhooks/{id}/test";
const ROTATE: &str = "/webhooks/{id}/rotate-secret";
const ENABLE: &str = "/webhooks/{id}/enable";
const DELIVERIES: &str = "/webhooks/{id}/deliveries";
const REPLAY: &str = "/webhooks/{id}/deliveries/{deliveryId}/replay";

/// Every route, as in `infra/template.yaml`; a parity test compares them.
pub(crate) static ROUTES: [Route<Operation>; 9] = [
    route(Method::POST, ALL, Operation::CreateWebhook, "create_webhook"),
    route(Method::GET, ALL, Operation::ListWebhooks, "list_webhooks"),
    route(Method::GET, ONE, Operation::GetWebhook, "get_webhook"),
    route(Method::DELETE, ONE, Operation::DeleteWebhook, "delete_webhook"),
    route(Method::POST, TEST, Operation::TestWebhook, "test_webhook"),
    route(Method::POST, ROTATE, Operation::RotateWebhookSecret, "rotate_webhook_secret"),
    route(Method::POST, ENABLE, Operation::EnableWebhook, "enable_webhook"),
    route(Method::GET, DELIVERIES, Operation::ListDeliveries, "list_webhook_deliveries"),
    route(Method::POST, REPLAY, Operation::ReplayDelivery, "replay_webhook_delivery"),
];
