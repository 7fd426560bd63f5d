//! A device that downloads a profile, and what the SM-DP+ tells of it (SGP.22, 5.3.5).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Callback, ProfileState, Refusal, Smdp};
use crate::clock;

/// How a device fares: `{}` is well.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Walk {
    /// The chip; by default the one the profile is for, if it is for one.
    pub eid: Option<String>,
    /// The point, 1 to 4, at which it fails.
    pub fail_at: Option<u8>,
    /// The point, 1 to 4, after which it goes away.
    pub stop_after: Option<u8>,
    /// Every notification is sent so many times more.
    pub repeat: u8,
    /// Notifications are written in the other spelling: `notificationPointId` as a string,
    /// `timeStamp`.
    pub quirks: bool,
}

/// A notification that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notified {
    /// The point.
    pub point: u8,
    /// The HTTP status of the answer; none when there was no answer, or nobody to tell.
    pub answer: Option<u16>,
}

impl Smdp {
    /// Walks a device through the download of a profile.
    ///
    /// # Errors
    /// The profile is unknown, not released, or for another chip.
    pub async fn download(&self, iccid: &str, walk: &Walk) -> Result<Vec<Notified>, Refusal> {
        let (profile_type, eid) = self.admit(iccid, walk)?;
        let mut notified = Vec::new();
        for point in 1..=4 {
            let failed = walk.fail_at == Some(point);
            self.advance(iccid, point, failed);
            let mut news = news(iccid, &profile_type, point, failed, walk.quirks);
            if let Some(eid) = &eid {
                news["eid"] = json!(eid);
            }
            for _ in 0..=walk.repeat {
                notified.push(Notified { point, answer: self.tell(&news).await });
            }
            if failed || walk.stop_after == Some(point) {
                break;
            }
        }
        Ok(notified)
    }

    fn admit(&self, iccid: &str, walk: &Walk) -> Result<(String, Option<String>), Refusal> {
        let state = self.lock();
        let unknown = || Refusal::new("8.2.1", "3.9", "the ICCID is unknown");
        let profile = state.stock.get(iccid).ok_or_else(unknown)?;
        if profile.state != ProfileState::Released {
            return Err(Refusal::not_ordered());
        }
        let eid = walk.eid.clone().or_else(|| profile.eid.clone());
        if profile.eid.is_some() && profile.eid != eid {
            return Err(Refusal::new("8.1.1", "3.8", "the profile is for another EID"));
        }
        Ok((profile.profile_type.clone(), eid))
    }

    /// What reaching a point does to the profile.
    fn advance(&self, iccid: &str, point: u8, failed: bool) {
        let mut state = self.lock();
        let Some(profile) = state.stock.get_mut(iccid) else { return };
        match (point, failed) {
            (3, false) => profile.enter(ProfileState::Downloaded),
            (4, false) => profile.enter(ProfileState::Installed),
            (4, true) => profile.enter(ProfileState::Error),
            _ => {}
        }
        self.keep(&mut state);
    }

    async fn tell(&self, news: &Value) -> Option<u16> {
        let Callback { url, authorization } = self.lock().callback.clone()?;
        let mut request =
            self.http.post(url).header("x-admin-protocol", "gsma/rsp/v2.2.0").json(news);
        if let Some(credential) = authorization {
            request = request.header("authorization", credential);
        }
        request.send().await.ok().map(|answer| answer.status().as_u16())
    }
}

fn news(iccid: &str, profile_type: &str, point: u8, failed: bool, quirks: bool) -> Value {
    let status = if failed {
        json!({
            "status": "Failed",
            "statusCodeData": {
                "subjectCode": "8.1", "reasonCode": "4.8", "message": "insufficient memory",
            },
        })
    } else {
        json!({ "status": "Executed-Success" })
    };
    let mut news = json!({
        "header": {
            "functionRequesterIdentifier": "1.3.6.1.4.1.99999.1",
            "functionCallIdentifier": Uuid::new_v4().to_string(),
        },
        "iccid": iccid,
        "profileType": profile_type,
        "notificationPointStatus": status,
    });
    if quirks {
        news["notificationPointId"] = json!(point.to_string());
        news["timeStamp"] = json!(clock::rfc3339());
    } else {
        news["notificationPointId"] = json!(point);
        news["timestamp"] = json!(clock::rfc3339());
    }
    news
}
