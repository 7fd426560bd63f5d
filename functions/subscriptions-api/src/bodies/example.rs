//! Examples of the OpenAPI document: the subscription of the ECC guide.

use api::openapi::{Example, sample};
use domain::{
    identity::Tenant,
    network::MobileNetwork,
    numbering::Imei,
    subscription::{NewSubscription, OdbProfile, Subscription, SubscriptionId, SubscriptionState},
    text::Described,
};
use serde_json::{Value, json};

use super::{
    AssignableService, ImeiResponse, MobileNetworkResponse, ServicesResponse, SubscriptionList,
    SubscriptionResponse,
};

/// A subscription with a tag and an order under way.
fn subscription() -> Subscription {
    let new = NewSubscription {
        iccid: sample("89461177710001700003"),
        msisdn: Some(sample("4612312312")),
        imsi: Some(sample("240071234567890")),
        odb_profile: OdbProfile::default(),
    };
    let (tenant, order): (Tenant, _) = (sample("example"), sample("20144"));
    let mut all = new.into_subscription(SubscriptionId::default(), tenant, order);
    all.state = SubscriptionState::InUse;
    all.tags.insert(sample("fleet"));
    all
}

impl Example for SubscriptionResponse {
    fn example() -> Value {
        json!(Self::from(subscription()))
    }
}

impl Example for SubscriptionList {
    fn example() -> Value {
        json!(Self { subscriptions: vec![subscription().into()], cursor: None })
    }
}

impl Example for ImeiResponse {
    fn example() -> Value {
        json!(Self::from(sample::<Imei>(Imei::EXAMPLE)))
    }
}

impl Example for MobileNetworkResponse {
    fn example() -> Value {
        json!(MobileNetwork::new("240", "01", Some("Example Mobile")).map(Self::from))
    }
}

impl Example for ServicesResponse {
    fn example() -> Value {
        let services = ["VOICE", "SMS", "DATA"].map(|id| AssignableService { id: id.to_owned() });
        json!(Self { services: services.into() })
    }
}
