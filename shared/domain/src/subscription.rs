//! Mobile subscriptions: a SIM, its number, and their settings (`infra/docs/contracts/ecc.md`,
//! *Model*).

mod change;
mod list;
mod reference;
mod service;
mod settings;

use std::{collections::BTreeSet, net::Ipv4Addr};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

pub use change::{Change, ChangeRequest};
pub use list::{
    Listed, NumberFilter, ParseNumberFilterError, ParseSortOrderError, SortOrder,
    SortedSubscription, SubscriptionFilter,
};
pub use reference::{ParseSubscriptionRefError, SubscriptionRef};
pub use service::{
    MAX_SERVICES, Service, ServiceError, ServiceId, ServiceMode, ServiceRequest, ServiceSettings,
};
pub use settings::{AppKey, MAX_APN_IDS, MAX_TAGS, OdbProfile, ParseOdbProfileError, Tag};

use crate::{
    identity::Tenant,
    numbering::{Iccid, Imsi, Msisdn},
    provisioning::OrderNumber,
};

/// The permanent id of a subscription; time-ordered. Internal: callers use its numbers.
///
/// It has the time and the SIM of the creation, so that the item of a subscription is found by its
/// id, and is itself the claim on that SIM. A UUID of version 8 (RFC 9562, section 5.8): 48 bits of
/// milliseconds since 1970, then the digits of the ICCID as a number.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct SubscriptionId(pub Uuid);

/// Precedes the digits of the ICCID in an id, to keep leading zeros. What every ICCID begins with
/// is left out.
const MARK: &str = "1";
/// The first digits of every ICCID.
const TELECOM: &str = "89";
/// Bits of a number in the last part of a UUID.
const LAST: u32 = 62;

impl SubscriptionId {
    /// The id of a subscription that is created with this SIM. No SIM has two within one
    /// millisecond: the second is refused, because the SIM has an owner.
    pub fn new(created_at: OffsetDateTime, sim: &Iccid) -> Self {
        let digits = sim.as_str().strip_prefix(TELECOM).unwrap_or_default();
        // At most 21 digits that begin with 1: 68 bits, of 74.
        let number: u128 = format!("{MARK}{digits}").parse().unwrap_or_default();
        let millis = created_at.unix_timestamp_nanos().unsigned_abs() / 1_000_000;
        let (version, variant) = (8, 0b10);
        let bits = (millis << 80)
            | (version << 76)
            | ((number >> LAST) << 64)
            | (variant << LAST)
            | (number & ((1 << LAST) - 1));
        Self(Uuid::from_u128(bits))
    }

    /// The digits of the SIM that it was created with, which it may not have any more.
    pub fn first_sim(self) -> String {
        let bits = self.0.as_u128();
        let number = (((bits >> 64) & 0xfff) << LAST) | (bits & ((1 << LAST) - 1));
        let digits = number.to_string();
        format!("{TELECOM}{}", digits.strip_prefix(MARK).unwrap_or_default())
    }
}

impl std::fmt::Display for SubscriptionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.as_simple().fmt(f)
    }
}

/// Whether the SIM has been used. Only changes to `InUse`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SubscriptionState {
    /// Not used yet.
    BeforeFirstUse,
    /// In use.
    InUse,
}

impl SubscriptionState {
    /// The wire value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BeforeFirstUse => "BEFORE_FIRST_USE",
            Self::InUse => "IN_USE",
        }
    }
}

impl std::str::FromStr for SubscriptionState {
    type Err = ParseStateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::BeforeFirstUse, Self::InUse]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(ParseStateError)
    }
}

/// The text is not a subscription state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("BEFORE_FIRST_USE or IN_USE")]
pub struct ParseStateError;

/// A subscription with its values in the network; while its creating order is outstanding, with the
/// values that it will have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The internal id.
    pub id: SubscriptionId,
    /// The tenant that owns it.
    pub tenant: Tenant,
    /// The ICCID of the SIM.
    pub iccid: Iccid,
    /// The MSISDN, if any.
    pub msisdn: Option<Msisdn>,
    /// The IMSI, if known.
    pub imsi: Option<Imsi>,
    /// Whether the SIM has been used.
    pub state: SubscriptionState,
    /// Blocked subscriptions carry no traffic.
    pub blocked: bool,
    /// Operator determined barring.
    pub odb_profile: OdbProfile,
    /// The fixed IP address, if any.
    pub static_ip: Option<Ipv4Addr>,
    /// Ids of the access points; the first is the default.
    pub apn_ids: Vec<u32>,
    /// Key of the voice application that receives its calls.
    pub a2p_voice_app_key: Option<AppKey>,
    /// The owner's tags.
    pub tags: BTreeSet<Tag>,
    /// The services, each instance once.
    pub services: Vec<Service>,
    /// The lock: the only order in progress (invariant 1).
    pub outstanding_order: Option<OrderNumber>,
    /// Incremented by each write.
    pub revision: u64,
}

/// A caller's request for a new subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSubscription {
    /// The ICCID of the SIM.
    pub iccid: Iccid,
    /// The requested MSISDN, if any.
    pub msisdn: Option<Msisdn>,
    /// The IMSI, if known.
    pub imsi: Option<Imsi>,
    /// Operator determined barring, none by default.
    pub odb_profile: OdbProfile,
}

impl NewSubscription {
    /// The new subscription, locked by the order that creates it.
    pub fn into_subscription(
        self,
        id: SubscriptionId,
        tenant: Tenant,
        order: OrderNumber,
    ) -> Subscription {
        Subscription {
            id,
            tenant,
            iccid: self.iccid,
            msisdn: self.msisdn,
            imsi: self.imsi,
            state: SubscriptionState::BeforeFirstUse,
            blocked: false,
            odb_profile: self.odb_profile,
            static_ip: None,
            apn_ids: Vec::new(),
            a2p_voice_app_key: None,
            tags: BTreeSet::new(),
            services: Vec::new(),
            outstanding_order: Some(order),
            revision: 1,
        }
    }
}

/// A number that belongs to at most one subscription across all tenants (invariant 3).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Claim {
    /// An MSISDN.
    Msisdn(Msisdn),
    /// An ICCID.
    Iccid(Iccid),
    /// An IMSI.
    Imsi(Imsi),
}

impl Subscription {
    /// All numbers that it claims.
    pub fn claims(&self) -> Vec<Claim> {
        let msisdn = self.msisdn.clone().map(Claim::Msisdn);
        let imsi = self.imsi.clone().map(Claim::Imsi);
        std::iter::once(Claim::Iccid(self.iccid.clone())).chain(msisdn).chain(imsi).collect()
    }

    /// Whether it has this number. A pointer read earlier may be out of date.
    pub fn has_number(&self, reference: &SubscriptionRef) -> bool {
        match reference {
            SubscriptionRef::Iccid(iccid) => self.iccid == *iccid,
            SubscriptionRef::Msisdn(msisdn) => self.msisdn.as_ref() == Some(msisdn),
            SubscriptionRef::Imsi(imsi) => self.imsi.as_ref() == Some(imsi),
        }
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, macros::datetime};

    use super::*;

    #[test]
    fn an_id_has_its_first_sim_and_sorts_by_age() {
        let at = datetime!(2026-11-30 12:00 UTC);
        let sims = ["890000000000000004", "89461177710001700003", "8999999999999999999993"];
        let mut before = SubscriptionId::new(at - Duration::MILLISECOND, &sims[2].parse().unwrap());
        for (sim, millis) in sims.into_iter().zip(0..) {
            let created_at = at + Duration::milliseconds(millis);
            let id = SubscriptionId::new(created_at, &sim.parse().unwrap());
            assert_eq!(id.first_sim(), sim);
            assert_eq!((id.0.get_version_num(), id.0.get_variant()), (8, uuid::Variant::RFC4122));
            assert!(before < id && before.to_string() < id.to_string());
            before = id;
        }
    }
}
