//! The webhook sink of a running local cloud.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

/// A client of the sink.
#[derive(Debug, Clone)]
pub struct Sink {
    http: reqwest::Client,
    url: String,
}

/// A message that the sink received.
#[derive(Debug, Clone, Deserialize)]
pub struct ReceivedMessage {
    /// The `webhook-id`.
    pub id: String,
    /// When it arrived, RFC 3339.
    pub at: String,
    /// The path.
    pub path: String,
    /// Whether the signature is valid; none if the secret is unknown.
    pub verified: Option<bool>,
    /// Whether a message with this id had been accepted before.
    pub repeated: bool,
    /// The status of the response, or the fault.
    pub answer: String,
    /// The body.
    pub body: Value,
}

impl Sink {
    pub(crate) fn new(http: reqwest::Client, url: &str) -> Self {
        Self { http, url: url.to_owned() }
    }

    /// The URL of the endpoint with this name.
    pub fn endpoint(&self, name: &str) -> String {
        format!("{}/{name}", self.url)
    }

    /// All received messages, in order.
    pub async fn received(&self) -> Vec<ReceivedMessage> {
        let response = self.http.get(format!("{}/received", self.url)).send().await.unwrap();
        response.json().await.unwrap()
    }

    /// The sequence numbers that an endpoint has accepted, by order.
    pub async fn accepted(&self, name: &str) -> BTreeMap<String, BTreeSet<u64>> {
        let mut accepted: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
        let path = format!("/{name}");
        for message in self.received().await {
            let data = &message.body["data"];
            if message.path == path && message.answer == "204" && data["orderId"].is_string() {
                let order = data["orderId"].as_str().unwrap().to_owned();
                accepted.entry(order).or_default().insert(data["sequence"].as_u64().unwrap());
            }
        }
        accepted
    }

    /// Injects a fault: `{"mode": {"kind": "status", "status": 500}, "times": 1}`.
    pub async fn misbehave(&self, fault: &Value) {
        let put = self.http.put(format!("{}/faults", self.url)).json(fault);
        assert!(put.send().await.unwrap().status().is_success(), "{fault}");
    }

    /// Removes all faults.
    pub async fn behave(&self) {
        self.http.delete(format!("{}/faults", self.url)).send().await.unwrap();
    }
}
