//! A proxy in front of the database: records the calls and injects faults of AWS that emulators do
//! not produce.

use std::{
    collections::VecDeque,
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Semaphore};

use crate::{
    gauge::Gauge,
    meter::{self, Cost},
    refusal,
};

/// A fault of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The call succeeds and its response is lost: the caller receives status 500.
    AnswerLost,
    /// The call succeeds after this delay.
    Delay(Duration),
    /// The call fails: another transaction writes the same item.
    TransactionConflict,
    /// The call fails: it is throttled.
    Throttled,
    /// The call fails, and would fail again.
    Refused,
}

/// Holds one call back before the database receives it. Clones are the same gate.
#[derive(Debug, Clone)]
pub struct Gate(Arc<GateState>);

#[derive(Debug)]
struct GateState {
    reached: Semaphore,
    open: Semaphore,
}

impl Gate {
    fn new() -> Self {
        Self(Arc::new(GateState { reached: Semaphore::new(0), open: Semaphore::new(0) }))
    }

    /// Waits until the call is at the gate.
    pub async fn reached(&self) {
        let reached = self.0.reached.acquire().await.expect("a gate is never closed for good");
        reached.forget();
    }

    /// Lets the call pass.
    pub fn open(&self) {
        self.0.open.add_permits(1);
    }

    async fn pass(&self) {
        self.0.reached.add_permits(1);
        self.0.open.acquire().await.expect("a gate is never closed for good").forget();
    }
}

/// Admits a call, by its headers `Authorization` and `X-Amz-Target` and its body, or says why not.
pub type Guard = Arc<dyn Fn(&str, &str, &[u8]) -> Result<(), String> + Send + Sync>;

/// A call and its response, as the engine saw and gave them.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The operation, `PutItem` for example.
    pub operation: String,
    /// The request.
    pub request: Value,
    /// The response, with the units it consumed by table and index.
    pub response: Value,
}

#[derive(Default)]
struct Script {
    calls: Vec<String>,
    /// None while nothing is recorded.
    exchanges: Option<Vec<Exchange>>,
    /// What each call cost; none while nothing is metered.
    costs: Option<Vec<(String, Cost)>>,
    gates: VecDeque<(String, Gate)>,
    /// Operation, a text in its request, and what happens to it.
    faults: VecDeque<(String, String, Fault)>,
    guard: Option<Guard>,
}

impl std::fmt::Debug for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Script").field("calls", &self.calls).finish_non_exhaustive()
    }
}

/// A running proxy. Clones share it.
#[derive(Debug, Clone)]
pub struct Proxy {
    url: String,
    upstream: String,
    http: reqwest::Client,
    script: Arc<Mutex<Script>>,
    in_flight: Gauge,
}

impl Proxy {
    /// Starts a proxy for `upstream` that runs as long as the test's runtime.
    pub async fn start(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let proxy = Self {
            url: format!("http://{address}"),
            upstream: upstream.to_owned(),
            http: reqwest::Client::builder().no_proxy().build().expect("no setting can be wrong"),
            script: Arc::default(),
            in_flight: Gauge::default(),
        };
        let app = Router::new().fallback(forward).with_state(proxy.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        proxy
    }

    /// The URL of the proxy.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The calls that are in flight.
    pub const fn in_flight(&self) -> &Gauge {
        &self.in_flight
    }

    /// Lets a guard admit every call from now on; what it does not admit is denied.
    pub fn guard(&self, guard: Guard) {
        self.script().guard = Some(guard);
    }

    /// Injects a fault into the next call of this operation (`TransactWriteItems`, for example).
    pub fn fail_next(&self, operation: &str, fault: Fault) {
        self.fail_next_about(operation, "", fault);
    }

    /// Injects a fault into the next call of this operation with this text in its request.
    pub fn fail_next_about(&self, operation: &str, text: &str, fault: Fault) {
        self.script().faults.push_back((operation.to_owned(), text.to_owned(), fault));
    }

    /// Returns the operations called since the last call of this function, in order.
    pub fn take_calls(&self) -> Vec<String> {
        std::mem::take(&mut self.script().calls)
    }

    /// Returns what each call has cost since the last call of this function, in order. The first
    /// call begins the metering.
    pub fn take_costs(&self) -> Vec<(String, Cost)> {
        self.script().costs.replace(Vec::new()).unwrap_or_default()
    }

    /// Returns the calls with their responses since the last call of this function, in order. The
    /// first call begins the recording.
    pub fn take_exchanges(&self) -> Vec<Exchange> {
        self.script().exchanges.replace(Vec::new()).unwrap_or_default()
    }

    fn is_metered(&self) -> bool {
        let script = self.script();
        script.costs.is_some() || script.exchanges.is_some()
    }

    fn meter(&self, operation: String, request: &Bytes, response: &Bytes) {
        let cost = meter::cost(&operation, response);
        let mut script = self.script();
        if let Some(exchanges) = &mut script.exchanges {
            let json = |bytes| serde_json::from_slice(bytes).unwrap_or_default();
            let operation = operation.clone();
            exchanges.push(Exchange {
                operation,
                request: json(request),
                response: json(response),
            });
        }
        if let Some(costs) = &mut script.costs {
            costs.push((operation, cost));
        }
    }

    /// Holds the next call of this operation back until its gate is opened.
    #[must_use]
    pub fn hold_next(&self, operation: &str) -> Gate {
        let gate = Gate::new();
        self.script().gates.push_back((operation.to_owned(), gate.clone()));
        gate
    }

    fn gate(&self, operation: &str) -> Option<Gate> {
        let mut script = self.script();
        let index = script.gates.iter().position(|(of, _)| of == operation)?;
        script.gates.remove(index).map(|(_, gate)| gate)
    }

    fn script(&self) -> std::sync::MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self, operation: &str, body: &[u8]) -> Option<Fault> {
        let mut script = self.script();
        script.calls.push(operation.to_owned());
        let body = String::from_utf8_lossy(body);
        let is_meant = |(name, text, _): &(String, String, _)| {
            name == operation && body.contains(text.as_str())
        };
        let index = script.faults.iter().position(is_meant)?;
        script.faults.remove(index).map(|(_, _, fault)| fault)
    }
}

/// The request without the condition that `cargo xtask mutate` removes, if it runs the test.
fn without_condition(body: Bytes) -> Bytes {
    static REPLACED: LazyLock<Option<(String, String)>> = LazyLock::new(|| {
        let quoted = |name| std::env::var(name).ok().map(|text| json!(text).to_string());
        Some((quoted("CONDITION_FROM")?, quoted("CONDITION_TO")?))
    });
    let Some((from, to)) = &*REPLACED else { return body };
    // As the value of a member: quotes and all.
    let (from, to) =
        (format!("\"ConditionExpression\":{from}"), format!("\"ConditionExpression\":{to}"));
    String::from_utf8_lossy(&body).replace(&from, &to).into()
}

async fn forward(State(proxy): State<Proxy>, headers: HeaderMap, body: Bytes) -> Response {
    let _entered = proxy.in_flight.enter();
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or("");
    let operation = target.rsplit('.').next().unwrap_or(target).to_owned();
    let guard = proxy.script().guard.clone();
    if let Some(guard) = guard {
        let signed = headers.get("authorization").and_then(|value| value.to_str().ok());
        if let Err(why) = guard(signed.unwrap_or(""), target, &body) {
            eprintln!("denied: {why}");
            return refusal::dynamodb("AccessDeniedException", json!({ "Message": why }));
        }
    }
    let fault = proxy.record(&operation, &body);
    let gate = proxy.gate(&operation);
    if let Some(gate) = gate {
        gate.pass().await;
    }
    match fault {
        Some(Fault::TransactionConflict) => return refusal::transaction_conflict(&body),
        Some(Fault::Throttled) => return refusal::dynamodb("ThrottlingException", json!({})),
        Some(Fault::Refused) => return refusal::dynamodb("ValidationException", json!({})),
        Some(Fault::Delay(time)) => tokio::time::sleep(time).await,
        Some(Fault::AnswerLost) | None => {}
    }
    let is_metered = proxy.is_metered();
    let body = if is_metered { meter::asking(&body) } else { body };
    let mut forwarded = proxy.http.post(&proxy.upstream).body(without_condition(body.clone()));
    for name in ["x-amz-target", "content-type", "authorization", "x-amz-date"] {
        if let Some(value) = headers.get(name) {
            forwarded = forwarded.header(name, value);
        }
    }
    let Ok(response) = forwarded.send().await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let status = response.status();
    let Ok(bytes) = response.bytes().await else { return StatusCode::BAD_GATEWAY.into_response() };
    if is_metered {
        proxy.meter(operation, &body, &bytes);
    }
    if fault == Some(Fault::AnswerLost) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    (status, [(header::CONTENT_TYPE, "application/x-amz-json-1.0")], bytes).into_response()
}
