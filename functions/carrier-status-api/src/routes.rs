//! The route table.

use api::{Access, Api, ResponseStore, Route, Schemes, route};
use carrier::{CarrierProblemBody, http::STATUS_QUERY};
use domain::identity::Role;

use crate::CarrierStatusApi;
#[cfg(feature = "openapi")]
use crate::description as doc;

const BOTH: Access = Access::Roles(&[Role::Buyer, Role::Seller]);
const BUYER: Access = Access::Roles(&[Role::Buyer]);
const SELLER: Access = Access::Roles(&[Role::Seller]);

const ONE: &str = "/orders/{id}/status";
const FIND: &str = "/orders/status";
const REQUEST: &str = "/orders/status-request";
const RESPONSE: &str = "/orders/status-response";

impl Api for CarrierStatusApi {
    type Problems = CarrierProblemBody;

    const SCHEMES: Schemes = Schemes::BasicOrBearer;

    const ROUTES: &'static [Route<Self>] = &[
        route!(GET, ONE, BOTH, get_carrier_order_status, doc::get),
        route!(GET, FIND, BOTH, find_carrier_order_status, doc::find).query(STATUS_QUERY),
        route!(POST, REQUEST, BUYER, request_carrier_order_status, doc::request),
        route!(POST, RESPONSE, SELLER, receive_carrier_order_status, doc::receive),
    ];

    fn responses(&self) -> Option<&dyn ResponseStore> {
        Some(&self.responses)
    }
}
