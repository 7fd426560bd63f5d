//! Which subscriptions a list shows, and in which order (`infra/docs/contracts/ecc.md`, *Clients
//! written for the public guide*).

use std::{cmp::Ordering, fmt, str::FromStr};

use thiserror::Error;

use super::{Subscription, SubscriptionId, SubscriptionRef, SubscriptionState, Tag};
use crate::{
    numbering::{Iccid, Msisdn, digits},
    text::Described,
};

/// What begins a filter by the first digits of a number.
const PREFIX: &str = "prefix:";

/// A number by which a list can be filtered.
pub trait Listed: FromStr<Err: fmt::Display> + PartialEq {
    /// The most digits that it has.
    const MOST_DIGITS: usize;
    /// [`Described::PATTERN`] of its filter.
    const FILTER_PATTERN: &'static str;
    /// [`Described::LENGTH`] of its filter.
    const FILTER_LENGTH: (usize, usize);
    /// [`Described::EXAMPLE`] of its filter.
    const FILTER_EXAMPLE: &'static str;
    /// [`Described::BEYOND`] of its filter.
    const FILTER_BEYOND: Option<&'static str>;

    /// The digits after a sign that the number may be written with.
    fn unsigned(text: &str) -> &str;

    /// Its digits.
    fn digits(&self) -> &str;
}

impl Listed for Msisdn {
    const MOST_DIGITS: usize = 15;
    const FILTER_PATTERN: &'static str = r"^(\+?[1-9][0-9]{4,14}|prefix:\+?[0-9]{1,15})$";
    const FILTER_LENGTH: (usize, usize) = (5, 23);
    const FILTER_EXAMPLE: &'static str = "prefix:4670";
    const FILTER_BEYOND: Option<&'static str> = None;

    fn unsigned(text: &str) -> &str {
        text.strip_prefix('+').unwrap_or(text)
    }

    fn digits(&self) -> &str {
        self.as_str()
    }
}

impl Listed for Iccid {
    const MOST_DIGITS: usize = 22;
    const FILTER_PATTERN: &'static str = r"^(89[0-9]{16,20}[Ff]{0,2}|prefix:[0-9]{1,22})$";
    const FILTER_LENGTH: (usize, usize) = (8, 29);
    const FILTER_EXAMPLE: &'static str = "prefix:894611777";
    const FILTER_BEYOND: Option<&'static str> = Self::BEYOND;

    fn unsigned(text: &str) -> &str {
        text
    }

    fn digits(&self) -> &str {
        self.as_str()
    }
}

/// A filter by a number: the whole number, or `prefix:` and its first digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NumberFilter<N> {
    /// This number.
    Exact(N),
    /// Every number that begins with these digits.
    Prefix(String),
}

/// The text is no filter by a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ParseNumberFilterError<E: fmt::Display> {
    /// Not a number.
    #[error("{0}; or prefix: and its first digits")]
    Number(E),
    /// Not the first digits of one.
    #[error("prefix: and 1 to {most} digits")]
    Prefix {
        /// The most digits.
        most: usize,
    },
}

impl<N: Listed> FromStr for NumberFilter<N> {
    type Err = ParseNumberFilterError<N::Err>;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some(prefix) = text.strip_prefix(PREFIX).map(N::unsigned) else {
            return text.parse().map(Self::Exact).map_err(ParseNumberFilterError::Number);
        };
        if (1..=N::MOST_DIGITS).contains(&prefix.len()) && digits(prefix) {
            Ok(Self::Prefix(prefix.to_owned()))
        } else {
            Err(ParseNumberFilterError::Prefix { most: N::MOST_DIGITS })
        }
    }
}

impl<N: Listed> Described for NumberFilter<N> {
    const PATTERN: &'static str = N::FILTER_PATTERN;
    const LENGTH: (usize, usize) = N::FILTER_LENGTH;
    const BEYOND: Option<&'static str> = N::FILTER_BEYOND;
    const EXAMPLE: &'static str = N::FILTER_EXAMPLE;
}

impl<N: Listed> NumberFilter<N> {
    fn matches(&self, number: Option<&N>) -> bool {
        number.is_some_and(|number| match self {
            Self::Exact(wanted) => number == wanted,
            Self::Prefix(prefix) => number.digits().starts_with(prefix),
        })
    }

    fn exact(&self) -> Option<&N> {
        match self {
            Self::Exact(number) => Some(number),
            Self::Prefix(_) => None,
        }
    }
}

/// The filters of a list: all must match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubscriptionFilter {
    /// By the SIM.
    pub iccid: Vec<NumberFilter<Iccid>>,
    /// By the number.
    pub msisdn: Vec<NumberFilter<Msisdn>>,
    /// Only blocked ones, or only others.
    pub blocked: Option<bool>,
    /// Only with these tags.
    pub tags: Vec<Tag>,
    /// Only in this state.
    pub state: Option<SubscriptionState>,
}

impl SubscriptionFilter {
    /// The most filters of a list.
    pub const MOST: usize = 10;

    /// Whether every subscription matches.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a subscription matches.
    pub fn matches(&self, subscription: &Subscription) -> bool {
        let Subscription { iccid, msisdn, .. } = subscription;
        self.iccid.iter().all(|filter| filter.matches(Some(iccid)))
            && self.msisdn.iter().all(|filter| filter.matches(msisdn.as_ref()))
            && self.blocked.is_none_or(|blocked| blocked == subscription.blocked)
            && self.tags.iter().all(|tag| subscription.tags.contains(tag))
            && self.state.is_none_or(|state| state == subscription.state)
    }

    /// A number that only one subscription can have, which is then the only one that can match.
    pub fn number(&self) -> Option<SubscriptionRef> {
        let iccid = self.iccid.iter().find_map(NumberFilter::exact);
        let msisdn = self.msisdn.iter().find_map(NumberFilter::exact);
        iccid
            .map(|number| SubscriptionRef::Iccid(number.clone()))
            .or_else(|| msisdn.map(|number| SubscriptionRef::Msisdn(number.clone())))
    }
}

/// What a list can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Property {
    Iccid,
    Msisdn,
    Blocked,
}

/// One key of an order: a property and a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct SortKey {
    property: Property,
    descending: bool,
}

/// The text is not an order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("1 to 3 of iccid, msisdn, blocked, each with :asc or :desc or neither, between commas")]
pub struct ParseSortOrderError;

/// The order of a list: by one property, where that is equal by the next one, and at last newest
/// first. `iccid:desc`, or `blocked,msisdn`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SortOrder(Vec<SortKey>);

/// What is compared of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortedSubscription {
    /// The subscription.
    pub id: SubscriptionId,
    iccid: Iccid,
    msisdn: Option<Msisdn>,
    blocked: bool,
}

impl From<Subscription> for SortedSubscription {
    fn from(subscription: Subscription) -> Self {
        let Subscription { id, iccid, msisdn, blocked, .. } = subscription;
        Self { id, iccid, msisdn, blocked }
    }
}

impl FromStr for SortKey {
    type Err = ParseSortOrderError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (property, direction) = text.split_once(':').unwrap_or((text, "asc"));
        let property = match property {
            "iccid" => Property::Iccid,
            "msisdn" => Property::Msisdn,
            "blocked" => Property::Blocked,
            _ => return Err(ParseSortOrderError),
        };
        match direction {
            "asc" => Ok(Self { property, descending: false }),
            "desc" => Ok(Self { property, descending: true }),
            _ => Err(ParseSortOrderError),
        }
    }
}

impl FromStr for SortOrder {
    type Err = ParseSortOrderError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let keys = text.split(',').map(str::parse).collect::<Result<Vec<_>, _>>()?;
        if keys.len() <= 3 { Ok(Self(keys)) } else { Err(ParseSortOrderError) }
    }
}

impl Described for SortOrder {
    const PATTERN: &'static str =
        r"^(iccid|msisdn|blocked)(:(asc|desc))?(,(iccid|msisdn|blocked)(:(asc|desc))?){0,2}$";
    const LENGTH: (usize, usize) = (5, 38);
    const EXAMPLE: &'static str = "blocked:desc,msisdn";
}

/// An order, and then another where that does not decide.
impl FromIterator<Self> for SortOrder {
    fn from_iter<I: IntoIterator<Item = Self>>(orders: I) -> Self {
        Self(orders.into_iter().flat_map(|order| order.0).collect())
    }
}

impl SortOrder {
    /// Whether it says nothing but newest first.
    pub fn is_newest_first(&self) -> bool {
        self.0.is_empty()
    }

    /// Which of two comes first. Numbers are compared digit by digit; no number comes before any.
    pub fn compare(&self, one: &SortedSubscription, other: &SortedSubscription) -> Ordering {
        let by_key = self.0.iter().map(|key| {
            let ascending = match key.property {
                Property::Iccid => one.iccid.cmp(&other.iccid),
                Property::Msisdn => one.msisdn.cmp(&other.msisdn),
                Property::Blocked => one.blocked.cmp(&other.blocked),
            };
            if key.descending { ascending.reverse() } else { ascending }
        });
        by_key.fold(Ordering::Equal, Ordering::then).then_with(|| other.id.cmp(&one.id))
    }
}

#[cfg(test)]
#[path = "list/tests.rs"]
mod tests;
