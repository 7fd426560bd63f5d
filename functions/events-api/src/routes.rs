//! The route table.

use api::{Access, Api, ResponseStore, Route, Schemes, route};
use domain::identity::Role;
use ecc::EccProblemBody;

#[cfg(feature = "openapi")]
use crate::description as doc;
use crate::{EventsApi, list_events::EVENTS_QUERY};

const ECC: Access = Access::Roles(&[Role::Ecc]);
const EVENTS: &str = "/ecc/v1/events/{eventtype}";

impl Api for EventsApi {
    type Problems = EccProblemBody;

    const SCHEMES: Schemes = Schemes::BasicOrBearer;

    const ROUTES: &'static [Route<Self>] =
        &[route!(GET, EVENTS, ECC, list_events, doc::list_events).query(EVENTS_QUERY)];

    fn responses(&self) -> Option<&dyn ResponseStore> {
        None
    }
}
