//! The route table.

use api::{Access, Api, Media, ResponseStore, Route, Schemes, route};
use domain::identity::Role;
use tmf::{
    TmfProblemBody,
    http::{GET_QUERY, LIST_QUERY},
};

use crate::ProductOrdersApi;
#[cfg(feature = "openapi")]
use crate::description as doc;

/// Each item demands a role of its own besides.
const CLIENTS: Access = Access::Roles(&[Role::Ecc, Role::Reseller, Role::AccountManager]);

const ALL: &str = "/tmf-api/productOrderingManagement/v4/productOrder";
const ONE: &str = "/tmf-api/productOrderingManagement/v4/productOrder/{id}";
const CANCEL_ALL: &str = "/tmf-api/productOrderingManagement/v4/cancelProductOrder";
const CANCEL_ONE: &str = "/tmf-api/productOrderingManagement/v4/cancelProductOrder/{id}";
const HUB_ALL: &str = "/tmf-api/productOrderingManagement/v4/hub";
const HUB_ONE: &str = "/tmf-api/productOrderingManagement/v4/hub/{id}";

impl Api for ProductOrdersApi {
    type Problems = TmfProblemBody;

    const SCHEMES: Schemes = Schemes::BasicOrBearer;

    const ROUTES: &'static [Route<Self>] = &[
        route!(POST, ALL, CLIENTS, create_product_order, doc::create),
        route!(GET, ALL, CLIENTS, list_product_orders, doc::list).query(LIST_QUERY),
        route!(GET, ONE, CLIENTS, get_product_order, doc::get).query(GET_QUERY),
        route!(PATCH, ONE, CLIENTS, patch_product_order, doc::patch).takes(Media::MergePatch),
        route!(DELETE, ONE, CLIENTS, delete_product_order, doc::delete),
        route!(POST, CANCEL_ALL, CLIENTS, create_cancel_product_order, doc::create_cancel),
        route!(GET, CANCEL_ALL, CLIENTS, list_cancel_product_orders, doc::list_cancel)
            .query(LIST_QUERY),
        route!(GET, CANCEL_ONE, CLIENTS, get_cancel_product_order, doc::get_cancel)
            .query(GET_QUERY),
        route!(POST, HUB_ALL, CLIENTS, create_product_hub, doc::subscribe),
        route!(DELETE, HUB_ONE, CLIENTS, delete_product_hub, doc::unsubscribe),
    ];

    fn responses(&self) -> Option<&dyn ResponseStore> {
        Some(&self.responses)
    }
}
