//! The SM-DP+ simulator of a running local cloud.

use serde::Deserialize;
use serde_json::{Value, json};

/// A client of the simulator's admin interface.
#[derive(Debug, Clone)]
pub struct Smdp {
    http: reqwest::Client,
    url: String,
}

/// A profile at the SM-DP+.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// The ICCID.
    pub iccid: String,
    /// The profile type.
    pub profile_type: String,
    /// The state of SGP.22.
    pub state: String,
    /// The matching id.
    pub matching_id: Option<String>,
    /// Number of executed DownloadOrders.
    pub orders: u64,
}

impl Smdp {
    pub(crate) fn new(http: reqwest::Client, url: &str) -> Self {
        Self { http, url: url.to_owned() }
    }

    /// Adds profiles of a type to its stock, with ICCIDs that begin with `prefix`. Returns all
    /// ICCIDs with this prefix.
    pub async fn deliver(&self, profile_type: &str, prefix: &str, count: usize) -> Vec<String> {
        let delivery = json!({ "profileType": profile_type, "prefix": prefix, "count": count });
        let post = self.http.post(format!("{}/profiles", self.url)).json(&delivery);
        let response: Value = post.send().await.unwrap().json().await.unwrap();
        serde_json::from_value(response["iccids"].clone()).unwrap()
    }

    /// All profiles of a type.
    pub async fn profiles(&self, profile_type: &str) -> Vec<Profile> {
        let get = self.http.get(format!("{}/profiles", self.url));
        let mut response: Value = get.send().await.unwrap().json().await.unwrap();
        let mut all: Vec<Profile> = serde_json::from_value(response["profiles"].take()).unwrap();
        all.retain(|profile| profile.profile_type == profile_type);
        all
    }

    /// Downloads and installs a profile as a device.
    pub async fn download(&self, iccid: &str) -> Value {
        let url = format!("{}/profiles/{iccid}/download", self.url);
        self.http.post(url).json(&json!({})).send().await.unwrap().json().await.unwrap()
    }

    /// Injects faults: `{"mode": "hang", "times": 1}` and others, see the simulator.
    pub async fn misbehave(&self, faults: &Value) {
        let put = self.http.put(format!("{}/faults", self.url)).json(faults);
        assert!(put.send().await.unwrap().status().is_success(), "{faults}");
    }

    /// Removes all faults.
    pub async fn behave(&self) {
        self.http.delete(format!("{}/faults", self.url)).send().await.unwrap();
    }
}
