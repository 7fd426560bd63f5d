//! Bodies of changes: their schemas, and the values read out of valid ones.

use api::{
    json::whole,
    schema::{Kind, Object, object, optional, parsed, read, required},
};
use domain::{
    numbering::{Iccid, Imsi, Msisdn},
    subscription::{
        AppKey, Change, MAX_APN_IDS, MAX_SERVICES, MAX_TAGS, NewSubscription, OdbProfile,
        ServiceId, ServiceMode, ServiceRequest, ServiceSettings, SubscriptionState, Tag,
    },
    violation::Violations,
};
use serde_json::Value;

pub use api::schema::Members;

/// `POST /subscriptions`.
pub static CREATE_SUBSCRIPTION: Object = object(
    "CreateSubscriptionRequest",
    &[
        required("iccid", parsed::<Iccid>()).about("18 to 22 digits starting with 89."),
        optional("msisdn", Kind::OrNull(&parsed::<Msisdn>()))
            .about("E.164, 5 to 15 digits; a leading + is dropped."),
        optional("imsi", Kind::OrNull(&parsed::<Imsi>())).about("14 or 15 digits."),
        optional("odb-profile", Kind::OrNull(&ODB_PROFILE))
            .about("Operator determined barring.")
            .example("7"),
    ],
)
.about("A SIM that becomes a subscription.")
.example(r#"{"iccid": "89461177710001700003", "msisdn": "46708421488"}"#);

/// `PATCH /subscriptions/{subscription}`.
pub static CHANGE_SUBSCRIPTION: Object = object(
    "ChangeSubscriptionRequest",
    &[
        optional("msisdn", parsed::<Msisdn>()).about("Another number.").example(r#""46708421499""#),
        optional("iccid", parsed::<Iccid>())
            .about("Another SIM; the old one becomes void.")
            .example(r#""89461177710001700011""#),
        optional("blocked", Kind::Boolean).about("Block or unblock.").example("true"),
        optional("state", Kind::Word(&[SubscriptionState::InUse.as_str()], &[]))
            .about("`IN_USE`; never back."),
        optional("odb-profile", ODB_PROFILE).about("Operator determined barring.").example("7"),
        optional("static-ip", Kind::OrNull(&parsed::<std::net::Ipv4Addr>()))
            .about("A fixed address, or null for none."),
        optional("apn-ids", Kind::List(0, MAX_APN_IDS, &Kind::Integer(0, u32::MAX as i64)))
            .about("Access points; the first is the default.")
            .example("[4, 2]"),
        optional("a2p-voice-app-key", parsed::<AppKey>())
            .about("Key of the voice application that answers its calls."),
        optional("tags", Kind::List(0, MAX_TAGS, &parsed::<Tag>()))
            .about("All its tags.")
            .example(r#"["fleet"]"#),
    ],
)
.about("New values; at least one.")
.not_empty("at least one property to change")
.example(r#"{"blocked": true}"#);

/// `POST /subscriptions/{subscription}/services`.
pub static ADD_SERVICES: Object = object(
    "AddServicesRequest",
    &[required("services", Kind::List(1, MAX_SERVICES, &Kind::Object(&SERVICE)))
        .about("The services.")],
)
.about("Services to add, each as an instance of its own.")
.example(r#"{"services": [{"id": "SMS", "limit": 5}]}"#);

static SERVICE: Object = object(
    "ServiceRequest",
    &[
        required("id", parsed::<ServiceId>()).about("One of `GET /services`."),
        optional("limit", LIMIT).about("How much of it, in the service's own unit."),
        optional("forward-number", parsed::<Msisdn>()).about("Where calls are forwarded."),
        optional("mode", parsed::<ServiceMode>()).about("A mode of the service."),
    ],
)
.about("A service to add.");

/// `PATCH /subscriptions/{subscription}/services/{service}`.
pub static CHANGE_SERVICE: Object = object(
    "ChangeServiceRequest",
    &[
        optional("limit", LIMIT).about("How much of it, in the service's own unit.").example("5"),
        optional("forward-number", parsed::<Msisdn>()).about("Where calls are forwarded."),
    ],
)
.about("Settings of a service; at least one.")
.not_empty("limit, forward-number or both")
.example(r#"{"limit": 5}"#);

const ODB_PROFILE: Kind = Kind::Integer(0, 13);
const LIMIT: Kind = Kind::Integer(0, i64::MAX);

/// A SIM that becomes a subscription.
///
/// # Errors
/// Every fault.
pub fn creation(members: &Members) -> Result<NewSubscription, Violations> {
    CREATE_SUBSCRIPTION.read(members, |members| {
        Some(NewSubscription {
            iccid: read::parsed(members, "iccid")?,
            msisdn: read::parsed(members, "msisdn"),
            imsi: read::parsed(members, "imsi"),
            odb_profile: odb_profile(members).unwrap_or_default(),
        })
    })
}

/// New values of a subscription, at least one.
///
/// # Errors
/// Every fault.
pub fn values(members: &Members) -> Result<Change, Violations> {
    CHANGE_SUBSCRIPTION.read(members, |members| {
        Some(Change {
            msisdn: read::parsed(members, "msisdn"),
            iccid: read::parsed(members, "iccid"),
            blocked: read::boolean(members, "blocked"),
            state: read::parsed(members, "state"),
            odb_profile: odb_profile(members),
            static_ip: match members.get("static-ip") {
                None => None,
                Some(Value::Null) => Some(None),
                Some(_) => Some(Some(read::parsed(members, "static-ip")?)),
            },
            apn_ids: list(members, "apn-ids", |id| u32::try_from(whole(id)?).ok()),
            a2p_voice_app_key: read::parsed(members, "a2p-voice-app-key"),
            tags: list(members, "tags", |tag| tag.as_str()?.parse().ok()),
            services: None,
        })
    })
}

/// Services to add.
///
/// # Errors
/// Every fault.
pub fn services(members: &Members) -> Result<Vec<ServiceRequest>, Violations> {
    let service = |service: &Members| {
        Some(ServiceRequest {
            id: read::parsed(service, "id")?,
            settings: limit_and_forward(service),
            mode: read::parsed(service, "mode"),
        })
    };
    ADD_SERVICES.read(members, |members| read::objects(members, "services").map(service).collect())
}

/// New settings of a service, at least one.
///
/// # Errors
/// Every fault.
pub fn settings(members: &Members) -> Result<ServiceSettings, Violations> {
    CHANGE_SERVICE.read(members, |members| Some(limit_and_forward(members)))
}

fn odb_profile(members: &Members) -> Option<OdbProfile> {
    read::integer::<u8>(members, "odb-profile")?.try_into().ok()
}

/// The items of an array, when it is there.
fn list<T, C: FromIterator<T>>(
    members: &Members,
    name: &str,
    item: impl Fn(&Value) -> Option<T>,
) -> Option<C> {
    members.get(name)?.as_array()?.iter().map(item).collect()
}

fn limit_and_forward(members: &Members) -> ServiceSettings {
    ServiceSettings {
        limit: read::integer(members, "limit"),
        forward_number: read::parsed(members, "forward-number"),
    }
}
