//! The operator's network, simulated: keeps subscribers, does each operation
//! once however often it is asked, and misbehaves on demand.
//!
//! Orders: `POST /operations` with `Idempotency-Key`, `GET /operations/{key}`.
//! Questions: `GET /subscribers/{iccid}/imei`, `GET /subscribers/{iccid}/mobile-network`.
//! Looking in: `GET /operations`, `GET /subscribers`, `GET /subscribers/{iccid}`.
//! Misbehaving: `PUT /faults` with a [`Fault`], `GET /faults`, `DELETE /faults`
//! (which also lets go of held operations).

mod faults;
mod ledger;
mod reports;
mod subscribers;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
    routing::{get, post, put},
};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::data::{Change, DataError, Keeper};

pub use faults::{Fault, FaultMode};
pub use ledger::{Ledger, OperationState, Recorded};
pub use subscribers::{Operation, Refusal, Subscribers};

/// The network's state. Cheap to clone.
///
/// Subscribers and operations are kept where there is a data folder; faults end with the process.
#[derive(Debug, Clone)]
pub struct Network {
    state: Arc<Mutex<Known>>,
    keeper: Keeper,
    /// Rises whenever held operations are let go.
    released: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Known {
    subscribers: Subscribers,
    ledger: Ledger,
    fault: Option<Fault>,
}

impl Default for Network {
    fn default() -> Self {
        Self { state: Arc::default(), keeper: Keeper::default(), released: watch::channel(0).0 }
    }
}

/// Kinds of what is kept.
const OPERATIONS: &str = "operation";
const SUBSCRIBERS: &str = "subscriber";

impl Network {
    /// A network that knows what it knew before, and keeps what it learns. Operations that it had
    /// accepted and not carried out, it carries out now.
    ///
    /// # Errors
    /// What was kept is damaged.
    pub fn kept(keeper: Keeper) -> Result<Self, DataError> {
        let network = Self { keeper, ..Self::default() };
        {
            let mut state = network.lock();
            for (iccid, subscriber) in network.keeper.all::<Value>(SUBSCRIBERS)? {
                state.subscribers.restore(iccid, subscriber);
            }
            for (key, recorded) in network.keeper.all::<Recorded>(OPERATIONS)? {
                state.ledger.restore(key, recorded);
            }
        }
        let running = network.lock().ledger.running();
        for (key, operation) in running {
            network.carry_out(&key, &operation);
        }
        Ok(network)
    }

    /// Keeps what an operation may have changed.
    fn keep(&self, state: &Known, key: &str) {
        let Some(recorded) = state.ledger.get(key).filter(|_| self.keeper.keeps()) else { return };
        let operation = &recorded.operation;
        let new = operation.change.get("iccid").and_then(Value::as_str);
        let concerned = [Some(operation.iccid()), new].into_iter().flatten();
        let concerned = concerned.filter(|iccid| !iccid.is_empty());
        let subscribers =
            concerned.map(|iccid| Change::now(SUBSCRIBERS, iccid, state.subscribers.get(iccid)));
        self.keeper.write(subscribers.chain([Change::put(OPERATIONS, key, recorded)]));
    }
}

/// The network's HTTP interface.
pub fn router(network: Network) -> Router {
    Router::new()
        .route("/operations", post(operate).get(operations))
        .route("/operations/{key}", get(operation))
        .route("/subscribers", get(subscribers))
        .route("/subscribers/{iccid}", get(subscriber))
        .route("/subscribers/{iccid}/imei", get(reports::imei))
        .route("/subscribers/{iccid}/mobile-network", get(reports::mobile_network))
        .route("/faults", put(set_fault).get(fault).delete(end_fault))
        .with_state(network)
}

async fn operate(State(network): State<Network>, headers: HeaderMap, body: Bytes) -> Response {
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok());
    let Some(key) = key.filter(|key| !key.is_empty()).map(str::to_owned) else {
        return reason(StatusCode::BAD_REQUEST, "an Idempotency-Key is needed");
    };
    let operation: Operation = match serde_json::from_slice(&body) {
        Ok(operation) => operation,
        Err(_) => return reason(StatusCode::BAD_REQUEST, "this is no operation"),
    };
    let fault = {
        let mut state = network.lock();
        state.ledger.received(&key);
        state.take_fault(operation.iccid(), false)
    };
    match fault {
        None => network.carry_out(&key, &operation),
        Some(mode) => network.misbehave(mode, &key, &operation).await,
    }
}

impl Network {
    /// Carries an operation out, unless its key was seen; the answer is the
    /// same each time.
    pub fn carry_out(&self, key: &str, operation: &Operation) -> Response {
        let mut state = self.lock();
        let Known { subscribers, ledger, .. } = &mut *state;
        let answer = answer(ledger.apply(key, operation, subscribers));
        self.keep(&state, key);
        answer
    }

    async fn misbehave(&self, mode: FaultMode, key: &str, operation: &Operation) -> Response {
        match mode {
            FaultMode::Delay { milliseconds } => {
                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
                self.carry_out(key, operation)
            }
            FaultMode::Hang => std::future::pending().await,
            FaultMode::Refuse { reason } => {
                let mut state = self.lock();
                let refused = state.ledger.refuse(key, operation, &reason);
                self.keep(&state, key);
                answer(&refused)
            }
            FaultMode::Error500 => reason(StatusCode::INTERNAL_SERVER_ERROR, "out of order"),
            FaultMode::Unavailable => reason(StatusCode::SERVICE_UNAVAILABLE, "no time"),
            FaultMode::AnswerLostAfterDoing => {
                self.carry_out(key, operation);
                broken_answer()
            }
            FaultMode::Asynchronous { milliseconds } => {
                self.start_later(key, operation, Duration::from_millis(milliseconds));
                self.current(key)
            }
            FaultMode::Garbage => garbage(),
            FaultMode::Hold => {
                self.release().await;
                self.carry_out(key, operation)
            }
        }
    }

    /// Waits until what is held is let go.
    async fn release(&self) {
        let mut released = self.released.subscribe();
        // The sender lives as long as the network.
        let _ = released.changed().await;
    }

    /// Accepts an operation and carries it out after a while; once for each key.
    fn start_later(&self, key: &str, operation: &Operation, after: Duration) {
        {
            let mut state = self.lock();
            if !state.ledger.start(key, operation) {
                return;
            }
            self.keep(&state, key);
        }
        let (network, key, operation) = (self.clone(), key.to_owned(), operation.clone());
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            network.carry_out(&key, &operation);
        });
    }

    fn current(&self, key: &str) -> Response {
        match self.lock().ledger.get(key) {
            Some(recorded) => answer(recorded),
            None => reason(StatusCode::NOT_FOUND, "unknown key"),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// The fault for this subscriber, counted down.
    fn take_fault(&mut self, iccid: &str, reads: bool) -> Option<FaultMode> {
        let fault = self.fault.as_mut().filter(|fault| fault.concerns(iccid, reads))?;
        let mode = fault.mode.clone();
        if let Some(times) = &mut fault.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.fault = None;
            }
        }
        Some(mode)
    }
}

fn garbage() -> Response {
    let garbage = "<html>\u{0}gateway says hello";
    (StatusCode::OK, [(CONTENT_TYPE, "text/html")], garbage).into_response()
}

/// An answer cut short: the length says more than is sent, then the connection closes.
fn broken_answer() -> Response {
    let lost = futures::stream::once(async {
        Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
    });
    let mut response = Response::new(Body::from_stream(lost));
    response.headers_mut().insert("content-length", 17.into());
    response
}

/// POST and GET answer alike, but for a refusal: 409 to POST, 200 to GET.
fn answer(recorded: &Recorded) -> Response {
    let status = match recorded.state {
        OperationState::Done => StatusCode::OK,
        OperationState::Running => StatusCode::ACCEPTED,
        OperationState::Refused => StatusCode::CONFLICT,
    };
    (status, Json(recorded.body())).into_response()
}

fn reason(status: StatusCode, text: &str) -> Response {
    (status, Json(json!({ "reason": text }))).into_response()
}

async fn operation(State(network): State<Network>, Path(key): Path<String>) -> Response {
    match network.lock().ledger.get(&key) {
        Some(recorded) => Json(recorded.body()).into_response(),
        None => reason(StatusCode::NOT_FOUND, "unknown key"),
    }
}

async fn operations(State(network): State<Network>) -> Json<Value> {
    Json(network.lock().ledger.listing())
}

async fn subscribers(State(network): State<Network>) -> Json<Value> {
    Json(json!({ "subscribers": network.lock().subscribers.all() }))
}

async fn subscriber(State(network): State<Network>, Path(iccid): Path<String>) -> Response {
    match network.lock().subscribers.get(&iccid) {
        Some(subscriber) => Json(subscriber.clone()).into_response(),
        None => reason(StatusCode::NOT_FOUND, "unknown subscriber"),
    }
}

async fn set_fault(State(network): State<Network>, Json(fault): Json<Fault>) -> StatusCode {
    network.lock().fault = Some(fault);
    StatusCode::NO_CONTENT
}

async fn fault(State(network): State<Network>) -> Json<Option<Fault>> {
    Json(network.lock().fault.clone())
}

async fn end_fault(State(network): State<Network>) -> StatusCode {
    network.lock().fault = None;
    network.released.send_modify(|generation| *generation += 1);
    StatusCode::NO_CONTENT
}
