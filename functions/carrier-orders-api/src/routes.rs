//! The route table.

use api::{Access, Api, Media, ResponseStore, Route, Schemes, route};
use carrier::CarrierProblemBody;
use domain::identity::Role;

#[cfg(feature = "openapi")]
use crate::description as doc;
use crate::{
    CarrierOrdersApi, create_carrier_order::CREATE_QUERY, list_carrier_orders::LIST_QUERY,
};

const BOTH: Access = Access::Roles(&[Role::Buyer, Role::Seller]);
const BUYER: Access = Access::Roles(&[Role::Buyer]);

const ALL: &str = "/orders";
/// As the heading of the old documents has it.
const ALIAS: &str = "/order";
/// `/orders&…`: the old documents write `&` for `?`.
const LEGACY: &str = "/{collection}";
const ONE: &str = "/orders/{id}";
const CANCEL: &str = "/orders/{id}/cancel";
const HOLD: &str = "/orders/{id}/hold";
const RELEASE: &str = "/orders/{id}/release";

impl Api for CarrierOrdersApi {
    type Problems = CarrierProblemBody;

    const SCHEMES: Schemes = Schemes::BasicOrBearer;

    const ROUTES: &'static [Route<Self>] = &[
        route!(GET, ALL, BOTH, list_carrier_orders, doc::list).query(LIST_QUERY),
        route!(GET, LEGACY, BOTH, list_carrier_orders_legacy, doc::list_legacy)
            .beginning("/orders&")
            .query(LIST_QUERY)
            .deprecated(),
        route!(POST, ALL, BUYER, create_carrier_order, doc::create).query(CREATE_QUERY),
        route!(POST, ALIAS, BUYER, create_carrier_order, doc::create)
            .named("create_carrier_order_alias")
            .query(CREATE_QUERY)
            .deprecated(),
        route!(GET, ONE, BOTH, get_carrier_order, doc::get),
        route!(PUT, ONE, BUYER, replace_carrier_order, doc::replace),
        route!(PATCH, ONE, BUYER, patch_carrier_order, doc::patch).takes(Media::MergePatch),
        route!(POST, CANCEL, BOTH, cancel_carrier_order, doc::cancel),
        route!(POST, HOLD, BOTH, hold_carrier_order, doc::hold),
        route!(POST, RELEASE, BOTH, release_carrier_order, doc::release),
    ];

    fn responses(&self) -> Option<&dyn ResponseStore> {
        Some(&self.responses)
    }
}
