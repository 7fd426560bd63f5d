//! The admin interface: plain HTTP, for tests and for looking in.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::{get, post, put},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Callback, Delivery, Fault, Smdp, Walk};

pub(super) fn router(smdp: Smdp) -> Router {
    Router::new()
        .route("/profiles", get(profiles).post(deliver))
        .route("/profiles/{iccid}", get(profile))
        .route("/profiles/{iccid}/download", post(download))
        .route("/calls", get(calls))
        .route("/faults", put(set_faults).get(faults).delete(end_faults))
        .route("/callback", put(set_callback).delete(end_callback))
        .with_state(smdp)
}

async fn profiles(State(smdp): State<Smdp>) -> Json<Value> {
    Json(json!({ "profiles": smdp.lock().stock.all().collect::<Vec<_>>() }))
}

async fn deliver(State(smdp): State<Smdp>, Json(delivery): Json<Delivery>) -> Response {
    let iccids = smdp.deliver(&delivery);
    (StatusCode::CREATED, Json(json!({ "iccids": iccids }))).into_response()
}

async fn profile(State(smdp): State<Smdp>, Path(iccid): Path<String>) -> Response {
    match smdp.profile(&iccid) {
        Some(profile) => Json(profile).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn download(
    State(smdp): State<Smdp>,
    Path(iccid): Path<String>,
    Json(walk): Json<Walk>,
) -> Response {
    match smdp.download(&iccid, &walk).await {
        Ok(notified) => {
            let state = smdp.profile(&iccid).map(|profile| profile.state);
            Json(json!({ "state": state, "notifications": notified })).into_response()
        }
        Err(refusal) => (StatusCode::CONFLICT, Json(refusal)).into_response(),
    }
}

async fn calls(State(smdp): State<Smdp>) -> Json<Value> {
    Json(json!({ "calls": smdp.calls() }))
}

/// One fault, or several: the first that concerns a call counts.
#[derive(Deserialize)]
#[serde(untagged)]
enum Faults {
    Several(Vec<Fault>),
    One(Fault),
}

async fn set_faults(State(smdp): State<Smdp>, Json(faults): Json<Faults>) -> StatusCode {
    smdp.misbehave(match faults {
        Faults::Several(faults) => faults,
        Faults::One(fault) => vec![fault],
    });
    StatusCode::NO_CONTENT
}

async fn faults(State(smdp): State<Smdp>) -> Json<Vec<Fault>> {
    Json(smdp.lock().faults.clone())
}

async fn end_faults(State(smdp): State<Smdp>) -> StatusCode {
    smdp.misbehave(Vec::new());
    StatusCode::NO_CONTENT
}

async fn set_callback(State(smdp): State<Smdp>, Json(callback): Json<Callback>) -> StatusCode {
    smdp.call_back(Some(callback));
    StatusCode::NO_CONTENT
}

async fn end_callback(State(smdp): State<Smdp>) -> StatusCode {
    smdp.call_back(None);
    StatusCode::NO_CONTENT
}
