//! A receiver of webhooks: prints and remembers what arrives, verifies its signature, and
//! misbehaves on demand.
//!
//! Receiving: `POST` to any path but these. Looking in: `GET /received`, `DELETE /received`.
//! Misbehaving: `PUT /faults` with a [`SinkFault`], `GET /faults`, `DELETE /faults`.
//!
//! The secrets are those of the demo tenants' endpoints, as the table has them: what is registered
//! at the sink's address is verified without anything to be told. A message of anybody else has
//! `verified: null`.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse as _, Response},
    routing::{get, post, put},
};
use domain::{clock::rfc3339, identity::Tenant, webhook::Secrets};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::DynamoEndpoints;
use time::OffsetDateTime;

/// The most messages that are remembered.
const REMEMBERED: usize = 100_000;

/// How the sink misbehaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SinkFault {
    /// What it does.
    pub mode: SinkMode,
    /// How often; for ever when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
}

/// One way to misbehave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum SinkMode {
    /// Answers with this status: 500, 410, 302, ..
    Status {
        /// The status.
        status: u16,
    },
    /// Takes the message and never answers.
    Hang,
    /// Takes the message and closes the connection.
    Close,
}

/// A message that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceivedWebhook {
    /// Its `webhook-id`.
    pub id: String,
    /// When it arrived.
    pub at: String,
    /// The path it was sent to.
    pub path: String,
    /// Whether it is signed by an endpoint's secret; null when no endpoint is known here.
    pub verified: Option<bool>,
    /// Whether a message of this id had been taken at this path before.
    pub repeated: bool,
    /// What it was answered: the status, or `hang` or `close`.
    pub answer: String,
    /// What it says.
    pub body: Value,
}

/// The sink's state. Cheap to clone.
#[derive(Clone)]
pub struct Sink {
    endpoints: DynamoEndpoints,
    tenants: Arc<Vec<Tenant>>,
    known: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    received: VecDeque<ReceivedWebhook>,
    /// Path and id.
    taken: BTreeSet<(String, String)>,
    fault: Option<SinkFault>,
}

impl Sink {
    /// Knows the endpoints of these tenants.
    pub fn new(endpoints: DynamoEndpoints, tenants: Vec<Tenant>) -> Self {
        Self { endpoints, tenants: Arc::new(tenants), known: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The secrets of every endpoint with this path.
    async fn secrets(&self, path: &str) -> Vec<Secrets> {
        let mut found = Vec::new();
        for tenant in self.tenants.iter() {
            let all = self.endpoints.all(tenant).await.unwrap_or_default();
            found.extend(
                all.into_iter()
                    .filter(|endpoint| endpoint.url.as_str().ends_with(path))
                    .map(|endpoint| endpoint.secrets),
            );
        }
        found
    }

    async fn verified(&self, headers: &HeaderMap, path: &str, body: &[u8]) -> Option<bool> {
        let secrets = self.secrets(path).await;
        let now = OffsetDateTime::now_utc();
        if secrets.is_empty() {
            return None;
        }
        let valid = secrets.iter().flat_map(|secrets| secrets.valid_at(now));
        Some(webhooks::verify(headers, body, valid, now).is_ok())
    }
}

impl Known {
    fn take_fault(&mut self) -> Option<SinkMode> {
        let fault = self.fault.as_mut()?;
        let mode = fault.mode.clone();
        if let Some(times) = &mut fault.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.fault = None;
            }
        }
        Some(mode)
    }

    fn remember(&mut self, mut message: ReceivedWebhook, took: bool) {
        let key = (message.path.clone(), message.id.clone());
        message.repeated = self.taken.contains(&key);
        if took {
            self.taken.insert(key);
        }
        let kind = message.body["type"].as_str().unwrap_or("?");
        let signed = match message.verified {
            Some(true) => "signature right",
            Some(false) => "SIGNATURE WRONG",
            None => "no endpoint of the demo tenants",
        };
        let data = &message.body["data"];
        println!("webhook {kind} {} {signed}, answered {} {data}", message.id, message.answer);
        if self.received.len() == REMEMBERED {
            self.received.pop_front();
        }
        self.received.push_back(message);
    }
}

/// The sink's HTTP interface.
pub fn router(sink: Sink) -> Router {
    Router::new()
        .route("/received", get(received).delete(forget))
        .route("/faults", put(set_fault).get(fault).delete(end_fault))
        .route("/", post(receive))
        .route("/{*path}", post(receive))
        .with_state(sink)
}

async fn receive(State(sink): State<Sink>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let path = uri.path().to_owned();
    let verified = sink.verified(&headers, &path, &body).await;
    let mode = sink.lock().take_fault();
    let answer = match &mode {
        None => "204".to_owned(),
        Some(SinkMode::Status { status }) => status.to_string(),
        Some(SinkMode::Hang) => "hang".to_owned(),
        Some(SinkMode::Close) => "close".to_owned(),
    };
    let id = headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    let message = ReceivedWebhook {
        id: id.to_owned(),
        at: rfc3339(OffsetDateTime::now_utc()),
        path,
        verified,
        repeated: false,
        answer,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    sink.lock().remember(message, mode.is_none());
    match mode {
        None => StatusCode::NO_CONTENT.into_response(),
        Some(SinkMode::Status { status }) => {
            StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST).into_response()
        }
        Some(SinkMode::Hang) => std::future::pending().await,
        // The server drops the connection of a handler that unwinds; no hook is called.
        Some(SinkMode::Close) => std::panic::resume_unwind(Box::new("closed on demand")),
    }
}

async fn received(State(sink): State<Sink>) -> Json<Vec<ReceivedWebhook>> {
    Json(sink.lock().received.iter().cloned().collect())
}

async fn forget(State(sink): State<Sink>) -> StatusCode {
    let mut known = sink.lock();
    known.received.clear();
    known.taken.clear();
    StatusCode::NO_CONTENT
}

async fn set_fault(State(sink): State<Sink>, Json(fault): Json<SinkFault>) -> StatusCode {
    sink.lock().fault = Some(fault);
    StatusCode::NO_CONTENT
}

async fn fault(State(sink): State<Sink>) -> Json<Option<SinkFault>> {
    Json(sink.lock().fault.clone())
}

async fn end_fault(State(sink): State<Sink>) -> StatusCode {
    sink.lock().fault = None;
    StatusCode::NO_CONTENT
}
