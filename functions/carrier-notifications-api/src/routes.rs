//! The route table.

use api::{Access, Api, ResponseStore, Route, Schemes, route};
use carrier::CarrierProblemBody;
use domain::identity::Role;

#[cfg(feature = "openapi")]
use crate::description as doc;
use crate::{CarrierNotificationsApi, get_carrier_notifications::VIEW_QUERY};

const BOTH: Access = Access::Roles(&[Role::Buyer, Role::Seller]);
const SELLER: Access = Access::Roles(&[Role::Seller]);

const ALL: &str = "/orders/{id}/notifications";
/// As the second of the old documents has it.
const ALIAS: &str = "/orders/{id}/notification";

impl Api for CarrierNotificationsApi {
    type Problems = CarrierProblemBody;

    const SCHEMES: Schemes = Schemes::BasicOrBearer;

    const ROUTES: &'static [Route<Self>] = &[
        route!(GET, ALL, BOTH, get_carrier_notifications, doc::get).query(VIEW_QUERY),
        route!(GET, ALIAS, BOTH, get_carrier_notifications, doc::get)
            .named("get_carrier_notification_alias")
            .query(VIEW_QUERY)
            .deprecated(),
        route!(POST, ALL, SELLER, report_carrier_notification, doc::report),
        route!(POST, ALIAS, SELLER, report_carrier_notification, doc::report)
            .named("report_carrier_notification_alias")
            .deprecated(),
    ];

    fn responses(&self) -> Option<&dyn ResponseStore> {
        Some(&self.responses)
    }
}
