//! The admin listener: what tests do to the local cloud besides using it.
//!
//! `POST /schedules/{name}/fire`, `GET /schedules`, `GET /functions`,
//! `POST /functions/{name}/kill`, `POST /functions/{name}/invocations`.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

use crate::{
    mapping::Schedules,
    runtime::{InvokeError, Invoker},
};

/// What the listener works on.
#[derive(Clone)]
pub struct Admin {
    /// The template's schedules.
    pub schedules: Schedules,
    /// Runs the functions.
    pub invoker: Arc<dyn Invoker>,
}

/// The routes.
pub fn router(admin: Admin) -> Router {
    Router::new()
        .route("/schedules", get(schedules))
        .route("/schedules/{name}/fire", post(fire))
        .route("/functions", get(functions))
        .route("/functions/{name}/kill", post(kill))
        .route("/functions/{name}/invocations", post(invoke))
        .with_state(admin)
}

async fn schedules(State(admin): State<Admin>) -> Json<Value> {
    let listed: Vec<Value> = admin
        .schedules
        .schedules
        .iter()
        .map(|schedule| {
            json!({
                "name": schedule.name,
                "function": schedule.function,
                "everySeconds": schedule.every.as_secs(),
            })
        })
        .collect();
    Json(json!({ "schedules": listed }))
}

/// Runs a schedule now and waits for the function; by the schedule's name or the function's.
async fn fire(State(admin): State<Admin>, Path(name): Path<String>) -> Response {
    match admin.schedules.fire(&name).await {
        None => StatusCode::NOT_FOUND.into_response(),
        Some(Ok(answers)) => {
            let parsed: Vec<Value> =
                answers.iter().map(|a| serde_json::from_slice(a).unwrap_or_default()).collect();
            Json(json!({ "answers": parsed })).into_response()
        }
        Some(Err(error)) => failed(&error),
    }
}

async fn functions(State(admin): State<Admin>) -> Json<Value> {
    Json(json!({ "instances": admin.invoker.instances() }))
}

async fn kill(State(admin): State<Admin>, Path(name): Path<String>) -> Json<Value> {
    Json(json!({ "killed": admin.invoker.kill(&name) }))
}

async fn invoke(State(admin): State<Admin>, Path(name): Path<String>, event: Bytes) -> Response {
    match admin.invoker.invoke(&name, event).await {
        Ok(answer) => ([("content-type", "application/json")], answer).into_response(),
        Err(error) => failed(&error),
    }
}

fn failed(error: &InvokeError) -> Response {
    let status = match error {
        InvokeError::UnknownFunction => StatusCode::NOT_FOUND,
        InvokeError::TimedOut => StatusCode::GATEWAY_TIMEOUT,
        InvokeError::Throttled => StatusCode::TOO_MANY_REQUESTS,
        InvokeError::Function { .. } | InvokeError::Exited | InvokeError::Unreachable(_) => {
            StatusCode::BAD_GATEWAY
        }
    };
    (status, Json(json!({ "error": error.to_string() }))).into_response()
}
