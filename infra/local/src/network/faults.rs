//! How the network can misbehave.

use serde::{Deserialize, Serialize};

/// A fault, until it is ended or used up: `{"mode": "delay", "milliseconds": 50,
/// "iccid": "..", "times": 3}`, with `"reads": true` one of what is reported of a subscriber.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// What goes wrong.
    #[serde(flatten)]
    pub mode: FaultMode,
    /// Only for this subscriber.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iccid: Option<String>,
    /// Only so many times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// With questions about a subscriber, in place of operations.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reads: bool,
}

impl Fault {
    /// Whether it is for this subscriber, and for questions or for operations.
    pub fn concerns(&self, iccid: &str, reads: bool) -> bool {
        self.times != Some(0)
            && self.reads == reads
            && self.iccid.as_deref().is_none_or(|wanted| wanted == iccid)
    }
}

/// What goes wrong with `POST /operations`. Of a question, *doing it* is answering it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "kebab-case")]
pub enum FaultMode {
    /// Answers late, rightly.
    Delay {
        /// How late.
        milliseconds: u64,
    },
    /// Takes the request, does nothing, never answers.
    Hang,
    /// Refuses.
    Refuse {
        /// The reason given.
        #[serde(default = "refusal")]
        reason: String,
    },
    /// Answers 500 and does nothing.
    Error500,
    /// Answers 503 like a gateway in front of it, and does nothing.
    Unavailable,
    /// Does it, then closes the connection within the answer.
    AnswerLostAfterDoing,
    /// Answers 202 and does it later.
    Asynchronous {
        /// How much later.
        milliseconds: u64,
    },
    /// Does nothing and answers 200 with what is no answer.
    Garbage,
    /// Waits until the fault is ended, then does it.
    Hold,
}

fn refusal() -> String {
    "refused on demand".to_owned()
}
