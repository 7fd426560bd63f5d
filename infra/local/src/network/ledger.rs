//! Every operation the network was asked for, by its key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Operation, Subscribers};

/// How far an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum OperationState {
    /// Accepted, not done.
    Running,
    /// Done.
    Done,
    /// Refused for good.
    Refused,
}

/// What the network knows of one key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recorded {
    /// How far it is.
    #[serde(rename = "status")]
    pub state: OperationState,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The operation first asked for under this key.
    pub operation: Operation,
    /// Times it took effect: never more than once.
    pub applied: u64,
}

impl Recorded {
    /// What a caller is told.
    pub fn body(&self) -> Value {
        match &self.reason {
            Some(reason) => json!({ "status": self.state, "reason": reason }),
            None => json!({ "status": self.state }),
        }
    }
}

/// All operations by key.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    received: BTreeMap<String, u64>,
    recorded: BTreeMap<String, Recorded>,
}

impl Ledger {
    /// Counts a request, whatever becomes of it.
    pub fn received(&mut self, key: &str) {
        *self.received.entry(key.to_owned()).or_insert(0) += 1;
    }

    /// Carries the operation out unless its key is decided already.
    pub fn apply(
        &mut self,
        key: &str,
        operation: &Operation,
        subscribers: &mut Subscribers,
    ) -> &Recorded {
        let recorded = self.record(key, operation);
        if recorded.state == OperationState::Running {
            // The operation first asked for counts, not what a second request says.
            let first = recorded.operation.clone();
            match subscribers.apply(&first) {
                Ok(()) => {
                    recorded.state = OperationState::Done;
                    recorded.applied += 1;
                }
                Err(refusal) => {
                    recorded.state = OperationState::Refused;
                    recorded.reason = Some(refusal.reason().to_owned());
                }
            }
        }
        recorded
    }

    /// Refuses the operation unless its key is decided already.
    pub fn refuse(&mut self, key: &str, operation: &Operation, reason: &str) -> Recorded {
        let recorded = self.record(key, operation);
        if recorded.state == OperationState::Running {
            recorded.state = OperationState::Refused;
            recorded.reason = Some(reason.to_owned());
        }
        recorded.clone()
    }

    /// Accepts an operation for later; false when its key was known.
    pub fn start(&mut self, key: &str, operation: &Operation) -> bool {
        let new = !self.recorded.contains_key(key);
        self.record(key, operation);
        new
    }

    /// Puts back what was known of a key.
    pub fn restore(&mut self, key: String, recorded: Recorded) {
        self.received(&key);
        self.recorded.insert(key, recorded);
    }

    /// What was accepted and is not decided.
    pub fn running(&self) -> Vec<(String, Operation)> {
        let running = self.recorded.iter();
        let running = running.filter(|(_, recorded)| recorded.state == OperationState::Running);
        running.map(|(key, recorded)| (key.clone(), recorded.operation.clone())).collect()
    }

    /// What is known of a key.
    pub fn get(&self, key: &str) -> Option<&Recorded> {
        self.recorded.get(key)
    }

    /// Everything, for tests: `{"operations": [{"key", "received", "applied", ..}]}`.
    pub fn listing(&self) -> Value {
        let operations: Vec<Value> = self
            .received
            .iter()
            .map(|(key, received)| match self.recorded.get(key) {
                Some(recorded) => json!({
                    "key": key,
                    "received": received,
                    "applied": recorded.applied,
                    "status": recorded.state,
                    "reason": recorded.reason,
                    "kind": recorded.operation.kind,
                    "iccid": recorded.operation.iccid(),
                }),
                None => json!({ "key": key, "received": received, "applied": 0, "status": null }),
            })
            .collect();
        json!({ "operations": operations })
    }

    fn record(&mut self, key: &str, operation: &Operation) -> &mut Recorded {
        self.recorded.entry(key.to_owned()).or_insert_with(|| Recorded {
            state: OperationState::Running,
            reason: None,
            operation: operation.clone(),
            applied: 0,
        })
    }
}
