//! The operator's provisioning system over HTTP (`design.md`, *Workers*): one operation for each
//! key, however often it is asked for.

use std::time::Duration;

use domain::{
    network::{Lookup, NetworkAnswer},
    provisioning::{OrderStatus, read_status},
};
use outbound::{
    ClientError, TransportError, read_bounded,
    reqwest::{Client, Error, Response, StatusCode},
};
use serde::{Deserialize, Serialize};

/// Between two questions after an operation that runs on.
const POLL: Duration = Duration::from_millis(300);
/// Answers are a few words: what is longer is none of them.
const LONGEST_ANSWER: usize = 16 * 1024;
/// Characters of a reason that are shown to the caller.
const LONGEST_REASON: usize = 300;

/// The system that carries operations out. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Operations {
    http: Client,
    base: String,
}

#[derive(Deserialize)]
struct OperationAnswer {
    #[serde(default)]
    status: String,
    #[serde(default)]
    reason: Option<String>,
}

impl Operations {
    /// The system at `base`, a URL without a trailing slash.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(base: &str) -> Result<Self, ClientError> {
        Ok(Self { http: outbound::client()?, base: base.to_owned() })
    }

    /// Asks for an operation under its key, and waits for its end; the caller sets the limit.
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
            Err(error) => NetworkAnswer::Unknown { why: transport(error) },
            Ok(answer) => match answer.status() {
                StatusCode::OK => match read(answer).await {
                    NetworkAnswer::Running => self.follow(key).await,
                    ended => ended,
                },
                StatusCode::ACCEPTED => self.follow(key).await,
                StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY => refused(answer).await,
                other => NetworkAnswer::Unknown { why: unexpected(other) },
            },
        }
    }

    /// What became of the operation with this key, if there is one.
    pub async fn look_up(&self, key: &str) -> Lookup {
        match self.ask_after(key).await {
            Lookup::Known(NetworkAnswer::Running) => Lookup::Known(self.follow(key).await),
            other => other,
        }
    }

    async fn ask_after(&self, key: &str) -> Lookup {
        let sent = self.http.get(format!("{}/operations/{key}", self.base)).send().await;
        match sent {
            Err(error) => Lookup::Unknown { why: transport(error) },
            Ok(answer) if answer.status() == StatusCode::NOT_FOUND => Lookup::Never,
            Ok(answer) if answer.status() == StatusCode::OK => Lookup::Known(read(answer).await),
            Ok(answer) => Lookup::Unknown { why: unexpected(answer.status()) },
        }
    }

    /// Asks on until the operation has ended; the caller sets the limit.
    async fn follow(&self, key: &str) -> NetworkAnswer {
        loop {
            tokio::time::sleep(POLL).await;
            match self.ask_after(key).await {
                Lookup::Known(NetworkAnswer::Running) => {}
                Lookup::Known(answer) => return answer,
                Lookup::Never => {
                    let why = "an operation that was accepted is not known any more".to_owned();
                    return NetworkAnswer::Unknown { why };
                }
                Lookup::Unknown { why } => return NetworkAnswer::Unknown { why },
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

async fn parse(answer: Response) -> Option<OperationAnswer> {
    let body = read_bounded(answer, LONGEST_ANSWER).await.ok()?;
    serde_json::from_slice(&body).ok()
}

/// An answer with status 200. One that cannot be understood says nothing about the effect.
async fn read(answer: Response) -> NetworkAnswer {
    let Some(OperationAnswer { status, reason }) = parse(answer).await else {
        return NetworkAnswer::Unknown { why: "network: answer not readable".to_owned() };
    };
    match status.as_str() {
        "DONE" => NetworkAnswer::Done,
        "REFUSED" => NetworkAnswer::Refused { reason: shown(reason) },
        "RUNNING" => NetworkAnswer::Running,
        // The words of older systems, the deprecated ones included.
        word => match read_status(word) {
            Ok(OrderStatus::Completed) => NetworkAnswer::Done,
            Ok(OrderStatus::Canceled) => NetworkAnswer::Refused { reason: shown(reason) },
            Ok(OrderStatus::Provisioning) => NetworkAnswer::Running,
            Err(_) => NetworkAnswer::Unknown { why: "network: unknown status".to_owned() },
        },
    }
}

async fn refused(answer: Response) -> NetworkAnswer {
    NetworkAnswer::Refused { reason: shown(parse(answer).await.and_then(|answer| answer.reason)) }
}

fn shown(reason: Option<String>) -> String {
    let reason = reason.unwrap_or_default();
    let text: String = reason.chars().filter(|c| !c.is_control()).take(LONGEST_REASON).collect();
    if text.is_empty() { "refused by the network".to_owned() } else { text }
}
