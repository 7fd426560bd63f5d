//! What the network reports of a subscriber: its device, and where it was seen last. Both follow from
//! the SIM, so that a start over says the same.

use std::time::Duration;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use super::{FaultMode, Network, broken_answer, garbage, reason};

pub(super) async fn imei(State(network): State<Network>, Path(iccid): Path<String>) -> Response {
    network.report(&iccid, |iccid| json!({ "imei": imei_of(iccid) })).await
}

pub(super) async fn mobile_network(
    State(network): State<Network>,
    Path(iccid): Path<String>,
) -> Response {
    let home = |_: &str| json!({ "mcc": "240", "mnc": "01", "name": "Orderwire local" });
    network.report(&iccid, home).await
}

/// A type allocation code, the last digits of the SIM but one, and 0 for the check digit, as in
/// signalling.
fn imei_of(iccid: &str) -> String {
    let digits = iccid.get(..iccid.len().saturating_sub(1)).unwrap_or_default();
    let serial = &digits[digits.len().saturating_sub(6)..];
    format!("35000001{serial:0>6}0")
}

impl Network {
    async fn report(&self, iccid: &str, report: impl Fn(&str) -> Value) -> Response {
        let fault = self.lock().take_fault(iccid, true);
        let answer = || match self.lock().subscribers.get(iccid) {
            Some(_) => Json(report(iccid)).into_response(),
            None => reason(StatusCode::NOT_FOUND, "unknown subscriber"),
        };
        match fault {
            None => answer(),
            Some(FaultMode::Delay { milliseconds } | FaultMode::Asynchronous { milliseconds }) => {
                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
                answer()
            }
            Some(FaultMode::Hang) => std::future::pending().await,
            Some(FaultMode::Refuse { reason: why }) => reason(StatusCode::NOT_FOUND, &why),
            Some(FaultMode::Error500) => reason(StatusCode::INTERNAL_SERVER_ERROR, "out of order"),
            Some(FaultMode::Unavailable) => reason(StatusCode::SERVICE_UNAVAILABLE, "no time"),
            Some(FaultMode::AnswerLostAfterDoing) => broken_answer(),
            Some(FaultMode::Garbage) => garbage(),
            Some(FaultMode::Hold) => {
                self.release().await;
                answer()
            }
        }
    }
}
