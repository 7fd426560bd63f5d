//! The route table.

use api::{Access, Api, ResponseStore, Route, Schemes, route};
use domain::identity::Role;
use ecc::EccProblemBody;

#[cfg(feature = "openapi")]
use crate::description as doc;
use crate::{SubscriptionsApi, list_subscriptions::LIST_QUERY};

const ECC: Access = Access::Roles(&[Role::Ecc]);

const ALL: &str = "/ecc/v1/subscriptions";
const ONE: &str = "/ecc/v1/subscriptions/{subscription}";
const IMEI: &str = "/ecc/v1/subscriptions/{subscription}/imei";
const MOBILE_NETWORK: &str = "/ecc/v1/subscriptions/{subscription}/mobile-network";
const SERVICES: &str = "/ecc/v1/subscriptions/{subscription}/services";
const SERVICE: &str = "/ecc/v1/subscriptions/{subscription}/services/{service}";
const INSTANCE: &str = "/ecc/v1/subscriptions/{subscription}/services/{service}/{instance}";
const TAG: &str = "/ecc/v1/subscriptions/{subscription}/tags/{tag}";
const CATALOGUE: &str = "/ecc/v1/services";

impl Api for SubscriptionsApi {
    type Problems = EccProblemBody;

    const SCHEMES: Schemes = Schemes::BasicOrBearer;

    const ROUTES: &'static [Route<Self>] = &[
        route!(POST, ALL, ECC, create_subscription, doc::create_subscription),
        route!(GET, ALL, ECC, list_subscriptions, doc::list_subscriptions).query(LIST_QUERY),
        route!(GET, ONE, ECC, get_subscription, doc::get_subscription),
        route!(PATCH, ONE, ECC, change_subscription, doc::change_subscription),
        route!(DELETE, ONE, ECC, delete_subscription, doc::delete_subscription),
        route!(GET, IMEI, ECC, get_subscription_imei, doc::get_subscription_imei),
        route!(
            GET,
            MOBILE_NETWORK,
            ECC,
            get_subscription_mobile_network,
            doc::get_subscription_mobile_network
        ),
        route!(POST, SERVICES, ECC, add_services, doc::add_services),
        route!(PATCH, SERVICE, ECC, change_service, doc::change_service),
        route!(DELETE, SERVICE, ECC, remove_service, doc::remove_service),
        route!(DELETE, INSTANCE, ECC, remove_service, doc::remove_service)
            .named("remove_service_instance"),
        route!(POST, TAG, ECC, add_tag, doc::add_tag),
        route!(DELETE, TAG, ECC, remove_tag, doc::remove_tag),
        route!(GET, CATALOGUE, ECC, list_services, doc::list_services),
    ];

    fn responses(&self) -> Option<&dyn ResponseStore> {
        Some(&self.responses)
    }
}
