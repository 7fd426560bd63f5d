//! The SM-DP+ simulator of a running local cloud.

use serde::Deserialize;
use serde_json::{Value, json};

/// The simulator, by its admin interface.
#[derive(Debug, Clone)]
pub struct Smdp {
    http: reqwest::Client,
    url: String,
}

/// A profile as the SM-DP+ has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// Its number.
    pub iccid: String,
    /// Its type.
    pub profile_type: String,
    /// Where it stands, in the words of SGP.22.
    pub state: String,
    /// What opens it.
    pub matching_id: Option<String>,
    /// Times a DownloadOrder took effect.
    pub orders: u64,
}

impl Smdp {
    pub(crate) fn new(http: reqwest::Client, url: &str) -> Self {
        Self { http, url: url.to_owned() }
    }

    /// Puts so many profiles of a type into its stock, numbers beginning with `prefix`; all that
    /// are there of these then.
    pub async fn deliver(&self, profile_type: &str, prefix: &str, count: usize) -> Vec<String> {
        let delivery = json!({ "profileType": profile_type, "prefix": prefix, "count": count });
        let post = self.http.post(format!("{}/profiles", self.url)).json(&delivery);
        let answer: Value = post.send().await.unwrap().json().await.unwrap();
        serde_json::from_value(answer["iccids"].clone()).unwrap()
    }

    /// All its profiles of a type.
    pub async fn profiles(&self, profile_type: &str) -> Vec<Profile> {
        let get = self.http.get(format!("{}/profiles", self.url));
        let mut answer: Value = get.send().await.unwrap().json().await.unwrap();
        let mut all: Vec<Profile> = serde_json::from_value(answer["profiles"].take()).unwrap();
        all.retain(|profile| profile.profile_type == profile_type);
        all
    }

    /// Lets a device download a profile and install it.
    pub async fn download(&self, iccid: &str) -> Value {
        let url = format!("{}/profiles/{iccid}/download", self.url);
        self.http.post(url).json(&json!({})).send().await.unwrap().json().await.unwrap()
    }

    /// Lets it misbehave: `{"mode": "hang", "times": 1}` and others, see the simulator.
    pub async fn misbehave(&self, faults: &Value) {
        let put = self.http.put(format!("{}/faults", self.url)).json(faults);
        assert!(put.send().await.unwrap().status().is_success(), "{faults}");
    }

    /// Lets it behave again.
    pub async fn behave(&self) {
        self.http.delete(format!("{}/faults", self.url)).send().await.unwrap();
    }
}
