//! ES2+ over HTTP (SGP.22, 6.5).

use std::time::Duration;

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
    routing::post,
};
use serde_json::{Map, Value, json};

use super::{Call, FaultMode, Refusal, Smdp, stock::Request};

/// The versions the simulator accepts: all that SGP.22 v2 has had.
const ACCEPTED: &str = "gsma/rsp/v2.";
/// The version the simulator speaks.
const PROTOCOL: &str = "gsma/rsp/v2.2.0";
/// The header that names it.
const PROTOCOL_HEADER: &str = "x-admin-protocol";
/// Bytes of an answer that nobody should read.
const HUGE: usize = 4 * 1024 * 1024;

/// ES2+ as the SM-DP+ serves it.
pub(super) fn router(smdp: Smdp) -> Router {
    Router::new().route("/gsma/rsp2/es2plus/{function}", post(serve)).with_state(smdp)
}

async fn serve(
    State(smdp): State<Smdp>,
    Path(function): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let known = ["downloadOrder", "confirmOrder", "cancelOrder", "releaseProfile"];
    if !known.contains(&function.as_str()) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let protocol = headers.get(PROTOCOL_HEADER).and_then(|value| value.to_str().ok());
    let json = headers
        .get(CONTENT_TYPE)
        .is_some_and(|media| media.as_bytes().starts_with(b"application/json"));
    let request = serde_json::from_slice::<Request>(&body).ok();
    let request = request.filter(|request| request.is_complete(&function));
    let (true, true, Some(request)) =
        (protocol.is_some_and(|version| version.starts_with(ACCEPTED)), json, request)
    else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let iccid = request.iccid.clone().unwrap_or_default();
    let fault = smdp.lock().take_fault(&function, &iccid);
    let response = match fault {
        None => answer(smdp.execute(&function, &request, None)),
        Some(mode) => smdp.misbehave_in(&mode, &function, &request).await,
    };
    with_protocol(response)
}

fn with_protocol(mut response: Response) -> Response {
    response.headers_mut().insert(PROTOCOL_HEADER, HeaderValue::from_static(PROTOCOL));
    response
}

impl Smdp {
    /// Carries a function out.
    fn execute(
        &self,
        function: &str,
        request: &Request,
        fault: Option<&FaultMode>,
    ) -> Result<Value, Refusal> {
        let mut state = self.lock();
        let address = state.smdp_address.clone();
        let result = match function {
            "downloadOrder" => state.stock.download_order(request),
            "confirmOrder" => state.stock.confirm_order(request, address.as_deref()),
            "cancelOrder" => state.stock.cancel_order(request),
            _ => state.stock.release_profile(request),
        };
        let outcome = match &result {
            Ok(_) => "Executed-Success".to_owned(),
            Err(refusal) => format!("Failed {}/{}", refusal.subject_code, refusal.reason_code),
        };
        state.remember(call(function, request, Some(outcome), fault));
        self.keep(&mut state);
        result
    }

    /// Remembers a call that did nothing.
    fn ignore(&self, function: &str, request: &Request, fault: &FaultMode) {
        self.lock().remember(call(function, request, None, Some(fault)));
    }

    async fn misbehave_in(&self, mode: &FaultMode, function: &str, request: &Request) -> Response {
        let execute = || self.execute(function, request, Some(mode));
        match mode {
            FaultMode::FailedAfterDoing(refusal) => {
                drop(execute());
                answer(Err(refusal.clone()))
            }
            FaultMode::Warning => status("Executed-WithWarning", None, execute().ok()),
            FaultMode::HangAfterDoing => {
                drop(execute());
                std::future::pending().await
            }
            FaultMode::AnswerLostAfterDoing => {
                drop(execute());
                broken()
            }
            FaultMode::Delay { milliseconds } => {
                tokio::time::sleep(Duration::from_millis(*milliseconds)).await;
                answer(execute())
            }
            FaultMode::DelayAfterDoing { milliseconds } => {
                let result = execute();
                tokio::time::sleep(Duration::from_millis(*milliseconds)).await;
                answer(result)
            }
            FaultMode::HugeAnswer => {
                drop(execute());
                (StatusCode::OK, " ".repeat(HUGE)).into_response()
            }
            _ => self.do_nothing(mode, function, request).await,
        }
    }

    async fn do_nothing(&self, mode: &FaultMode, function: &str, request: &Request) -> Response {
        self.ignore(function, request, mode);
        match mode {
            FaultMode::Failed(refusal) => answer(Err(refusal.clone())),
            FaultMode::FailedWithoutCode => status("Failed", None, None),
            FaultMode::Expired => status("Expired", None, None),
            FaultMode::Error500 => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            FaultMode::Unavailable => StatusCode::SERVICE_UNAVAILABLE.into_response(),
            FaultMode::Garbage => {
                let garbage = "<html>\u{0}gateway says hello";
                (StatusCode::OK, [(CONTENT_TYPE, "text/html")], garbage).into_response()
            }
            _ => std::future::pending().await,
        }
    }
}

fn call(
    function: &str,
    request: &Request,
    outcome: Option<String>,
    fault: Option<&FaultMode>,
) -> Call {
    Call {
        function: function.to_owned(),
        requester: request.header.function_requester_identifier.clone(),
        call: request.header.function_call_identifier.clone(),
        iccid: request.iccid.clone(),
        outcome,
        fault: fault.map(|mode| mode.name().to_owned()),
    }
}

/// Failed or not, it is HTTP 200.
fn answer(result: Result<Value, Refusal>) -> Response {
    match result {
        Ok(body) => status("Executed-Success", None, Some(body)),
        Err(refusal) => status("Failed", Some(&refusal), None),
    }
}

fn status(word: &str, refusal: Option<&Refusal>, body: Option<Value>) -> Response {
    let mut execution = json!({ "status": word });
    if let Some(refusal) = refusal {
        execution["statusCodeData"] = json!(refusal);
    }
    let mut all = Map::new();
    all.insert("header".to_owned(), json!({ "functionExecutionStatus": execution }));
    if let Some(Value::Object(members)) = body {
        all.extend(members);
    }
    Json(Value::Object(all)).into_response()
}

/// An answer cut short: the length says more than is sent, then the connection closes.
fn broken() -> Response {
    let lost = futures::stream::once(async {
        Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
    });
    let mut response = Response::new(Body::from_stream(lost));
    response.headers_mut().insert("content-length", 17.into());
    response
}
