//! The route table.

use api::{Access, Api, ResponseStore, Route, Schemes, route};
use domain::identity::Role;
use ecc::EccProblemBody;

#[cfg(feature = "openapi")]
use crate::description as doc;
use crate::{ProvisioningOrdersApi, list_provisioning_orders::LIST_QUERY};

const ECC: Access = Access::Roles(&[Role::Ecc]);
const ALL: &str = "/ecc/v1/orders";
const ONE: &str = "/ecc/v1/orders/{orderid}";
const CANCEL: &str = "/ecc/v1/orders/{orderid}/cancel";

impl Api for ProvisioningOrdersApi {
    type Problems = EccProblemBody;

    const SCHEMES: Schemes = Schemes::BasicOrBearer;

    const ROUTES: &'static [Route<Self>] = &[
        route!(GET, ALL, ECC, list_provisioning_orders, doc::list_provisioning_orders)
            .query(LIST_QUERY),
        route!(GET, ONE, ECC, get_provisioning_order, doc::get_provisioning_order),
        route!(POST, CANCEL, ECC, cancel_provisioning_order, doc::cancel_provisioning_order),
    ];

    fn responses(&self) -> Option<&dyn ResponseStore> {
        Some(&self.responses)
    }
}
