//! The route table.

use api::{Access, Api, ResponseStore, Route, Schemes, route};
use domain::identity::Role;
use ecc::EccProblemBody;
use lambda::dispatch::Dispatch;

use crate::BatchesApi;
#[cfg(feature = "openapi")]
use crate::description as doc;

const ECC: Access = Access::Roles(&[Role::Ecc]);
const ALL: &str = "/ecc/v1/batches";
const ONE: &str = "/ecc/v1/batches/{batchid}";

impl<D: Dispatch> Api for BatchesApi<D> {
    type Problems = EccProblemBody;

    const SCHEMES: Schemes = Schemes::BasicOrBearer;

    const ROUTES: &'static [Route<Self>] = &[
        route!(POST, ALL, ECC, create_batch, doc::create_batch),
        route!(GET, ONE, ECC, get_batch, doc::get_batch),
    ];

    fn responses(&self) -> Option<&dyn ResponseStore> {
        Some(&self.responses)
    }
}
