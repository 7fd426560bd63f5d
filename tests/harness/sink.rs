//! The webhook sink of a running local cloud.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

/// The sink.
#[derive(Debug, Clone)]
pub struct Sink {
    http: reqwest::Client,
    url: String,
}

/// A message that arrived.
#[derive(Debug, Clone, Deserialize)]
pub struct Heard {
    /// Its `webhook-id`.
    pub id: String,
    /// The path it was sent to.
    pub path: String,
    /// Whether it is signed by the endpoint's secret.
    pub verified: Option<bool>,
    /// Whether one of this id had been taken before.
    pub repeated: bool,
    /// What it was answered.
    pub answer: String,
    /// What it says.
    pub body: Value,
}

impl Sink {
    pub(crate) fn new(http: reqwest::Client, url: &str) -> Self {
        Self { http, url: url.to_owned() }
    }

    /// The URL of an endpoint of this name.
    pub fn endpoint(&self, name: &str) -> String {
        format!("{}/{name}", self.url)
    }

    /// What has arrived, in order.
    pub async fn heard(&self) -> Vec<Heard> {
        let answer = self.http.get(format!("{}/received", self.url)).send().await.unwrap();
        answer.json().await.unwrap()
    }

    /// The sequence numbers that an endpoint has taken, by order, as a set each.
    pub async fn taken(&self, name: &str) -> BTreeMap<String, BTreeSet<u64>> {
        let mut taken: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
        let path = format!("/{name}");
        for heard in self.heard().await {
            let data = &heard.body["data"];
            if heard.path == path && heard.answer == "204" && data["orderId"].is_string() {
                let order = data["orderId"].as_str().unwrap().to_owned();
                taken.entry(order).or_default().insert(data["sequence"].as_u64().unwrap());
            }
        }
        taken
    }

    /// Lets it misbehave: `{"mode": {"kind": "status", "status": 500}, "times": 1}`.
    pub async fn misbehave(&self, fault: &Value) {
        let put = self.http.put(format!("{}/faults", self.url)).json(fault);
        assert!(put.send().await.unwrap().status().is_success(), "{fault}");
    }

    /// Lets it behave again.
    pub async fn behave(&self) {
        self.http.delete(format!("{}/faults", self.url)).send().await.unwrap();
    }
}
