//! Bodies of changes, read with every fault that is in them.

use std::collections::BTreeSet;

use api::json::{Member, ObjectReader, ValueReader};
use domain::{
    subscription::{
        Change, MAX_APN_IDS, MAX_SERVICES, MAX_TAGS, NewSubscription, OdbProfile, ServiceRequest,
        ServiceSettings, SubscriptionState, Tag,
    },
    violation::Violations,
};
use serde_json::{Map, Value};

/// The members of a body.
pub type Members = Map<String, Value>;

/// A SIM that becomes a subscription.
///
/// # Errors
/// Every fault.
pub fn creation(members: &Members) -> Result<NewSubscription, Violations> {
    let mut violations = Violations::new();
    let mut reader = ObjectReader::new(members, &mut violations);
    let iccid = reader.required("iccid", |value| value.parse());
    let msisdn = reader.optional("msisdn", |value| value.parse());
    let imsi = reader.optional("imsi", |value| value.parse());
    let profile: Option<OdbProfile> = reader.optional("odb-profile", odb_profile);
    reader.deny_unknown();
    match iccid {
        Some(iccid) if violations.is_empty() => {
            Ok(NewSubscription { iccid, msisdn, imsi, odb_profile: profile.unwrap_or_default() })
        }
        _ => Err(violations),
    }
}

/// New values of a subscription, at least one.
///
/// # Errors
/// Every fault.
pub fn values(members: &Members) -> Result<Change, Violations> {
    let mut violations = Violations::new();
    if members.is_empty() {
        violations.add("", "at least one property to change");
    }
    let mut reader = ObjectReader::new(members, &mut violations);
    let change = Change {
        msisdn: reader.optional("msisdn", |value| value.parse()),
        iccid: reader.optional("iccid", |value| value.parse()),
        blocked: reader.optional("blocked", |value| value.boolean()),
        state: reader.optional("state", |value| {
            value.one_of(&[(SubscriptionState::InUse.as_str(), SubscriptionState::InUse)])
        }),
        odb_profile: reader.optional("odb-profile", odb_profile),
        static_ip: match reader.nullable("static-ip", |value| value.parse()) {
            Member::Absent => None,
            Member::Null => Some(None),
            Member::Present(address) => Some(Some(address)),
        },
        apn_ids: reader.optional("apn-ids", |value| {
            value.array(0..=MAX_APN_IDS, |item| {
                item.integer(0..=i64::from(u32::MAX)).and_then(|id| u32::try_from(id).ok())
            })
        }),
        a2p_voice_app_key: reader.optional("a2p-voice-app-key", |value| value.parse()),
        tags: reader.optional("tags", |value| {
            value
                .array(0..=MAX_TAGS, |item| item.parse::<Tag>())
                .map(|tags| tags.into_iter().collect::<BTreeSet<_>>())
        }),
        services: None,
    };
    reader.deny_unknown();
    violations.into_result(change)
}

/// Services to add.
///
/// # Errors
/// Every fault.
pub fn services(members: &Members) -> Result<Vec<ServiceRequest>, Violations> {
    let mut violations = Violations::new();
    let mut reader = ObjectReader::new(members, &mut violations);
    let services = reader.required("services", |value| {
        value.array(1..=MAX_SERVICES, |item| {
            item.closed_object(|service| {
                let id = service.required("id", |value| value.parse());
                let settings = limit_and_forward(service);
                let mode = service.optional("mode", |value| value.parse());
                Some(ServiceRequest { id: id?, settings, mode })
            })
        })
    });
    reader.deny_unknown();
    violations.into_result(services.unwrap_or_default())
}

/// New settings of a service, at least one.
///
/// # Errors
/// Every fault.
pub fn settings(members: &Members) -> Result<ServiceSettings, Violations> {
    let mut violations = Violations::new();
    if members.is_empty() {
        violations.add("", "limit, forward-number or both");
    }
    let mut reader = ObjectReader::new(members, &mut violations);
    let read = limit_and_forward(&mut reader);
    reader.deny_unknown();
    violations.into_result(read)
}

fn odb_profile(value: ValueReader<'_, '_>) -> Option<OdbProfile> {
    let number = value.integer(0..=13)?;
    u8::try_from(number).ok().and_then(|number| number.try_into().ok())
}

fn limit_and_forward(reader: &mut ObjectReader<'_, '_>) -> ServiceSettings {
    ServiceSettings {
        limit: reader.optional("limit", |value| {
            value.integer(0..=i64::MAX).and_then(|limit| u64::try_from(limit).ok())
        }),
        forward_number: reader.optional("forward-number", |value| value.parse()),
    }
}
