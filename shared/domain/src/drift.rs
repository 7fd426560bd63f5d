//! Findings of the comparison of orders and networks, and how far a comparison has come.

use time::OffsetDateTime;

use crate::{
    identity::Tenant,
    network::{Drift, InventoryPosition},
    numbering::{Iccid, Imsi},
    provisioning::OrderNumber,
    subscription::SubscriptionId,
};

/// Maximum findings that are kept; those beyond are counted.
pub const MOST_FINDINGS: usize = 1_000;

/// What a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DriftSubject {
    /// A SIM whose data are known.
    Sim(Iccid),
    /// A subscriber of the network with an IMSI that no known SIM has.
    Unknown(Imsi),
}

/// What precedes an IMSI in the id of a finding.
const IMSI: &str = "imsi-";

impl std::fmt::Display for DriftSubject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sim(iccid) => iccid.fmt(f),
            Self::Unknown(imsi) => write!(f, "{IMSI}{imsi}"),
        }
    }
}

/// The text is no id of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an ICCID, or imsi- and an IMSI")]
pub struct ParseDriftSubjectError;

impl std::str::FromStr for DriftSubject {
    type Err = ParseDriftSubjectError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let subject = match text.strip_prefix(IMSI) {
            Some(imsi) => imsi.parse().ok().map(Self::Unknown),
            None => text.parse().ok().map(Self::Sim),
        };
        subject.ok_or(ParseDriftSubjectError)
    }
}

/// How far a finding is from its repair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RepairState {
    /// It waits for approval.
    Proposed,
    /// The operator has approved it: an order is placed by the next run. The order of a foreign
    /// subscriber is of this tenant.
    Approved {
        /// Who did.
        by: String,
        /// The tenant, of a foreign subscriber.
        tenant: Option<Tenant>,
    },
    /// This order repairs it, or did not.
    Ordered(OrderNumber),
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is about.
    pub subject: DriftSubject,
    /// What differs.
    pub drift: Drift,
    /// The ICCIDs of the network's range begin with this.
    pub network: String,
    /// The subscription of the SIM, if it is in one.
    pub subscription: Option<SubscriptionId>,
    /// Its tenant.
    pub tenant: Option<Tenant>,
    /// The last order of the subscription, or the one by which the SIM ended.
    pub last_order: Option<OrderNumber>,
    /// Whether an order can repair it. What has no SIM data is not ours; nothing can be created with a
    /// SIM that ended.
    pub is_repairable: bool,
    /// When it was found.
    pub found_at: OffsetDateTime,
    /// Its repair.
    pub repair: RepairState,
    /// Incremented by each write.
    pub revision: u64,
}

/// Where a comparison goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PassPosition {
    /// In the subscriptions of this tenant, newest first, after this one.
    Subscriptions {
        /// The tenant; tenants are in the order of their names.
        tenant: Option<Tenant>,
        /// The subscription.
        after: Option<SubscriptionId>,
    },
    /// In the subscribers of the network with this range.
    Subscribers {
        /// The range; networks are in the order of their ranges.
        network: String,
        /// The position in it.
        from: InventoryPosition,
    },
    /// It is over.
    Finished,
}

impl PassPosition {
    /// The beginning.
    pub const START: Self = Self::Subscriptions { tenant: None, after: None };
}

/// What a comparison has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PassCounts {
    /// Subscriptions that were compared.
    pub subscriptions: u64,
    /// Subscribers of networks that were looked up.
    pub subscribers: u64,
    /// Differences that were found.
    pub found: u64,
    /// What was not compared: its network is away, or has no data of the SIM.
    pub skipped: u64,
    /// Differences beyond [`MOST_FINDINGS`].
    pub not_kept: u64,
}

/// A comparison of all subscriptions and subscribers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    /// When it began.
    pub began_at: OffsetDateTime,
    /// When it ended.
    pub ended_at: Option<OffsetDateTime>,
    /// Where it goes on.
    pub position: PassPosition,
    /// What it has done.
    pub counts: PassCounts,
    /// Networks whose subscribers it could not list: what is foreign there is not known.
    pub not_listed: Vec<String>,
    /// Incremented by each write.
    pub revision: u64,
}

impl Pass {
    /// One that begins.
    pub const fn new(began_at: OffsetDateTime, revision: u64) -> Self {
        Self {
            began_at,
            ended_at: None,
            position: PassPosition::START,
            counts: PassCounts {
                subscriptions: 0,
                subscribers: 0,
                found: 0,
                skipped: 0,
                not_kept: 0,
            },
            not_listed: Vec::new(),
            revision,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_finding_names_its_sim_or_its_imsi() {
        for text in ["89461177710001700003", "imsi-240071234567890"] {
            let subject: DriftSubject = text.parse().unwrap();
            assert_eq!(subject.to_string(), text);
        }
        for text in ["", "imsi-", "imsi-x", "240071234567890", "46708421488"] {
            assert_eq!(text.parse::<DriftSubject>(), Err(ParseDriftSubjectError), "{text}");
        }
    }
}
