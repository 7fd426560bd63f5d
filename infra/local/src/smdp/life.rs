//! The life of a profile at an SM-DP+ (SGP.22, 3.1.6).

use serde::{Deserialize, Serialize};

/// Where a profile stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ProfileState {
    /// Nobody has ordered it.
    Available,
    /// Ordered, for any chip.
    Allocated,
    /// Ordered, for one chip.
    Linked,
    /// Has a matchingId, not to be downloaded yet.
    Confirmed,
    /// Can be downloaded.
    Released,
    /// Sent to a device.
    Downloaded,
    /// In a chip.
    Installed,
    /// A chip refused it.
    Error,
    /// Not to be ordered any more.
    Unavailable,
}

/// Why a function failed: codes of SGP.22, 5.2.6.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// Of what.
    pub subject_code: String,
    /// Why.
    pub reason_code: String,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl Refusal {
    pub(super) fn new(subject: &str, reason: &str, message: &str) -> Self {
        Self {
            subject_code: subject.to_owned(),
            reason_code: reason.to_owned(),
            message: Some(message.to_owned()),
        }
    }

    pub(super) fn in_use() -> Self {
        Self::new("8.2.1", "3.3", "the profile is in use")
    }

    pub(super) fn not_ordered() -> Self {
        Self::new("8.2.1", "3.10", "the profile is in no state for this")
    }
}

/// A profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// Its number, without a filler.
    pub iccid: String,
    /// Its type.
    pub profile_type: String,
    /// Where it stands.
    pub state: ProfileState,
    /// The chip it is for.
    pub eid: Option<String>,
    /// What opens it.
    pub matching_id: Option<String>,
    /// Every state it has been in, oldest first.
    pub history: Vec<ProfileState>,
    /// Times a DownloadOrder took effect.
    pub orders: u64,
}

impl Profile {
    pub(super) fn new(iccid: String, profile_type: String) -> Self {
        let state = ProfileState::Available;
        Self {
            iccid,
            profile_type,
            state,
            eid: None,
            matching_id: None,
            history: vec![state],
            orders: 0,
        }
    }

    pub(super) fn enter(&mut self, state: ProfileState) {
        self.state = state;
        self.history.push(state);
    }

    /// DownloadOrder.
    pub(super) fn order(&mut self, eid: Option<&str>) -> Result<(), Refusal> {
        match self.state {
            ProfileState::Available => {
                self.eid = eid.map(str::to_owned);
                let linked = self.eid.is_some();
                self.enter(if linked { ProfileState::Linked } else { ProfileState::Allocated });
                self.orders += 1;
                Ok(())
            }
            ProfileState::Unavailable => {
                Err(Refusal::new("8.2.1", "1.2", "the profile is not to be ordered"))
            }
            _ => Err(Refusal::in_use()),
        }
    }

    /// ConfirmOrder, once it is certain that no other profile has the matchingId.
    pub(super) fn confirm(
        &mut self,
        matching_id: &str,
        eid: Option<&str>,
        release: bool,
    ) -> Result<(), Refusal> {
        match self.state {
            ProfileState::Allocated | ProfileState::Linked => {
                self.check_eid(eid)?;
                if let Some(eid) = eid {
                    self.eid = Some(eid.to_owned());
                }
                self.matching_id = Some(matching_id.to_owned());
                self.enter(if release { ProfileState::Released } else { ProfileState::Confirmed });
                Ok(())
            }
            ProfileState::Available | ProfileState::Unavailable => Err(Refusal::not_ordered()),
            _ => Err(Refusal::in_use()),
        }
    }

    /// ReleaseProfile.
    pub(super) fn release(&mut self) -> Result<(), Refusal> {
        match self.state {
            ProfileState::Confirmed => {
                self.enter(ProfileState::Released);
                Ok(())
            }
            ProfileState::Released | ProfileState::Downloaded | ProfileState::Installed => {
                Err(Refusal::in_use())
            }
            _ => Err(Refusal::not_ordered()),
        }
    }

    /// CancelOrder: everything that was set must be named.
    pub(super) fn cancel(
        &mut self,
        matching_id: Option<&str>,
        eid: Option<&str>,
        end: ProfileState,
    ) -> Result<(), Refusal> {
        match self.state {
            ProfileState::Available | ProfileState::Unavailable => {
                return Err(Refusal::new("8.2.1", "1.2", "the profile has no order"));
            }
            ProfileState::Downloaded | ProfileState::Installed => return Err(Refusal::in_use()),
            _ => {}
        }
        match (self.matching_id.as_deref(), matching_id) {
            (Some(_), None) => {
                return Err(Refusal::new("8.2.6", "2.2", "the matchingId is needed"));
            }
            (set, given) if set != given => {
                return Err(Refusal::new("8.2.6", "3.10", "another matchingId"));
            }
            _ => {}
        }
        if self.eid.is_some() && eid.is_none() {
            return Err(Refusal::new("8.1.1", "2.2", "the EID is needed"));
        }
        self.check_eid(eid)?;
        (self.eid, self.matching_id) = (None, None);
        self.enter(end);
        Ok(())
    }

    fn check_eid(&self, eid: Option<&str>) -> Result<(), Refusal> {
        match (self.eid.as_deref(), eid) {
            (Some(set), Some(given)) if set != given => {
                Err(Refusal::new("8.1.1", "3.10", "the profile is for another EID"))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile() -> Profile {
        Profile::new("89461177710001700003".to_owned(), "consumer".to_owned())
    }

    fn code<T>(result: Result<T, Refusal>) -> String {
        result.map_or_else(|r| format!("{}/{}", r.subject_code, r.reason_code), |_| "ok".to_owned())
    }

    #[test]
    fn a_profile_is_ordered_once_and_confirmed_once() {
        let mut profile = profile();
        assert_eq!(code(profile.confirm("A", None, true)), "8.2.1/3.10");
        assert_eq!(code(profile.order(None)), "ok");
        assert_eq!(code(profile.order(None)), "8.2.1/3.3");
        assert_eq!(code(profile.confirm("A", None, false)), "ok");
        assert_eq!(code(profile.confirm("A", None, true)), "8.2.1/3.3");
        assert_eq!(code(profile.release()), "ok");
        assert_eq!(code(profile.release()), "8.2.1/3.3");
        assert_eq!((profile.state, profile.orders), (ProfileState::Released, 1));
    }

    #[test]
    fn a_cancelled_order_names_what_was_set_and_leaves_nothing() {
        let mut profile = profile();
        let end = ProfileState::Available;
        assert_eq!(code(profile.cancel(None, None, end)), "8.2.1/1.2");
        profile.order(Some("1")).unwrap();
        assert_eq!(profile.state, ProfileState::Linked);
        assert_eq!(code(profile.cancel(Some("A"), Some("1"), end)), "8.2.6/3.10");
        profile.confirm("A", None, true).unwrap();
        assert_eq!(code(profile.cancel(None, Some("1"), end)), "8.2.6/2.2");
        assert_eq!(code(profile.cancel(Some("B"), Some("1"), end)), "8.2.6/3.10");
        assert_eq!(code(profile.cancel(Some("A"), None, end)), "8.1.1/2.2");
        assert_eq!(code(profile.cancel(Some("A"), Some("2"), end)), "8.1.1/3.10");
        assert_eq!(code(profile.cancel(Some("A"), Some("1"), end)), "ok");
        assert_eq!((profile.state, profile.matching_id), (end, None));
    }

    #[test]
    fn what_was_downloaded_cannot_be_cancelled() {
        let mut profile = profile();
        profile.order(None).unwrap();
        profile.confirm("A", None, true).unwrap();
        profile.enter(ProfileState::Downloaded);
        assert_eq!(code(profile.cancel(Some("A"), None, ProfileState::Available)), "8.2.1/3.3");
    }
}
