//! The outside of eSIM orders: an SM-DP+ behind ES2+ (GSMA SGP.22, 5.3 and 6.5).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Eid, MatchingId, ProfileType, SmdpHost};
use crate::numbering::Iccid;

/// The functions of ES2+ that we call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Es2Function {
    /// Allocates a profile.
    DownloadOrder,
    /// Links it to a matchingId and, with the release flag, lets it be downloaded.
    ConfirmOrder,
    /// Takes both back.
    CancelOrder,
    /// Lets a confirmed profile be downloaded.
    ReleaseProfile,
}

impl Es2Function {
    /// The last part of its path.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DownloadOrder => "downloadOrder",
            Self::ConfirmOrder => "confirmOrder",
            Self::CancelOrder => "cancelOrder",
            Self::ReleaseProfile => "releaseProfile",
        }
    }
}

/// What an SM-DP+ says went wrong: `8.2.1/3.9`. Two dotted numbers, so it may be logged.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusCode {
    /// Of what (SGP.22, 5.2.6.1): `8.2.1` is the profile's ICCID.
    pub subject: String,
    /// Why (SGP.22, 5.2.6.2): `3.9` is unknown.
    pub reason: String,
}

impl fmt::Display for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.subject, self.reason)
    }
}

/// The text is no status code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("two dotted numbers, such as 8.2.1/3.9")]
pub struct ParseStatusCodeError;

impl FromStr for StatusCode {
    type Err = ParseStatusCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let legal = |part: &str| {
            (1..=32).contains(&part.len())
                && part.split('.').all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
        };
        match text.split_once('/') {
            Some((subject, reason)) if legal(subject) && legal(reason) => {
                Ok(Self { subject: subject.to_owned(), reason: reason.to_owned() })
            }
            _ => Err(ParseStatusCodeError),
        }
    }
}

/// What is known after calling an SM-DP+.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Es2Answer<T> {
    /// It did it.
    Executed(T),
    /// It says that it did not do it (with HTTP 200).
    Failed {
        /// Why.
        code: StatusCode,
        /// In its words: may hold numbers, so for the operator only.
        message: Option<String>,
    },
    /// Nobody knows: an error, nonsense. Never to be taken for a failure.
    Unknown {
        /// What was seen, for the log.
        why: String,
    },
    /// The SM-DP+ cannot be reached, does not respond in time, or says that it has no time. Nobody
    /// knows, as above, and it passes by itself.
    Away {
        /// What was seen, for the log.
        why: String,
    },
}

/// Why nobody knows, of an SM-DP+ that says "Failed" and not why: its own fault (SGP.22, 6.5.1.4
/// demands the code), which is counted.
pub const FAILED_WITHOUT_CODE: &str = "failed without a status code";

/// Asks for a profile to be allocated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadOrder {
    /// Which: always ours to choose.
    pub iccid: Iccid,
    /// Its type.
    pub profile_type: ProfileType,
    /// The chip it is for.
    pub eid: Option<Eid>,
}

/// The response to [`DownloadOrder`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderedProfile {
    /// The profile that was allocated.
    pub iccid: Iccid,
}

/// Asks for an allocated profile to be linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmOrder {
    /// Which.
    pub iccid: Iccid,
    /// What shall open it.
    pub matching_id: MatchingId,
    /// Whether it may be downloaded at once.
    pub release: bool,
    /// The chip it is for.
    pub eid: Option<Eid>,
}

/// The response to [`ConfirmOrder`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfirmedOrder {
    /// What opens it.
    pub matching_id: MatchingId,
    /// Where it waits, when not at the SM-DP+'s usual address.
    pub smdp_address: Option<SmdpHost>,
}

/// What becomes of a profile whose order is cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FinalProfileStatus {
    /// It may be ordered again.
    Available,
    /// It may not.
    Unavailable,
}

impl FinalProfileStatus {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Available => "Available",
            Self::Unavailable => "Unavailable",
        }
    }
}

/// Takes an order back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelOrder {
    /// Of which profile.
    pub iccid: Iccid,
    /// What shall become of it.
    pub final_status: FinalProfileStatus,
    /// What opens it, when it was confirmed.
    pub matching_id: Option<MatchingId>,
    /// The chip it is for, when that was said.
    pub eid: Option<Eid>,
}

/// Lets a confirmed profile be downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseProfile {
    /// Which.
    pub iccid: Iccid,
}

/// An SM-DP+. `call` is the `functionCallIdentifier`: for tracing only, it deduplicates nothing.
pub trait SmDpPlus: Send + Sync {
    /// Allocates a profile.
    fn download_order(
        &self,
        order: &DownloadOrder,
        call: &str,
    ) -> impl Future<Output = Es2Answer<OrderedProfile>> + Send;

    /// Links it to its matchingId.
    fn confirm_order(
        &self,
        order: &ConfirmOrder,
        call: &str,
    ) -> impl Future<Output = Es2Answer<ConfirmedOrder>> + Send;

    /// Takes the order back.
    fn cancel_order(
        &self,
        order: &CancelOrder,
        call: &str,
    ) -> impl Future<Output = Es2Answer<()>> + Send;

    /// Lets the profile be downloaded.
    fn release_profile(
        &self,
        order: &ReleaseProfile,
        call: &str,
    ) -> impl Future<Output = Es2Answer<()>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_code_is_two_dotted_numbers() {
        let code: StatusCode = "8.2.1/3.9".parse().unwrap();
        assert_eq!(code.to_string(), "8.2.1/3.9");
        for text in ["", "/", "8.2.1", "8.2.1/", "8..1/3", "8.2.x/3.9", "8.2.1/3.9/1", "89461/a"] {
            assert_eq!(text.parse::<StatusCode>(), Err(ParseStatusCodeError), "{text}");
        }
    }
}
