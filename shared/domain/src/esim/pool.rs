//! The pool of profiles: each belongs to one order at a time (invariant 3).

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{EsimOrderId, private::private_texts};
use crate::{
    numbering::{Iccid, digits, without_fillers},
    text::texts,
};

texts! {
    /// A type of profile, as the SM-DP+ names it.
    ProfileType, 64, "A-Z a-z 0-9 . _ -", "A-Za-z0-9._-", "consumer",
        |b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
}

private_texts! {
    /// An eSIM's number as a caller names it. Digits are all that is asked for (the example of the
    /// seed has nine and no check digit): a wrong one just names no eSIM. What enters the pool is
    /// an [`Iccid`]. Fillers `F` are removed.
    EsimIccid, (1, 24), "1 to 22 decimal digits", "^[0-9]{1,22}[Ff]{0,2}$", "89461177710001700003",
        |text| {
            let number = without_fillers(text);
            Some(number).filter(|number| (1..=22).contains(&number.len()) && digits(number))
        };
}

impl From<&Iccid> for EsimIccid {
    fn from(iccid: &Iccid) -> Self {
        // An `Iccid` is 18 to 22 digits.
        Self(iccid.as_str().to_owned())
    }
}

/// Whether ES2+ can name the profile: 19 or 20 digits (SGP.22, 6.5.2).
pub fn fits_es2plus(iccid: &Iccid) -> bool {
    (19..=20).contains(&iccid.as_str().len())
}

/// Who has a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum PoolState {
    /// Nobody.
    Free,
    /// An order that is being carried out.
    Reserved {
        /// Which.
        order: EsimOrderId,
    },
    /// The eSIM that this order produced.
    Used {
        /// Which.
        order: EsimOrderId,
    },
    /// No order may take it before an operator has looked at it: the SM-DP+ does not know it, or
    /// has given it to another customer.
    Quarantined {
        /// The order that found out.
        order: EsimOrderId,
    },
}

/// What can happen to a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PoolEvent {
    /// An order takes it.
    Reserve(EsimOrderId),
    /// The order that reserved it has completed.
    Use(EsimOrderId),
    /// The order that reserved it was undone.
    Return(EsimOrderId),
    /// The order that reserved it found something wrong.
    Quarantine(EsimOrderId),
    /// A person has looked: it may be given out again.
    Clear,
}

/// The profile is not in a state in which this can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{event:?} cannot happen to a profile that is {from:?}")]
pub struct PoolTransitionError {
    /// Who has it.
    pub from: PoolState,
    /// What was to happen.
    pub event: PoolEvent,
}

impl PoolState {
    /// The value in items.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Reserved { .. } => "reserved",
            Self::Used { .. } => "used",
            Self::Quarantined { .. } => "quarantined",
        }
    }

    /// The order that has the profile, or that found something wrong with it.
    pub const fn order(self) -> Option<EsimOrderId> {
        match self {
            Self::Free => None,
            Self::Reserved { order } | Self::Used { order } | Self::Quarantined { order } => {
                Some(order)
            }
        }
    }

    /// Whose it is after `event`. What an order has done already it may do again.
    ///
    /// # Errors
    /// Nobody may take, return or use what is another order's.
    pub fn after(self, event: PoolEvent) -> Result<Self, PoolTransitionError> {
        use PoolState::{Free, Quarantined, Reserved, Used};
        match (self, event) {
            (Free, PoolEvent::Reserve(order)) => Ok(Reserved { order }),
            (Quarantined { .. } | Free, PoolEvent::Clear) => Ok(Free),
            (Reserved { order }, PoolEvent::Reserve(by)) if by == order => Ok(self),
            (Reserved { order }, PoolEvent::Use(by)) if by == order => Ok(Used { order }),
            (Reserved { order }, PoolEvent::Return(by)) if by == order => Ok(Free),
            (Reserved { order }, PoolEvent::Quarantine(by)) if by == order => {
                Ok(Quarantined { order })
            }
            (Used { order }, PoolEvent::Use(by)) if by == order => Ok(self),
            (Quarantined { order }, PoolEvent::Quarantine(by)) if by == order => Ok(self),
            _ => Err(PoolTransitionError { from: self, event }),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn every_state_and_every_event_keep_a_profile_with_one_order() {
        use PoolEvent as E;
        use PoolState::{Free, Quarantined, Reserved, Used};
        let [order, other] = [1, 2].map(|n| EsimOrderId(Uuid::from_u128(n)));
        let expected = |from, event| match (from, event) {
            (Free, E::Reserve(by)) => Some(Reserved { order: by }),
            (Free | Quarantined { .. }, E::Clear) => Some(Free),
            (Reserved { .. }, E::Reserve(by)) if by == order => Some(from),
            (Reserved { .. }, E::Use(by)) if by == order => Some(Used { order }),
            (Reserved { .. }, E::Return(by)) if by == order => Some(Free),
            (Reserved { .. }, E::Quarantine(by)) if by == order => Some(Quarantined { order }),
            (Used { .. }, E::Use(by)) if by == order => Some(from),
            (Quarantined { .. }, E::Quarantine(by)) if by == order => Some(from),
            _ => None,
        };
        for from in [Free, Reserved { order }, Used { order }, Quarantined { order }] {
            let by = |id| [E::Reserve(id), E::Use(id), E::Return(id), E::Quarantine(id), E::Clear];
            for event in by(order).into_iter().chain(by(other)) {
                assert_eq!(from.after(event).ok(), expected(from, event), "{from:?} {event:?}");
            }
        }
    }

    #[test]
    fn es2plus_names_profiles_of_19_or_20_digits() {
        let iccid = |text: &str| text.parse::<Iccid>().unwrap();
        assert!(fits_es2plus(&iccid("89461177710001700003")));
        assert!(!fits_es2plus(&iccid("890000000000000004")));
    }
}
