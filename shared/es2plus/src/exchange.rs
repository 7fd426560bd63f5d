//! One call: request out, answer in, within the time and the size allowed.

use std::error::Error;

use domain::esim::Es2Function;
use reqwest::{Response, StatusCode};
use serde::Serialize;

use crate::{
    Es2Client,
    wire::{RequestHeader, WireRequest},
};

/// The largest answer that is read, in bytes.
pub const LARGEST_ANSWER: usize = 64 * 1024;

/// Our version of the protocol.
const PROTOCOL: &str = "gsma/rsp/v2.2.0";
/// The versions we understand in answers.
const UNDERSTOOD: &str = "gsma/rsp/v2.";
/// The header that names the version.
const PROTOCOL_HEADER: &str = "x-admin-protocol";

/// Nobody knows whether the function was carried out: why, in words without numbers of anybody.
#[derive(Debug)]
pub(crate) struct Unanswered(pub(crate) String);

impl Unanswered {
    fn of(error: &reqwest::Error) -> Self {
        let what = if error.is_timeout() {
            "timed out"
        } else if error.is_connect() {
            "connection failed"
        } else {
            "transport failed"
        };
        // The innermost cause names the fault (an alert of TLS, say); it holds no content.
        let mut cause: &dyn Error = error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        let cause: String = cause.to_string().chars().take(200).collect();
        Self(format!("{what}: {cause}"))
    }
}

impl Es2Client {
    /// Calls a function; the body of an HTTP 200.
    pub(crate) async fn exchange<B: Serialize + Sync>(
        &self,
        function: Es2Function,
        call: &str,
        body: &B,
    ) -> Result<Vec<u8>, Unanswered> {
        let url = format!("{}/gsma/rsp2/es2plus/{}", self.base, function.as_str());
        let header = RequestHeader {
            function_requester_identifier: &self.requester,
            function_call_identifier: call,
        };
        let sent = self.http.post(url).header(PROTOCOL_HEADER, PROTOCOL);
        let request = sent.json(&WireRequest { header, body });
        let response = request.send().await.map_err(|error| Unanswered::of(&error))?;
        check_protocol(&response)?;
        match response.status() {
            StatusCode::OK => read(response).await,
            status => Err(Unanswered(format!("HTTP {}", status.as_u16()))),
        }
    }
}

/// An answer that names no version is judged by its content.
fn check_protocol(response: &Response) -> Result<(), Unanswered> {
    match response.headers().get(PROTOCOL_HEADER) {
        Some(version) if !version.as_bytes().starts_with(UNDERSTOOD.as_bytes()) => {
            Err(Unanswered("an answer in another protocol".to_owned()))
        }
        _ => Ok(()),
    }
}

/// Reads no further than allowed, whatever length the answer claims.
async fn read(mut response: Response) -> Result<Vec<u8>, Unanswered> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Unanswered::of(&error))? {
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return Err(Unanswered(format!("an answer of more than {LARGEST_ANSWER} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
