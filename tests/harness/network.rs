//! The network simulator of a running local cloud.

use serde_json::{Value, json};

/// A client of the simulator.
#[derive(Debug, Clone)]
pub struct Network {
    http: reqwest::Client,
    url: String,
}

/// The network's record of one order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    /// Number of requests received.
    pub received: u64,
    /// Number of executions.
    pub applied: u64,
}

impl Network {
    pub(crate) fn new(http: reqwest::Client, url: &str) -> Self {
        Self { http, url: url.to_owned() }
    }

    /// Injects a fault: `{"mode": "hold"}` and others, see the simulator.
    pub async fn misbehave(&self, fault: &Value) {
        let put = self.http.put(format!("{}/faults", self.url)).json(fault);
        assert!(put.send().await.unwrap().status().is_success(), "{fault}");
    }

    /// Holds every operation until [`Network::behave`].
    pub async fn hold(&self) {
        self.misbehave(&json!({ "mode": "hold" })).await;
    }

    /// Removes all faults and executes held operations.
    pub async fn behave(&self) {
        self.http.delete(format!("{}/faults", self.url)).send().await.unwrap();
    }

    /// The records of all orders, by order number.
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

    /// The record of an order.
    pub async fn known(&self, order: u64) -> Known {
        let key = order.to_string();
        let found = self.ledger().await.into_iter().find(|(order, _)| *order == key);
        found.map(|(_, known)| known).unwrap_or_default()
    }

    /// The subscriber with this ICCID; null when there is none.
    pub async fn subscriber(&self, iccid: &str) -> Value {
        let listing = self.get("/subscribers").await;
        let all = listing["subscribers"].as_array().cloned().unwrap_or_default();
        all.into_iter().find(|found| found["iccid"] == iccid).unwrap_or_default()
    }

    async fn get(&self, path: &str) -> Value {
        let response = self.http.get(format!("{}{path}", self.url)).send().await.unwrap();
        response.json().await.unwrap()
    }
}
