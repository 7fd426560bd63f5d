//! The Lambda Runtime API of one instance, on a loopback port of its own.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::{collections::HashMap, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, Response, StatusCode},
    routing::{get, post},
};
use bytes::Bytes;
use serde_json::Value;
use tokio::sync::{Mutex, mpsc, oneshot};

use super::InvokeError;

/// Lambda's limit of a synchronous answer.
const MAXIMUM_ANSWER_BYTES: usize = 6 * 1024 * 1024;

/// One invocation on its way to an instance.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) request_id: String,
    pub(super) event: Bytes,
    /// Told when the instance has taken the job: then its deadline runs.
    pub(super) taken: oneshot::Sender<()>,
    pub(super) answer: oneshot::Sender<Result<Bytes, InvokeError>>,
}

/// What the instance's own API needs.
pub(super) struct RuntimeApi {
    pub(super) function_arn: String,
    /// Time the function has for one invocation, milliseconds.
    pub(super) timeout_millis: u64,
    pub(super) jobs: Mutex<mpsc::Receiver<Job>>,
    pub(super) waiting: std::sync::Mutex<HashMap<String, Answer>>,
    /// Told when the instance reports that it cannot start.
    pub(super) init_failed: mpsc::Sender<()>,
}

type Answer = oneshot::Sender<Result<Bytes, InvokeError>>;

/// The routes of the runtime API.
pub(super) fn router(api: Arc<RuntimeApi>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .layer(DefaultBodyLimit::max(MAXIMUM_ANSWER_BYTES))
        .with_state(api)
}

async fn next(State(api): State<Arc<RuntimeApi>>) -> Response<Body> {
    let job = api.jobs.lock().await.recv().await;
    let Some(Job { request_id, event, taken, answer }) = job else {
        return status(StatusCode::GONE);
    };
    let deadline = crate::clock::unix_millis() + api.timeout_millis;
    let built = Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", &request_id)
        .header("lambda-runtime-deadline-ms", deadline)
        .header("lambda-runtime-invoked-function-arn", &api.function_arn)
        .header("lambda-runtime-trace-id", trace_id(&request_id))
        .body(Body::from(event));
    api.lock_waiting().insert(request_id, answer);
    // Nobody listens when the invocation was given up meanwhile.
    let _ = taken.send(());
    built.unwrap_or_else(|_| status(StatusCode::INTERNAL_SERVER_ERROR))
}

async fn response(
    State(api): State<Arc<RuntimeApi>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    // The runtime client ends a broken stream with this trailer; a whole answer has none.
    let broken = headers.contains_key("lambda-runtime-function-error-type");
    let outcome = if broken { Err(function_error(&body)) } else { Ok(body) };
    api.finish(&id, outcome)
}

async fn error(
    State(api): State<Arc<RuntimeApi>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response<Body> {
    api.finish(&id, Err(function_error(&body)))
}

async fn init_error(State(api): State<Arc<RuntimeApi>>) -> Response<Body> {
    // A full channel means that it was told before.
    let _ = api.init_failed.try_send(());
    status(StatusCode::ACCEPTED)
}

impl RuntimeApi {
    fn finish(&self, id: &str, outcome: Result<Bytes, InvokeError>) -> Response<Body> {
        match self.lock_waiting().remove(id) {
            Some(answer) => {
                // Nobody listens when the deadline has passed.
                let _ = answer.send(outcome);
                status(StatusCode::ACCEPTED)
            }
            None => status(StatusCode::BAD_REQUEST),
        }
    }

    fn lock_waiting(&self) -> std::sync::MutexGuard<'_, HashMap<String, Answer>> {
        self.waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn status(code: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::from(r#"{"status":"OK"}"#));
    *response.status_mut() = code;
    response
}

fn function_error(body: &[u8]) -> InvokeError {
    let parsed: Value = serde_json::from_slice(body).unwrap_or_default();
    let kind = parsed.get("errorType").and_then(Value::as_str).unwrap_or("Unknown");
    InvokeError::Function { kind: kind.to_owned() }
}

/// An X-Ray header that belongs to this request and is not sampled.
fn trace_id(request_id: &str) -> String {
    let digits: String = request_id.chars().filter(char::is_ascii_hexdigit).collect();
    let random = digits.get(..24).unwrap_or("000000000000000000000000");
    let seconds = crate::clock::unix_millis() / 1000;
    format!("Root=1-{seconds:08x}-{random};Parent={};Sampled=0", &random[..16])
}
