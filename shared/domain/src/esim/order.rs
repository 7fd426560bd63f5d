//! eSIM orders themselves.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::OffsetDateTime;
use uuid::{Builder, Uuid};

use super::{
    ActivationCode, ActivationDate, CountryCode, CustomerDetails, CustomerId, Device, EsimIccid,
    EsimOrderStatus, Fulfilment, Installation, Money, PlanId, ProductId, ProfileType,
};
use crate::{
    clock::RandomSource,
    identity::Tenant,
    order::{Intervention, StatusChange},
    text::hyphenated,
};

/// Plans that an order may name, and that an eSIM may have at a time.
pub const MAX_SUBSCRIPTIONS: usize = 15;

/// An order's id: a UUID of version 7, time-ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EsimOrderId(pub Uuid);

/// The text is no order's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a UUID with hyphens")]
pub struct ParseEsimOrderIdError;

/// A UUID of version 7 with this timestamp (RFC 9562, 5.7).
pub(crate) fn time_ordered_uuid(at: OffsetDateTime, random: &impl RandomSource) -> Uuid {
    let millis = u64::try_from(at.unix_timestamp_nanos().div_euclid(1_000_000)).unwrap_or(0);
    let random = (u128::from(random.generate()) << 64) | u128::from(random.generate());
    let mut bytes = [0; 10];
    bytes.copy_from_slice(&random.to_be_bytes()[..10]);
    Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
}

impl EsimOrderId {
    /// An id for an order placed `at`.
    pub fn generate(at: OffsetDateTime, random: &impl RandomSource) -> Self {
        Self(time_ordered_uuid(at, random))
    }

    /// The smallest id of an order placed `at` or later.
    pub fn first_at(at: OffsetDateTime) -> Self {
        // A part of a millisecond counts as one: an order is placed at a whole one.
        let up = (at.unix_timestamp_nanos() + 999_999).div_euclid(1_000_000);
        let millis = u64::try_from(up).unwrap_or(0);
        Self(Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid())
    }
}

impl PlanId {
    /// An id for a plan ordered `at`.
    pub fn generate(at: OffsetDateTime, random: &impl RandomSource) -> Self {
        Self(time_ordered_uuid(at, random))
    }
}

impl CustomerId {
    /// An id for a customer first seen `at`.
    pub fn generate(at: OffsetDateTime, random: &impl RandomSource) -> Self {
        Self(time_ordered_uuid(at, random))
    }
}

impl fmt::Display for EsimOrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

impl FromStr for EsimOrderId {
    type Err = ParseEsimOrderIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        hyphenated(text).map(Self).ok_or(ParseEsimOrderIdError)
    }
}

/// The kinds of orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EsimOperationKind {
    /// A new eSIM.
    NewEsim,
    /// Plans for an eSIM that is there.
    Topup,
}

impl EsimOperationKind {
    /// What callers write. The last is deprecated, and stored as the one before it.
    pub const WORDS: [(&str, Self); 3] =
        [("NEW_ESIM", Self::NewEsim), ("TOPUP", Self::Topup), ("TOPUP_ACTIVATION", Self::Topup)];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NewEsim => "NEW_ESIM",
            Self::Topup => "TOPUP",
        }
    }
}

/// The word is no `operationType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("NEW_ESIM or TOPUP")]
pub struct ParseOperationError;

impl FromStr for EsimOperationKind {
    type Err = ParseOperationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::WORDS.into_iter().find(|(word, _)| *word == text);
        found.map(|(_, kind)| kind).ok_or(ParseOperationError)
    }
}

/// What an order does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EsimOperation {
    /// Makes an eSIM.
    NewEsim,
    /// Adds plans to one.
    Topup {
        /// Which.
        iccid: EsimIccid,
    },
}

impl EsimOperation {
    /// Its kind.
    pub const fn kind(&self) -> EsimOperationKind {
        match self {
            Self::NewEsim => EsimOperationKind::NewEsim,
            Self::Topup { .. } => EsimOperationKind::Topup,
        }
    }
}

/// A plan that an order asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanRequest {
    /// The product.
    pub product: ProductId,
    /// When it begins.
    pub activation: ActivationDate,
    /// At what price.
    pub money: Option<Money>,
}

/// What a caller orders, every rule of the contract that needs no database already kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EsimOrderDetails {
    /// What to do.
    pub operation: EsimOperation,
    /// Where the eSIM is sold.
    pub country: CountryCode,
    /// Whom it is for.
    pub customer: CustomerDetails,
    /// What it is for.
    pub device: Device,
    /// 1 to [`MAX_SUBSCRIPTIONS`] plans, all or nothing.
    pub plans: Vec<PlanRequest>,
}

/// What a caller sent, kept to be shown to it again: the text of a JSON object. `{:?}` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct SentInput(pub String);

impl fmt::Debug for SentInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SentInput(..)")
    }
}

/// Why an order FAILED, for the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure.
    pub kind: FailureKind,
    /// In words.
    pub message: String,
}

/// The kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FailureKind {
    /// The SM-DP+ refused to prepare the profile.
    ProfileRefused,
    /// The network refused the plans.
    PlanRefused,
    /// The operator ended the order.
    EndedByOperator,
    /// The client that placed the order canceled it.
    CanceledByClient,
}

impl FailureKind {
    /// Every kind.
    pub const ALL: [Self; 4] =
        [Self::ProfileRefused, Self::PlanRefused, Self::EndedByOperator, Self::CanceledByClient];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ProfileRefused => "PROFILE_REFUSED",
            Self::PlanRefused => "PLAN_REFUSED",
            Self::EndedByOperator => "ENDED_BY_OPERATOR",
            Self::CanceledByClient => "CANCELED_BY_CLIENT",
        }
    }
}

/// An eSIM order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EsimOrder {
    /// Its id, unique for ever; `externalId` as well.
    pub id: EsimOrderId,
    /// Who placed it.
    pub tenant: Tenant,
    /// The customer.
    pub customer: CustomerId,
    /// What was ordered.
    pub details: EsimOrderDetails,
    /// The type of profile to take; none for a top-up.
    pub profile_type: Option<ProfileType>,
    /// The ids of its plans, in the order of `details.plans`.
    pub plan_ids: Vec<PlanId>,
    /// `input` as sent.
    pub input: SentInput,
    /// Where it stands.
    pub status: EsimOrderStatus,
    /// How far it has come.
    pub fulfilment: Fulfilment,
    /// Why it FAILED, if it did.
    pub failure: Option<Failure>,
    /// How far a device has come with the eSIM.
    pub installation: Option<Installation>,
    /// When it was placed.
    pub order_date: OffsetDateTime,
    /// What has happened to it, oldest first.
    pub history: Vec<StatusChange<EsimOrderStatus>>,
    /// Set while it waits for a person.
    pub needs_intervention: Option<Intervention>,
    /// Follows the request through logs, messages and outgoing calls.
    pub correlation_id: String,
    /// How often a worker has taken it.
    pub attempts: u32,
    /// Rises by one on each write.
    pub revision: u64,
}

/// What a COMPLETED order has produced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EsimOutput {
    /// The eSIM.
    pub iccid: EsimIccid,
    /// How to install it; none for a top-up.
    pub activation: Option<ActivationCode>,
    /// The plans.
    pub plans: Vec<PlanId>,
}

impl EsimOrder {
    /// What it has produced, once COMPLETED.
    pub fn output(&self) -> Option<EsimOutput> {
        if self.status != EsimOrderStatus::Completed {
            return None;
        }
        let plans = self.plan_ids.clone();
        match &self.details.operation {
            EsimOperation::Topup { iccid } => {
                Some(EsimOutput { iccid: iccid.clone(), activation: None, plans })
            }
            EsimOperation::NewEsim => {
                let (reservation, host) = self.fulfilment.released()?;
                let activation = ActivationCode {
                    host: host.clone(),
                    matching_id: reservation.matching_id.clone(),
                };
                let iccid = (&reservation.iccid).into();
                Some(EsimOutput { iccid, activation: Some(activation), plans })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, macros::datetime};

    use super::*;

    struct Ones;

    impl RandomSource for Ones {
        fn generate(&self) -> u64 {
            u64::MAX
        }
    }

    #[test]
    fn an_id_is_a_uuid_of_version_7_and_later_ones_are_larger() {
        let now = datetime!(2026-11-21 12:00 UTC);
        let id = EsimOrderId::generate(now, &Ones);
        assert_eq!(id.0.get_version_num(), 7);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!(EsimOrderId::generate(now + Duration::MILLISECOND, &Ones) > id);
    }

    #[test]
    fn the_first_id_of_a_time_divides_the_orders_before_it_from_those_at_it() {
        let at = datetime!(2026-11-21 12:00:00.123 UTC);
        let text = |id: EsimOrderId| id.to_string();
        let first = text(EsimOrderId::first_at(at));
        assert!(text(EsimOrderId::generate(at - Duration::MILLISECOND, &Ones)) < first);
        assert!(first <= text(EsimOrderId::generate(at, &Ones)));
        let between = text(EsimOrderId::first_at(at + Duration::MICROSECOND));
        assert!(text(EsimOrderId::generate(at, &Ones)) < between);
        let far = EsimOrderId::first_at(datetime!(9999-12-31 0:00 UTC));
        assert!(far > EsimOrderId::generate(at, &Ones));
    }

    #[test]
    fn an_id_is_a_uuid_with_hyphens_in_either_case() {
        for text in [
            "",
            "3a6acf891ccf46119424453930f57ef1",
            "{3a6acf89-1ccf-4611-9424-453930f57ef1}",
            "ORDER#1",
        ] {
            assert_eq!(text.parse::<EsimOrderId>(), Err(ParseEsimOrderIdError), "{text}");
        }
        let id = "3a6acf89-1ccf-4611-9424-453930f57ef1";
        for text in [id, &id.to_uppercase(), "3A6acf89-1ccf-4611-9424-453930f57eF1"] {
            let read = text.parse::<EsimOrderId>().unwrap();
            assert_eq!(read.to_string(), id, "one id in whatever case");
        }
    }

    #[test]
    fn the_deprecated_operation_type_is_a_topup() {
        assert_eq!("TOPUP_ACTIVATION".parse(), Ok(EsimOperationKind::Topup));
        assert_eq!(EsimOperationKind::Topup.as_str(), "TOPUP");
        for word in ["", "new_esim", "TOP_UP"] {
            assert_eq!(word.parse::<EsimOperationKind>(), Err(ParseOperationError));
        }
    }
}
