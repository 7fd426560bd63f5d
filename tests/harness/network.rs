//! The network simulator of a running local cloud.

use serde_json::{Value, json};

/// The simulator.
#[derive(Debug, Clone)]
pub struct Network {
    http: reqwest::Client,
    url: String,
}

/// What the network knows of one order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// Times it was asked to do it.
    pub received: u64,
    /// Times it did.
    pub applied: u64,
}

impl Network {
    pub(crate) fn new(http: reqwest::Client, url: &str) -> Self {
        Self { http, url: url.to_owned() }
    }

    /// Lets it misbehave: `{"mode": "hold"}` and others, see the simulator.
    pub async fn misbehave(&self, fault: &Value) {
        let put = self.http.put(format!("{}/faults", self.url)).json(fault);
        assert!(put.send().await.unwrap().status().is_success(), "{fault}");
    }

    /// Holds every operation until [`Network::behave`].
    pub async fn hold(&self) {
        self.misbehave(&json!({ "mode": "hold" })).await;
    }

    /// Lets it behave again, and do what it held.
    pub async fn behave(&self) {
        self.http.delete(format!("{}/faults", self.url)).send().await.unwrap();
    }

    /// All operations by the key of their order: (order, what is known).
    pub async fn ledger(&self) -> Vec<(String, Known)> {
        let listing = self.get("/operations").await;
        let operations = listing["operations"].as_array().into_iter().flatten();
        operations
            .map(|operation| {
                let known = Known {
                    received: operation["received"].as_u64().unwrap_or(0),
                    applied: operation["applied"].as_u64().unwrap_or(0),
                };
                (operation["key"].as_str().unwrap_or_default().to_owned(), known)
            })
            .collect()
    }

    /// What it knows of an order.
    pub async fn known(&self, order: u64) -> Known {
        let key = order.to_string();
        let found = self.ledger().await.into_iter().find(|(of, _)| *of == key);
        found.map(|(_, known)| known).unwrap_or_default()
    }

    /// The subscriber with this SIM; null when there is none.
    pub async fn subscriber(&self, iccid: &str) -> Value {
        let listing = self.get("/subscribers").await;
        let all = listing["subscribers"].as_array().cloned().unwrap_or_default();
        all.into_iter().find(|found| found["iccid"] == iccid).unwrap_or_default()
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.http.get(format!("{}{path}", self.url)).send().await.unwrap();
        answer.json().await.unwrap()
    }
}
