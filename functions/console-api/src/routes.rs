//! The route table. The pages are for people: no OpenAPI document describes them. Public to the
//! gateway, which knows no cookies: each page but those of a link asks for its session first.

use api::{
    Access, Api, Media, ResponseStore, Route, route,
    schema::{Kind, Parameters, optional, query::parameters},
};
use lambda::dispatch::Dispatch;

use crate::{ConsoleApi, pages::DONE, problems::ConsoleProblems};

const PUBLIC: Access = Access::Public;
const ORDER: &str = "/console/orders/{order}";
const TENANT: &str = "/console/tenants/{tenant}";
const ENDPOINT: &str = "/console/tenants/{tenant}/endpoints/{endpoint}";
const ENABLE: &str = "/console/tenants/{tenant}/endpoints/{endpoint}/enable";
const REPLAY: &str = "/console/tenants/{tenant}/endpoints/{endpoint}/deliveries/{delivery}/replay";
/// What was just done, to be said on the page that follows.
const AFTER: Parameters = parameters(&[optional("done", Kind::Word(&DONE, &[]))]);

impl<D: Dispatch> Api for ConsoleApi<D> {
    type Problems = ConsoleProblems;

    const ROUTES: &'static [Route<Self>] = &[
        route!(GET, "/console", PUBLIC, get_console),
        route!(GET, "/console/links/{code}", PUBLIC, get_console_link),
        route!(POST, "/console/sessions", PUBLIC, open_console_session).takes(Media::Form),
        route!(POST, "/console/sign-out", PUBLIC, end_console_session).takes(Media::Form),
        route!(POST, "/console/search", PUBLIC, search_console).takes(Media::Form),
        route!(GET, ORDER, PUBLIC, get_console_order).query(AFTER),
        route!(GET, "/console/orders/{order}/actions", PUBLIC, get_console_order_actions),
        route!(POST, "/console/orders/{order}/resolve", PUBLIC, resolve_console_order)
            .takes(Media::Form),
        route!(POST, "/console/orders/{order}/retry", PUBLIC, retry_console_order)
            .takes(Media::Form),
        route!(GET, "/console/tenants", PUBLIC, list_console_tenants),
        route!(GET, TENANT, PUBLIC, get_console_tenant),
        route!(GET, ENDPOINT, PUBLIC, get_console_endpoint).query(AFTER),
        route!(POST, ENABLE, PUBLIC, enable_console_endpoint).takes(Media::Form),
        route!(POST, REPLAY, PUBLIC, replay_console_delivery).takes(Media::Form),
        route!(GET, "/console/registry", PUBLIC, get_console_registry),
        route!(GET, "/console/assets/{asset}", PUBLIC, get_console_asset),
    ];

    fn responses(&self) -> Option<&dyn ResponseStore> {
        None
    }
}
