//! The subscribers the network has.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What `POST /operations` asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// The caller's name for it, the order's id.
    #[serde(default)]
    pub operation_id: Value,
    /// What to do.
    pub kind: Kind,
    /// Whom it concerns: `iccid`, and `msisdn` and `imsi` where known.
    pub subscription: Map<String, Value>,
    /// What changes; of any shape, merged into the subscriber.
    #[serde(default)]
    pub change: Value,
}

/// What to do with a subscriber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Kind {
    /// A new subscriber.
    Create,
    /// Other settings.
    Change,
    /// No longer a subscriber.
    Delete,
}

impl Operation {
    /// The SIM it concerns; empty when the request names none.
    pub fn iccid(&self) -> &str {
        self.subscription.get("iccid").and_then(Value::as_str).unwrap_or_default()
    }
}

/// Why the network does not do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// CREATE of a subscriber that is there.
    Exists,
    /// CHANGE or DELETE of one that is not.
    Unknown,
    /// No ICCID.
    NoIccid,
}

impl Refusal {
    /// The words sent to the caller.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Exists => "the subscriber exists",
            Self::Unknown => "unknown subscriber",
            Self::NoIccid => "an iccid is needed",
        }
    }
}

/// Subscribers by ICCID.
#[derive(Debug, Clone, Default)]
pub struct Subscribers {
    by_iccid: BTreeMap<String, Value>,
}

impl Subscribers {
    /// Carries one operation out.
    pub fn apply(&mut self, operation: &Operation) -> Result<(), Refusal> {
        let iccid = operation.iccid();
        if iccid.is_empty() {
            return Err(Refusal::NoIccid);
        }
        match operation.kind {
            Kind::Create if self.by_iccid.contains_key(iccid) => Err(Refusal::Exists),
            Kind::Create => {
                let mut subscriber = json!({ "changes": 0 });
                merge(&mut subscriber, operation);
                self.by_iccid.insert(iccid.to_owned(), subscriber);
                Ok(())
            }
            Kind::Change => self.change(iccid, operation),
            Kind::Delete => self.by_iccid.remove(iccid).map(|_| ()).ok_or(Refusal::Unknown),
        }
    }

    /// A change of SIM moves the subscriber to its new ICCID.
    fn change(&mut self, iccid: &str, operation: &Operation) -> Result<(), Refusal> {
        let new = operation.change.get("iccid").and_then(Value::as_str).unwrap_or(iccid);
        if new != iccid && self.by_iccid.contains_key(new) {
            return Err(Refusal::Exists);
        }
        let mut subscriber = self.by_iccid.remove(iccid).ok_or(Refusal::Unknown)?;
        subscriber["changes"] = json!(subscriber["changes"].as_u64().unwrap_or(0) + 1);
        merge(&mut subscriber, operation);
        self.by_iccid.insert(new.to_owned(), subscriber);
        Ok(())
    }

    /// Puts a subscriber back.
    pub fn restore(&mut self, iccid: String, subscriber: Value) {
        self.by_iccid.insert(iccid, subscriber);
    }

    /// One subscriber.
    pub fn get(&self, iccid: &str) -> Option<&Value> {
        self.by_iccid.get(iccid)
    }

    /// All of them, by ICCID.
    pub fn all(&self) -> Vec<&Value> {
        self.by_iccid.values().collect()
    }
}

/// Identifiers and change go into the subscriber as they are; `null` removes.
fn merge(subscriber: &mut Value, operation: &Operation) {
    let Value::Object(fields) = subscriber else { return };
    let change = operation.change.as_object().into_iter().flatten();
    for (name, value) in operation.subscription.iter().chain(change) {
        if value.is_null() {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), value.clone());
        }
    }
}
