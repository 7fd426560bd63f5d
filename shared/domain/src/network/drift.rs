//! Drift: what a network holds, and no order has left there (decision 190).

use thiserror::Error;

use super::{HeldKeys, Subscriber, state::differences};
use crate::subscription::Subscription;

/// The text is no kind of drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("missing, foreign, different or half-done")]
pub struct ParseDriftKindError;

/// The text is no policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("off, propose or repair")]
pub struct ParseDriftPolicyError;

/// How a network differs from the orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DriftKind {
    /// A subscription is not in the network.
    Missing,
    /// A subscriber of the network is in no subscription.
    Foreign,
    /// A subscription has other values in the network.
    Different,
    /// The subscriber is as the steps of an order leave it in between: without keys, or with one of
    /// calls and data barred.
    HalfDone,
}

impl DriftKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Missing, Self::Foreign, Self::Different, Self::HalfDone];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Foreign => "foreign",
            Self::Different => "different",
            Self::HalfDone => "half-done",
        }
    }
}

impl std::str::FromStr for DriftKind {
    type Err = ParseDriftKindError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(ParseDriftKindError)
    }
}

/// What is done about drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DriftPolicy {
    /// Nothing is compared.
    #[default]
    Off,
    /// Findings wait for approval.
    Propose,
    /// What differs of a subscription is repaired at once, each finding once. Foreign subscribers
    /// wait for approval.
    Repair,
}

impl std::str::FromStr for DriftPolicy {
    type Err = ParseDriftPolicyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "off" => Ok(Self::Off),
            "propose" => Ok(Self::Propose),
            "repair" => Ok(Self::Repair),
            _ => Err(ParseDriftPolicyError),
        }
    }
}

/// A difference between orders and network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// Its kind.
    pub kind: DriftKind,
    /// The difference in words, without personal data.
    pub difference: String,
}

/// Compares the subscription of a SIM, if it is in one, with what the network holds under its IMSI.
pub fn judge(truth: Option<&Subscription>, found: Option<&Subscriber>) -> Option<Drift> {
    let expected = truth.map(|one| Subscriber::complete(one.msisdn.clone(), one.blocked));
    if expected.as_ref() == found {
        return None;
    }
    let kind = match (&expected, found) {
        (Some(_), None) => DriftKind::Missing,
        (None, _) => DriftKind::Foreign,
        (Some(_), Some(found)) => {
            let is_between = found.keys == HeldKeys::Missing || found.circuit != found.packet;
            if is_between { DriftKind::HalfDone } else { DriftKind::Different }
        }
    };
    let difference = differences(&[expected.as_ref()], found).join(", ");
    Some(Drift { kind, difference })
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::{
        provisioning::OrderNumber,
        subscription::{NewSubscription, OdbProfile, SubscriptionId},
    };

    fn subscription(blocked: bool) -> Subscription {
        let at = datetime!(2026-12-01 12:00 UTC);
        let iccid = "89461177710001700003".parse().unwrap();
        let id = SubscriptionId::new(at, &iccid);
        let number = OrderNumber::generate(at, 0);
        let new = NewSubscription {
            iccid,
            msisdn: Some("46708421488".parse().unwrap()),
            imsi: None,
            odb_profile: OdbProfile::default(),
        };
        Subscription { blocked, ..new.into_subscription(id, "t".parse().unwrap(), number) }
    }

    #[test]
    fn what_differs_is_said_with_its_kind() {
        let truth = subscription(false);
        let held = Subscriber::complete(truth.msisdn.clone(), false);
        assert_eq!(judge(Some(&truth), Some(&held)), None);
        assert_eq!(judge(None, None), None);
        let other = Some("46708421499".parse().unwrap());
        for (truth, found, kind, difference) in [
            (Some(&truth), None, DriftKind::Missing, "not in the network"),
            (
                None,
                Some(held.clone()),
                DriftKind::Foreign,
                "in the network, where it should not be",
            ),
            (
                Some(&truth),
                Some(Subscriber { msisdn: other, ..held.clone() }),
                DriftKind::Different,
                "another number",
            ),
            (
                Some(&truth),
                Some(Subscriber { msisdn: None, circuit: false, packet: false, ..held.clone() }),
                DriftKind::Different,
                "no number, calls are barred, data is barred",
            ),
            (
                Some(&truth),
                Some(Subscriber { packet: false, ..held.clone() }),
                DriftKind::HalfDone,
                "data is barred",
            ),
            (
                Some(&truth),
                Some(Subscriber { keys: HeldKeys::Missing, ..held.clone() }),
                DriftKind::HalfDone,
                "no keys",
            ),
        ] {
            let expected = Drift { kind, difference: difference.to_owned() };
            assert_eq!(judge(truth, found.as_ref()), Some(expected));
        }
        assert_eq!(
            judge(Some(&subscription(true)), Some(&held)).unwrap().kind,
            DriftKind::Different
        );
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for kind in DriftKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        let policies: [DriftPolicy; 3] =
            ["off", "propose", "repair"].map(|word| word.parse().unwrap());
        assert_eq!(policies, [DriftPolicy::Off, DriftPolicy::Propose, DriftPolicy::Repair]);
        assert_eq!("Repair".parse::<DriftPolicy>(), Err(ParseDriftPolicyError));
        assert_eq!("none".parse::<DriftKind>(), Err(ParseDriftKindError));
    }
}
