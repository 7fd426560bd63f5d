//! The route table.

use api::{Access, Api, ResponseStore, Route, Schemes, route};
use domain::identity::Role;
use ecc::EccProblemBody;

use crate::ProvisioningOrdersApi;
#[cfg(feature = "openapi")]
use crate::description as doc;

const ECC: Access = Access::Roles(&[Role::Ecc]);
const ONE: &str = "/ecc/v1/orders/{orderid}";

impl Api for ProvisioningOrdersApi {
    type Problems = EccProblemBody;

    const SCHEMES: Schemes = Schemes::BasicOrBearer;

    const ROUTES: &'static [Route<Self>] =
        &[route!(GET, ONE, ECC, get_provisioning_order, doc::get_provisioning_order)];

    fn responses(&self) -> Option<&dyn ResponseStore> {
        None
    }
}
