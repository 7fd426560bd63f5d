//! One call: request out, answer in, within the time and the size allowed.

use domain::esim::Es2Function;
use outbound::{
    ReadError, TransportError, TransportErrorKind, read_bounded,
    reqwest::{Response, StatusCode},
};
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

impl From<TransportError> for Unanswered {
    fn from(error: TransportError) -> Self {
        let what = match error.kind() {
            TransportErrorKind::Timeout => "timed out",
            TransportErrorKind::Connect => "connection failed",
            TransportErrorKind::Address | TransportErrorKind::Broken => "transport failed",
        };
        // The innermost cause names the fault (an alert of TLS, say); it holds no content.
        Self(format!("{what}: {}", error.cause()))
    }
}

impl From<ReadError> for Unanswered {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::TooLong(longest) => Self(format!("an answer of more than {longest} bytes")),
            ReadError::Transport(error) => error.into(),
        }
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
        let response = request.send().await.map_err(TransportError::from)?;
        check_protocol(&response)?;
        match response.status() {
            StatusCode::OK => Ok(read_bounded(response, LARGEST_ANSWER).await?),
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
