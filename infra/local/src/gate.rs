//! Stands before DynamoDB and SQS, as IAM does: finds out who calls, judges the call by the
//! caller's role, and lets it pass or refuses it.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use serde_json::json;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    caller::{self, ADMINISTRATOR},
    permissions::{Denied, Resources, record::Judge},
};

/// DynamoDB's own limit of a request.
const MAXIMUM_BYTES: usize = 16 * 1024 * 1024;
/// What belongs to one connection, or is made anew for the next one.
const OF_A_CONNECTION: [header::HeaderName; 5] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::HOST,
    header::TRANSFER_ENCODING,
    header::EXPECT,
];

/// Judges calls, and knows what they name.
#[derive(Debug, Clone)]
pub struct Guard {
    /// Whom it lets do what.
    pub judge: Arc<Judge>,
    /// Tables and queues.
    pub resources: Arc<Resources>,
}

impl Guard {
    /// Whether the caller may make a call: `target` is the header `X-Amz-Target`.
    ///
    /// # Errors
    /// The caller's role does not allow a part of it, or there is no such caller.
    pub fn admit(&self, caller: &str, target: &str, body: &[u8]) -> Result<(), Denied> {
        if caller == ADMINISTRATOR {
            return Ok(());
        }
        self.judge.identify(caller, target)?;
        let requests = self.resources.requests(target, body);
        requests.iter().try_for_each(|request| self.judge.judge(caller, request))
    }
}

/// The guard, and what it guards.
struct Gate {
    guard: Guard,
    upstream: String,
    http: reqwest::Client,
}

/// Serves what is at `upstream` on a listener, for those calls that the guard admits.
///
/// # Errors
/// No HTTP client can be made.
pub fn serve(
    listener: TcpListener,
    guard: Guard,
    upstream: &str,
) -> Result<JoinHandle<()>, reqwest::Error> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let gate = Arc::new(Gate { guard, upstream: upstream.to_owned(), http });
    let limit = DefaultBodyLimit::max(MAXIMUM_BYTES);
    let router = Router::new().fallback(pass).layer(limit).with_state(gate);
    Ok(tokio::spawn(async move {
        use axum::serve::ListenerExt as _;
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        if let Err(error) = axum::serve(listener, router).await {
            eprintln!("a gate ended: {error}");
        }
    }))
}

async fn pass(
    State(gate): State<Arc<Gate>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let caller = caller::caller(text("authorization"));
    let target = text("x-amz-target").unwrap_or_default();
    if let Err(denied) = gate.guard.admit(caller, target, &body) {
        eprintln!("denied: {denied}");
        return refusal(&denied);
    }
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let forwarded = gate.http.request(method, format!("{}{path}", gate.upstream));
    let forwarded = forwarded.headers(of_the_call(headers)).body(body);
    match forwarded.send().await {
        Ok(answer) => {
            let (status, headers) = (answer.status(), of_the_call(answer.headers().clone()));
            match answer.bytes().await {
                Ok(body) => (status, headers, body).into_response(),
                Err(_) => StatusCode::BAD_GATEWAY.into_response(),
            }
        }
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

fn of_the_call(mut headers: HeaderMap) -> HeaderMap {
    for name in OF_A_CONNECTION {
        headers.remove(name);
    }
    headers
}

/// As both services answer.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/CommonErrors.html>
fn refusal(denied: &Denied) -> Response {
    let body = json!({
        "__type": "com.amazon.coral.service#AccessDeniedException",
        "Message": format!("User: {denied}"),
    });
    let media = [(header::CONTENT_TYPE, "application/x-amz-json-1.0")];
    (StatusCode::BAD_REQUEST, media, body.to_string()).into_response()
}
