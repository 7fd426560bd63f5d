//! What the function answers with, as JSON.

#[cfg(feature = "openapi")]
mod example;

use std::net::Ipv4Addr;

use domain::{
    network::MobileNetwork,
    numbering::Imei,
    provisioning::OrderNumber,
    subscription::{Service, Subscription},
};
use serde::Serialize;

/// A service on a subscription.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub struct ServiceResponse {
    /// Which service.
    id: String,
    /// Which of its instances on this subscription.
    instance: u32,
    /// How much of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
    /// Where calls go on: an MSISDN.
    #[serde(skip_serializing_if = "Option::is_none")]
    forward_number: Option<String>,
    /// Its mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<String>,
}

impl From<Service> for ServiceResponse {
    fn from(service: Service) -> Self {
        Self {
            id: service.id.into(),
            instance: service.instance,
            limit: service.settings.limit,
            forward_number: service.settings.forward_number.map(String::from),
            mode: service.mode.map(String::from),
        }
    }
}

/// A subscription.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub struct SubscriptionResponse {
    /// The number, if it has one: digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    msisdn: Option<String>,
    /// The SIM.
    iccid: String,
    /// The identity in the SIM, if it was told.
    #[serde(skip_serializing_if = "Option::is_none")]
    imsi: Option<String>,
    /// `BEFORE_FIRST_USE` or `IN_USE`.
    #[cfg_attr(feature = "openapi", schemars(extend("enum" = ["BEFORE_FIRST_USE", "IN_USE"])))]
    state: &'static str,
    /// Blocked subscriptions carry no traffic.
    blocked: bool,
    /// Operator determined barring, 0 to 13.
    odb_profile: u8,
    /// Fixed IPv4 address, or null.
    static_ip: Option<Ipv4Addr>,
    /// Access points; the first is the default.
    apn_ids: Vec<u32>,
    /// The owner's labels.
    tags: Vec<String>,
    /// Services.
    services: Vec<ServiceResponse>,
    /// The order under way, or null.
    #[serde(rename = "outstandingOrder")]
    outstanding_order: Option<u64>,
}

impl From<Subscription> for SubscriptionResponse {
    fn from(subscription: Subscription) -> Self {
        Self {
            msisdn: subscription.msisdn.map(String::from),
            iccid: subscription.iccid.into(),
            imsi: subscription.imsi.map(String::from),
            state: subscription.state.as_str(),
            blocked: subscription.blocked,
            odb_profile: subscription.odb_profile.into(),
            static_ip: subscription.static_ip,
            apn_ids: subscription.apn_ids,
            tags: subscription.tags.into_iter().map(String::from).collect(),
            services: subscription.services.into_iter().map(Into::into).collect(),
            outstanding_order: subscription.outstanding_order.map(OrderNumber::get),
        }
    }
}

/// A subscription in a list.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub struct ListedSubscription {
    #[serde(flatten)]
    subscription: SubscriptionResponse,
    /// The orders under way: `outstandingOrder` as a list.
    ongoing_orders: Vec<u64>,
}

impl From<Subscription> for ListedSubscription {
    fn from(subscription: Subscription) -> Self {
        let subscription = SubscriptionResponse::from(subscription);
        Self { ongoing_orders: subscription.outstanding_order.into_iter().collect(), subscription }
    }
}

/// A page of subscriptions, newest first or in the order asked for.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SubscriptionList {
    /// The page.
    pub(crate) subscriptions: Vec<ListedSubscription>,
    /// Where the next page begins, newest first; absent at the end, and in another order, where
    /// `offset` continues. A page with a cursor may be short.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cursor: Option<String>,
}

/// The device in which a SIM was seen last.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ImeiResponse {
    /// Its IMEI: 14 to 16 digits.
    imei: String,
}

impl From<Imei> for ImeiResponse {
    fn from(imei: Imei) -> Self {
        Self { imei: imei.into() }
    }
}

/// The mobile network at which a SIM was seen last.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MobileNetworkResponse {
    /// The mobile country code: 3 digits.
    mcc: String,
    /// The mobile network code: 2 or 3 digits.
    mnc: String,
    /// The name of the network, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

impl From<MobileNetwork> for MobileNetworkResponse {
    fn from(MobileNetwork { mcc, mnc, name }: MobileNetwork) -> Self {
        Self { mcc, mnc, name }
    }
}

/// A service that may be assigned.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AssignableService {
    /// Its id.
    pub(crate) id: String,
}

/// The services this client may assign.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ServicesResponse {
    /// All of them.
    pub(crate) services: Vec<AssignableService>,
}
