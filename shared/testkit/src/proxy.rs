//! A proxy before the database: counts the calls, and makes them go wrong as AWS does and no
//! emulator will.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;
use tokio::net::TcpListener;

/// What goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is done, and its answer is lost: the caller sees a 500.
    AnswerLost,
    /// It is done after this long.
    Delay(Duration),
    /// It is not done: another transaction was at the same item.
    TransactionConflict,
    /// It is not done: too many requests.
    Throttled,
}

#[derive(Debug, Default)]
struct Script {
    calls: Vec<String>,
    faults: VecDeque<(String, Fault)>,
}

/// A running proxy. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Proxy {
    url: String,
    upstream: String,
    http: reqwest::Client,
    script: Arc<Mutex<Script>>,
}

impl Proxy {
    /// Starts one before `upstream`, for as long as the test's runtime lives.
    pub async fn start(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let proxy = Self {
            url: format!("http://{address}"),
            upstream: upstream.to_owned(),
            http: reqwest::Client::builder().no_proxy().build().expect("no setting can be wrong"),
            script: Arc::default(),
        };
        let app = Router::new().fallback(forward).with_state(proxy.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        proxy
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Makes the next call of this operation (`TransactWriteItems`, say) go wrong.
    pub fn fail_next(&self, operation: &str, fault: Fault) {
        self.script().faults.push_back((operation.to_owned(), fault));
    }

    /// The operations called since the last time this was asked, in order.
    pub fn take_calls(&self) -> Vec<String> {
        std::mem::take(&mut self.script().calls)
    }

    fn script(&self) -> std::sync::MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, operation: &str) -> Option<Fault> {
        let mut script = self.script();
        script.calls.push(operation.to_owned());
        let place = script.faults.iter().position(|(of, _)| of == operation)?;
        script.faults.remove(place).map(|(_, fault)| fault)
    }
}

fn refusal(kind: &str, extra: serde_json::Value) -> Response {
    let mut body = json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{kind}") });
    if let (Some(body), Some(extra)) = (body.as_object_mut(), extra.as_object()) {
        body.extend(extra.clone());
    }
    let media = [(header::CONTENT_TYPE, "application/x-amz-json-1.0")];
    (StatusCode::BAD_REQUEST, media, body.to_string()).into_response()
}

async fn forward(State(proxy): State<Proxy>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or("");
    let operation = target.rsplit('.').next().unwrap_or(target).to_owned();
    let fault = proxy.note(&operation);
    match fault {
        Some(Fault::TransactionConflict) => {
            let writes: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
            let count = writes["TransactItems"].as_array().map_or(1, Vec::len);
            let mut reasons = vec![json!({ "Code": "None" }); count];
            reasons[0] = json!({ "Code": "TransactionConflict" });
            return refusal(
                "TransactionCanceledException",
                json!({ "CancellationReasons": reasons }),
            );
        }
        Some(Fault::Throttled) => return refusal("ThrottlingException", json!({})),
        Some(Fault::Delay(time)) => tokio::time::sleep(time).await,
        Some(Fault::AnswerLost) | None => {}
    }
    let mut forwarded = proxy.http.post(&proxy.upstream).body(body);
    for name in ["x-amz-target", "content-type", "authorization", "x-amz-date"] {
        if let Some(value) = headers.get(name) {
            forwarded = forwarded.header(name, value);
        }
    }
    let Ok(answer) = forwarded.send().await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let status = answer.status();
    let Ok(bytes) = answer.bytes().await else { return StatusCode::BAD_GATEWAY.into_response() };
    if fault == Some(Fault::AnswerLost) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    (status, [(header::CONTENT_TYPE, "application/x-amz-json-1.0")], bytes).into_response()
}
