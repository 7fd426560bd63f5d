//! The route table.

use api::{Access, Api, ResponseStore, Rfc9457, Route, Schemes, route};
use domain::identity::Role;
use lambda::dispatch::Dispatch;

#[cfg(feature = "openapi")]
use crate::description as doc;
use crate::{WebhooksApi, list_deliveries::LIST_QUERY};

const ANY_ROLE: Access = Access::Roles(&Role::ALL);
const ALL: &str = "/webhooks";
const ONE: &str = "/webhooks/{id}";
const TEST: &str = "/webhooks/{id}/test";
const ROTATE: &str = "/webhooks/{id}/rotate-secret";
const ENABLE: &str = "/webhooks/{id}/enable";
const DELIVERIES: &str = "/webhooks/{id}/deliveries";
const REPLAY: &str = "/webhooks/{id}/deliveries/{deliveryId}/replay";

impl<D: Dispatch> Api for WebhooksApi<D> {
    type Problems = Rfc9457;

    const SCHEMES: Schemes = Schemes::BasicOrBearer;

    const ROUTES: &'static [Route<Self>] = &[
        route!(POST, ALL, ANY_ROLE, create_webhook, doc::create_webhook),
        route!(GET, ALL, ANY_ROLE, list_webhooks, doc::list_webhooks),
        route!(GET, ONE, ANY_ROLE, get_webhook, doc::get_webhook),
        route!(PATCH, ONE, ANY_ROLE, change_webhook, doc::change_webhook),
        route!(DELETE, ONE, ANY_ROLE, delete_webhook, doc::delete_webhook),
        route!(POST, TEST, ANY_ROLE, test_webhook, doc::test_webhook),
        route!(POST, ROTATE, ANY_ROLE, rotate_webhook_secret, doc::rotate_webhook_secret),
        route!(POST, ENABLE, ANY_ROLE, enable_webhook, doc::enable_webhook),
        route!(GET, DELIVERIES, ANY_ROLE, list_deliveries, doc::list_deliveries)
            .named("list_webhook_deliveries")
            .query(LIST_QUERY),
        route!(POST, REPLAY, ANY_ROLE, replay_delivery, doc::replay_delivery)
            .named("replay_webhook_delivery"),
    ];

    fn responses(&self) -> Option<&dyn ResponseStore> {
        Some(&self.responses)
    }
}
