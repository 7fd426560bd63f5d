//! The client for the operator's provisioning system over HTTP (`infra/docs/architecture.md`,
//! *Workers*). Each idempotency key stands for one operation, executed at most once.

mod ranges;
mod subscribers;

use std::time::Duration;

use domain::{
    network::{Lookup, NetworkAnswer},
    provisioning::{OrderStatus, read_status},
    text::without_numbers,
};
use outbound::{
    ClientError, TransportError, is_away, read_bounded,
    reqwest::{Client, Error, Response, StatusCode},
};
use serde::{Deserialize, Serialize};

pub use ranges::{NetworkKind, NetworkRange, NetworkRanges, NotCarried, ParseNetworkRangesError};
pub use subscribers::Subscribers;

/// Interval between status requests for a running operation.
const POLL: Duration = Duration::from_millis(300);
/// Maximum size of a response body, in bytes.
const LONGEST_RESPONSE: usize = 16 * 1024;
/// Maximum length of a reason shown to the caller, in characters.
const LONGEST_REASON: usize = 300;

/// A client for the system that executes operations. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Operations {
    http: Client,
    base: String,
}

#[derive(Deserialize)]
struct OperationResponse {
    #[serde(default)]
    status: String,
    #[serde(default)]
    reason: Option<String>,
}

impl Operations {
    /// A client for the system at `base`, a URL without a trailing slash.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(base: &str) -> Result<Self, ClientError> {
        Ok(Self { http: outbound::client()?, base: base.to_owned() })
    }

    /// Executes an operation under its key and waits for its end; the caller sets the time limit.
    pub async fn carry_out<O: Serialize + Sync>(
        &self,
        key: &str,
        correlation_id: &str,
        operation: &O,
    ) -> NetworkAnswer {
        let sent = self
            .http
            .post(format!("{}/operations", self.base))
            .header("idempotency-key", key)
            .header("x-correlation-id", correlation_id)
            .json(operation)
            .send()
            .await;
        match sent {
            Err(error) => NetworkAnswer::Away { why: transport(error) },
            Ok(response) => match response.status() {
                StatusCode::OK => match interpret(response).await {
                    NetworkAnswer::Running => self.follow(key).await,
                    ended => ended,
                },
                StatusCode::ACCEPTED => self.follow(key).await,
                StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY => refused(response).await,
                other if is_away(other) => NetworkAnswer::Away { why: unexpected(other) },
                other => NetworkAnswer::Unknown { why: unexpected(other) },
            },
        }
    }

    /// Returns the outcome of the operation with this key, if there is one; waits while it runs.
    pub async fn look_up(&self, key: &str) -> Lookup {
        match self.get_status(key).await {
            Lookup::Known(NetworkAnswer::Running) => Lookup::Known(self.follow(key).await),
            other => other,
        }
    }

    async fn get_status(&self, key: &str) -> Lookup {
        let sent = self.http.get(format!("{}/operations/{key}", self.base)).send().await;
        match sent {
            Err(error) => Lookup::Away { why: transport(error) },
            Ok(response) if response.status() == StatusCode::NOT_FOUND => Lookup::Never,
            Ok(response) if response.status() == StatusCode::OK => {
                Lookup::Known(interpret(response).await)
            }
            Ok(response) if is_away(response.status()) => {
                Lookup::Away { why: unexpected(response.status()) }
            }
            Ok(response) => Lookup::Unknown { why: unexpected(response.status()) },
        }
    }

    /// Polls until the operation has ended; the caller sets the time limit.
    async fn follow(&self, key: &str) -> NetworkAnswer {
        loop {
            tokio::time::sleep(POLL).await;
            match self.get_status(key).await {
                Lookup::Known(NetworkAnswer::Running) => {}
                Lookup::Known(response) => return response,
                Lookup::Never => {
                    let why = "an accepted operation is no longer known".to_owned();
                    return NetworkAnswer::Unknown { why };
                }
                Lookup::Unknown { why } => return NetworkAnswer::Unknown { why },
                Lookup::Away { why } => return NetworkAnswer::Away { why },
            }
        }
    }
}

fn transport(error: Error) -> String {
    format!("network: {}", TransportError::from(error))
}

fn unexpected(status: StatusCode) -> String {
    format!("network: status {}", status.as_u16())
}

async fn parse(response: Response) -> Option<OperationResponse> {
    let body = read_bounded(response, LONGEST_RESPONSE).await.ok()?;
    serde_json::from_slice(&body).ok()
}

/// Interprets a response with status 200. A malformed one leaves the effect unknown.
async fn interpret(response: Response) -> NetworkAnswer {
    let Some(OperationResponse { status, reason }) = parse(response).await else {
        return NetworkAnswer::Unknown { why: "network: response not readable".to_owned() };
    };
    match status.as_str() {
        "DONE" => NetworkAnswer::Done,
        "REFUSED" => NetworkAnswer::Refused { reason: shown(reason) },
        "RUNNING" => NetworkAnswer::Running,
        // The status values of older systems, deprecated ones included.
        other => match read_status(other) {
            Ok(OrderStatus::Completed) => NetworkAnswer::Done,
            Ok(OrderStatus::Canceled) => NetworkAnswer::Refused { reason: shown(reason) },
            Ok(OrderStatus::Provisioning) => NetworkAnswer::Running,
            Err(_) => NetworkAnswer::Unknown { why: "network: unknown status".to_owned() },
        },
    }
}

async fn refused(response: Response) -> NetworkAnswer {
    NetworkAnswer::Refused {
        reason: shown(parse(response).await.and_then(|response| response.reason)),
    }
}

/// What the client is told: the network's words without what may be a number or a SIM, which goes
/// to every receiver of the order's events.
fn shown(reason: Option<String>) -> String {
    let reason = reason.unwrap_or_default();
    let reason = without_numbers(&reason);
    let text: String = reason.chars().filter(|c| !c.is_control()).take(LONGEST_REASON).collect();
    if text.is_empty() { "refused by the network".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_without_numbers_and_control_signs() {
        let refused = "REASON 89461177710001700003\n46708421488 refused: code 40912".to_owned();
        assert_eq!(shown(Some(refused)), "REASON …… refused: code 40912");
        assert_eq!(shown(None), "refused by the network");
        assert_eq!(shown(Some("x".repeat(1_000))).len(), LONGEST_REASON);
    }
}
