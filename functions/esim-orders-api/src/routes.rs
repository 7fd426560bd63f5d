//! The route table.

use api::{Access, Api, ResponseStore, Route, Schemes, route};
use domain::identity::Role;
use esim::EsimProblemBody;

#[cfg(feature = "openapi")]
use crate::description as doc;
use crate::{EsimOrdersApi, list_esim_orders::LIST_QUERY};

const RESELLERS: Access = Access::Roles(&[Role::Reseller, Role::AccountManager]);

/// The base of the seed, and below it that of its successor.
const ALL: &str = "/esim/v1/order";
const ONE: &str = "/esim/v1/order/{id}";
const QR_CODE: &str = "/esim/v1/order/{id}/qr";
const CANCEL: &str = "/esim/v1/order/{id}/cancel";
const CONNECT: &str = "/connect-api/v1/order";
const CONNECT_ONE: &str = "/connect-api/v1/order/{id}";
const CONNECT_QR_CODE: &str = "/connect-api/v1/order/{id}/qr";
const CONNECT_CANCEL: &str = "/connect-api/v1/order/{id}/cancel";

impl Api for EsimOrdersApi {
    type Problems = EsimProblemBody;

    const SCHEMES: Schemes = Schemes::Bearer;

    const ROUTES: &'static [Route<Self>] = &[
        route!(POST, ALL, RESELLERS, create_esim_order, doc::create),
        route!(GET, ALL, RESELLERS, list_esim_orders, doc::list).query(LIST_QUERY),
        route!(GET, ONE, RESELLERS, get_esim_order, doc::get),
        route!(GET, QR_CODE, RESELLERS, get_qr_code, doc::get_qr_code).named("get_esim_qr_code"),
        route!(POST, CANCEL, RESELLERS, cancel_esim_order, doc::cancel),
        route!(POST, CONNECT, RESELLERS, create_esim_order, doc::create)
            .named("create_connect_order"),
        route!(GET, CONNECT, RESELLERS, list_esim_orders, doc::list)
            .named("list_connect_orders")
            .query(LIST_QUERY),
        route!(GET, CONNECT_ONE, RESELLERS, get_esim_order, doc::get).named("get_connect_order"),
        route!(GET, CONNECT_QR_CODE, RESELLERS, get_qr_code, doc::get_qr_code)
            .named("get_connect_qr_code"),
        route!(POST, CONNECT_CANCEL, RESELLERS, cancel_esim_order, doc::cancel)
            .named("cancel_connect_order"),
    ];

    fn responses(&self) -> Option<&dyn ResponseStore> {
        Some(&self.responses)
    }
}
