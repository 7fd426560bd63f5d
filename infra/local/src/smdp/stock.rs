//! The profiles an SM-DP+ has.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::life::{Profile, ProfileState, Refusal};

/// Profiles of one type that come into stock: `{"profileType", "iccids": […]}`, or `{"profileType",
/// "count", "prefix"?}` to have ICCIDs made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Their type.
    pub profile_type: String,
    /// Their numbers.
    #[serde(default)]
    pub iccids: Vec<String>,
    /// Further ones to make.
    #[serde(default)]
    pub count: usize,
    /// What the made ones begin with: at most 13 digits.
    #[serde(default = "prefix")]
    pub prefix: String,
}

fn prefix() -> String {
    "8946117771".to_owned()
}

/// `count` different ICCIDs of 20 digits, with check digits: the same ones each time.
pub fn iccids(prefix: &str, count: usize) -> Vec<String> {
    let width = 19_usize.saturating_sub(prefix.len());
    let numbered = |n| {
        let body = format!("{prefix}{n:0width$}");
        let check = check_digit(&body);
        format!("{body}{check}")
    };
    (1..=count).map(numbered).collect()
}

/// The Luhn check digit (ISO/IEC 7812-1, annex B).
fn check_digit(digits: &str) -> u32 {
    let sum: u32 = digits
        .chars()
        .rev()
        .filter_map(|c| c.to_digit(10))
        .enumerate()
        .map(|(place, digit)| match digit * if place % 2 == 0 { 2 } else { 1 } {
            doubled @ 10.. => doubled - 9,
            small => small,
        })
        .sum();
    (10 - sum % 10) % 10
}

/// All profiles by ICCID.
#[derive(Debug, Clone, Default)]
pub struct Stock {
    profiles: BTreeMap<String, Profile>,
    /// Profiles nobody has ordered, by type.
    available: BTreeMap<String, BTreeSet<String>>,
    /// The profile that had a matchingId last.
    matched: BTreeMap<String, String>,
    /// Profiles that changed since they were last asked for.
    changed: BTreeSet<String>,
}

impl Stock {
    /// Puts profiles in; those that are there already stay as they are.
    pub fn deliver(&mut self, delivery: &Delivery) -> Vec<String> {
        let made = iccids(&delivery.prefix, delivery.count);
        let all: Vec<String> =
            delivery.iccids.iter().map(|i| bare(i).to_owned()).chain(made).collect();
        for iccid in &all {
            if self.profiles.contains_key(iccid) {
                continue;
            }
            let profile = Profile::new(iccid.clone(), delivery.profile_type.clone());
            self.profiles.insert(iccid.clone(), profile);
            self.free(&delivery.profile_type).insert(iccid.clone());
            self.changed.insert(iccid.clone());
        }
        all
    }

    /// Puts a profile back as it was.
    pub fn restore(&mut self, profile: Profile) {
        let iccid = profile.iccid.clone();
        let free = self.free(&profile.profile_type);
        if profile.state == ProfileState::Available {
            free.insert(iccid.clone());
        }
        if let Some(matching_id) = &profile.matching_id {
            self.matched.insert(matching_id.clone(), iccid.clone());
        }
        self.profiles.insert(iccid, profile);
    }

    /// The profiles that changed since this was last asked.
    pub fn take_changed(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.changed)
    }

    /// One profile.
    pub fn get(&self, iccid: &str) -> Option<&Profile> {
        self.profiles.get(bare(iccid))
    }

    pub(super) fn get_mut(&mut self, iccid: &str) -> Option<&mut Profile> {
        let profile = self.profiles.get_mut(bare(iccid))?;
        self.changed.insert(profile.iccid.clone());
        Some(profile)
    }

    /// All of them, by ICCID.
    pub fn all(&self) -> impl Iterator<Item = &Profile> {
        self.profiles.values()
    }

    fn free(&mut self, profile_type: &str) -> &mut BTreeSet<String> {
        self.available.entry(profile_type.to_owned()).or_default()
    }

    fn known(&mut self, iccid: Option<&str>) -> Result<&mut Profile, Refusal> {
        let iccid = iccid.ok_or_else(|| Refusal::new("8.2.1", "2.2", "the ICCID is needed"))?;
        self.get_mut(iccid).ok_or_else(|| Refusal::new("8.2.1", "3.9", "the ICCID is unknown"))
    }

    /// DownloadOrder: the profile that was allocated.
    pub(super) fn download_order(&mut self, request: &Request) -> Result<Value, Refusal> {
        let iccid = match (&request.iccid, &request.profile_type) {
            (Some(iccid), _) => bare(iccid).to_owned(),
            (None, Some(wanted)) => match self.available.get(wanted) {
                None => return Err(Refusal::new("8.2.5", "3.9", "the profile type is unknown")),
                Some(free) => free.first().cloned().ok_or_else(exhausted)?,
            },
            (None, None) => return Err(Refusal::new("8.2.1", "2.2", "the ICCID is needed")),
        };
        let profile = self.known(Some(&iccid))?;
        if request.profile_type.as_ref().is_some_and(|wanted| *wanted != profile.profile_type) {
            return Err(Refusal::new("8.2.5", "3.10", "the profile is of another type"));
        }
        profile.order(request.eid.as_deref())?;
        let profile_type = profile.profile_type.clone();
        self.free(&profile_type).remove(&iccid);
        Ok(json!({ "iccid": iccid }))
    }

    /// ConfirmOrder: what opens the profile.
    pub(super) fn confirm_order(
        &mut self,
        request: &Request,
        smdp_address: Option<&str>,
    ) -> Result<Value, Refusal> {
        let iccid = self.known(request.iccid.as_deref())?.iccid.clone();
        let matching_id = match request.matching_id.as_deref().filter(|id| !id.is_empty()) {
            Some(given) => given.to_owned(),
            None => Uuid::new_v4().simple().to_string().to_uppercase(),
        };
        let legal = |b: u8| b.is_ascii_digit() || b.is_ascii_uppercase() || b == b'-';
        if !matching_id.bytes().all(legal) {
            return Err(Refusal::new("8.2.6", "2.1", "the matchingId is invalid"));
        }
        let last = self.matched.get(&matching_id).and_then(|last| self.profiles.get(last));
        let taken = |other: &Profile| {
            other.iccid != iccid && other.matching_id.as_deref() == Some(&matching_id)
        };
        if last.is_some_and(taken) {
            return Err(Refusal::new("8.2.6", "3.3", "the matchingId is in use"));
        }
        let profile = self.known(Some(&iccid))?;
        profile.confirm(
            &matching_id,
            request.eid.as_deref(),
            request.release_flag == Some(true),
        )?;
        let mut answer = Map::new();
        answer.insert("matchingId".to_owned(), matching_id.clone().into());
        if let Some(eid) = &profile.eid {
            answer.insert("eid".to_owned(), eid.clone().into());
        }
        if let Some(address) = smdp_address {
            answer.insert("smdpAddress".to_owned(), address.into());
        }
        self.matched.insert(matching_id, iccid);
        Ok(Value::Object(answer))
    }

    /// CancelOrder.
    pub(super) fn cancel_order(&mut self, request: &Request) -> Result<Value, Refusal> {
        let end = match request.final_profile_status_indicator.as_deref() {
            Some("Available") => ProfileState::Available,
            Some("Unavailable") => ProfileState::Unavailable,
            _ => return Err(Refusal::new("8.2.1", "2.1", "the final state is invalid")),
        };
        let profile = self.known(request.iccid.as_deref())?;
        profile.cancel(request.matching_id.as_deref(), request.eid.as_deref(), end)?;
        if end == ProfileState::Available {
            let (iccid, profile_type) = (profile.iccid.clone(), profile.profile_type.clone());
            self.free(&profile_type).insert(iccid);
        }
        Ok(json!({}))
    }

    /// ReleaseProfile.
    pub(super) fn release_profile(&mut self, request: &Request) -> Result<Value, Refusal> {
        self.known(request.iccid.as_deref())?.release()?;
        Ok(json!({}))
    }
}

fn exhausted() -> Refusal {
    Refusal::new("8.2.5", "3.7", "no profile of this type is left")
}

/// Without the filler of an odd number of digits.
fn bare(iccid: &str) -> &str {
    iccid.strip_suffix(['F', 'f']).unwrap_or(iccid)
}

/// The members of all four requests; `header` is mandatory in each (SGP.22, 6.5.1.3).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request {
    pub(super) header: RequestHeader,
    pub(super) iccid: Option<String>,
    pub(super) profile_type: Option<String>,
    pub(super) eid: Option<String>,
    pub(super) matching_id: Option<String>,
    pub(super) release_flag: Option<bool>,
    pub(super) final_profile_status_indicator: Option<String>,
}

impl Request {
    /// Whether it has what its function cannot do without: ConfirmOrder says whether the profile is
    /// released (SGP.22, 5.3.2).
    pub(super) fn is_complete(&self, function: &str) -> bool {
        function != "confirmOrder" || self.release_flag.is_some()
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RequestHeader {
    pub(super) function_requester_identifier: String,
    pub(super) function_call_identifier: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stock() -> (Stock, Vec<String>) {
        let mut stock = Stock::default();
        let delivery = Delivery {
            profile_type: "consumer".to_owned(),
            iccids: vec!["8946117771000170000F".to_owned()],
            count: 2,
            prefix: prefix(),
        };
        let iccids = stock.deliver(&delivery);
        (stock, iccids)
    }

    fn of_type(profile_type: &str) -> Request {
        Request { profile_type: Some(profile_type.to_owned()), ..Request::default() }
    }

    #[test]
    fn iccids_are_made_with_their_check_digits() {
        let made = iccids("8946117771000170000", 0);
        assert!(made.is_empty());
        assert_eq!(check_digit("8946117771000170000"), 3);
        let made = iccids(&prefix(), 1000);
        assert!(made.iter().all(|iccid| iccid.len() == 20));
        assert_eq!(made.iter().collect::<BTreeSet<_>>().len(), 1000);
    }

    #[test]
    fn an_order_by_type_takes_a_free_profile_until_there_is_none() {
        let (mut stock, iccids) = stock();
        let mut got = BTreeSet::new();
        for _ in 0..3 {
            let answer = stock.download_order(&of_type("consumer")).unwrap();
            got.insert(answer["iccid"].as_str().unwrap().to_owned());
        }
        assert_eq!(got, iccids.into_iter().collect());
        let refusal = stock.download_order(&of_type("consumer")).unwrap_err();
        assert_eq!((&*refusal.subject_code, &*refusal.reason_code), ("8.2.5", "3.7"));
        let refusal = stock.download_order(&of_type("other")).unwrap_err();
        assert_eq!((&*refusal.subject_code, &*refusal.reason_code), ("8.2.5", "3.9"));
    }

    #[test]
    fn a_matching_id_opens_one_profile() {
        let (mut stock, iccids) = stock();
        let request = |iccid: &String| Request {
            iccid: Some(iccid.clone()),
            matching_id: Some("A-1".to_owned()),
            release_flag: Some(true),
            ..Request::default()
        };
        for iccid in &iccids[..2] {
            stock.download_order(&request(iccid)).unwrap();
        }
        let answer = stock.confirm_order(&request(&iccids[0]), Some("smdp.example")).unwrap();
        assert_eq!(answer, json!({ "matchingId": "A-1", "smdpAddress": "smdp.example" }));
        let refusal = stock.confirm_order(&request(&iccids[1]), None).unwrap_err();
        assert_eq!((&*refusal.subject_code, &*refusal.reason_code), ("8.2.6", "3.3"));
    }
}
