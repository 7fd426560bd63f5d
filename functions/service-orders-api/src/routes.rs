//! The route table.

use api::{Access, Api, Media, ResponseStore, Route, Schemes, route};
use domain::identity::Role;
use tmf::{
    TmfProblemBody,
    http::{GET_QUERY, LIST_QUERY},
};

use crate::ServiceOrdersApi;
#[cfg(feature = "openapi")]
use crate::description as doc;

/// Each item demands a role of its own besides.
const CLIENTS: Access = Access::Roles(&[Role::Ecc, Role::Reseller, Role::AccountManager]);

const ALL: &str = "/tmf-api/serviceOrdering/v4/serviceOrder";
const ONE: &str = "/tmf-api/serviceOrdering/v4/serviceOrder/{id}";
const CANCEL_ALL: &str = "/tmf-api/serviceOrdering/v4/cancelServiceOrder";
const CANCEL_ONE: &str = "/tmf-api/serviceOrdering/v4/cancelServiceOrder/{id}";
const HUB_ALL: &str = "/tmf-api/serviceOrdering/v4/hub";
const HUB_ONE: &str = "/tmf-api/serviceOrdering/v4/hub/{id}";

impl Api for ServiceOrdersApi {
    type Problems = TmfProblemBody;

    const SCHEMES: Schemes = Schemes::BasicOrBearer;

    const ROUTES: &'static [Route<Self>] = &[
        route!(POST, ALL, CLIENTS, create_service_order, doc::create),
        route!(GET, ALL, CLIENTS, list_service_orders, doc::list).query(LIST_QUERY),
        route!(GET, ONE, CLIENTS, get_service_order, doc::get).query(GET_QUERY),
        route!(PATCH, ONE, CLIENTS, patch_service_order, doc::patch).takes(Media::MergePatch),
        route!(DELETE, ONE, CLIENTS, delete_service_order, doc::delete),
        route!(POST, CANCEL_ALL, CLIENTS, create_cancel_service_order, doc::create_cancel),
        route!(GET, CANCEL_ALL, CLIENTS, list_cancel_service_orders, doc::list_cancel)
            .query(LIST_QUERY),
        route!(GET, CANCEL_ONE, CLIENTS, get_cancel_service_order, doc::get_cancel)
            .query(GET_QUERY),
        route!(POST, HUB_ALL, CLIENTS, create_service_hub, doc::subscribe),
        route!(DELETE, HUB_ONE, CLIENTS, delete_service_hub, doc::unsubscribe),
    ];

    fn responses(&self) -> Option<&dyn ResponseStore> {
        Some(&self.responses)
    }
}
